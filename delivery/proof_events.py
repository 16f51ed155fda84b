"""What proves a delivery: certificates, marked copies, samples, parts kept, disputes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["CopyHandedOut", "DeliveryDisputed", "MarksDeclared", "PartClaimed", "ResultCertified", "SampleChecked", "TraceMoved",
           "trace_moved"]


@dataclass(frozen=True, kw_only=True)
class ResultCertified(Event):
    """An answer got its certificate; nothing else is told, so that whoever holds the paper may read the fact."""

    kind: ClassVar[str] = "delivery.result.certified"
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class MarksDeclared(Event):
    """By how much which columns of a version's copies may move; every other column stays untouched."""

    kind: ClassVar[str] = "delivery.marks.declared"
    version_code: str
    file_sha256: str
    columns: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class CopyHandedOut(Event):
    """A marked copy left: its own hash, and that of the registered file it was made from."""

    kind: ClassVar[str] = "delivery.copy.handed_out"
    delivery: str
    grant: str
    sha256: str
    registered_sha256: str
    marks: int


@dataclass(frozen=True, kw_only=True)
class SampleChecked(Event):
    """A buyer held rows drawn by a seed against the quality report."""

    kind: ClassVar[str] = "delivery.sample.checked"
    delivery: str
    seed: str
    rows: int
    report: str
    fits: bool


@dataclass(frozen=True, kw_only=True)
class PartClaimed(Event):
    """A buyer keeps a part: so many of so many units, what stays due of the price, and by when the seller answers."""

    kind: ClassVar[str] = "delivery.delivery.part_offered"
    claim: str
    unit: str
    accepted: int
    promised: int
    due_fen: int
    defects: list[str]
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryDisputed(Event):
    """A rejected delivery is before the venue; its clock stands."""

    kind: ClassVar[str] = "delivery.delivery.disputed"
    dispute: str


@dataclass(frozen=True, kw_only=True)
class TraceMoved(Event):
    """A sample was read against marked files: how many of how many, the file read by its hash, which copies are named."""

    check: str
    to_status: str
    files: int
    read: int
    attempts: int
    file_sha256: str = ""
    named: list[str] = field(default_factory=list)


#: word -> the class of its fact
trace_moved: dict[str, type[TraceMoved]] = {
    word: type(f"TraceMoved_{word}", (TraceMoved,), {"kind": f"delivery.trace.{word}", "__module__": __name__})
    for word in ("queued", "started", "resumed", "read", "finished", "failed")}
