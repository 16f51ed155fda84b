"""What leaves by review, what is called as a service, and who runs it at a holder: the facts of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["OUTPUTS", "HoldMoved", "OutputLooked", "OutputMoved", "OutputTokenIssued", "RunnerMoved", "ServiceCalled", "ServiceMoved",
           "hold_moved", "runner_moved", "service_moved"]


@dataclass(frozen=True, kw_only=True)
class OutputMoved(Event):
    """A file that leaves only by review, named by its hash; what was said of it is told once both have spoken."""

    delivery: str
    organization: str
    output_kind: str
    sha256: str
    size: int
    to_status: str
    verdicts: list[str]
    reason: str = ""
    due_at: datetime | None = None


#: word -> the fact of an output; the first opinion changes no state and says nothing of its verdict
OUTPUTS: dict[str, type[OutputMoved]] = {
    word: type(f"OutputMoved_{word}", (OutputMoved,), {"kind": f"delivery.output.{word}"})
    for word in ("submitted", "stopped", "opined", "differed", "released", "withheld", "withdrawn", "escalated")}


@dataclass(frozen=True, kw_only=True)
class OutputLooked(Event):
    """Somebody was given the file: as a reviewer, or as the buyer once it was released."""

    kind: ClassVar[str] = "delivery.output.looked"
    delivery: str
    role: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class OutputTokenIssued(Event):
    kind: ClassVar[str] = "delivery.output.token_issued"
    delivery: str
    number: int
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunnerMoved(Event):
    """The public key with which a holder's runner signs: on file, or ended."""

    organization: str
    key: str


runner_moved: dict[str, type[RunnerMoved]] = {
    word: type(f"RunnerMoved_{word}", (RunnerMoved,), {"kind": f"delivery.runner.{word}"}) for word in ("registered", "ended")}


@dataclass(frozen=True, kw_only=True)
class ServiceMoved(Event):
    """A model or verification service opened or closed: what it is, by hash, and its limits of one buyer in 24 hours."""

    organization: str
    version_code: str
    service_kind: str
    pinned_sha256: str
    most_calls: int
    most_subjects: int


@dataclass(frozen=True, kw_only=True)
class ServiceCalled(Event):
    """One call was answered; neither whom it was about nor what it answered stands here."""

    kind: ClassVar[str] = "delivery.call.answered"
    delivery: str
    service: str
    seller: str
    buyer: str
    pinned_sha256: str
    purpose_sha256: str
    number: int


@dataclass(frozen=True, kw_only=True)
class HoldMoved(Event):
    """Calls that look like probing are held, and what the desk made of it."""

    delivery: str
    seller: str
    buyer: str
    service: str
    pattern: str
    to_status: str
    reason: str = ""
    due_at: datetime | None = None


service_moved: dict[str, type[ServiceMoved]] = {
    word: type(f"ServiceMoved_{word}", (ServiceMoved,), {"kind": f"delivery.service.{word}"}) for word in ("opened", "closed")}
hold_moved: dict[str, type[HoldMoved]] = {
    word: type(f"HoldMoved_{word}", (HoldMoved,), {"kind": f"delivery.hold.{word}"}) for word in ("opened", "lifted", "upheld", "lapsed")}
