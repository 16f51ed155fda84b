"""Opening and closing lots by the clock 开拍、截标: award, trade, deposits and notices in one transaction, once, whoever asks."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from listings.queries import tradable
from participants.operations import notify
from participants.permissions import require
from participants.queries import may
from trading import ticks
from trading.agreements import execute_award
from trading.events import AuctionAwarded, AuctionFailed, AuctionOpened
from trading.locks import lock_lot
from trading.models import Auction, Award, Bidder, TickKind, Trade
from trading.operations.interventions import bar_locked, cancel_locked
from trading.states import AUCTION, AuctionStatus

__all__ = ["close_auction", "open_auction", "release_deposits"]


def move(lot: Auction, action: str) -> None:
    lot.status = advance(AUCTION, AuctionStatus(lot.status), action, subject=lot.code, code="trading.auction.illegal_move")


@operation("trading.auction.open")
def open_auction(*, lot: Auction, actor: Actor, clock: Clock) -> Auction:
    """This will open an announced lot whose time has come; a lot that is not due stays as it is."""
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.auction.run", at=at)
    if locked.status != AuctionStatus.ANNOUNCED or at < locked.opens_at:
        unchanged()
        return locked
    if code := tradable(locked.listing, at=at):
        return cancel_locked(locked, reason_code=code, reason="", cause="", actor=actor, at=at)
    move(locked, "open")
    locked.save(update_fields=["status"])
    ticks.write(locked, TickKind.PHASE, at=at)
    record(AuctionOpened(subject=locked.code, closes_at=locked.closes_at, bidders=locked.bidders.count()), actor=actor, at=at)
    return locked


@operation("trading.auction.close")
@covers("T17", "I13", "B5")
def close_auction(*, lot: Auction, actor: Actor, clock: Clock) -> Auction:
    """This will end an open lot whose end has passed: awarded to the leader who may still buy, or failed; else it stays.

    A lot whose seller or listing was stopped is cancelled. A second call finds it ended and changes nothing.
    """
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.auction.run", at=at)
    if locked.status != AuctionStatus.OPEN or at < locked.closes_at:
        unchanged()
        return locked
    if code := tradable(locked.listing, at=at):
        return cancel_locked(locked, reason_code=code, reason="", cause="", actor=actor, at=at)
    _pass_over_stopped(locked, actor, at)
    if locked.leader_id is None or not locked.reserve_met:
        _fail(locked, actor, at)
    else:
        _award(locked, actor, at)
    return locked


def _pass_over_stopped(lot: Auction, actor: Actor, at: datetime) -> None:
    """A leader who lost the right to bid since is barred, and the next one leads (T21)."""
    while lot.leader_id is not None:
        leader = Bidder.objects.select_related("organization").get(pk=lot.leader_id)
        if not (code := may(leader.organization, "bid", at=at)):
            return
        bar_locked(lot, leader, reason_code=code, cause="", actor=actor, at=at)


def _award(lot: Auction, actor: Actor, at: datetime) -> None:
    winner = Bidder.objects.select_related("organization").get(pk=lot.leader_id or 0)
    assert lot.price_fen is not None, "a lot with a leader has a price"
    move(lot, "award")
    lot.ended_at = at
    lot.save(update_fields=["status", "ended_at"])
    award = Award.objects.create(auction=lot, bidder=winner, price_fen=lot.price_fen, at=at)
    trade = execute_award(award, actor=actor, at=at)
    release_deposits(lot, at=at, keep=winner)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionAwarded(subject=lot.code, winner=winner.organization.code, paddle=winner.paddle, price_fen=award.price_fen,
                          bids=lot.seq, trade=trade.code), actor=actor, at=at)
    _tell_award(lot, winner, trade, at)


def _tell_award(lot: Auction, winner: Bidder, trade: Trade, at: datetime) -> None:
    zh, en = lot.version.titles
    page, room = f"/desk/trades/{trade.code}/", f"/trading/lots/{lot.code}/"
    won = ("trading.auction.won", "wait", trade.code, page, trade.state.due_at,
           (f"您以最高价竞得“{zh}”，请按期付清价款。",
            f"You won “{en}”. Pay the price by the date shown."))
    sold = ("trading.auction.sold", "ok", trade.code, page, None,
            (f"“{zh}”已成交，等待买方付款。", f"“{en}” is sold and waits for the buyer's payment."))
    lost = ("trading.auction.lost", "info", lot.code, room, None,
            (f"“{zh}”已由他人竞得，您的保证金已退回。", f"“{en}” went to another bidder; your deposit is free again."))
    told = {winner.organization: won, lot.seller: sold}
    for bidder in lot.bidders.filter(barred_at__isnull=True).select_related("organization"):
        told.setdefault(bidder.organization, lost)
    for organization in sorted(told, key=lambda one: one.pk):
        kind, tone, subject, href, due_at, text = told[organization]
        notify(organization=organization, kind=kind, tone=tone, subject=subject, href=href, due_at=due_at, text=text, at=at)


def _fail(lot: Auction, actor: Actor, at: datetime) -> None:
    reason = "trading.auction.below_reserve" if lot.leader_id is not None else "trading.auction.no_bid"
    move(lot, "fail")
    lot.ended_at, lot.status_reason = at, reason
    lot.save(update_fields=["status", "ended_at", "status_reason"])
    release_deposits(lot, at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionFailed(subject=lot.code, reason_code=reason, bids=lot.seq), actor=actor, at=at)
    named = lot.version.titles
    zh, en = ("未达保留价", "the reserve was not met") if lot.leader_id is not None else ("无人出价", "nobody bid")
    parties = {lot.seller: ("可重新公告。", "It may be announced again.")}
    for bidder in lot.bidders.filter(barred_at__isnull=True).select_related("organization"):
        parties.setdefault(bidder.organization, ("保证金已退回。", "Your deposit is free again."))
    for organization, then in sorted(parties.items(), key=lambda one: one[0].pk):
        notify(organization=organization, kind="trading.auction.failed", subject=lot.code, href=f"/trading/lots/{lot.code}/", at=at,
               text=(f"“{named[0]}”流拍：{zh}。{then[0]}", f"“{named[1]}” was not sold: {en}. {then[1]}"))


def release_deposits(lot: Auction, *, at: datetime, keep: Bidder | None = None) -> None:
    """This will give back every deposit still reserved for the lot, but that of ``keep``; balances are locked in one order."""
    rows = lot.bidders.filter(released_at__isnull=True).exclude(pk=keep.pk if keep else 0).select_related("organization")
    bidders = list(rows)
    ledger.lock([ledger.account(one.organization.code, AccountKind.AVAILABLE) for one in bidders if one.deposit])
    for bidder in bidders:
        if bidder.deposit:
            ledger.void(pending=bidder.deposit, at=at)
    Bidder.objects.filter(pk__in=[one.pk for one in bidders]).update(released_at=at)
