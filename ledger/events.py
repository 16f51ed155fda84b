"""The facts the ledger itself tells: money from outside, a reserve that ran out. All else is told by the room that moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence.events import Event

__all__ = ["AccountFunded", "PeriodClosed", "TransferExpired"]


@dataclass(frozen=True)
class AccountFunded(Event):
    """A bank statement line was booked to a party's available money; ``subject`` is the party."""

    kind: ClassVar[str] = "ledger.account.funded"
    amount_fen: int
    reference: str
    transfer: str
    transfer_hash: str


@dataclass(frozen=True)
class TransferExpired(Event):
    """A reserve ran out and is free again; ``subject`` is what it was reserved for."""

    kind: ClassVar[str] = "ledger.transfer.expired"
    owner: str
    amount_fen: int
    pending: str
    transfer_hash: str


@dataclass(frozen=True)
class PeriodClosed(Event):
    """The books were closed up to an instant; ``subject`` names the period by its end."""

    kind: ClassVar[str] = "ledger.period.closed"
    until: str
    totals_hash: str
