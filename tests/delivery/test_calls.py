"""Rows by keyed calls (R42, R49, F5): agreed columns only, filters, pages; each use metered once, retried or at once; quotas; traces."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.keys import MOST_KEYS, make_key, revoke_key
from delivery.models import DataKey, DataUse
from delivery.queries import counted_uses
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.coverage import covers
from kit.rejected import Rejected
from tests.delivery.calls import BY, COLUMNS, ROWS, SHA256, api_delivered, called, keyed
from tests.threads import together
from tests.trading.worlds import make_buyer, move

pytestmark = pytest.mark.django_db


def code_of(act: Any) -> str:
    with pytest.raises(Rejected) as refused:
        act()
    return refused.value.code


@covers("F5", "T46")
def test_a_key_is_shown_once_kept_as_a_hash_and_opens_nothing_once_given_back() -> None:
    one, _seller, buyer = api_delivered()
    made = keyed(one, buyer)
    assert made.secret.startswith("dk_") and made.secret not in str(DataKey.objects.values().get())
    assert made.secret not in str(list(Record.objects.values_list("payload", flat=True)))
    assert len(called(made.key, buyer).page.rows) == 100
    revoke_key(key=made.key, actor=buyer, **BY)
    assert code_of(lambda: called(made.key, buyer, "call-000002")) == "delivery.rows.key_unknown"
    assert DataUse.objects.get(request="call-000002").refused == "delivery.rows.key_unknown", "the attempt is on record"


@covers("F5", "T46")
def test_a_rotated_key_takes_the_old_ones_place_at_once_and_five_are_the_most() -> None:
    one, _seller, buyer = api_delivered()
    first = keyed(one, buyer)
    second = make_key(delivery=one, name="报表系统", replaces=first.key, actor=buyer, **BY)
    assert code_of(lambda: called(first.key, buyer)) == "delivery.rows.key_unknown" and called(second.key, buyer).page.rows
    for number in range(MOST_KEYS - 1):
        keyed(one, buyer, f"系统{number}")
    assert code_of(lambda: keyed(one, buyer)) == "delivery.key.too_many"


@covers("R42", "F5")
def test_only_agreed_columns_are_answered_and_no_filter_reaches_another() -> None:
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    served = called(key, buyer, limit=2)
    assert served.columns == tuple(COLUMNS) and served.page.rows == [list(row) for row in ROWS[:2]]
    assert called(key, buyer, "call-000002", columns="人口", limit=1).page.rows == [["1000"]]
    for asked in ({"columns": "备注"}, {"where": ["备注:eq:内部,1000"]}, {"order_by": "备注"}, {"where": ["城市:like:上"]},
                  {"limit": "501"}):
        assert code_of(lambda asked=asked: called(key, buyer, "call-000003", **asked)) == "delivery.rows.faulty"
    assert DataUse.objects.filter(refused="").count() == 2, "a faulty call is no use"


@covers("F5")
def test_pages_by_place_give_every_row_once_and_filters_hold_on_all_of_them() -> None:
    one, _seller, buyer = api_delivered()
    key, place, seen, pages = keyed(one, buyer).key, "", [], 0
    while True:
        served = called(key, buyer, f"page-{pages:06}", where=["城市:eq:上海", "人口:ge:1100"], limit=7,
                        **({"place": place} if place else {}))
        seen += served.page.rows
        pages += 1
        if served.page.following is None:
            break
        place = served.page.following
    assert seen == [list(row) for row in ROWS if row[0] == "上海" and int(row[1]) >= 1100] and pages > 2
    assert code_of(lambda: called(key, buyer, "page-999999", place="x" + place)) == "delivery.rows.faulty", "a place is signed"


@covers("T63", "R42")
def test_a_request_sent_again_is_answered_alike_and_counted_once() -> None:
    """Worked: three sendings of one call, then another one: two uses, 20 rows. A naive meter that counts answers says four and 40."""
    one, _seller, buyer = api_delivered()
    key, answered = keyed(one, buyer).key, 0
    first = called(key, buyer, limit=10)
    again = [called(key, buyer, limit=10) for _ in range(2)]
    answered += 3
    assert all(one.page.rows == first.page.rows and one.repeated for one in again) and not first.repeated
    called(key, buyer, "call-000002", limit=10)
    answered += 1
    assert counted_uses(one.trade) == 2 and DataUse.objects.order_by("-number").first().rows_total == 20  # type: ignore[union-attr]
    assert answered != counted_uses(one.trade), "the naive meter charges what was only heard twice"
    assert code_of(lambda: called(key, buyer, limit=11)) == "delivery.rows.other_request"


@covers("T63", "R42", "F2")
def test_calls_rows_purpose_and_term_bound_every_call() -> None:
    one, _seller, buyer = api_delivered(calls=3, rows=25)
    key = keyed(one, buyer).key
    served = called(key, buyer, limit=10)
    assert (served.calls_left, served.rows_left) == (2, 15)
    assert code_of(lambda: called(key, buyer, "call-000002", purpose="credit_scoring")) == "trading.agreement.clause"
    assert code_of(lambda: called(key, buyer, "call-000003", limit=16)) == "trading.agreement.clause", "16 rows are more than are left"
    called(key, buyer, "call-000004", purpose="research", limit=15)
    assert code_of(lambda: called(key, buyer, "call-000005", limit=1)) == "trading.agreement.clause"
    move(days=61)
    assert code_of(lambda: called(key, buyer, "call-000006", limit=1)) in ("trading.agreement.clause", "delivery.rows.key_unknown")
    assert DataUse.objects.filter(refused="").count() == 2 and DataUse.objects.exclude(refused="").count() == 4


@covers("T63")
def test_one_key_makes_so_many_calls_a_minute() -> None:
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    DataKey.objects.filter(pk=key.pk).update(minute=MARKET_CLOCK.now().replace(second=0, microsecond=0), minute_calls=119)
    called(key, buyer, limit=1)
    assert code_of(lambda: called(key, buyer, "call-000002", limit=1)) == "delivery.rows.too_fast"
    move(minutes=1)
    assert called(key, buyer, "call-000003", limit=1).page.rows


@covers("T63", "T36")
def test_another_buyers_key_and_another_delivery_open_nothing() -> None:
    one, _seller, buyer = api_delivered()
    other, _their_seller, stranger = api_delivered(buyer=make_buyer())
    made = keyed(one, buyer)
    client = Client()
    head = {"Authorization": f"DataKey {made.secret}"}
    assert client.get(f"/api/data/{other.code}/rows/", headers=head).status_code == 404
    assert client.get(f"/api/data/{one.code}/rows/", headers={"Authorization": "DataKey dk_nothing"}).status_code == 401
    assert code_of(lambda: keyed(one, stranger)) == "participants.object.absent"


@covers("R49", "R42", "F5")
def test_the_endpoint_answers_with_what_is_left_and_which_data_version() -> None:
    one, _seller, buyer = api_delivered(calls=5)
    made = keyed(one, buyer)
    head = {"Authorization": f"DataKey {made.secret}", "Request-Id": "monthly-report-1"}
    answer = Client().get(f"/api/data/{one.code}/rows/", {"limit": 3, "where": "级别:eq:甲"}, headers=head)
    assert answer.status_code == 200 and answer.json()["rows"] == [list(row) for row in ROWS if row[2] == "甲"][:3]
    assert (answer["X-Calls-Left"], answer["X-Data-Version"], answer["X-Use"]) == ("4", SHA256, "1")
    again = Client().get(f"/api/data/{one.code}/rows/", {"limit": 3, "where": "级别:eq:甲"}, headers=head)
    assert again.json() == {**answer.json(), "repeated": True} and again["X-Calls-Left"] == "4"


@covers("I20", "T63")
def test_the_database_itself_takes_no_second_count_of_a_request() -> None:
    one, _seller, buyer = api_delivered()
    key = keyed(one, buyer).key
    called(key, buyer)
    use: dict[str, Any] = {"delivery": one, "key": key, "asked_sha256": "0" * 64, "rows_total": 0, "at": MARKET_CLOCK.now()}
    for request, number in (("call-000001", 2), ("call-000009", 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            DataUse.objects.create(request=request, number=number, **use)


@covers("R47")
def test_what_went_out_is_kept_row_by_row_as_keys_that_tell_no_row() -> None:
    from delivery.fingerprints import keys_of

    one, _seller, buyer = api_delivered()
    called(keyed(one, buyer).key, buyer, limit=4)
    kept = bytes(DataUse.objects.get(refused="").prints)
    assert kept == keys_of([list(row) for row in ROWS[:4]]) and len(kept) == 32 and "上海".encode() not in kept


@covers("R47")
def test_a_leaked_sample_of_answered_rows_names_the_buyer_they_were_answered_to_and_nobody_else() -> None:
    """Two buyers call the same table, one for the rows of one city: only the buyer whose rows they are is named."""
    import io

    from delivery.leaks import check_leak
    from participants.roles import Role
    from tests.factories import make_actor

    one, _seller, buyer = api_delivered()
    other, _their, another = api_delivered(buyer=make_buyer())
    called(keyed(one, buyer).key, buyer, where=["城市:eq:上海"], columns="城市,人口")
    called(keyed(other, another).key, another, where=["城市:eq:深圳"], columns="城市,人口")
    leaked = "城市,人口\n" + "".join(f"{row[0]},{row[1]}\n" for row in ROWS if row[0] == "上海")
    found = check_leak(stream=io.BytesIO(leaked.encode()), filename="样本.csv", found_where="某论坛",
                       actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert [(line["delivery"], line["received"], line["permille"]) for line in found.matches] == [(one.code, [one.buyer.code], 1000)]
    invented = "城市,人口\n" + "".join(f"上海,{900 + number}\n" for number in range(50))
    clean = check_leak(stream=io.BytesIO(invented.encode()), filename="无关.csv", found_where="某论坛",
                       actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert clean.matches == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault
@covers("T63", "I20")
def test_the_last_call_and_one_request_sent_twice_at_once_are_counted_once() -> None:
    one, _seller, buyer = api_delivered(calls=1)
    key = keyed(one, buyer).key
    found = together([lambda number=number: called(key, buyer, f"last-{number:06}", limit=1) for number in range(4)])
    assert sum(not isinstance(each, BaseException) for each in found) == 1, found
    assert counted_uses(one.trade, lock=False) == 1
    other, _seller, buyer = api_delivered(buyer=make_buyer())
    key = keyed(other, buyer).key
    found = together([lambda: called(key, buyer, "same-000001", limit=1) for _ in range(4)])
    assert sorted(each.repeated for each in found) == [False, True, True, True] and counted_uses(other.trade, lock=False) == 1
    drain()


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
                          st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)), min_size=1, max_size=30),
       st.integers(1, 7))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@covers("F5")
def test_whatever_stands_in_the_cells_pages_give_the_table_row_by_row(rows: list[tuple[str, str]], limit: int) -> None:
    """The oracle reads the whole file with the csv module; the pages are read from their places, quoted line ends among the cells."""
    import csv
    import io

    from delivery.rows import Ask, page_of
    from evidence.files import deposit

    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("a", "b"), *((one.replace("\r", " "), two.replace("\r", " ")) for one, two in rows)])
    content = out.getvalue().encode()
    held = deposit(io.BytesIO(content), name="t.csv", owner="ORG-X", at=MARKET_CLOCK.now())
    want = [row for row in csv.reader(io.StringIO(content.decode(), newline="")) if any(row)][1:]
    seen, place = [], 0
    for _ in range(100):
        page = page_of(held, Ask(("a", "b"), (), limit, place))
        seen += page.rows
        if page.following is None:
            break
        from django.core import signing

        place = signing.Signer(salt="delivery.rows.place").unsign_object(page.following)[1]
    assert seen == [[*row, ""][:2] for row in want]


@covers("R49", "F5", "R42")
def test_the_page_makes_rotates_and_revokes_keys_and_shows_latency_and_version_to_both_sides() -> None:
    from participants.models import User

    one, seller, buyer = api_delivered(calls=50)
    ours, theirs, page = Client(), Client(), f"/desk/deliveries/{one.code}/"
    ours.force_login(User.objects.get(pk=buyer.user_id))
    theirs.force_login(User.objects.get(pk=seller.user_id))
    assert ours.post(f"{page}key/", {"name": "x"}).status_code == 400
    made = ours.post(f"{page}key/", {"name": "报表系统"}).content.decode()
    key = DataKey.objects.get()
    secret = made.partition('id="shown">')[2].partition("<")[0]
    assert secret.startswith("dk_") and secret not in ours.get(page).content.decode(), "shown on that answer only"
    assert theirs.post(f"{page}key/", {"name": "卖方系统"}).status_code in (403, 404)
    called(key, buyer, limit=3)
    for client in (ours, theirs):
        shown = client.get(page).content.decode()
        assert SHA256 in shown and "p95" in shown and key.code in shown and "1 次调用，3 行" in shown and "次数上限" in shown
    assert "报表系统" not in theirs.get(page).content.decode(), "how the buyer names its systems is its own"
    rotated = ours.post(f"{page}key/", {"name": "报表系统", "replaces": key.code}).content.decode()
    assert secret not in rotated and DataKey.objects.get(pk=key.pk).status == "revoked"
    ours.post(f"{page}key/revoke/", {"key": DataKey.objects.get(status="active").code})
    assert not DataKey.objects.filter(status="active").exists()
    english = ours.get(page, headers={"accept-language": "en"}).content.decode()
    assert "each call is judged and counted" in english
