"""Facts of money in and out: payouts, the bank's notices, money without an owner, reconciliations, refunds after settlement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence.events import Event

__all__ = [
    "NoticeTaken",
    "PayoutMoved",
    "ReconciliationMoved",
    "RefundMoved",
    "SuspenseMatched",
    "SuspenseMoved",
    "payout_moved",
    "reconciled",
    "refund_moved",
    "suspense_moved",
]


@dataclass(frozen=True, kw_only=True)
class PayoutMoved(Event):
    """A payout moved; ``subject`` is the payout."""

    organization: str
    amount_fen: int
    basis: str = ""
    transfer_hash: str = ""


def _payout(word: str) -> type[PayoutMoved]:
    return type(f"Payout{word.title()}", (PayoutMoved,), {"kind": f"settlement.payout.{word}", "__module__": __name__,
                                                          "__annotations__": {"kind": "ClassVar[str]"}})


#: act -> its fact
payout_moved: dict[str, type[PayoutMoved]] = {
    "request": _payout("requested"), "confirm": _payout("confirmed"), "clear": _payout("cleared"), "hold": _payout("held"),
    "release": _payout("released"), "approve": _payout("approved"), "cancel": _payout("cancelled"), "send": _payout("sent"),
    "recall": _payout("recalled"), "pay": _payout("paid"), "return": _payout("returned"), "reverse": _payout("reversed")}


@dataclass(frozen=True, kw_only=True)
class NoticeTaken(Event):
    """A notice of the bank was taken; ``subject`` is the bank's reference."""

    kind: ClassVar[str] = "settlement.bank.told"
    notice: str
    notice_kind: str
    amount_fen: int
    booked: bool
    body_hash: str


@dataclass(frozen=True, kw_only=True)
class SuspenseMoved(Event):
    """Money whose owner is not known came up, or found its owner."""

    amount_fen: int
    reference: str
    cleared_to: str = ""
    transfer_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class SuspenseOpened(SuspenseMoved):
    kind: ClassVar[str] = "settlement.suspense.opened"


@dataclass(frozen=True, kw_only=True)
class SuspenseCleared(SuspenseMoved):
    kind: ClassVar[str] = "settlement.suspense.cleared"


@dataclass(frozen=True, kw_only=True)
class SuspenseMatched(SuspenseMoved):
    """Money in that was nobody's yet, and its recall: both items close by this one fact; ``subject`` is the money in."""

    kind: ClassVar[str] = "settlement.suspense.matched"
    recall: str = ""


suspense_moved: dict[str, type[SuspenseMoved]] = {"open": SuspenseOpened, "clear": SuspenseCleared, "match": SuspenseMatched}


@dataclass(frozen=True, kw_only=True)
class ReconciliationMoved(Event):
    """The books were compared; what differed, check by check."""

    differences: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class ReconciliationPassed(ReconciliationMoved):
    kind: ClassVar[str] = "settlement.reconciliation.passed"


@dataclass(frozen=True, kw_only=True)
class ReconciliationFailed(ReconciliationMoved):
    kind: ClassVar[str] = "settlement.reconciliation.failed"


@dataclass(frozen=True, kw_only=True)
class ReconciliationMended(ReconciliationMoved):
    kind: ClassVar[str] = "settlement.reconciliation.mended"


reconciled: dict[str, type[ReconciliationMoved]] = {
    "pass": ReconciliationPassed, "fail": ReconciliationFailed, "mend": ReconciliationMended}


@dataclass(frozen=True, kw_only=True)
class RefundMoved(Event):
    """A refund of a settled price moved; ``subject`` is the request."""

    trade: str
    amount_fen: int
    transfers: list[str]


def _refund(word: str) -> type[RefundMoved]:
    return type(f"RefundRequest{word.title()}", (RefundMoved,), {"kind": f"settlement.refund_request.{word}", "__module__": __name__,
                                                                 "__annotations__": {"kind": "ClassVar[str]"}})


refund_moved: dict[str, type[RefundMoved]] = {
    "request": _refund("requested"), "approve": _refund("approved"), "refuse": _refund("refused"), "withdraw": _refund("withdrawn"),
    "pay": _refund("paid_in_part"), "post": _refund("posted")}
