"""A cycle from freeze to close: what each party gets, that again is nothing, that faults hold up nobody (I6, I7, G7)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import Error, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import Case
from evidence.bundle import lines_root
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.money import bps_of
from kit.rejected import Rejected
from kit.states import IllegalMove, advance
from ledger import queries as ledger
from ledger.accounts import AccountKind
from ledger.invariants import BalancesFollowFromPostings, BooksCanBeRebuilt, LedgerSumsToZero, LegsSumToZero
from ledger.operations import account, reserve, void
from ledger.queries import Funds
from participants.charges import Charge, Schedule
from participants.models import Organization
from participants.queries import venue_organization
from settlement import invariants
from settlement.collecting import due_line
from settlement.dead_letters import retry_settlement
from settlement.fees import Terms, divide, line_of
from settlement.models import Settlement, SettlementCycle, Share
from settlement.operations import freeze_cycle, open_cycle, post_cycle, reconcile_cycle, refund_trade, release_holdback
from settlement.queries import charged_on
from settlement.states import OBJECTS
from settlement.tasks import move_cycle, run_now
from tests.delivery.worlds import delivered, move, paid_delivery
from tests.factories import figure, make_organization, venue
from tests.ledger.books import acting
from tests.settlement.worlds import accepted, collected, frozen, many_accepted, operator
from trading.models import TradeState
from trading.queries import charges_of

pytestmark = pytest.mark.django_db
BOOKS = (LegsSumToZero, LedgerSumsToZero, BalancesFollowFromPostings, BooksCanBeRebuilt)


def now(one: Any) -> Any:
    return type(one).objects.get(pk=one.pk)


def funds(owner: str, kind: str = AccountKind.AVAILABLE) -> int:
    return ledger.held(owner, kind).posted_fen


def sound() -> None:
    checks = (*BOOKS, invariants.SettledOnce, invariants.PaidEqualsDivided, invariants.RefundsWithinPaid)
    assert [text for one in checks for text in one().check()] == []


def house() -> str:
    return venue_organization(venue()).code


@covers("I7", "R75", "R9")
def test_a_price_is_divided_to_the_fen_and_everybody_is_paid() -> None:
    seller, processor = make_organization(), make_organization()
    trade = accepted(price_fen=1_000_003, seller=seller, contributors={seller: 2, processor: 1})
    cycle = frozen()
    move_cycle(cycle=cycle, clock=CLOCK)
    one = Settlement.objects.get(trade=trade)
    assert (one.status, one.seller_fee_fen, one.levy_fen) == ("settled", 25_000, 10_000)
    shares = {share.organization_id: share.amount_fen for share in one.shares.all()}
    assert sum(shares.values()) == 1_000_003 - 35_000 == one.shared_fen
    assert (shares[seller.pk], shares[processor.pk]) == (643_335, 321_668)
    assert one.held_fen == 32_167, "five percent of the seller's own share, band B"
    assert funds(seller.code) == 643_335 - 32_167
    assert funds(seller.code, AccountKind.HOLDBACK) == 32_167
    assert funds(processor.code) == 321_668
    assert (one.fee_tax_bps, one.fee_tax_fen) == (300, 728), "the venue states nothing: a small-scale taxpayer, 3 % inside its fee"
    assert (funds(house(), AccountKind.VENUE_FEES), funds(house(), AccountKind.TAX)) == (25_000 - 728, 728), "tax is not mixed with fees"
    assert funds(house(), AccountKind.PUBLIC_INTEREST) == 10_000
    assert ledger.held(trade.code, AccountKind.ESCROW) == Funds(0, 0)
    cycle = now(cycle)
    assert (cycle.status, cycle.lines, cycle.settled, cycle.total_fen, cycle.differences) == ("closed", 1, 1, 1_000_003, [])
    assert cycle.lines_root == lines_root([line_of(one)])
    fact = Record.objects.get(kind="settlement.trade.settled")
    assert (fact.subject, fact.payload["lines_root"], fact.payload["lines"]) == (cycle.code, cycle.lines_root, 1)
    sound()


prices = st.one_of(st.integers(0, 2000), st.integers(0, 2**50))
parties = st.lists(st.one_of(st.integers(1, 9), st.integers(1, 10**12)), min_size=1, max_size=9)
bps = st.integers(0, 3000)


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.tuples(prices, parties), min_size=1, max_size=5), fees=st.lists(bps, max_size=4), levy=bps, held=bps)
@covers("I7", "T10", "G2")
def test_the_batch_divides_as_the_plain_function_does(rows: list[Any], fees: list[int], levy: int, held: int) -> None:
    charges = [Charge(f"fee.{'abcd'[n]}_seller_bps", fee, min_fen=fee % 3) for n, fee in enumerate(fees)]
    terms = Terms(Schedule((*charges, Charge("levy.public_interest_bps", levy)), 500), held)
    with transaction.atomic():
        many_accepted(len(rows), prices=[price for price, _ in rows], weights=[weights for _, weights in rows])
        with patch("settlement.collecting.terms_of", lambda *_, **__: terms):
            made = collected()
        expected = [divide(one.price_fen, terms, one.parties, one.weights, one.seller.code) for one in made]
        move_cycle(cycle=frozen(), clock=CLOCK)
        for one, said in zip(made, expected, strict=True):
            done = now(one)
            found = list(done.shares.order_by("number").values_list("amount_fen", "held_fen"))
            assert (done.seller_fee_fen, done.levy_fen, done.shared_fen) == (said.taken.seller_fee_fen, said.taken.levy_fen,
                                                                             said.taken.shared_fen)
            assert done.seller_fee_fen <= bps_of(done.price_fen, 500), "all fees of a side together stay under the cap"
            assert found == list(zip(said.shares, said.held, strict=True))
        transaction.set_rollback(True)


@covers("G7", "I6")
def test_posting_again_posts_nothing_and_late_trades_go_to_the_next_cycle() -> None:
    accepted()
    first = frozen()
    accepted()
    collected()
    move_cycle(cycle=first, clock=CLOCK)
    before = Record.objects.count()
    for _ in range(3):
        move_cycle(cycle=first, clock=CLOCK)
        post_cycle(cycle=first, actor=SYSTEM, clock=CLOCK)
        reconcile_cycle(cycle=first, actor=SYSTEM, clock=CLOCK)
        freeze_cycle(cycle=first, actor=SYSTEM, clock=CLOCK)
    assert Record.objects.count() == before
    assert Settlement.objects.filter(status="settled").count() == 1
    second = frozen()
    move_cycle(cycle=second, clock=CLOCK)
    assert (second.lines, Settlement.objects.filter(status="settled").count()) == (1, 2)
    sound()


@covers("G7")
def test_the_daily_run_does_everything_by_itself() -> None:
    trade = accepted()
    run_now(clock=CLOCK)
    one, cycle = Settlement.objects.get(trade=trade), SettlementCycle.objects.get()
    assert (one.status, one.cycle, cycle.status) == ("due", None, "open")
    assert cycle.due_at.astimezone().utcoffset() is not None and cycle.due_at > CLOCK.now()
    move(seconds=(cycle.due_at - CLOCK.now()).total_seconds())
    run_now(clock=CLOCK)
    assert (now(one).status, now(cycle).status) == ("settled", "closed")
    assert SettlementCycle.objects.filter(status="open").count() == 1
    assert funds(trade.seller.code, AccountKind.HOLDBACK) > 0
    move(days=31)
    run_now(clock=CLOCK)
    assert funds(trade.seller.code, AccountKind.HOLDBACK) == 0
    assert funds(trade.seller.code) == 1_000_000 - 35_000
    released = now(one)
    assert release_holdback(settlement=one, actor=SYSTEM, clock=CLOCK).released == released.released
    sound()


@covers("I6")
def test_a_trade_whose_escrow_is_reserved_is_parked_at_the_fifth_try_and_the_rest_goes_on() -> None:
    disputed, fine = accepted(), accepted()
    with acting():
        held = reserve(account=account(disputed.code, AccountKind.ESCROW), amount_fen=1, purpose="dispute", subject="DSP-1", at=CLOCK.now())
    cycle = frozen()
    for run in range(1, 6):
        move_cycle(cycle=cycle, clock=CLOCK)
        one = Settlement.objects.get(trade=disputed)
        assert (one.tries, one.status) == (run, "parked" if run == 5 else "due")
        assert Settlement.objects.get(trade=fine).status == "settled"
    assert (now(cycle).status, now(cycle).settled, now(cycle).parked) == ("closed", 1, 1)
    assert Case.objects.get(kind="settlement").subject_code == one.code
    with acting():
        void(pending=held, at=CLOCK.now())
    with pytest.raises(Rejected):
        retry_settlement(settlement=one, reason="争议已了结", actor=SYSTEM, clock=CLOCK)
    retry_settlement(settlement=one, reason="争议已了结", actor=operator(), clock=CLOCK)
    move_cycle(cycle=frozen(), clock=CLOCK)
    assert now(one).status == "settled"
    sound()


def test_a_free_trade_settles_without_a_transfer() -> None:
    many_accepted(3, prices=(0, 100))
    move_cycle(cycle=frozen(), clock=CLOCK)
    free = Settlement.objects.filter(price_fen=0)
    assert {(one.status, one.transfer, one.shared_fen) for one in free} == {("settled", None, 0)}
    assert SettlementCycle.objects.get(status="closed").settled == 3
    sound()


@covers("I7")
def test_a_cycle_that_differs_from_the_ledger_is_blocked_and_closes_when_mended(superuser_connection: Any) -> None:
    accepted()
    cycle = frozen()
    post_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
    SettlementCycle.objects.filter(pk=cycle.pk).update(lines_root="0" * 64)
    assert reconcile_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK).status == "blocked"
    assert "root" in now(cycle).differences[0]
    assert reconcile_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK).status == "blocked"
    recorded = Record.objects.get(kind="settlement.cycle.posted").payload["lines_root"]
    SettlementCycle.objects.filter(pk=cycle.pk).update(lines_root=recorded)
    assert reconcile_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK).status == "closed"


def test_batches_of_a_cycle_are_told_one_by_one_and_the_cycle_has_the_root_of_all() -> None:
    many_accepted(25)
    cycle = frozen()
    move_cycle(cycle=cycle, clock=CLOCK, most=10)
    assert sorted(Record.objects.filter(kind="settlement.trade.settled").values_list("payload__lines", flat=True)) == [5, 10, 10]
    lines = [line_of(one) for one in Settlement.objects.filter(cycle=cycle).order_by("id")]
    assert now(cycle).lines_root == lines_root(lines)
    assert now(cycle).status == "closed"
    sound()


@covers("I8")
def test_the_price_of_a_failed_delivery_goes_back_in_full_once() -> None:
    one = paid_delivery(price_fen=777)
    before = funds(one.buyer.code)
    run_now(clock=CLOCK)
    from delivery.tasks import sweep_now

    sweep_now(clock=CLOCK)
    move(days=20)
    sweep_now(clock=CLOCK)
    for _ in range(2):
        run_now(clock=CLOCK)
    assert funds(one.buyer.code) == before + 777
    assert funds(one.trade.code, AccountKind.ESCROW) == 0
    assert TradeState.objects.get(trade=one.trade).status == "unwound"
    assert refund_trade(trade=one.trade, cause="again", actor=SYSTEM, clock=CLOCK).cause != "again"
    sound()


def test_a_settled_trade_is_not_refunded_out_of_others_money() -> None:
    trade = accepted()
    move_cycle(cycle=frozen(), clock=CLOCK)
    with pytest.raises(Rejected) as refused:
        refund_trade(trade=trade, cause="x", actor=SYSTEM, clock=CLOCK)
    assert refused.value.code == "settlement.refund.already_settled"


def test_rates_are_those_in_force_when_the_trade_was_made() -> None:
    trade = accepted()
    at = CLOCK.now() + timedelta(seconds=1)
    figure(venue(), "fee.match_seller_bps", 100, at=at)
    move(days=1)
    collected()
    one = Settlement.objects.get(trade=trade)
    assert {charge["key"]: charge["bps"] for charge in one.charges["charges"]}["fee.match_seller_bps"] == 250
    assert one.seller_fee_fen == 25_000


@covers("G2")
def test_a_quote_is_frozen_in_the_agreement_and_equals_what_is_settled() -> None:
    """The buyer's charges are paid beside the price, whatever the venue decides after the agreement."""
    figure(venue(), "fee.match_buyer_bps", 100)
    figure(venue(), "fee.evidence_seller_bps", {"bps": 5, "min_fen": 100}, name=("存证费", "Evidence fee"))
    trade = accepted(price_fen=1_000_000)
    quoted = charges_of(trade)
    figure(venue(), "fee.match_buyer_bps", 400, at=CLOCK.now() + timedelta(seconds=1))
    move(days=1)
    buyer_paid = ledger.held(trade.code, AccountKind.ESCROW).posted_fen
    move_cycle(cycle=frozen(), clock=CLOCK)
    one = Settlement.objects.get(trade=trade)
    items = {item.charge.key: item.fen for item in charged_on(one)}
    assert items == {item.charge.key: item.fen for item in quoted.of(1_000_000)}
    assert items == {"fee.evidence_seller_bps": 500, "fee.match_buyer_bps": 10_000, "fee.match_seller_bps": 25_000,
                     "levy.public_interest_bps": 10_000}
    assert (one.status, buyer_paid) == ("settled", 1_010_000)
    assert funds(house(), AccountKind.VENUE_FEES) + funds(house(), AccountKind.TAX) == 25_000 + 500 + 10_000
    due = Record.objects.get(kind="settlement.trade.due")
    assert due.payload["lines_root"] == lines_root([due_line(one)])
    sound()


