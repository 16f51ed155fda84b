"""The clean room: sold, asked, answered with noise, paid from a budget that is charged before anything runs (F7, F8, I21, R14, T61 to T63).

Worked example: a buyer has epsilon 1 a year. Four questions of 0.25 are answered, the same one again is free, a fifth is refused with what
is left. A process that dies before it opens the data gives its 0.25 back, one that dies after it does not.
"""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from delivery.access import issue_grant
from delivery.cleanroom import running
from delivery.cleanroom.asking import ask_query, cancel_query
from delivery.cleanroom.budgets import budgets_of, ever_granted, renews_at, reserve, year_of
from delivery.cleanroom.cohorts import empty_cohort, hashes_of, take_cohort
from delivery.cleanroom.jail import Outcome
from delivery.cleanroom.rooms import close_room
from delivery.cleanroom.running import finish_query, start_query
from delivery.models import Delivery, PrivacyBudget, Room, RoomQuery
from delivery.operations import deliver, open_delivery, reject_delivery
from delivery.tasks import answer_waiting, sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import operation
from exchange.outages import outage_of
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Hold, ListingVersion
from participants.capabilities import hold_capability
from participants.models import Notice, Organization
from participants.roles import Role
from tests.delivery.rooms import ANSWER, CANARY, OFFER, asked, ended, file_of, opened, public_listing, question, room_listing, sold
from tests.delivery.test_computing import house_holds
from tests.delivery.worlds import buyer_of, make_buyer, make_trade, move, pay, seller_of
from tests.factories import make_actor, make_organization
from tests.threads import together

db = pytest.mark.django_db


def granted(one: Delivery) -> tuple[int, int]:
    """What is granted of this product-year: to all, to this buyer."""
    everyone, own = budgets_of(Room.objects.get(version=one.version, status="open"), one.buyer.code, year=year_of(MARKET_CLOCK.now()))
    return everyone.granted_micro, own.granted_micro


def hold(**measures: Any) -> list[str]:
    return [one.text for one in check_all(only=("I21",)).violations]


@db
@covers("R14", "R15", "F7", "F8")
def test_public_data_that_are_not_open_go_out_by_question_until_the_budget_is_gone_and_by_no_other_way() -> None:
    operator = make_organization(Role.PUBLIC_DATA_OPERATOR)
    listing = public_listing(operator)
    opened(listing)
    one = sold(listing)
    for town in ("甲", "乙", "丙"):
        where = [{"column": "城区", "op": "eq", "value": town}]
        assert ended(asked(one, question(where=where), 300_000), Outcome(opened=True, rows=ANSWER)).status == "done"
    with pytest.raises(Rejected) as spent:
        asked(one, question("count"), 300_000)
    assert spent.value.code == "delivery.budget.short"
    for mode in ("download", "physical", "api", "api_raw"):
        rows = public_listing(operator, mode)
        trade = pay(make_trade(listing=rows))
        waiting = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
        with pytest.raises(Rejected) as no:
            deliver(delivery=waiting, deposit=file_of(rows), actor=seller_of(rows), clock=MARKET_CLOCK)
        assert no.value.code == "delivery.kind.forbidden" and "数据二十条" in no.value.text("detail", "zh")


# ---- the whole way -----------------------------------------------------------------------------------------------------------------


@db
@covers("F7", "F8", "R14", "W14", "W26", "F10")
def test_a_question_is_reserved_run_in_the_jail_and_answered_with_noise() -> None:
    one = sold()
    query = asked(one, question("count", "persons", {"of": "mean", "column": "用电"}, group_by=["城区"]), 1_000_000)
    assert (query.status, query.price_fen, granted(one)) == ("queued", 1_000_000, (1_000_000, 1_000_000))
    assert answer_waiting(clock=MARKET_CLOCK) == 1
    query.refresh_from_db()
    assert query.status == "done" and "calls" in query.given_up
    shown = {row["group"][0]: row for row in query.rows}
    assert [shown[town]["shown"] for town in "甲乙丙"] == [True, True, False], "five persons are no group"
    assert abs(int(shown["甲"]["measures"][0]) - 300) < 120 and abs(int(shown["甲"]["measures"][1]) - 150) < 60
    assert Record.objects.get(subject=query.code, kind="delivery.query.answered").payload["answer_sha256"] == query.rows_sha256
    assert house_holds(CANARY) == [], "the row is in the file alone"
    assert hold() == [] and [one.text for one in check_all(only=("I17",)).violations if "QRY-" in one.text] == []


