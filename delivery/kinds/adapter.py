"""What an adapter of a delivery kind says and does (R49): its promises and their limits, how a buyer gets in, what a use is, how it ends.

Whatever differs between kinds is asked of the adapter; nothing else in the house branches on a kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from compliance.taxonomy import ROWS_LEAVE, DeliveryMode
from kit.actors import Actor
from participants.gates import Gate

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["Adapter", "Pair", "Way"]

Pair = tuple[str, str]


class Way(StrEnum):
    """How the buyer gets at what it bought."""

    FILE = "file"  # the registered file, by one-time token
    ROOM = "room"  # questions and jobs where the data lies
    CALL = "call"  # an endpoint of the house over the registered table, by the buyer's keys
    SERVICE = "service"  # answers of a model or of a verification; the data stays


@dataclass(frozen=True)
class Adapter:
    """One kind of delivery. The words are (zh, en) and stand on the delivery, the listing and the honesty page."""

    kind: str
    name: Pair
    modes: tuple[DeliveryMode, ...]
    way: Way
    arrives: Pair
    guarantees: tuple[Pair, ...]
    limits: tuple[Pair, ...]
    entitled: Pair
    metered: Pair
    ends: Pair

    def hands_rows_over(self, mode: str) -> bool:
        """Rows of the data themselves reach the buyer in this mode (R11, R14)."""
        return mode in ROWS_LEAVE

    def ready(self, one: Delivery, *, at: datetime) -> Iterator[Gate]:
        """What delivering asks of this kind besides what it asks of every kind."""
        return iter(())

    def signed(self, one: Delivery) -> list[dict[str, str]]:
        """Who put its name to what is handed over, beside whoever hands it over; part of the voucher."""
        return []

    def spent(self, one: Delivery) -> int:
        """Uses that count against the agreement's number of calls, those in flight among them."""
        return 0

    def served(self, one: Delivery, *, lock: bool) -> int:
        """Uses that were served: what a metered period is charged for. Locked, none begins before the caller is done."""
        return 0

    def stands_open(self, one: Delivery) -> bool:
        """Whether the buyer still holds something that opens what was bought."""
        return False

    def shut(self, one: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
        """End every access that stands open; part of the caller's act, each end with its own fact."""
