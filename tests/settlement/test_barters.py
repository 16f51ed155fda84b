"""The money of a barter (R12): settled together, closed at nothing, unwound together; nothing of a declared value reaches an account."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.models import Delivery
from delivery.operations import accept_delivery, concede_delivery, deliver, open_delivery, reject_delivery
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger import queries as ledger
from ledger.accounts import AccountKind
from ledger.invariants import BalancesFollowFromPostings, BooksCanBeRebuilt, LedgerSumsToZero, LegsSumToZero, NobodyOverdraws
from ledger.operations import Leg, account, accounts, reserve, transfer, void
from listings.reference_prices import bulletin_of
from participants.estates import Passing
from participants.models import Organization, Succession
from participants.queries import venue_organization
from settlement import bartering, invariants
from settlement.dead_letters import retry_settlement
from settlement.models import Refund, Settlement
from settlement.operations import refund_trade
from settlement.queries import holdings
from settlement.reference_prices import publish_day, settled_between
from settlement.refunding import request_refund
from settlement.tasks import run_now
from tests.delivery.worlds import file_of, move
from tests.factories import figure, make_organization, venue
from tests.ledger.books import acting
from tests.settlement.worlds import collected, frozen, operator
from tests.trading.barters import World, agreed, free_fen, party, set_off, swap
from trading.estates import _under_talk
from trading.invariants import BartersAreWhole
from trading.models import Barter, Trade
from trading.operations import accept_barter

pytestmark = pytest.mark.django_db
START = 1_000_000_000


def trades(one: Barter) -> tuple[Trade, Trade]:
    """What the proposer gave, what the partner gave."""
    legs = {leg.side: leg.trade for leg in one.legs.select_related("trade__state", "trade__seller", "trade__buyer", "trade__version")}
    return legs["proposer"], legs["partner"]


def handed_over(trade: Trade, world: World) -> Delivery:
    seller = world.one if trade.seller_id == world.one.organization_id else world.two
    one = open_delivery(trade=trade, actor=SYSTEM, clock=CLOCK)
    assert one is not None
    return deliver(delivery=one, deposit=file_of(trade), actor=seller, clock=CLOCK)


def taken(trade: Trade, world: World) -> Delivery:
    buyer = world.two if trade.seller_id == world.one.organization_id else world.one
    return accept_delivery(delivery=handed_over(trade, world), actor=buyer, clock=CLOCK)


def run_a_day() -> None:
    run_now(clock=CLOCK)
    move(hours=25)
    run_now(clock=CLOCK)
    run_now(clock=CLOCK)


def sound() -> None:
    checks = (LegsSumToZero, LedgerSumsToZero, NobodyOverdraws, BalancesFollowFromPostings, BooksCanBeRebuilt, invariants.SettledOnce,
              invariants.PaidEqualsDivided, invariants.RefundsWithinPaid, invariants.SetOffsCloseAtNothing, BartersAreWhole)
    assert [text for one in checks for text in one().check()] == []


@covers("R12", "I7", "G7", "R75")
def test_both_are_settled_in_one_cycle_and_the_set_off_is_at_nothing() -> None:
    one, world = agreed(terms=swap(1_000_000, 800_000, "paid"))
    mine, theirs = trades(one)
    taken(mine, world)
    run_a_day()
    assert not Settlement.objects.exists(), "the one accepted waits for the other"
    taken(theirs, world)
    sound()
    run_a_day()
    rows = list(Settlement.objects.order_by("price_fen"))
    assert [(row.status, row.price_fen, row.pair, row.held_fen) for row in rows] == [
        ("settled", 800_000, one.code, 0), ("settled", 1_000_000, one.code, 0)]
    assert rows[0].cycle_id == rows[1].cycle_id is not None and rows[0].cycle is not None
    one.refresh_from_db()
    assert one.status == "settled" and set_off(one) == 0
    assert free_fen(world.one) == START - 35_000 + 200_000, "its charges, and the difference it is paid"
    assert free_fen(world.two) == START - 28_000 - 200_000
    house = venue_organization(venue()).code
    assert sum(ledger.held(house, kind).posted_fen for kind in (AccountKind.VENUE_FEES, AccountKind.TAX)) == 25_000 + 20_000
    assert ledger.held(house, AccountKind.PUBLIC_INTEREST).posted_fen == 10_000 + 8_000
    assert rows[0].cycle.status == "closed", "reconciled with the ledger, the set-off counted"
    sound()


@covers("R12", "G6")
def test_what_was_bartered_is_not_refunded_in_money_that_nobody_paid() -> None:
    one, world = agreed(terms=swap(1_000_000, 1_000_000))
    for trade in trades(one):
        taken(trade, world)
    run_a_day()
    row = Settlement.objects.get(trade=trades(one)[0])
    with pytest.raises(Rejected) as caught:
        request_refund(settlement=row, amount_fen=1, reason="不合用", actor=world.two, clock=CLOCK)
    assert caught.value.code == "settlement.refund_request.bartered"


@covers("R12", "I7")
def test_a_difference_that_is_waived_moves_no_money_and_still_closes_at_nothing() -> None:
    one, world = agreed(terms=swap(1_000_000, 400_000, "waived"))
    for trade in trades(one):
        taken(trade, world)
    run_a_day()
    one.refresh_from_db()
    assert (one.status, set_off(one)) == ("settled", 0)
    assert (free_fen(world.one), free_fen(world.two)) == (START - 35_000, START - 14_000)
    sound()


@covers("R12", "R9", "E55")
def test_partners_get_money_the_giver_gets_the_other_licence_and_nothing_is_held_back() -> None:
    partner = make_organization()
    one, world = agreed(World(partner=partner), swap(1_000_003, 1_000_003))
    for trade in trades(one):
        taken(trade, world)
    assert holdings(party(world.one)).due_fen == 0, "a declared value is not money to come"
    run_a_day()
    assert free_fen(partner) == one.legs.get(side="proposer").partners_fen == 241_251
    assert free_fen(world.one) == START - 35_000 - 241_251
    assert ledger.held(str(world.one.organization), AccountKind.HOLDBACK).posted_fen == 0
    one.refresh_from_db()
    assert (one.status, set_off(one)) == ("settled", 0)
    sound()


@covers("R12", "I8")
def test_one_that_fails_takes_the_other_with_it_even_when_that_was_accepted() -> None:
    figure(venue(), "fee.trade_buyer_bps", 100)
    one, world = agreed(terms=swap(1_000_000, 800_000, "paid"))
    mine, theirs = trades(one)
    taken(theirs, world)
    rejected = reject_delivery(delivery=handed_over(mine, world), defects=["不是所述的文件"], actor=world.two, clock=CLOCK)
    concede_delivery(delivery=rejected, actor=world.one, clock=CLOCK)
    run_now(clock=CLOCK)
    one.refresh_from_db()
    assert (one.status, set_off(one)) == ("unwound", 0)
    assert {trade.state.status for trade in trades(one)} == {"unwound"} and Refund.objects.count() == 2
    assert {trade.deed.status for trade in trades(one)} == {"ended"}
    assert (free_fen(world.one), free_fen(world.two)) == (START, START), "everybody has what it paid back"
    for trade in (mine, theirs):
        assert ledger.held(trade.code, AccountKind.ESCROW).posted_fen == 0
    assert Record.objects.filter(kind="trading.barter.unwound", subject=one.code).count() == 1
    refund_trade(trade=theirs, cause="again", actor=SYSTEM, clock=CLOCK)
    assert Refund.objects.count() == 2, "again is nothing"
    run_a_day()
    assert not Settlement.objects.exists()
    sound()


@covers("R12", "I8")
def test_the_naive_refund_would_pay_a_declared_value_out_as_money() -> None:
    """The refund of any other trade, which gives what is in escrow to the buyer: the ledger sums, and a million is made of nothing."""
    one, world = agreed()
    mine, _theirs = trades(one)
    with acting():
        escrow, buyer = accounts((mine.code, AccountKind.ESCROW), (mine.buyer.code, AccountKind.AVAILABLE))
        transfer(kind="refund", legs=[Leg(escrow, -1_000_000), Leg(buyer, 1_000_000)], subject=mine.code, at=CLOCK.now())
    assert free_fen(world.two) > START
    assert list(LedgerSumsToZero().check()) == []
    assert refund_trade(trade=mine, cause="x", actor=SYSTEM, clock=CLOCK) is None, "and the real one finds the escrow short and waits"


@covers("R12", "T24")
def test_where_a_dispute_holds_one_escrow_neither_is_settled_and_both_are_later() -> None:
    one, world = agreed()
    mine, theirs = trades(one)
    for trade in (mine, theirs):
        taken(trade, world)
    with acting():
        held = reserve(account=account(mine.code, AccountKind.ESCROW), amount_fen=1, purpose="dispute", subject=mine.code, at=CLOCK.now())
    run_a_day()
    for _ in range(6):
        run_now(clock=CLOCK)
    assert list(Settlement.objects.values_list("status", flat=True)) == ["parked", "parked"], "one waits for the other"
    with acting():
        void(pending=held, at=CLOCK.now())
    first, second = Settlement.objects.order_by("pk")
    retry_settlement(settlement=first, reason="争议已了结", actor=operator(), clock=CLOCK)
    run_a_day()
    assert Settlement.objects.get(pk=first.pk).status == "due", "alone it enters no cycle"
    retry_settlement(settlement=second, reason="争议已了结", actor=operator(), clock=CLOCK)
    run_a_day()
    one.refresh_from_db()
    assert one.status == "settled" and set_off(one) == 0
    sound()


@covers("R12", "T24")
def test_the_naive_freeze_takes_one_of_the_two() -> None:
    one, world = agreed()
    for trade in trades(one):
        taken(trade, world)
    collected()
    assert frozen(most=1).lines == 0, "a cycle too small for both takes neither"
    with patch("settlement.operations.whole_pairs", lambda ids: ids):
        assert frozen(most=1).lines == 1


@covers("R12", "R109", "CAP-E3")
def test_declared_values_do_not_enter_the_reference_prices() -> None:
    one, world = agreed(World(sector="G54"))
    for trade in trades(one):
        taken(trade, world)
    run_a_day()
    assert Settlement.objects.filter(status="settled").count() == 2
    assert list(settled_between(venue(), CLOCK.now().replace(year=2030), CLOCK.now(), share_bps=5000)) == []
    publish_day(venue=venue(), clock=CLOCK)
    newest = bulletin_of(venue())
    assert newest is not None and newest.trades == 0


@covers("R12", "I1", "I2", "I7")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(mine=st.integers(1, 50_000_000), theirs=st.integers(1, 50_000_000), paid=st.booleans())
def test_whatever_the_values_the_ledger_sums_and_the_set_off_closes(mine: int, theirs: int, paid: bool) -> None:
    one, world = agreed(World(partner=make_organization()), swap(mine, theirs, "none" if mine == theirs else "paid" if paid else "waived"))
    for trade in trades(one):
        taken(trade, world)
    run_a_day()
    one.refresh_from_db()
    assert (one.status, set_off(one)) == ("settled", 0)
    assert [text for check in (LedgerSumsToZero, invariants.SetOffsCloseAtNothing) for text in check().check()] == []


@covers("R12", "R39")
def test_a_party_passes_nothing_on_while_its_barter_runs() -> None:
    partner = make_organization()
    one, world = agreed(World(partner=partner))

    def hindered(ends: Organization) -> set[str]:
        return {each.subject for each in _under_talk(Passing(Succession(), ends, lambda _unit: None, CLOCK.now()))}

    for ends, named in ((party(world.one), one.code), (party(world.two), one.code), (partner, one.legs.get(side="proposer").trade.code)):
        assert named in hindered(ends)
    for trade in trades(one):
        taken(trade, world)
    run_a_day()
    assert hindered(party(world.one)) == set()


@covers("R12", "I17")
def test_every_move_of_a_barter_is_told_and_the_whole_house_holds() -> None:
    settled, world = agreed(terms=swap(1_000_000, 800_000, "paid"))
    for trade in trades(settled):
        taken(trade, world)
    run_a_day()
    fallen, again = agreed()
    first, _second = trades(fallen)
    concede_delivery(delivery=reject_delivery(delivery=handed_over(first, again), defects=["空文件"], actor=again.two, clock=CLOCK),
                     actor=again.one, clock=CLOCK)
    run_now(clock=CLOCK)
    expected = {settled.code: "settled", fallen.code: "unwound"}
    assert dict(Barter.objects.values_list("code", "status")) == expected
    ours = (settled.code, fallen.code, "TRD-", "SET-", "barter", "set-off", "transfer", "account")
    assert [(each.id, each.text) for each in check_all().violations if each.text.startswith(ours)] == []


@covers("R12")
def test_an_agreed_barter_accepted_again_changes_nothing_in_the_books() -> None:
    one, world = agreed()
    before = set_off(one)
    accept_barter(barter=one, seen=1, actor=world.two, clock=CLOCK)
    assert set_off(one) == before and bartering.closable().count() == 0
