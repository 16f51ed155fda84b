"""A leaked sample is found again among the files on sale, with its share and margin, and referred to the authority by two (R47)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction

from compliance.personal.criminal_line import count_persons, lines_on, serious
from delivery.fingerprints import Print, print_of, sample_of, shared
from delivery.leaks import (
    acknowledge_referral,
    check_leak,
    close_referral,
    fingerprint_file,
    prepare_referral,
    send_referral,
    withdraw_referral,
)
from delivery.models import Delivery, FilePrint, LeakCheck, Referral
from delivery.operations import deliver, open_delivery
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion
from participants.roles import Role
from tests.delivery.worlds import make_buyer, make_listing, make_trade, pay, seller_of
from tests.exchange.worlds import signed_in
from tests.factories import PDF, make_actor

Rows = list[list[str]]
HEADING = ["站点", "日期", "利用率", "功率", "城市"]


def table(seed: int, rows: int = 300) -> Rows:
    """A table as charging houses keep it: the same columns and towns in each, the figures its own."""
    random = Random(seed)
    return [[f"S{random.randrange(10**6)}", f"2026-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
             f"0.{random.randrange(10**4):04}", str(random.choice([7, 60, 120])), random.choice(["上海", "苏州", "杭州"])]
            for _ in range(rows)]


def found(sample: Sequence[Sequence[str]], file: Print) -> tuple[int, int, int]:
    answer = shared(sample_of(sample, most=20_000), file)
    return answer.exact, answer.near, answer.permille


# ---- what a fingerprint finds --------------------------------------------------------------------------------------------------


@covers("R47")
def test_r47_rows_are_found_again_however_their_cells_are_ordered_or_written() -> None:
    ours = table(1)
    file = print_of(ours)
    assert (file.rows, file.whole) == (300, True)
    assert found(ours[:40], file) == (40, 0, 1000)
    rewritten = [[f" {city.upper()}", power, use.replace("0.", "０．"), day, station.lower()]
                 for station, day, use, power, city in ours[:40]]
    assert found(rewritten, file) == (40, 0, 1000), "turned about, full-width, lower case, spaced"
    assert found(table(2), file) == (0, 0, 0), "another house's table of the same columns and towns"


@covers("R47")
@pytest.mark.parametrize("change", ["changed", "dropped", "added"])
def test_r47_rows_with_one_cell_changed_dropped_or_added_are_near(change: str) -> None:
    ours = table(1)
    turned = {"changed": [[*row[:2], "0.5", *row[3:]] for row in ours[:50]], "dropped": [row[:4] for row in ours[:50]],
              "added": [[*row, f"备注{place}"] for place, row in enumerate(ours[:50])]}[change]
    exact, near, permille = found(turned, print_of(ours))
    assert (exact + near, permille) == (50, 1000) and near >= 45
    two = [[row[0], "2020-01-01", "0.5", *row[3:]] for row in ours[:50]]
    assert found(two, print_of(ours)) == (0, 0, 0), "two changed cells are not found, and the page says so"


@covers("R47")
def test_r47_of_a_long_file_the_share_is_told_with_a_margin_that_holds() -> None:
    """4,000 rows, 500 keys kept: a sample of which six tenths are the file's is told so, within its own margin, 19 times in 20."""
    ours, theirs = table(1, 4_000), table(2, 4_000)
    file, within = print_of(ours, kept=500), 0
    assert not file.whole and len(file.exact) == 500 * 8
    for trial in range(40):
        random = Random(trial)
        sample = sample_of([*random.sample(ours, 600), *random.sample(theirs, 400)], most=20_000)
        answer = shared(sample, file)
        within += abs(answer.permille - 600) <= answer.margin
        assert 60 < answer.compared < 220 and 40 < answer.margin < 140
    print(f"margin held in {within} of 40 trials")
    assert within >= 34


@covers("R47")
def test_r47_a_few_common_rows_are_no_match() -> None:
    file = print_of(table(1))
    common = [*table(2)[:198], *table(1)[:2]]
    assert not shared(sample_of(common, most=20_000), file).matches, "two rows of two hundred"
    assert shared(sample_of([*table(2)[:97], *table(1)[:8]], most=20_000), file).matches
    assert sample_of([["上海"], ["", " "]], most=9) == [], "a row of one cell tells nothing"


# ---- a check -------------------------------------------------------------------------------------------------------------------


def written(rows: Rows, heading: Sequence[str] = HEADING) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heading, *rows])
    return out.getvalue().encode()


