"""Registering for a lot 竞买报名 and bidding 出价. A bid is one call of one SQL function: lock, clock, rules, rows, record."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from evidence import operations as evidence
from evidence.events import new_salt
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import MAX_FEN, bps_of
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account, reserve
from participants.models import Organization
from participants.permissions import require
from participants.queries import affiliated, refuse_unless_may
from trading import ticks
from trading.events import BidderRegistered
from trading.locks import lock_lot
from trading.models import Auction, Bidder
from trading.states import AuctionStatus

__all__ = ["Placed", "deposit_for", "place_bid", "register_bidder"]


def deposit_for(lot: Auction, organization: Organization) -> int:
    """This will return the deposit in fen: a share of the start price, more or less by credit band, at least the minimum."""
    band_bps = int(lot.deposit_band_bps.get(organization.band, 10_000))
    return max(lot.deposit_minimum_fen, bps_of(bps_of(lot.start_price_fen, lot.deposit_bps), band_bps))


@operation("trading.bidder.register")
@covers("R53", "CAP-E5")
def register_bidder(*, lot: Auction, limit_fen: int | None = None, actor: Actor, clock: Clock) -> Bidder:
    """This will register the actor's organisation for the lot, draw its paddle and reserve its deposit; again is the same.

    Refuses the seller and whoever is connected with the seller (Auction Law 30), ``ledger.insufficient_funds``.
    """
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.bidder.register", at=at)
    organization = Organization.objects.get(pk=actor.organization_id or 0)
    if known := Bidder.objects.filter(auction=locked, organization=organization).first():
        evidence.recorded_in_sql()  # nothing changes, nothing is recorded
        return known
    _check_bidder(locked, organization, at)
    if limit_fen is not None and not 0 < limit_fen <= MAX_FEN:
        raise Rejected("trading.bid.bad_amount")
    deposit_fen = deposit_for(locked, organization)
    held = reserve(account=account(organization.code, AccountKind.AVAILABLE), amount_fen=deposit_fen, purpose="auction_deposit",
                   subject=locked.code, at=at) if deposit_fen else None
    bidder = Bidder.objects.create(auction=locked, organization=organization, paddle=_draw_paddle(locked), deposit_fen=deposit_fen,
                                   deposit=held.id if held else None, limit_fen=limit_fen, registered_at=at)
    record(BidderRegistered(subject=locked.code, bidder=organization.code, paddle=bidder.paddle, deposit_fen=deposit_fen,
                            reserve_hash=held.hash if held else ""), actor=actor, at=at)
    return bidder


def _check_bidder(lot: Auction, organization: Organization, at: datetime) -> None:
    if lot.status not in (AuctionStatus.ANNOUNCED, AuctionStatus.OPEN, AuctionStatus.HALTED) or at >= lot.closes_at:
        raise Rejected("trading.bidder.too_late", lot=lot.code)
    if organization.pk == lot.seller_id:
        raise Rejected("trading.bidder.seller", lot=lot.code)
    refuse_unless_may(organization, "bid", at=at)
    if affiliated(organization, lot.seller, at=at):
        raise Rejected("trading.bidder.affiliated", lot=lot.code)


def _draw_paddle(lot: Auction) -> int:
    """A small number nobody has yet, at random, so that it tells nothing about who came when."""
    taken = set(Bidder.objects.filter(auction=lot).values_list("paddle", flat=True))
    return secrets.choice([number for number in range(1, len(taken) + 10) if number not in taken])


@dataclass(frozen=True)
class Placed:
    """The answer to an accepted bid: public facts, and whether the bidder leads now."""

    lot: str
    seq: int
    price_fen: int
    leader: int
    paddle: int
    closes_at: datetime
    at: datetime
    minimum_fen: int
    tick: int
    kind: str
    reserve_met: bool
    extensions: int

    @property
    def leads(self) -> bool:
        return self.leader == self.paddle


#: Plain columns, one round trip; the function is the rule (``trading/sql/place_bid.sql``).
_CALL = ("SELECT code, seq, price_fen, leader, paddle, closes_at, at, minimum_fen, tick, kind, reserve_met, extensions, limit_fen "
         "FROM trading_place_bid(%s, %s, %s, %s, %s, %s, %s, %s)")


@covers("T1", "T2", "T16", "CAP-E5", "B5")
def place_bid(*, lot: str, maximum_fen: int, actor: Actor, clock: Clock) -> Placed:
    """This will bid up to ``maximum_fen`` on the lot of this code; the engine bids no more than it needs to lead.

    One statement is the whole transaction where none is open; inside ``once`` it joins that one. The permission
    ``trading.bid.place`` is asked in the same statement, at the market's instant read under the lot's lock, whatever
    ``clock`` the edge holds.
    """
    if isinstance(maximum_fen, bool) or not isinstance(maximum_fen, int) or not 0 < maximum_fen <= MAX_FEN:
        raise Rejected("trading.bid.bad_amount", lot=lot)
    joined = evidence.acting()
    command = evidence.current_command() if joined else uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_CALL, [lot, actor.user_id, actor.organization_id, actor.code, maximum_fen, new_salt(), command,
                               "trading.bid.place"])
        code, *row, limit_fen = cursor.fetchone()
    if code:
        _refuse(code, lot, row, limit_fen)
    placed = Placed(lot, *row)
    if joined:
        evidence.recorded_in_sql(at=placed.at)
    transaction.on_commit(lambda: _tell(placed))
    return placed


def _refuse(code: str, lot: str, row: list[object], limit_fen: int | None) -> None:
    _, price_fen, _, _, closes_at, _, minimum_fen, *_ = row
    ends = closes_at.isoformat(timespec="seconds") if isinstance(closes_at, datetime) else ""
    raise Rejected(code, act="trading.bid.place", lot=lot, price_fen=minimum_fen if price_fen is None else price_fen,
                   minimum_fen=minimum_fen, limit_fen=limit_fen, closes_at=ends)


def _tell(placed: Placed) -> None:
    ticks.announce(placed.lot, ticks.message(
        placed.tick, placed.kind, at=placed.at, server_now=placed.at, price_fen=placed.price_fen, leader=placed.leader,
        closes_at=placed.closes_at, reserve_met=placed.reserve_met, extensions=placed.extensions, next_min_fen=placed.minimum_fen,
        bids=placed.seq, status=AuctionStatus.OPEN))
    evidence.nudge()
