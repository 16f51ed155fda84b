"""What is taken from a price, and what is told of it: fee, levy, holdback by dated figures; the line that is hashed.

The venue's fee and the public-interest levy are taken from the seller's side (``participants.defaults`` cites the sources;
R75 names no figure for the levy). The rates are those in force when the trade was made. ``divide`` is the plain twin of
the batch function ``settlement_post`` and its oracle in tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.coverage import covers
from kit.money import bps_of, split
from participants.models import Organization, Venue
from participants.queries import parameter

__all__ = ["Division", "Rates", "divide", "line_of", "rates"]


@dataclass(frozen=True)
class Rates:
    """In basis points: of the price, and for the holdback of the seller's own share."""

    seller_fee_bps: int
    buyer_fee_bps: int
    levy_bps: int
    holdback_bps: int


@dataclass(frozen=True)
class Division:
    """What becomes of one price, in fen; ``shares`` and ``held`` are parallel to the parties."""

    seller_fee_fen: int
    buyer_fee_fen: int
    levy_fen: int
    shared_fen: int
    shares: tuple[int, ...]
    held: tuple[int, ...]


@covers("R75", "E55")
def rates(*, venue: Venue, seller: Organization, at: datetime, accepted_at: datetime) -> Rates:
    """This will read the figures in force when the trade was made; the holdback is by the seller's band at acceptance."""
    seller_fee = int(parameter("fee.match_seller_bps", venue=venue, at=at))
    buyer_fee = int(parameter("fee.match_buyer_bps", venue=venue, at=at))
    cap = int(parameter("fee.cap_bps", venue=venue, at=at))
    held = parameter("holdback.bps", venue=venue, at=accepted_at)
    return Rates(min(seller_fee, cap), min(buyer_fee, cap), int(parameter("levy.public_interest_bps", venue=venue, at=at)),
                 int(held.get(seller.band, 0)))


@covers("I7", "R9", "R71", "R75")
def divide(price_fen: int, terms: Rates, parties: Sequence[str], weights: Sequence[int], seller: str) -> Division:
    """This will divide a price: fee and levy first, the rest by weight and largest remainder, a part of the seller's held back."""
    fee, levy = bps_of(price_fen, terms.seller_fee_bps), bps_of(price_fen, terms.levy_bps)
    pot = price_fen - fee - levy
    shares = split(pot, dict(zip(parties, weights, strict=True)))
    held = tuple(bps_of(shares[party], terms.holdback_bps) if party == seller else 0 for party in parties)
    return Division(fee, bps_of(price_fen, terms.buyer_fee_bps), levy, pot, tuple(shares[party] for party in parties), held)


def line_of(settlement: Any) -> dict[str, Any]:
    """This will return a settled trade's line as its batch hashed it; the statement and the evidence bundle show it."""
    shares = {share.number: share.amount_fen for share in settlement.shares.all()}
    return {
        "buyer_fee_fen": settlement.buyer_fee_fen, "held_fen": settlement.held_fen, "levy_fen": settlement.levy_fen,
        "price_fen": settlement.price_fen, "seller_fee_fen": settlement.seller_fee_fen, "settlement": settlement.code,
        "shares": [[party, shares[n]] for n, party in enumerate(settlement.parties, 1)], "trade": settlement.subject,
        "transfer_hash": settlement.transfer_hash,
    }
