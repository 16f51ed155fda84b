"""Facts about barters 使用权互换: offered, countered, agreed, ended without a deal; settled or unwound, both trades at once.

What was offered is between the two sides, so the book holds it as a commitment; the values agreed on stand in the trades, like any price.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from evidence.events import Commitment, Event

__all__ = ["BarterAgreed", "BarterCountered", "BarterEnded", "BarterOpened", "BarterSettled", "BarterUnwound", "barter_ended"]


@dataclass(frozen=True, kw_only=True)
class BarterOpened(Event):
    kind: ClassVar[str] = "trading.barter.opened"
    proposer: str
    partner: str
    proposer_listing: str
    proposer_version: str
    partner_listing: str
    partner_version: str
    offer: Commitment
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class BarterCountered(Event):
    kind: ClassVar[str] = "trading.barter.countered"
    by: str
    round: int
    offer: Commitment
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class BarterAgreed(Event):
    """Both trades in one act; ``legs`` by side, ``payer`` of the difference of the values, '' where it is waived.

    What each side pays in money is its own affair; the transfer's hash binds it.
    """

    kind: ClassVar[str] = "trading.barter.agreed"
    by: str
    round: int
    difference: str
    payer: str
    difference_fen: int
    legs: list[dict[str, Any]] = field(default_factory=list)
    transfers: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class BarterEnded(Event):
    """Without a deal: declined, withdrawn or expired, as its kind says."""

    by: str
    round: int


#: state it ended in -> the class of its fact
barter_ended: dict[str, type[BarterEnded]] = {
    word: type(f"BarterEnded_{word}", (BarterEnded,), {"kind": f"trading.barter.{word}"}) for word in ("declined", "withdrawn", "expired")}


@dataclass(frozen=True, kw_only=True)
class BarterSettled(Event):
    """Both trades are settled, the set-off is at nothing; ``transfer_hash`` '' where no difference was to be paid out."""

    kind: ClassVar[str] = "trading.barter.settled"
    paid_to: str
    difference_fen: int
    transfer_hash: str


@dataclass(frozen=True, kw_only=True)
class BarterUnwound(Event):
    """One trade fell before both were accepted, so both go back."""

    kind: ClassVar[str] = "trading.barter.unwound"
    fallen: str
    cause: str
    transfer_hash: str
