"""Between the lot's row and the pure English auction: terms and book of a lot, and the reference the invariants re-run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from evidence.canonical import canonical
from evidence.events import rfc3339
from trading.auctions.english import Book, EnglishTerms, next_minimum, refold
from trading.auctions.rules import Increments, Order
from trading.auctions.slips import SEVERAL
from trading.clock import asked_at
from trading.models import Auction, Bid
from trading.phases import hybrid_ending
from trading.sealing import SEALED, decided

__all__ = ["Ending", "book_of", "ending_of", "increments_of", "minimum_for", "orders_of", "public_terms", "sha256_of", "terms_of"]


def increments_of(lot: Auction) -> Increments:
    return Increments.read(lot.increments)


def terms_of(lot: Auction) -> EnglishTerms:
    """This will return the terms of the pure auction; they hold the secret reserve."""
    return EnglishTerms(lot.start_price_fen, increments_of(lot), lot.reserve_price_fen or 0, lot.enforces_step, lot.proxies)


def orders_of(lot: Auction) -> list[Order]:
    """This will read the bids that still stand as orders of the pure auction, bidders by paddle."""
    rows = Bid.objects.standing().filter(auction=lot).values_list("bidder__paddle", "maximum_fen", "seq")
    return [Order(str(paddle), maximum, seq) for paddle, maximum, seq in rows]


def book_of(lot: Auction) -> Book:
    """This will rebuild the lot's book from its standing bids: the reference its row must agree with (I11, I14)."""
    return refold(terms_of(lot), orders_of(lot), lot.seq)


@dataclass(frozen=True)
class Ending:
    """Who wins a lot by its bids, at what price, whether it is enough to sell: a bidder by paddle."""

    winner: str | None
    price_fen: int | None
    sold: bool


def ending_of(lot: Auction) -> Ending:
    """This will decide a lot anew by the reference of its format (I14)."""
    if lot.format in SEALED:
        outcome = decided(lot)
        best = outcome.awards[0] if outcome.awards else None
        return Ending(best.bidder if best else None, best.price if best else None, best is not None)
    if lot.format == "hybrid":
        awards = hybrid_ending(lot).awards
        return Ending(awards[0].bidder, awards[0].price, True) if awards else Ending(None, None, False)
    if lot.format == "dutch":
        taken = Bid.objects.standing().filter(auction=lot).select_related("bidder").first()
        return Ending(str(taken.bidder.paddle), asked_at(lot, taken.at), True) if taken else Ending(None, None, False)
    book = book_of(lot)
    return Ending(book.leader, book.price, book.leader is not None and book.reserve_met)


def minimum_for(lot: Auction, *, leading: bool = False) -> int:
    """This will return the least maximum the next bid must name; ``leading`` for the leader."""
    stands = lot.standing
    book = Book(stands.seq, "leader" if stands.leader_id else None, stands.top_fen, stands.second_fen, stands.price_fen, stands.reserve_met)
    return max(1, next_minimum(terms_of(lot), book, "leader" if leading else None))


def sha256_of(value: Any) -> str:
    """This will return the SHA-256 of the canonical JSON of ``value``."""
    return hashlib.sha256(canonical(value)).hexdigest()


def public_terms(lot: Auction) -> dict[str, Any]:
    """This will list what is announced and hashed: everything a bidder relies on; a secret reserve as its commitment."""
    told: dict[str, Any] = {"pilot": {"code": lot.listing.pilot.code, "cap_fen": lot.cap_fen}} if lot.listing.pilot else {}
    if lot.format in SEVERAL and lot.cap_fen is not None:  # under a pilot of the venue
        told["cap_fen"] = lot.cap_fen
    return told | {
        "format": lot.format, "listing": lot.listing.code, "version": lot.version.code, "content_hash": lot.version.content_hash,
        "seller": lot.seller.code, "venue": lot.venue.code, "start_price_fen": lot.start_price_fen, "increments": lot.increments,
        "reserve_commitment": lot.reserve_commitment or None, **({"reserve_price_fen": lot.reserve_price_fen} if lot.reserve_told else {}),
        "opens_at": rfc3339(lot.opens_at), "closes_at": rfc3339(lot.first_closes_at),
        "soft_close": {"window_seconds": lot.window_seconds, "extension_seconds": lot.extension_seconds,
                       "cap_seconds": lot.extension_cap_seconds, "from_bid": lot.extends_from_bid},
        **({"reveal_hours": lot.reveal_hours} if lot.reveal_hours is not None else {}),
        **({"clock": {"step_fen": lot.clock_step_fen, "seconds": lot.clock_seconds, "floor_fen": lot.clock_floor_fen}}
           if lot.clock_seconds is not None else {}),
        **({"supply": lot.supply, "items": lot.items} if lot.format in SEVERAL else {}),
        **({"phases": {"sealing_seconds": lot.sealing_seconds, "best_seconds": lot.best_seconds}} if lot.phase else {}),
        "deposit": {"bps": lot.deposit_bps, "band_bps": lot.deposit_band_bps, "minimum_fen": lot.deposit_minimum_fen},
        "payment_working_days": lot.payment_days, "fees": lot.fees, "rulebook": lot.venue.rulebook_version,
    }
