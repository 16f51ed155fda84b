"""When somebody steps in 中止、撤销、停止资格: halts, cancellations, and a stopped bidder's bids made void."""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected, registered_refusals
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from participants.notices import Note, notify, notify_all
from participants.permissions import require
from participants.predicates import roles_of
from participants.roles import Role
from participants.timers import after
from trading import ticks
from trading.auctions.english import refold
from trading.books import orders_of, terms_of
from trading.events import AuctionCancelled, AuctionHalted, AuctionResumed, BidderBarred
from trading.locks import lock_lot
from trading.models import Auction, Bid, Bidder, BidVoid, Halt, Phase, TickKind
from trading.operations.endings import release_deposits
from trading.phases import stands_at
from trading.queries import bidders_of
from trading.states import AUCTION, AuctionStatus

__all__ = ["bar_bidder", "bar_locked", "cancel_auction", "cancel_locked", "halt_auction", "resume_auction"]

#: A resumed lot runs at least this long.
LEAST_LEFT = timedelta(minutes=10)


def _move(lot: Auction, action: str) -> None:
    lot.status = advance(AUCTION, AuctionStatus(lot.status), action, subject=lot.code, code="trading.auction.illegal_move")


# ---- halt and resume -----------------------------------------------------------------------------------------------------
@operation("trading.auction.halt")
@covers("R57")
def halt_auction(*, lot: Auction, reason_code: str, reason: str, actor: Actor, clock: Clock) -> Auction:
    """This will halt an open lot; the time it still had is kept. After five days without a word it is cancelled."""
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.auction.halt", subject=locked, at=at)
    if locked.status == AuctionStatus.HALTED:
        unchanged()
        return locked
    if at >= locked.closes_at:
        raise Rejected("trading.bid.closed", lot=locked.code, closes_at=locked.closes_at.isoformat(timespec="seconds"))
    _move(locked, "halt")
    left = int((locked.closes_at - at).total_seconds())
    locked.status_reason, locked.due_at = reason, after("auction.halt", at)
    locked.save(update_fields=["status", "status_reason", "due_at"])
    Halt.objects.create(auction=locked, reason_code=reason_code, reason=reason, ordered_by=actor.code, placed_at=at, until=locked.due_at,
                        left_seconds=left)
    ticks.write(locked, TickKind.HALTED, at=at)
    record(AuctionHalted(subject=locked.code, reason_code=reason_code, reason=reason, until=locked.due_at, left_seconds=left),
           actor=actor, at=at)
    zh, en = locked.version.titles
    _tell_everyone(locked, "trading.auction.halted", "held", (f"“{zh}”已中止：{reason}", f"“{en}” is halted: {reason}"), at)
    return locked


@operation("trading.auction.resume")
def resume_auction(*, lot: Auction, actor: Actor, clock: Clock) -> Auction:
    """This will resume a halted lot for the time it had left, at least ten minutes."""
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.auction.resume", subject=locked, at=at)
    halt = Halt.objects.filter(auction=locked, lifted_at__isnull=True).first()
    _move(locked, "resume")
    assert halt is not None, "a halted lot has its halt"
    left = timedelta(seconds=halt.left_seconds)
    falls = locked.format == "dutch" or locked.phase == Phase.CLOCK
    end = at + (left if falls else max(LEAST_LEFT, left))  # a clock goes on where it stood: its price never rises
    if locked.phase in ("", Phase.CLOCK):  # a clock that was taken has ended; its end stays where it was
        locked.first_closes_at += end - locked.closes_at
    if locked.phase == Phase.SEALED:
        locked.sealing_ends_at = end
    locked.closes_at, locked.status_reason, locked.due_at = end, "", None
    locked.save(update_fields=["status", "status_reason", "due_at", "closes_at", "first_closes_at", "sealing_ends_at"])
    halt.lifted_at, halt.lifted_by = at, actor.code
    halt.save(update_fields=["lifted_at", "lifted_by"])
    ticks.write(locked, TickKind.RESUMED, at=at)
    record(AuctionResumed(subject=locked.code, closes_at=end), actor=actor, at=at)
    zh, en = locked.version.titles
    _tell_everyone(locked, "trading.auction.resumed", "info", (f"“{zh}”已恢复竞价。", f"Bidding on “{en}” goes on."), at)
    return locked


# ---- cancel --------------------------------------------------------------------------------------------------------------
@operation("trading.auction.cancel")
def cancel_auction(*, lot: Auction, reason_code: str, reason: str, cause: str = "", actor: Actor, clock: Clock) -> Auction:
    """This will cancel a lot: bids void, deposits back, everyone told. A seller may do so before the opening only."""
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.auction.cancel", subject=locked, at=at)
    if locked.status == AuctionStatus.CANCELLED:
        unchanged()
        return locked
    if not actor.is_system and locked.status != AuctionStatus.ANNOUNCED and Role.REGULATOR not in roles_of(actor, at):
        raise Rejected("trading.auction.seller_may_not_cancel", lot=locked.code)
    return cancel_locked(locked, reason_code=reason_code, reason=reason, cause=cause, actor=actor, at=at)