def offered(seed: int, *, rows: Rows | None = None, heading: Sequence[str] = HEADING) -> ListingVersion:
    """A listing on sale whose file is the table, fingerprinted as its publication sets going."""
    listing = make_listing()
    file = deposit(io.BytesIO(written(rows or table(seed), heading)), name="piles.csv", owner=listing.organization.code,
                   at=MARKET_CLOCK.now())
    ListingVersion.objects.filter(pk=listing.version_id).update(deposit=file, file_sha256=file.sha256)
    version = ListingVersion.objects.select_related("deposit", "listing", "organization").get(pk=listing.version_id)
    fingerprint_file(version=version, clock=MARKET_CLOCK)
    return version


@covers("R47")
@pytest.mark.django_db
def test_r47_a_check_names_the_listing_the_seller_and_keeps_what_it_found() -> None:
    ours, other = offered(1), offered(2)
    assert fingerprint_file(version=ours, clock=MARKET_CLOCK) is None, "once for the same bytes"
    officer, buyer = make_actor(Role.COMPLIANCE_OFFICER), make_buyer()
    trade = pay(make_trade(listing=ours.listing, buyer=buyer))
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None and ours.deposit is not None
    deliver(delivery=Delivery.objects.get(pk=one.pk), deposit=ours.deposit, actor=seller_of(ours.listing), clock=MARKET_CLOCK)
    check = check_leak(stream=io.BytesIO(written([*table(1)[:60], *table(7)[:40]])), filename="leak.csv", found_where="某论坛，匿名帖",
                       actor=officer, clock=MARKET_CLOCK)
    (line,) = check.matches
    assert (line["listing"], line["seller"]) == (ours.listing.code, ours.organization.code) and line["listing"] != other.listing.code
    assert line["received"] == [buyer.organization], "whoever got the file through this house"
    assert (line["exact"], line["permille"], line["margin"], line["whole"], check.rows, check.files) == (60, 600, 0, True, 100, 2)
    with pytest.raises(Rejected, match="denied"):
        check_leak(stream=io.BytesIO(b"a,b\n1,2\n"), filename="x.csv", found_where="某论坛", actor=make_actor(Role.DATA_MERCHANT),
                   clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="unreadable"):
        check_leak(stream=io.BytesIO(b"a,b\n1\n"), filename="x.csv", found_where="某论坛", actor=officer, clock=MARKET_CLOCK)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LeakCheck.objects.update(found_where="别处")
    assert FilePrint.objects.count() == 2


PERSONS = ["姓名", "手机号", "充值余额"]
GIVEN, FAMILY = "伟芳娜敏静丽强磊军洋", "王李张刘陈杨黄赵吴周"


def people(count: int, columns: Sequence[str] = PERSONS) -> Rows:
    """A table of persons, each another; the third column is whatever its heading says."""
    return [[f"{FAMILY[n % 10]}{GIVEN[n // 10 % 10]}{GIVEN[n // 100 % 10]}", f"138{n:08d}", str(n)][:len(columns)] for n in range(count)]


@covers("R47", "R31")
@pytest.mark.parametrize(("third", "line", "records"), [("充值余额", "first", 50), ("通话记录", "second", 500), ("备注", "other", 5000)])
def test_b2_each_class_of_records_is_serious_exactly_from_its_line_on(third: str, line: str, records: int) -> None:
    for count, answer in ((records - 1, False), (records, True)):
        found = count_persons(["姓名", "手机号", third], people(count), on=date(2026, 11, 2))
        assert found is not None and (found.records, found.line.key, found.serious()) == (count, line, answer)
    twice = count_persons(["姓名", "手机号", third], [*people(records - 1), *people(records - 1)], on=date(2026, 11, 2))
    assert twice is not None and not twice.serious(), "each person counts once"


@covers("R47")
def test_b2_a_gain_of_5_000_yuan_is_serious_by_itself_and_a_table_without_persons_has_no_line() -> None:
    line = lines_on(date(2026, 11, 2))[-1]
    assert (serious(1, line, gain_fen=499_999), serious(1, line, gain_fen=500_000)) == (False, True)
    assert count_persons(HEADING, table(1), on=date(2026, 11, 2)) is None


