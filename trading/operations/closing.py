"""Opening and closing lots by the clock 开拍、截标: award, trade, deposits and notices in one transaction, once, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from listings.buying import buyer_obstacle
from listings.piloting import pilot_room
from listings.queries import tradable
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import may
from trading import ticks
from trading.agreements import execute_award
from trading.events import AuctionAwarded, AuctionFailed, AuctionOpened
from trading.locks import lock_lot
from trading.models import Auction, Award, Bidder, TickKind, Trade
from trading.operations.interventions import bar_locked, cancel_locked
from trading.queries import bidders_of
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
    bidders = _pass_over_stopped(locked, actor, at)
    if locked.leader_id is None or not locked.reserve_met:
        _fail(locked, bidders, actor, at)
    elif code := _over_a_cap(locked, bidders, at):
        cancel_locked(locked, reason_code=code, reason="", cause="", actor=actor, at=at)
    else:
        _award(locked, bidders, actor, at)
    return locked


def _pass_over_stopped(lot: Auction, actor: Actor, at: datetime) -> list[Bidder]:
    """A leader who may not bid or buy it any more is barred, and the next one leads (T21); returns the bidders as they stand then."""
    while True:
        bidders = bidders_of(lot)
        leader = next((one for one in bidders if one.pk == lot.leader_id), None)
        if leader is None:
            return bidders
        code = may(leader.organization, "bid", at=at) or buyer_obstacle(lot.listing, leader.organization, at=at)
        if not code:
            return bidders
        bar_locked(lot, leader, reason_code=code, cause="", actor=actor, at=at)


def _over_a_cap(lot: Auction, bidders: list[Bidder], at: datetime) -> str:
    """Which cap of its pilot a trade with the leader would pass: a trade reported meanwhile may have taken what was left."""
    if lot.listing.pilot_id is None:
        return ""
    leader = next(one for one in bidders if one.pk == lot.leader_id)
    return pilot_room(listing=lot.listing, buyer=leader.organization, price_fen=lot.price_fen or 0, at=at)


def _award(lot: Auction, bidders: list[Bidder], actor: Actor, at: datetime) -> None:
    winner = next(one for one in bidders if one.pk == lot.leader_id)
    assert lot.price_fen is not None, "a lot with a leader has a price"
    move(lot, "award")
    lot.ended_at = at
    lot.save(update_fields=["status", "ended_at"])
    award = Award.objects.create(auction=lot, bidder=winner, price_fen=lot.price_fen, at=at)
    trade = execute_award(award, actor=actor, at=at)
    release_deposits([one for one in bidders if one is not winner], at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionAwarded(subject=lot.code, winner=winner.organization.code, paddle=winner.paddle, price_fen=award.price_fen,
                          bids=lot.seq, trade=trade.code), actor=actor, at=at)
    _tell_award(lot, bidders, winner, trade, at)


def _tell_award(lot: Auction, bidders: list[Bidder], winner: Bidder, trade: Trade, at: datetime) -> None:
    zh, en = lot.version.titles
    page, room = f"/desk/trades/{trade.code}/", f"/trading/lots/{lot.code}/"
    told = {winner.organization: Note(
        winner.organization, "trading.auction.won", (f"您以最高价竞得“{zh}”，请按期付清价款。",
                                                     f"You won “{en}”. Pay the price by the date shown."),
        "wait", trade.code, page, trade.state.due_at)}
    told[lot.seller] = Note(lot.seller, "trading.auction.sold", (
        f"“{zh}”已成交，等待买方付款。", f"“{en}” is sold and waits for the buyer's payment."), "ok", trade.code, page)
    for one in _standing(bidders):
        told.setdefault(one.organization, Note(one.organization, "trading.auction.lost", (
            f"“{zh}”已由他人竞得，您的保证金已退回。", f"“{en}” went to another bidder; your deposit is free again."),
            "info", lot.code, room))
    notify_all(told.values(), at=at)


def _standing(bidders: list[Bidder]) -> list[Bidder]:
    return [one for one in bidders if one.barred_at is None]


def _fail(lot: Auction, bidders: list[Bidder], actor: Actor, at: datetime) -> None:
    reason = "trading.auction.below_reserve" if lot.leader_id is not None else "trading.auction.no_bid"
    move(lot, "fail")
    lot.ended_at, lot.status_reason = at, reason
    lot.save(update_fields=["status", "ended_at", "status_reason"])
    release_deposits(bidders, at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionFailed(subject=lot.code, reason_code=reason, bids=lot.seq), actor=actor, at=at)
    named = lot.version.titles
    zh, en = ("未达保留价", "the reserve was not met") if lot.leader_id is not None else ("无人出价", "nobody bid")
    parties = {lot.seller: ("可重新公告。", "It may be announced again.")}
    for one in _standing(bidders):
        parties.setdefault(one.organization, ("保证金已退回。", "Your deposit is free again."))
    notify_all([Note(organization, "trading.auction.failed",
                     (f"“{named[0]}”流拍：{zh}。{then[0]}", f"“{named[1]}” was not sold: {en}. {then[1]}"),
                     subject=lot.code, href=f"/trading/lots/{lot.code}/") for organization, then in parties.items()], at=at)


def release_deposits(bidders: Iterable[Bidder], *, at: datetime) -> None:
    """This will give back every deposit of theirs that is still reserved; balances are locked in one order."""
    held = [one for one in bidders if one.released_at is None]
    if reserved := [one for one in held if one.deposit]:
        ledger.lock(ledger.accounts(*((one.organization.code, AccountKind.AVAILABLE) for one in reserved)))
        ledger.void_all(pendings=[one.deposit for one in reserved if one.deposit], at=at)
    if held:
        Bidder.objects.filter(pk__in=[one.pk for one in held]).update(released_at=at)
