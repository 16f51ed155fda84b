"""Sealed lots 密封竞价: what a seal is, which seals count, and what the opened bids decide.

A bidder hashes amount and salt alone, hands in the hash before the end, and amount with salt after it (commit and reveal). Until then
the exchange cannot know the amount, so no one of the house can tell it on (Auction Law 28).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.events import new_salt
from trading.auctions.rules import Order, Outcome
from trading.auctions.slips import Rule, Said, decide
from trading.models import SEALED_FORMATS, Auction, Phase, Reveal, SealedBid
from trading.states import AuctionStatus

__all__ = ["SEALED", "Slip", "decided", "floor_of", "new_slip", "newest_seals", "opened_orders", "opens_now", "rule_of",
           "said_by", "seal_of", "seals_now", "seed_of", "units_of"]

#: Formats whose bids are sealed.
SEALED = SEALED_FORMATS


@dataclass(frozen=True)
class Slip:
    """What a bidder keeps until the opening 封标单: without it the bid cannot be opened."""

    lot: str
    amount_fen: int
    salt: bytes
    word: str = ""

    @property
    def commitment(self) -> str:
        return seal_of(self.word or self.amount_fen, self.salt)

    def written(self) -> dict[str, str | int]:
        """This will give the slip as the file a bidder keeps."""
        return {"format": "sealed-bid/1", "lot": self.lot, "amount_fen": self.amount_fen, "salt": self.salt.hex(),
                "commitment": self.commitment, **({"word": self.word} if self.word else {})}


def seal_of(said: int | str, salt: bytes) -> str:
    """This will return the hash a bidder hands in: SHA-256 of 32 bytes of salt and the amount in whole fen, written in digits, or
    the word of a bid for several licences."""
    return hashlib.sha256(salt + str(said).encode()).hexdigest()


def seals_now(lot: Auction) -> bool:
    """This will tell whether bids on this lot are sealed: of a sealed lot always, of a hybrid one once its clock was taken."""
    return lot.format in SEALED or lot.phase == Phase.SEALED


def opens_now(lot: Auction) -> bool:
    """This will tell whether sealed bids are being opened."""
    return lot.status == AuctionStatus.REVEALING or (lot.status == AuctionStatus.OPEN and lot.phase == Phase.OPENING)


def new_slip(lot: str, amount_fen: int, word: str = "") -> Slip:
    """This will draw a salt for an amount, or for a word."""
    return Slip(lot, amount_fen, new_salt(), word)


def floor_of(lot: Auction) -> int:
    """This will return the least amount that can win: the start price, or the secret reserve above it."""
    return max(lot.start_price_fen, lot.reserve_price_fen or 0)


def newest_seals(lot: Auction) -> list[SealedBid]:
    """This will list the seals that count: each bidder's newest, of those who were not stopped, in order of arrival."""
    rows = SealedBid.objects.filter(auction=lot, bidder__barred_at__isnull=True).select_related("bidder__organization", "reveal")
    newest = {row.bidder_id: row for row in rows.order_by("seq")}
    return sorted(newest.values(), key=lambda row: row.seq)


def opened_orders(lot: Auction, seals: Iterable[SealedBid]) -> list[Order]:
    """This will read opened bids as orders, bidders by paddle; what passes a pilot's cap does not count."""
    orders = []
    for seal in seals:
        reveal: Reveal | None = getattr(seal, "reveal", None)
        if reveal is not None and (lot.cap_fen is None or reveal.amount_fen <= lot.cap_fen):
            orders.append(Order(str(seal.bidder.paddle), reveal.amount_fen, seal.seq))
    return orders


def said_by(lot: Auction, seals: Iterable[SealedBid]) -> list[Said]:
    """This will read opened bids whole; what passes a pilot's cap does not count."""
    return [Said(str(seal.bidder.paddle), seal.reveal.amount_fen, seal.seq, seal.reveal.word) for seal in seals
            if hasattr(seal, "reveal") and (lot.cap_fen is None or seal.reveal.amount_fen <= lot.cap_fen)]


def rule_of(lot: Auction) -> Rule:
    """This will return by what the lot's opened bids are decided; the coins are tossed by the seals, which nobody chose alone."""
    return Rule(lot.format, floor_of(lot), lot.supply, tuple(lot.items), seed_of(SealedBid.objects.filter(auction=lot).order_by(
        "seq").values_list("commitment", flat=True)) if lot.format == "rsop" else "")


def seed_of(seals: Iterable[str]) -> str:
    """This will return the published seed of a lot: a hash of all its seals in their order, fixed when sealing ends."""
    return hashlib.sha256("".join(seals).encode()).hexdigest()


def decided(lot: Auction, *, without: str = "") -> Outcome:
    """This will decide the lot by its opened bids; the reference of its award as well (I14). ``without`` a paddle, as if it had not bid."""
    return decide(rule_of(lot), [one for one in said_by(lot, newest_seals(lot)) if one.bidder != without])


@dataclass(frozen=True)
class Unit:
    """One licence awarded."""

    bidder: str
    price: int
    items: tuple[str, ...] = ()


def units_of(outcome: Outcome) -> list[Unit]:
    """This will list what is awarded licence by licence, in the order the rule decided."""
    bundles = outcome.facts.get("allocation", {})
    return [Unit(one.bidder, one.price, tuple(bundles.get(one.bidder, ()))) for one in outcome.awards for _ in range(one.quantity)]
