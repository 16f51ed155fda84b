"""Opening and closing lots by the clock 开拍、截标: once, whoever asks."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from listings.buying import buyer_obstacle
from listings.queries import tradable
from participants.permissions import require
from participants.queries import may
from trading import ticks
from trading.events import AuctionOpened
from trading.locks import lock_lot
from trading.models import Auction, Bidder, TickKind
from trading.operations.endings import award_lot, fail_lot, move, over_a_cap
from trading.operations.interventions import bar_locked, cancel_locked
from trading.operations.phases import end_phase
from trading.operations.sealing import start_revealing
from trading.queries import bidders_of
from trading.sealing import SEALED
from trading.states import AuctionStatus

__all__ = ["close_auction", "open_auction"]


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
    """This will end an open lot whose end has passed: awarded to the leader who may still buy, or failed, or
    (sealed, hybrid) on to its next phase; else it stays.

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
    if locked.format in SEALED:
        start_revealing(locked, actor, at)
        return locked
    if locked.phase:
        end_phase(locked, actor, at)
        return locked
    bidders = _pass_over_stopped(locked, actor, at)
    if locked.leader_id is None or not locked.reserve_met:
        reason = "trading.auction.no_bid" if locked.leader_id is None else "trading.auction.below_reserve"
        fail_lot(locked, bidders, reason, actor, at)
    elif code := over_a_cap(locked, bidders, at):
        cancel_locked(locked, reason_code=code, reason="", cause="", actor=actor, at=at)
    else:
        award_lot(locked, bidders, actor, at)
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
