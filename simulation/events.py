"""Facts the demo itself tells: that its history was lived, from when to when and with which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["MarketLived"]


@dataclass(frozen=True, kw_only=True)
class MarketLived(Event):
    """The days from ``lived_from`` to ``lived_to`` were lived by simulated participants; the subject is the venue."""

    kind: ClassVar[str] = "simulation.market.lived"
    lived_from: datetime
    lived_to: datetime
    seed: int
    acts: int
    refused: int