@covers("I8")
def test_a_refund_gives_the_buyers_charges_back_too() -> None:
    figure(venue(), "fee.match_buyer_bps", 100)
    one = paid_delivery(price_fen=10_000)
    assert refund_trade(trade=one.trade, cause="test", actor=SYSTEM, clock=CLOCK).amount_fen == 10_100
    sound()


def test_only_the_system_and_the_operator_settle() -> None:
    delivered()
    stranger = operator()
    assert open_cycle(venue=venue(), actor=stranger, clock=CLOCK).status == "open"
    from participants.roles import Role
    from tests.factories import make_actor

    for role in (Role.DATA_MERCHANT, Role.REGULATOR):
        with pytest.raises(Rejected) as refused:
            freeze_cycle(cycle=SettlementCycle.objects.get(), actor=make_actor(role), clock=CLOCK)
        assert refused.value.code == "participants.permission.denied"


@covers("I3", "I7", "I17")
@pytest.mark.parametrize("statement", [
    "UPDATE settlement_settlement SET status = 'due'", "UPDATE settlement_settlement SET price_fen = 1",
    "UPDATE settlement_settlement SET seller_fee_fen = seller_fee_fen + 1", "UPDATE settlement_share SET amount_fen = 1",
    "DELETE FROM settlement_settlement", "DELETE FROM settlement_share", "UPDATE settlement_settlement SET weights = '{7}'",
    "INSERT INTO settlement_share (settlement_id, number, organization_id, amount_fen, held_fen) "
    "SELECT settlement_id, 9, organization_id, 1, 0 FROM settlement_share",
])
def test_the_database_refuses_what_no_act_allows(statement: str) -> None:
    accepted()
    move_cycle(cycle=frozen(), clock=CLOCK)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@covers("I7")
