"""What the record book keeps of a buyer's registration fee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence.events import Event

__all__ = ["EnrolmentPaid"]


@dataclass(frozen=True, kw_only=True)
class EnrolmentPaid(Event):
    """A buyer paid, once, to be registered at a venue."""

    kind: ClassVar[str] = "participants.enrolment.paid"
    organization: str
    venue: str
    amount_fen: int
    transfer_hash: str