def cancel_locked(lot: Auction, *, reason_code: str, reason: str, cause: str, actor: Actor, at: datetime) -> Auction:
    """This will cancel a lot whose row the caller has locked, within the caller's operation."""
    _move(lot, "cancel")
    standing = list(Bid.objects.standing().filter(auction=lot))
    BidVoid.objects.bulk_create([BidVoid(bid=bid, reason_code=reason_code, cause_code=cause, at=at) for bid in standing])
    lot.due_at, lot.ended_at, lot.status_reason = None, at, reason or reason_code
    lot.save(update_fields=["status", "due_at", "ended_at", "status_reason"])
    stands = lot.standing
    stands.leader = None
    stands.price_fen = stands.top_fen = stands.second_fen = None
    stands.voids += bool(standing)
    stands.reserve_met = False
    stands.save(update_fields=["leader", "price_fen", "top_fen", "second_fen", "voids", "reserve_met"])
    Halt.objects.filter(auction=lot, lifted_at__isnull=True).update(lifted_at=at, lifted_by=actor.code)
    release_deposits(bidders_of(lot), at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionCancelled(subject=lot.code, reason_code=reason_code, reason=reason, cause=cause, voided_bids=len(standing)),
           actor=actor, at=at)
    named, why = lot.version.titles, _ground(reason_code, reason)
    _tell_everyone(lot, "trading.auction.cancelled", "held",
                   (f"“{named[0]}”已撤销：{why[0]}。全部出价作废，保证金已退回。",
                    f"“{named[1]}” is cancelled: {why[1]}. All bids are void and deposits returned."), at)
    return lot


# ---- a stopped bidder ----------------------------------------------------------------------------------------------------
@operation("trading.bidder.bar")
@covers("T21")
def bar_bidder(*, lot: Auction, bidder: Bidder, reason_code: str, cause: str = "", actor: Actor, clock: Clock) -> Auction:
    """This will stop a bidder on a running lot: bids void, deposit back, the book rebuilt from the bids that stand."""
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.bidder.bar", at=at)
    bidder = Bidder.objects.select_related("organization").get(pk=bidder.pk)
    if bidder.barred_at is not None or locked.status not in (AuctionStatus.ANNOUNCED, AuctionStatus.OPEN, AuctionStatus.HALTED):
        unchanged()
        return locked
    bar_locked(locked, bidder, reason_code=reason_code, cause=cause, actor=actor, at=at)
    return locked


def bar_locked(lot: Auction, bidder: Bidder, *, reason_code: str, cause: str, actor: Actor, at: datetime) -> None:
    """This will bar a bidder of a lot whose row the caller has locked, within the caller's operation."""
    bids = list(Bid.objects.standing().filter(auction=lot, bidder=bidder))
    BidVoid.objects.bulk_create([BidVoid(bid=bid, reason_code=reason_code, cause_code=cause, at=at) for bid in bids])
    bidder.barred_at, bidder.barred_code = at, reason_code
    if bidder.released_at is None:
        bidder.released_at = at
        if bidder.deposit:
            ledger.lock([ledger.account(bidder.organization.code, AccountKind.AVAILABLE)])
            ledger.void(pending=bidder.deposit, at=at)
    bidder.save(update_fields=["barred_at", "barred_code", "released_at"])
    moves = bool(bids) or lot.phase == Phase.BEST
    if moves:
        _rebuild(lot)
        ticks.write(lot, TickKind.PRICE, at=at)
    paddle = None if lot.leader_id is None else Bidder.objects.values_list("paddle", flat=True).get(pk=lot.leader_id)
    record(BidderBarred(subject=lot.code, bidder=bidder.organization.code, paddle=bidder.paddle, bids=[bid.seq for bid in bids],
                        reason_code=reason_code, cause=cause, price_fen=lot.price_fen, leader=paddle), actor=actor, at=at)
    named, why = lot.version.titles, _ground(reason_code)
    notify(organization=bidder.organization, kind="trading.bid.voided", tone="held", subject=lot.code, at=at,
           href=f"/trading/lots/{lot.code}/",
           text=(f"您在“{named[0]}”的出价已作废，保证金已退回。依据：{why[0]} {cause}".strip(),
                 f"Your bids on “{named[1]}” are void and the deposit is free again. Ground: {why[1]} {cause}".strip()))
    if bids:
        _tell_everyone(lot, "trading.bid.voided", "info",
                       (f"“{named[0]}”：{bidder.paddle} 号的出价已作废，价格按其余出价重算。",
                        f"“{named[1]}”: the bids of paddle {bidder.paddle} are void; the price follows from the others."), at, but=bidder)


def _rebuild(lot: Auction) -> None:
    """The lot's standing follows from the bids that still stand; only here may the visible price fall."""
    stands = lot.standing
    if lot.phase:
        paddle, stands.price_fen = stands_at(lot)
        stands.leader = None if paddle is None else Bidder.objects.get(auction=lot, paddle=paddle)
        stands.top_fen, stands.reserve_met = stands.price_fen, paddle is not None
    else:
        book = refold(terms_of(lot), orders_of(lot), stands.seq)
        stands.leader = None if book.leader is None else Bidder.objects.get(auction=lot, paddle=int(book.leader))
        stands.price_fen, stands.top_fen, stands.second_fen, stands.reserve_met = book.price, book.top, book.second, book.reserve_met
    stands.voids += 1
    stands.save(update_fields=["leader", "price_fen", "top_fen", "second_fen", "reserve_met", "voids"])


def _ground(code: str, reason: str = "") -> tuple[str, str]:
    """Why, in both languages: the reason given, else what the code says, else the code."""
    if reason:
        return reason, reason
    known = registered_refusals().get(code)
    return known.title if known else (code, code)


def _tell_everyone(lot: Auction, kind: str, tone: str, text: tuple[str, str], at: datetime, but: Bidder | None = None) -> None:
    bidders = [one for one in bidders_of(lot) if one.barred_at is None and (but is None or one.pk != but.pk)]
    notify_all([Note(one, kind, text, tone, lot.code, f"/trading/lots/{lot.code}/")
                for one in (lot.seller, *(bidder.organization for bidder in bidders))], at=at)