def test_shares_that_do_not_add_up_are_refused_by_the_database() -> None:
    trade = accepted()
    frozen()
    one = Settlement.objects.get(trade=trade)
    Share.objects.bulk_create([Share(settlement=one, number=1, organization=one.seller, amount_fen=964_999, held_fen=0)])
    with pytest.raises(Error, match="do not add up"), transaction.atomic():
        Settlement.objects.filter(pk=one.pk).update(status="settled", held_fen=0, settled_at=CLOCK.now(), leaf=b"0" * 32)


@covers("T9", "I17")
@pytest.mark.parametrize("table", sorted(OBJECTS))
def test_every_pair_of_state_and_act_is_as_the_table_says(table: str) -> None:
    status, moves = OBJECTS[table]
    for state, act in itertools.product(status, sorted({act for _, act in moves})):
        if (state, act) in moves:
            assert advance(moves, state, act, subject="X", code="settlement.cycle.illegal_move") == moves[state, act]
        else:
            with pytest.raises(IllegalMove):
                advance(moves, state, act, subject="X", code="settlement.cycle.illegal_move")


@covers("I6", "I7", "I8")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("one", "edit"), [
    (invariants.SettledOnce, "UPDATE settlement_settlement SET transfer = NULL"),
    (invariants.SettledOnce, "UPDATE settlement_settlement SET transfer = gen_random_uuid()"),
    (invariants.PaidEqualsDivided, "UPDATE settlement_share SET amount_fen = amount_fen + 1"),
    (invariants.PaidEqualsDivided, "UPDATE settlement_settlement SET weights = '{1,1}'"),
    (invariants.PaidEqualsDivided, "UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE amount_fen = "
                                    "(SELECT seller_fee_fen - fee_tax_fen FROM settlement_settlement LIMIT 1)"),
    (invariants.RefundsWithinPaid, "INSERT INTO settlement_refund (code, trade_id, amount_fen, cause, transfer, transfer_hash, at) SELECT "
                                   "'RFD-X', trade_id, price_fen + 1, 'x', gen_random_uuid(), '', settled_at FROM settlement_settlement"),
])
def test_a_planted_violation_is_found(superuser_connection: Any, one: Any, edit: str) -> None:
    seller: Organization = make_organization()
    accepted(seller=seller, contributors={seller: 2, make_organization(): 1})
    move_cycle(cycle=frozen(), clock=CLOCK)
    sound()
    superuser_connection.execute("SET session_replication_role = replica")
    assert superuser_connection.execute(edit).rowcount > 0
    assert list(one().check())
