"""Lots end once, whoever asks and however late; halts, cancellations and stopped parties leave nobody's money behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence import operations as evidence
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.money import bps_of
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Hold
from participants.charges import schedule
from participants.models import Notice
from participants.roles import Role
from tests.factories import figure, make_actor, venue
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, open_lot, paddle, seller_of, stand
from trading import tasks
from trading.models import Auction, Award, Bid, BidVoid, Tick, Trade
from trading.operations import (
    announce_auction,
    cancel_auction,
    cancel_trade,
    close_auction,
    default_trade,
    halt_auction,
    open_auction,
    pay_trade,
    resume_auction,
    unwind_trade,
)
from trading.queries import charges_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def funds(party):
    code = party if isinstance(party, str) else party.organization
    found = balance(account(code, AccountKind.AVAILABLE))
    return found.posted_fen, found.reserved_fen


def fresh(lot):
    return Auction.objects.get(pk=lot.pk)


def sold(*maxima, price=None):
    """A lot that closed with these buyers; returns the lot, the buyers and the trade."""
    buyers = [make_buyer(100_000_000) for _ in maxima]
    lot = open_lot(*buyers)
    for buyer, maximum in zip(buyers, maxima, strict=True):
        bid(lot, buyer, maximum)
    move(hours=24)
    tasks.close_due()
    return fresh(lot), buyers, Trade.objects.get(award__auction=lot)


# ---- announcing ------------------------------------------------------------------------------------------------------
@covers("R51")
def test_a_lot_opens_seven_days_after_its_notice_at_the_earliest():
    listing = make_listing()
    opens = MARKET_CLOCK.now() + timedelta(days=6, hours=23)
    seller = seller_of(listing)
    with pytest.raises(Rejected) as refused:
        announce_auction(listing=listing, opens_at=opens, closes_at=opens + timedelta(hours=1), actor=seller, clock=MARKET_CLOCK)
    assert refused.value.code == "trading.auction.notice_too_short"


@pytest.mark.parametrize("format_, code", [
    ("call", "trading.auction.format_not_allowed"), ("order_book", "trading.auction.format_not_allowed"),
    ("mcafee", "trading.auction.format_not_allowed"), ("uniform", "trading.auction.format_not_allowed"),
    ("pay_as_bid", "trading.auction.format_not_allowed"), ("vcg", "trading.auction.format_not_allowed"),
    ("rsop", "trading.auction.format_not_allowed"), ("posted", "trading.auction.format_not_offered")])
def test_a_production_venue_refuses_centralised_trading(format_, code):
    with pytest.raises(Rejected) as refused:
        make_lot(format=format_)
    assert refused.value.code == code


def test_only_the_seller_announces_and_a_listing_has_one_running_lot():
    listing = make_listing()
    lot = make_lot(listing)
    assert len(lot.terms_hash) == 64 and lot.reserve_commitment == ""
    with pytest.raises(Rejected) as refused:
        make_lot(listing)
    assert refused.value.code == "trading.auction.one_running"
    other = make_listing()
    opens = MARKET_CLOCK.now() + timedelta(days=8)
    with pytest.raises(Rejected) as refused:
        announce_auction(listing=other, opens_at=opens, closes_at=opens + timedelta(hours=1), actor=seller_of(listing), clock=MARKET_CLOCK)
    assert refused.value.status in (403, 404)


def test_the_reserve_is_committed_to_and_never_told():
    lot = make_lot(reserve_price_fen=1_234_567)
    record = Record.objects.get(kind="trading.auction.announced", subject=lot.code)
    assert record.payload["reserve_commitment"] == lot.reserve_commitment and "1234567" not in str(record.payload)


# ---- opening and closing -----------------------------------------------------------------------------------------------
def test_a_lot_opens_when_its_time_has_come_and_not_before():
    lot = make_lot()
    assert open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK).status == "announced"
    assert tasks.open_due() == 0
    move(days=7)
    assert tasks.open_due() == 1 and fresh(lot).status == "open"


@covers("I13", "I14", "R57")
def test_closing_awards_the_lot_writes_the_trade_and_frees_the_losers_in_one_act():
    lot, (a, b), trade = sold(5_000_000, 2_000_000)
    assert (lot.status, trade.price_fen, trade.buyer_id) == ("awarded", 2_100_000, a.organization_id)
    assert trade.state.status == "executed" and trade.state.due_at > MARKET_CLOCK.now() and len(trade.agreement_hash) == 64
    assert funds(a) == (100_000_000, 100_000) and funds(b) == (100_000_000, 0)
    kinds = list(Record.objects.filter(kind__in=["trading.trade.executed", "trading.auction.awarded"]).values_list("kind", "command"))
    assert len(kinds) == 2 and len({command for _, command in kinds}) == 1
    assert Tick.objects.filter(auction=lot).order_by("-seq").first().kind == "closed"
    assert set(Notice.objects.filter(kind__startswith="trading.auction.").values_list("kind", flat=True)) == {
        "trading.auction.won", "trading.auction.sold", "trading.auction.lost"}


@covers("T17")
def test_closing_twice_or_early_changes_nothing():
    a = make_buyer()
    lot = open_lot(a)
    bid(lot, a, 2_000_000)
    assert close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK).status == "open"
    move(hours=25)
    assert tasks.close_due() == 1 and tasks.close_due() == 0
    close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    assert Award.objects.count() == Trade.objects.count() == 1


@covers("T17")
def test_a_closing_that_comes_an_hour_late_takes_no_bid_after_the_end():
    a, b = make_buyer(), make_buyer()
    lot = open_lot(a, b)
    bid(lot, a, 2_000_000)
    move(hours=25)
    with pytest.raises(Rejected) as refused:
        bid(lot, b, 9_000_000)
    assert refused.value.code == "trading.bid.closed"
    tasks.close_due()
    assert Trade.objects.get().buyer_id == a.organization_id


def test_below_the_reserve_or_without_a_bid_the_lot_fails_and_deposits_go_back():
    a = make_buyer(100_000_000)
    lot = open_lot(a, reserve_price_fen=3_000_000)
    bid(lot, a, 2_000_000)
    empty = make_lot(make_listing())
    move(days=9)
    tasks.open_due(), tasks.close_due()
    assert (fresh(lot).status, fresh(lot).status_reason) == ("failed", "trading.auction.below_reserve")
    assert (fresh(empty).status, fresh(empty).status_reason) == ("failed", "trading.auction.no_bid")
    assert funds(a) == (100_000_000, 0) and not Trade.objects.exists()


@covers("T21")
def test_a_leader_stopped_before_the_close_is_passed_over():
    a, b = make_buyer(100_000_000), make_buyer(100_000_000)
    lot = open_lot(a, b)
    bid(lot, a, 5_000_000), bid(lot, b, 2_000_000)
    stand(a, "suspended")
    move(hours=24)
    tasks.close_due()
    trade = Trade.objects.get()
    assert (trade.buyer_id, trade.price_fen) == (b.organization_id, 1_000_000)
    assert funds(a) == (100_000_000, 0)


# ---- stopped parties ---------------------------------------------------------------------------------------------------
@covers("R67", "B5")
def test_a_fall_in_standing_voids_resting_bids_and_rebuilds_the_price():
    a, b, c = (make_buyer(100_000_000) for _ in range(3))
    lot = open_lot(a, b, c)
    bid(lot, a, 5_000_000), bid(lot, b, 2_000_000), bid(lot, c, 4_000_000)
    assert fresh(lot).price_fen == 4_100_000
    stand(c, "suspended")
    evidence.drain()
    after = fresh(lot)
    assert (after.price_fen, after.leader.organization_id, after.standing.voids) == (2_100_000, a.organization_id, 1)
    assert BidVoid.objects.count() == 1 and funds(c) == (100_000_000, 0)
    assert Notice.objects.filter(organization_id=c.organization_id, kind="trading.bid.voided").exists()
    with pytest.raises(Rejected) as refused:
        bid(lot, c, 9_000_000)
    assert refused.value.code == "trading.bid.barred"


def test_a_stopped_seller_loses_the_running_lots():
    a = make_buyer(100_000_000)
    lot = open_lot(a)
    bid(lot, a, 2_000_000)
    stand(lot.seller, "suspended")
    evidence.drain()
    after = fresh(lot)
    assert (after.status, after.price_fen, funds(a)) == ("cancelled", None, (100_000_000, 0))
    assert not Bid.objects.standing().filter(auction=lot).exists()


def test_a_suspended_listing_loses_its_lot_by_the_sweep():
    lot = open_lot()
    Hold.objects.create(listing=lot.listing, reason_code="test.hold", reason_zh="测试", ordered_by="system", ordered_as="system",
                        placed_at=MARKET_CLOCK.now())
    assert tasks.sweep_stopped() == 1
    assert (fresh(lot).status, fresh(lot).status_reason) == ("cancelled", "listings.listing.suspended")


# ---- halt, resume, cancel ----------------------------------------------------------------------------------------------
def test_a_halt_keeps_the_rest_of_the_time_and_resumes_with_ten_minutes_at_least():
    a, officer = make_buyer(), make_actor(Role.SURVEILLANCE)
    lot = open_lot(a)
    move(hours=23, minutes=59)
    halt_auction(lot=lot, reason_code="trading.alert", reason="异常出价核查", actor=officer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected) as refused:
        bid(lot, a, 2_000_000)
    assert refused.value.code == "trading.bid.halted"
    move(hours=3)
    assert tasks.close_due() == 0
    resumed = resume_auction(lot=lot, actor=officer, clock=MARKET_CLOCK)
    assert resumed.closes_at - MARKET_CLOCK.now() == timedelta(minutes=10)
    assert bid(lot, a, 2_000_000).leads


def test_a_halt_without_a_word_for_five_days_cancels_the_lot():
    officer = make_actor(Role.REGULATOR)
    lot = open_lot()
    halt_auction(lot=lot, reason_code="trading.alert", reason="核查", actor=officer, clock=MARKET_CLOCK)
    move(days=5)
    assert tasks.lapse_halts() == 1 and fresh(lot).status == "cancelled"


def test_a_seller_cancels_before_the_opening_only():
    lot = make_lot()
    actor = seller_of(lot.listing)
    assert cancel_auction(lot=lot, reason_code="seller", reason="数据更新", actor=actor, clock=MARKET_CLOCK).status == "cancelled"
    lot = open_lot()
    with pytest.raises(Rejected) as refused:
        cancel_auction(lot=lot, reason_code="seller", reason="后悔", actor=seller_of(lot.listing), clock=MARKET_CLOCK)
    assert refused.value.code == "trading.auction.seller_may_not_cancel"
    regulator = make_actor(Role.REGULATOR)
    assert cancel_auction(lot=lot, reason_code="order", reason="监管决定", actor=regulator, clock=MARKET_CLOCK).status == "cancelled"


# ---- what becomes of a trade ---------------------------------------------------------------------------------------------
def test_paying_posts_the_deposit_and_moves_the_rest_into_the_trades_escrow():
    _, (a, _), trade = sold(5_000_000, 2_000_000)
    pay_trade(trade=trade, actor=a, clock=MARKET_CLOCK)
    pay_trade(trade=trade, actor=a, clock=MARKET_CLOCK)
    trade.state.refresh_from_db()
    assert trade.state.status == "funded" and funds(a) == (97_900_000, 0)
    assert balance(account(trade.code, AccountKind.ESCROW)).posted_fen == 2_100_000


def test_a_stranger_cannot_pay_nor_learn_of_the_trade():
    _, _, trade = sold(5_000_000, 2_000_000)
    with pytest.raises(Rejected) as refused:
        pay_trade(trade=trade, actor=make_buyer(), clock=MARKET_CLOCK)
    assert refused.value.status == 404


def test_an_unpaid_trade_is_in_default_at_its_deadline_and_the_deposit_goes_to_the_seller():
    lot, (a, _), trade = sold(5_000_000, 2_000_000)
    before = funds(lot.seller.code)[0]
    assert default_trade(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK).status == "executed"
    move(days=14)
    with pytest.raises(Rejected) as refused:
        pay_trade(trade=trade, actor=a, clock=MARKET_CLOCK)
    assert refused.value.code == "trading.trade.payment_late"
    assert tasks.default_due() == 1 and tasks.default_due() == 0
    assert funds(a) == (99_900_000, 0) and funds(lot.seller.code)[0] - before == 100_000


def test_a_trade_is_cancelled_when_both_have_asked():
    _, (a, _), trade = sold(5_000_000, 2_000_000)
    assert cancel_trade(trade=trade, cause="双方协商", actor=a, clock=MARKET_CLOCK).status == "executed"
    assert cancel_trade(trade=trade, actor=a, clock=MARKET_CLOCK).status == "executed", "asking twice is not agreeing"
    assert cancel_trade(trade=trade, actor=seller_of(trade.listing), clock=MARKET_CLOCK).status == "cancelled"
    assert funds(a) == (100_000_000, 0)


def test_a_funded_trade_is_unwound_once():
    _, (a, _), trade = sold(5_000_000, 2_000_000)
    pay_trade(trade=trade, actor=a, clock=MARKET_CLOCK)
    assert unwind_trade(trade=trade, cause="refund", actor=SYSTEM, clock=MARKET_CLOCK).status == "unwound"
    assert unwind_trade(trade=trade, cause="refund", actor=SYSTEM, clock=MARKET_CLOCK).status == "unwound"


def test_paddles_are_what_the_public_sees():
    lot, (a, _), _ = sold(5_000_000, 2_000_000)
    last = Tick.objects.filter(auction=lot).order_by("-seq").first()
    assert last.leader == paddle(lot, a) and last.price_fen == 2_100_000


# ---- what it costs -----------------------------------------------------------------------------------------------------
@covers("G2", "R51")
def test_a_lot_is_charged_as_announced_whatever_the_venue_decides_later():
    figure(venue(), "fee.match_buyer_bps", 100)
    lot, (buyer, _), trade = sold(2_000_000, 1_500_000)
    figure(venue(), "fee.match_buyer_bps", 300, at=MARKET_CLOCK.now())
    move(hours=1)
    assert trade.agreement["fees"] == lot.fees
    assert charges_of(lot) == charges_of(trade)
    price, fee = trade.price_fen, bps_of(trade.price_fen, 100)
    free, _ = funds(buyer)
    pay_trade(trade=trade, actor=buyer, clock=MARKET_CLOCK)
    assert balance(account(trade.code, AccountKind.ESCROW)).posted_fen == price + fee
    assert funds(buyer) == (free - price - fee, 0)
    paid = Record.objects.get(kind="trading.trade.funded").payload
    assert (paid["price_fen"], paid["buyer_fee_fen"]) == (price, fee)


def test_a_lot_announced_before_there_was_a_schedule_is_charged_by_the_figures_of_its_day():
    lot, _, trade = sold(2_000_000, 1_500_000)
    lot.fees, trade.agreement = {"match_seller_bps": 250}, {"fees": {"match_seller_bps": 250}}
    expected = schedule(venue=venue(), at=lot.announced_at)
    assert charges_of(lot) == expected == charges_of(trade)
