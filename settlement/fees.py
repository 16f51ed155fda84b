"""What is taken from a price, and what is told of it: the schedule of charges, the holdback, the line that is hashed.

Charges are those the trade's lot was announced with, else those in force when it was made (``participants.charges``); the
holdback is by the seller's band at acceptance. ``divide`` is the plain twin of the batch function ``settlement_post`` and
its oracle in tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.coverage import covers
from kit.money import bps_of, split
from participants.charges import Fund, Payer, Schedule
from participants.queries import figures
from trading.models import Trade
from trading.queries import charges_of

__all__ = ["Division", "Taken", "Terms", "divide", "line_of", "taken_of", "terms_of"]


@dataclass(frozen=True)
class Terms:
    """By what a price is divided: the charges, and the part of the seller's own share that is held back, in basis points, and for
    how many days."""

    charges: Schedule
    holdback_bps: int
    holdback_days: int = 0


@dataclass(frozen=True)
class Taken:
    """What is charged on one price, in fen, and what is left to share; the buyer's fee is paid beside the price."""

    seller_fee_fen: int
    buyer_fee_fen: int
    levy_fen: int
    shared_fen: int


@dataclass(frozen=True)
class Division:
    """What becomes of one price, in fen; ``shares`` and ``held`` are parallel to the parties."""

    taken: Taken
    shares: tuple[int, ...]
    held: tuple[int, ...]


@covers("G2", "R75", "E55")
def terms_of(trade: Trade, *, accepted_at: datetime) -> Terms:
    """This will return what a trade settles by: the charges it was made under, less the rebate of the seller's band, and the holdback, both
    at its acceptance."""
    held = figures("holdback.bps", "holdback.days", "fee.band_rebate", venue=trade.venue, at=accepted_at)
    band = trade.seller.band
    return Terms(charges_of(trade).rebated(int(held["fee.band_rebate"].get(band, 0))), int(held["holdback.bps"].get(band, 0)),
                 int(held["holdback.days"]))


@covers("G2", "R75")
def taken_of(price_fen: int, charges: Schedule) -> Taken:
    """This will add a price's charges up by who bears them and where they go."""
    fee, levy = charges.total(price_fen, Payer.SELLER, Fund.VENUE), charges.total(price_fen, Payer.SELLER, Fund.PUBLIC)
    return Taken(fee, charges.total(price_fen, Payer.BUYER), levy, price_fen - fee - levy)


@covers("I7", "R9", "R71", "R75")
def divide(price_fen: int, terms: Terms, parties: Sequence[str], weights: Sequence[int], seller: str) -> Division:
    """This will divide a price: charges first, the rest by weight and largest remainder, a part of the seller's held back."""
    taken = taken_of(price_fen, terms.charges)
    shares = split(taken.shared_fen, dict(zip(parties, weights, strict=True)))
    held = tuple(bps_of(shares[party], terms.holdback_bps) if party == seller else 0 for party in parties)
    return Division(taken, tuple(shares[party] for party in parties), held)


def line_of(settlement: Any) -> dict[str, Any]:
    """This will return a settled trade's line as its batch hashed it; the statement and the evidence bundle show it."""
    shares = {share.number: share.amount_fen for share in settlement.shares.all()}
    taxed = {"fee_tax_fen": settlement.fee_tax_fen} if settlement.fee_tax_fen else {}  # as lines were hashed before tax stood apart
    return {
        **taxed, "buyer_fee_fen": settlement.buyer_fee_fen, "held_fen": settlement.held_fen, "levy_fen": settlement.levy_fen,
        "price_fen": settlement.price_fen, "seller_fee_fen": settlement.seller_fee_fen, "settlement": settlement.code,
        "shares": [[party, shares[n]] for n, party in enumerate(settlement.parties, 1)], "trade": settlement.subject,
        "transfer_hash": settlement.transfer_hash,
    }