@db
@covers("F8", "T62")
def test_the_same_question_a_thousand_times_is_one_answer_and_one_charge() -> None:
    one = sold()
    conditions = [{"column": "城区", "op": "in", "values": ["甲", "乙"]}, {"column": "用电", "op": "ge", "value": "0"}]
    first = ended(asked(one, question(where=conditions)), Outcome(opened=True, rows=ANSWER))
    for turn in range(30):
        assert asked(one, question(where=conditions[::1 if turn % 2 else -1])).pk == first.pk
    assert granted(one) == (250_000, 250_000) and RoomQuery.objects.count() == 1
    assert asked(one, question(where=conditions), 250_001).pk != first.pk, "another epsilon is another question"


@db
@covers("F8", "I21", "T62")
def test_a_shortage_is_refused_with_what_is_left_and_never_answered_more_coarsely() -> None:
    one = sold()
    for town in "甲乙丙":
        ended(asked(one, question(where=[{"column": "城区", "op": "eq", "value": town}])), Outcome(opened=True, rows=ANSWER))
    with pytest.raises(Rejected, match=r"budget\.short") as refused:
        asked(one, question("count"), 300_000)
    assert (refused.value.params["asked"], refused.value.params["left"]) == ("0.3", "0.25")
    assert refused.value.text("next_step", "en") and granted(one) == (750_000, 750_000)
    asked(one, question("count"), 250_000)
    move(days=400)
    assert granted(one) == (0, 0), "another year, another budget"


@db
@covers("F8", "I21")
def test_many_buyers_cannot_pool_past_the_budget_of_all() -> None:
    listing = room_listing()
    opened(listing, epsilon_buyer_micro=600_000, epsilon_all_micro=1_000_000)
    first, second = sold(listing), sold(listing)
    asked(first, epsilon_micro=600_000)
    with pytest.raises(Rejected, match="short_of_all"):
        asked(second, epsilon_micro=600_000)
    asked(second, epsilon_micro=400_000)
    assert granted(second) == (1_000_000, 400_000) and hold() == []


@db
@covers("F8", "I21", "W26")
def test_a_budget_renews_with_the_year_alone_and_what_earlier_years_gave_is_still_counted() -> None:
    one = sold()
    asked(one, epsilon_micro=1_000_000)
    room, buyer, year = Room.objects.get(version=one.version), one.buyer.code, year_of(MARKET_CLOCK.now())
    assert renews_at(year).isoformat() == f"{year + 1}-01-01T00:00:00+08:00"
    move(days=400)
    asked(one, question("count", where=[{"column": "城区", "op": "eq", "value": "甲"}]), 250_000)
    (everyone, own), product = budgets_of(room, buyer, year=year_of(MARKET_CLOCK.now())), room.version.listing.product_id
    assert (own.left_micro, everyone.left_micro) == (750_000, 3_750_000), "the new year's budget is whole: nothing carried, nothing lost"
    assert (ever_granted(product, buyer), ever_granted(product)) == (1_250_000, 1_250_000), "the guarantees of the years add up"
    assert hold() == []


