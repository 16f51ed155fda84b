"""Registering for a lot 竞买报名 and bidding 出价. A bid is one call of one SQL function: lock, clock, rules, rows, record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from evidence import operations as evidence
from evidence.events import new_salt
from evidence.prepared import ask
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import drawn_below
from kit.money import MAX_FEN, bps_of
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.enrolments import enrolment_due
from participants.gates import pass_all
from participants.models import Organization
from trading import ticks
from trading.models import Auction, Bidder
from trading.states import AuctionStatus
from trading.unpaid import registering_gate
from trading.venue_pilots import refuse_full

__all__ = ["Placed", "deposit_for", "place_bid", "register_bidder"]


def deposit_for(lot: Auction, organization: Organization) -> int:
    """This will tell the deposit in fen: a share of the start price, more or less by credit band, at least the minimum."""
    band_bps = int(lot.deposit_band_bps.get(organization.band, 10_000))
    return max(lot.deposit_minimum_fen, bps_of(bps_of(lot.start_price_fen, lot.deposit_bps), band_bps))


_REGISTER = ("SELECT code, bidder, deposit_fen, fresh, paddle, deposit, at "
             "FROM trading_register_bidder(%s, %s, %s, %s, %s, %s, %s, %s, %s, 'trading.bidder.register')")


@covers("R53", "CAP-E5")
def register_bidder(*, lot: Auction, limit_fen: int | None = None, actor: Actor, clock: Clock) -> Bidder:
    """This will register the actor's organisation for the lot, draw its paddle and reserve its deposit; again is the same.

    Refuses the seller and whoever is connected with the seller (Auction Law 30), ``ledger.insufficient_funds``. Like a
    bid it is one statement, judged by the market clock under the lot's lock, whatever ``clock`` the edge holds.
    """
    refuse_full(lot, actor.organization_id)
    joined = evidence.acting()
    command = evidence.current_command() if joined else uuid.uuid4()
    funds = account(actor.organization, AccountKind.AVAILABLE) if actor.organization else None
    with connection.cursor() as cursor:
        cursor.execute(_REGISTER, [lot.pk, actor.user_id, actor.organization_id, actor.organization, funds.pk if funds else None, limit_fen,
                                   drawn_below(2**31), actor.code, command])
        code, key, deposit_fen, fresh, paddle, deposit, at = cursor.fetchone()
    if code == "ledger.insufficient_funds" and funds is not None:
        raise Rejected(code, needed_fen=deposit_fen, available_fen=balance(funds).available_fen)
    if code == "trading.bidder.over_unpaid_cap":
        buyer = Organization.objects.get(pk=actor.organization_id or 0)
        pass_all([registering_gate(buyer, lot, deposit_fen, at)])
    if code == "participants.enrolment.unpaid":
        buyer = Organization.objects.get(pk=actor.organization_id or 0)
        raise Rejected(code, organization=buyer.code, amount_fen=enrolment_due(buyer, lot.venue))
    if code:
        named = Auction.objects.filter(pk=lot.pk).values("listing__code", "seller__code").get()
        raise Rejected(code, lot=lot.code, act="trading.bidder.register", organization=actor.organization, listing=named["listing__code"],
                       exporter=named["seller__code"])
    if joined:
        (evidence.recorded_in_sql if fresh else evidence.unchanged)(at=at)
    if not fresh:
        return Bidder.objects.get(pk=key)
    transaction.on_commit(evidence.nudge)
    return Bidder(pk=key, auction=lot, organization_id=actor.organization_id or 0, paddle=paddle, deposit_fen=deposit_fen, deposit=deposit,
                  limit_fen=limit_fen, registered_at=at)


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
    ((code, *row, limit_fen),) = ask(_CALL, [lot, actor.user_id, actor.organization_id, actor.code, maximum_fen, new_salt(), command,
                                             "trading.bid.place"])
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
    cap = Auction.objects.filter(code=lot).values_list("cap_fen", flat=True).first() if code == "trading.bid.over_cap" else None
    seller, listing = Auction.objects.filter(code=lot).values_list("seller__code", "listing__code").first() or ("", "")
    raise Rejected(code, act="trading.bid.place", lot=lot, listing=listing, exporter=seller, minimum_fen=minimum_fen,
                   price_fen=minimum_fen if price_fen is None else price_fen, limit_fen=limit_fen, closes_at=ends, cap_fen=cap)


def _tell(placed: Placed) -> None:
    ticks.announce(placed.lot, ticks.message(
        placed.tick, placed.kind, at=placed.at, server_now=placed.at, price_fen=placed.price_fen, leader=placed.leader,
        closes_at=placed.closes_at, reserve_met=placed.reserve_met, extensions=placed.extensions, next_min_fen=placed.minimum_fen,
        bids=placed.seq, status=AuctionStatus.OPEN))
    evidence.nudge()