@covers("R47", "I18")
@pytest.mark.django_db
def test_b2_a_leak_of_50_records_of_property_prepares_its_referral_and_49_do_not() -> None:
    offered(3, rows=people(300), heading=PERSONS)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    for count, referred in ((49, 0), (50, 1)):
        check = check_leak(stream=io.BytesIO(written(people(count), PERSONS)), filename="leak.csv", found_where="某论坛，匿名帖",
                           actor=officer, clock=MARKET_CLOCK)
        assert (check.persons, check.line, Referral.objects.filter(about=check.code).count()) == (count, "first", referred)
    one = Referral.objects.get()
    assert (one.status, one.prepared_by_id) == ("prepared", officer.user_id) and "法释〔2017〕10号 第五条" in one.grounds
    assert send_referral(referral=one, actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK).status == "sent"


@covers("R47", "I18")
@pytest.mark.django_db
def test_b2_a_known_gain_of_5_000_yuan_prepares_the_referral_of_few_records_and_a_fen_less_does_not() -> None:
    offered(4, rows=people(300), heading=PERSONS)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    for gain, referred in ((499_999, 0), (500_000, 1)):
        check = check_leak(stream=io.BytesIO(written(people(12), PERSONS)), filename="leak.csv", found_where="某论坛，标价出售",
                           gain_fen=gain, actor=officer, clock=MARKET_CLOCK)
        assert (check.gain_fen, Referral.objects.filter(about=check.code).count()) == (gain, referred)
    assert "违法所得" in Referral.objects.get().grounds
    with pytest.raises(Rejected) as refused:
        check_leak(stream=io.BytesIO(b"a\n1\n"), filename="x.csv", found_where="某论坛", gain_fen=-1, actor=officer, clock=MARKET_CLOCK)
    assert refused.value.errors[0].field == "gain"


# ---- to the authority ----------------------------------------------------------------------------------------------------------


@covers("R47", "I18")
@pytest.mark.django_db
def test_r47_a_referral_is_prepared_by_one_sent_by_another_and_closed_with_the_answer() -> None:
    paper = deposit(io.BytesIO(PDF), name="report.pdf", owner="VENUE", at=MARKET_CLOCK.now())
    first, second = make_actor(Role.REGULATOR), make_actor(Role.REGULATOR)
    common = {"about": "LKC-1", "authority": "市公安局网安支队", "grounds": "样本六成与在售文件相同，疑为非法出售"}
    with pytest.raises(Rejected, match="incomplete") as refused:
        prepare_referral(**common, papers=[], actor=first, clock=MARKET_CLOCK)
    assert [one.field for one in refused.value.errors] == ["papers"]
    one = prepare_referral(**common, papers=[paper], actor=first, clock=MARKET_CLOCK)
    assert (one.status, one.papers) == ("prepared", [{"name": "report.pdf", "sha256": paper.sha256}]) and one.due_at is not None
    with pytest.raises(Rejected, match="same_person"):
        send_referral(referral=one, actor=first, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="denied"):
        send_referral(referral=one, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    one = send_referral(referral=one, actor=second, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="illegal_move"):
        withdraw_referral(referral=one, reason="发错机关", actor=first, clock=MARKET_CLOCK)
    one = acknowledge_referral(referral=one, receipt="网安收〔2026〕8号", actor=first, clock=MARKET_CLOCK)
    one = close_referral(referral=one, outcome="已立案", actor=second, clock=MARKET_CLOCK)
    assert (one.status, one.receipt, one.outcome) == ("closed", "网安收〔2026〕8号", "已立案")
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        Referral.objects.update(grounds="改写")


@covers("R47")
@pytest.mark.django_db
def test_r47_sample_result_and_referral_stand_at_the_desk() -> None:
    ours = offered(1)
    first, second = (signed_in(make_actor(Role.REGULATOR)) for _ in range(2))
    begun = first.post("/admin/delivery/leakcheck/begin/", {"found_where": "某论坛，匿名帖", "sample": SimpleUploadedFile(
        "leak.csv", written(table(1)[:30]), "text/csv")})
    check = LeakCheck.objects.get()
    where = f"/admin/delivery/leakcheck/{check.pk}/check/"
    assert (begun.status_code, begun["Location"]) == (302, where)
    page = first.get(where).content.decode()
    assert ours.listing.code in page and "1000‰" in page and "全文件比对" in page
    assert first.post(where, {"authority": "市公安局", "grounds": "样本与在售文件相同，疑为非法出售"}).status_code == 302
    one = Referral.objects.get(about=check.code)
    at_desk = f"/admin/delivery/referral/{one.pk}/referral/"
    assert first.post(at_desk, {"act": "send"}).status_code == 403
    assert second.post(at_desk, {"act": "send"}).status_code == 302
    assert "登记收件回执" in second.get(at_desk).content.decode()
    assert first.get("/admin/delivery/leakcheck/begin/").status_code == 200