@db
@covers("F8", "I21")
def test_a_new_version_and_a_room_opened_anew_draw_on_the_same_budget_and_a_stricter_room_binds_at_once() -> None:
    one = sold()
    asked(one, epsilon_micro=300_000)
    old, year = Room.objects.get(version=one.version), year_of(MARKET_CLOCK.now())
    newer = Room(version=old.version, file_sha256="0" * 64, epsilon_buyer_micro=1_000_000, epsilon_all_micro=4_000_000)  # another file
    assert [each.left_micro for each in budgets_of(newer, one.buyer.code, year=year)] == [3_700_000, 700_000]
    stricter = Room(version=old.version, file_sha256=old.file_sha256, epsilon_buyer_micro=400_000, epsilon_all_micro=500_000)
    assert [each.left_micro for each in budgets_of(stricter, one.buyer.code, year=year)] == [200_000, 100_000]
    with pytest.raises(Rejected, match=r"budget\.short") as refused, transaction.atomic():
        reserve(stricter, one.buyer.code, 150_000, year=year)
    assert (refused.value.params["left"], refused.value.params["limit"]) == ("0.1", "0.4")
    wider = Room(version=old.version, file_sha256=old.file_sha256, epsilon_buyer_micro=900_000_000, epsilon_all_micro=900_000_000)
    assert [each.left_micro for each in budgets_of(wider, one.buyer.code, year=year)] == [3_700_000, 700_000], "not before the next year"


@db
@covers("F8", "I21", "T62")
def test_the_same_file_sold_as_two_products_has_one_budget() -> None:
    buyer, other = make_buyer(1), make_buyer(1)
    first, second = sold(buyer=buyer), sold(buyer=buyer)
    assert first.version.listing.product_id != second.version.listing.product_id
    asked(first, epsilon_micro=800_000)
    with pytest.raises(Rejected, match=r"budget\.short") as refused:
        asked(second, epsilon_micro=300_000)
    assert refused.value.params["left"] == "0.2"
    asked(second, epsilon_micro=200_000)
    third = sold(second.version.listing, buyer=other)
    asked(third, epsilon_micro=1_000_000)
    assert budgets_of(Room.objects.get(version=first.version), "ORG-NOBODY", year=year_of(MARKET_CLOCK.now()))[0].left_micro == 2_000_000
    assert hold() == []


@db
@covers("I21")
def test_the_naive_budget_by_product_alone_gives_the_same_rows_away_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.cleanroom.budgets._kin", lambda room: {room.version.listing.product_id: room})
    buyer = make_buyer(1)
    for one in (sold(buyer=buyer, epsilon_all_micro=1_000_000), sold(buyer=buyer, epsilon_all_micro=1_000_000)):
        asked(one, epsilon_micro=1_000_000)
    assert [text for text in hold() if "its widest room gives" in str(text)], "the checker sees it"


@db
@covers("I21")
def test_the_database_refuses_to_grant_past_the_limit_and_a_naive_ledger_would_not() -> None:
    one = sold()
    asked(one, epsilon_micro=900_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        PrivacyBudget.objects.update(granted_micro=1_000_000_000)
    with pytest.raises(DatabaseError), transaction.atomic():
        PrivacyBudget.objects.update(limit_micro=2_000_000_000)
    PrivacyBudget.objects.filter(buyer="").update(granted_micro=1)  # the naive ledger: a figure beside what it should sum up
    assert any("1 granted" in text for text in hold())


# ---- budget and run --------------------------------------------------------------------------------------------------------------


@db
@covers("F8", "T62")
@pytest.mark.parametrize(("outcome", "status", "spent"), [
    (Outcome(opened=True, rows=ANSWER), "done", 250_000), (Outcome(opened=True), "failed", 250_000),
    (Outcome(opened=True, killed=True), "failed", 250_000), (Outcome(), "returned", 0)])
def test_the_epsilon_goes_back_only_when_nothing_of_the_data_was_opened(outcome: Outcome, status: str, spent: int) -> None:
    one = sold()
    query = ended(asked(one), outcome)
    assert (query.status, granted(one)) == (status, (spent, spent)) and hold() == []
    assert Notice.objects.filter(subject=query.code).count() == 1
    again = asked(one)
    assert (again.pk == query.pk) == (status == "done"), "only an answer is kept for the next time"


@db
@covers("F8")
def test_the_charge_stands_before_the_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    one, seen = sold(), []
    monkeypatch.setattr(running, "carry_out", lambda *args, **named: seen.append((granted(one), hold())) or Outcome())
    asked(one)
    answer_waiting(clock=MARKET_CLOCK)
    assert seen == [((250_000, 250_000), [])]
    monkeypatch.setattr(running, "_refusal", lambda held, at: "")


@db
@covers("F8")
def test_what_waits_too_long_is_given_back_and_what_falls_silent_is_spent() -> None:
    one = sold()
    waiting, silent = asked(one), asked(one, question("count"))
    start_query(query=silent, clock=MARKET_CLOCK)
    move(hours=2)
    sweep_now(clock=MARKET_CLOCK)
    for query in (waiting, silent):
        query.refresh_from_db()
    assert (waiting.status, waiting.reason, silent.status, silent.reason) == (
        "returned", "delivery.query.not_taken_up", "failed", "delivery.query.fell_silent")
    assert granted(one) == (250_000, 250_000) and hold() == []
    with pytest.raises(Rejected, match="illegal_move"):
        finish_query(query=silent, outcome=Outcome(opened=True, rows=ANSWER), clock=MARKET_CLOCK)


@db
@covers("F8")
def test_a_question_is_taken_back_before_it_runs_and_not_after() -> None:
    one = sold()
    query = asked(one)
    assert cancel_query(query=query, actor=buyer_of(one.trade), clock=MARKET_CLOCK).status == "cancelled" and granted(one) == (0, 0)
    second = asked(one)
    start_query(query=second, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="illegal_move"):
        cancel_query(query=second, actor=buyer_of(one.trade), clock=MARKET_CLOCK)


# ---- the gates, at every step --------------------------------------------------------------------------------------------------------


@db
@covers("T64", "F6", "R27")
def test_a_consent_withdrawn_between_ask_and_answer_stops_both() -> None:
    one = sold()
    before, during = asked(one), asked(one, question("count"))
    started = start_query(query=during, clock=MARKET_CLOCK)
    Hold.objects.create(listing=one.version.listing, reason_code="consent.ended", reason_zh="同意已撤回", ordered_by="system",
                        ordered_as="system", placed_at=MARKET_CLOCK.now())
    finished = finish_query(query=started, outcome=Outcome(opened=True, rows=ANSWER), clock=MARKET_CLOCK)
    assert (finished.status, finished.reason, finished.rows) == ("failed", "delivery.delivery.consent_ended", [])
    kept = start_query(query=before, clock=MARKET_CLOCK)
    assert (kept.status, kept.reason) == ("returned", "delivery.delivery.consent_ended") and granted(one) == (250_000, 250_000)
    with pytest.raises(Rejected, match="consent_ended"):
        asked(one, question("persons", "count"))


@db
@covers("T63", "F5")
def test_only_the_buyers_people_ask_while_the_room_is_delivered_and_undisputed() -> None:
    listing = room_listing()
    room = opened(listing)
    trade = make_trade(listing=listing)
    one = open_delivery(trade=pay(trade), actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    with pytest.raises(Rejected, match="not_delivered"):
        asked(one)
    one = deliver(delivery=one, deposit=file_of(listing), actor=seller_of(listing), clock=MARKET_CLOCK)
    for stranger, code in ((seller_of(listing), "denied"), (make_buyer(), "absent"), (make_actor(Role.REGULATOR), "denied")):
        with pytest.raises(Rejected, match=code):
            asked(one, actor=stranger)
    query = asked(one)
    reject_delivery(delivery=one, defects=["列与约定不符"], actor=buyer_of(trade), clock=MARKET_CLOCK)
    assert start_query(query=query, clock=MARKET_CLOCK).status == "returned"
    assert room.code and PrivacyBudget.objects.filter(granted_micro__gt=0).count() == 0


@operation("test.capability.hold")
def _cut(*, organization: Organization) -> None:
    hold_capability(organization=organization, capability="bid", reason_code="desk", reason="结算逾期", actor=SYSTEM, at=MARKET_CLOCK.now())


@db
@covers("R57", "T63")
def test_a_buyer_held_back_is_refused_at_the_ask_and_at_the_run() -> None:
    one = sold()
    query = asked(one)
    _cut(organization=one.buyer)
    assert start_query(query=query, clock=MARKET_CLOCK).status == "returned"
    with pytest.raises(Rejected):
        asked(one, question("count"))


@db
@covers("R14", "R15", "F5")
def test_no_token_leads_to_the_file_of_a_room() -> None:
    one = sold()
    with pytest.raises(Rejected, match=r"grant\.stays"):
        issue_grant(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK)


@db
@covers("R121")
def test_where_the_agreement_names_seats_only_those_people_ask() -> None:
    one = sold(seats=1)
    with pytest.raises(Rejected, match="unseated"):
        asked(one)


# ---- opening a room --------------------------------------------------------------------------------------------------------------


@db
@covers("F7", "F8", "E26")
@pytest.mark.parametrize(("changes", "field"), [
    ({"offer": {**OFFER, "least": 5}}, "least"), ({"offer": {**OFFER, "columns": []}}, "columns"),
    ({"offer": {**OFFER, "person": "无此列"}}, "person"), ({"exponent": 250}, "exponent"), ({"epsilon_buyer_micro": 2_000_000},
                                                                                         "epsilon_buyer_micro"),
    ({"epsilon_all_micro": 9_000_000}, "epsilon_all_micro"), ({"offer": "SELECT 1"}, "offer"),
])
def test_a_room_keeps_to_the_venues_figures_and_every_fault_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected, match=r"room\.faulty") as refused:
        opened(room_listing(), **changes)
    assert [one.field for one in refused.value.errors] == [field]


@db
@covers("F7", "R14")
def test_personal_data_needs_a_person_column_and_a_room_needs_its_file() -> None:
    listing = room_listing()
    ListingVersion.objects.filter(pk=listing.version_id).update(category="personal")
    with pytest.raises(Rejected) as refused:
        opened(listing, offer={**OFFER, "person": "", "rows_each": 1})
    assert [one.field for one in refused.value.errors] == ["person"]
    ListingVersion.objects.filter(pk=listing.version_id).update(deposit=None)
    with pytest.raises(Rejected, match="no_file"):
        opened(listing)
    with pytest.raises(Rejected, match="other_mode"):
        opened(room_listing(mode="download"))


@db
@covers("F7")
def test_a_room_is_frozen_one_at_a_time_and_closed_only_while_nobody_bought_it() -> None:
    listing = room_listing()
    room = opened(listing)
    with pytest.raises(Rejected, match=r"room\.known"):
        opened(listing)
    with pytest.raises(DatabaseError), transaction.atomic():
        Room.objects.filter(pk=room.pk).update(offer={**OFFER, "least": 2})
    closed = close_room(room=room, actor=seller_of(listing), clock=MARKET_CLOCK)
    assert closed.status == "closed"
    again = opened(listing)
    sold(listing)
    with pytest.raises(Rejected, match=r"room\.sold"):
        close_room(room=again, actor=seller_of(listing), clock=MARKET_CLOCK)


@db
@covers("R14")
def test_a_delivery_by_room_waits_for_the_room() -> None:
    with pytest.raises(Rejected, match=r"room\.not_open"):
        sold(room_listing())


# ---- the buyer's own list ----------------------------------------------------------------------------------------------------------


@db
@covers("F7", "T62")
def test_a_list_joins_by_hashes_under_the_same_noise_and_a_list_of_one_is_not_taken() -> None:
    one = sold()
    buyer = buyer_of(one.trade)
    with pytest.raises(Rejected, match=r"cohort\.faulty") as refused:
        take_cohort(delivery=one, name="一个人", ids=[CANARY], actor=buyer, clock=MARKET_CLOCK)
    assert [fault.field for fault in refused.value.errors] == ["ids"]
    held = take_cohort(delivery=one, name="我们的住户", ids=[f"P{n}" for n in range(200)], actor=buyer, clock=MARKET_CLOCK)
    assert held.size == 200 and len(hashes_of(held)) == 200 and house_holds('"P199"') == []
    query = asked(one, question("persons", cohort=held.code), 1_000_000)
    answer_waiting(clock=MARKET_CLOCK)
    query.refresh_from_db()
    assert query.status == "done" and abs(int(query.rows[0]["measures"][0]) - 200) < 30
    move(days=31)
    sweep_now(clock=MARKET_CLOCK)
    held.refresh_from_db()
    assert (held.status, bytes(held.hashes)) == ("emptied", b"")
    with pytest.raises(Rejected, match=r"query\.faulty"):
        asked(one, question("count", cohort=held.code))
    with pytest.raises(Rejected, match="illegal_move"):
        empty_cohort(cohort=held, actor=buyer, clock=MARKET_CLOCK)


# ---- races -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@covers("F8", "I21", "T62")
def test_twenty_questions_at_once_with_epsilon_for_one_end_in_one() -> None:
    one = sold()
    buyer = buyer_of(one.trade)

    def ask(turn: int) -> str:
        try:
            ask_query(delivery=one, question=question(where=[{"column": "用电", "op": "ge", "value": str(turn)}]), epsilon_micro=1_000_000,
                      actor=buyer, clock=MARKET_CLOCK)
        except Rejected as refused:
            return refused.code
        except OperationalError as busy:  # whoever waits longer than the house lets it is told to ask again, and does
            told = outage_of(busy)
            return ask(turn) if told and told.code == "exchange.database.busy" else str(busy)
        return "asked"

    found = together([lambda turn=turn: ask(turn) for turn in range(20)])
    assert sorted(found) == ["asked", *(["delivery.budget.short"] * 19)] and granted(one) == (1_000_000, 1_000_000) and hold() == []
    same = together([lambda: ask(99)] * 2)
    assert set(same) == {"delivery.budget.short"}


@pytest.mark.django_db(transaction=True)
@covers("F8", "I21", "T62")
def test_who_waits_too_long_for_its_turn_is_told_to_ask_again_and_nothing_is_reserved() -> None:
    """Questions about one delivery queue at its row; one that stands there longer than the house lets it is refused as busy."""
    one = sold()
    buyer, held, done = buyer_of(one.trade), Event(), Event()

    def keep() -> None:
        with transaction.atomic():
            Delivery.objects.select_for_update().get(pk=one.pk)
            held.set()
            done.wait(20)

    def ask() -> str:
        held.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 200")
        try:
            asked(one, actor=buyer)
        except OperationalError as busy:
            told = outage_of(busy)
            return told.code if told else "not told"
        finally:
            done.set()
        return "asked"

    assert together([keep, ask]) == [None, "exchange.database.busy"]
    assert granted(one) == (0, 0) and not RoomQuery.objects.exists() and hold() == []
    asked(one, actor=buyer)
    assert RoomQuery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@covers("F8", "T62")
def test_a_naive_budget_read_without_a_lock_is_overdrawn_by_two_at_once() -> None:
    """The naive twin: read what is left, decide, then write the sum; two who read the same rest both pass."""
    left = PrivacyBudget(limit_micro=1_000_000, granted_micro=0)
    seen = [left.left_micro for _ in range(2)]
    spent = sum(1_000_000 for rest in seen if rest >= 1_000_000)
    assert spent == 2_000_000 > left.limit_micro
    assert connection.vendor == "postgresql"


def test_a_year_is_the_venues() -> None:
    from datetime import UTC, datetime

    assert year_of(datetime(2030, 12, 31, 15, 59, tzinfo=UTC)) == 2030 and year_of(datetime(2030, 12, 31, 16, 0, tzinfo=UTC)) == 2031
    assert json.dumps(ANSWER) and timedelta(0) == timedelta()
