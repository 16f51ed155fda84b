"""Facts of the desk's own papers: views that were saved or dropped, letters drafted and approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence.events import Event

__all__ = ["DayClosed", "JobsRetried", "LetterDecided", "LetterDrafted", "PapersHandedIn", "ViewRemoved", "ViewSaved"]


@dataclass(frozen=True, kw_only=True)
class ViewSaved(Event):
    """Somebody named a filter of a queue; its words stay in this room."""

    kind: ClassVar[str] = "compliance.saved_view.kept"
    queue: str
    shared: bool
    is_default: bool


@dataclass(frozen=True, kw_only=True)
class PapersHandedIn(Event):
    """Files or a statement put on a matter's file, by their hashes; without an organisation they are the desk's own."""

    kind: ClassVar[str] = "compliance.paper.handed_in"
    organization: str
    step: str
    sha256: list[str]


@dataclass(frozen=True, kw_only=True)
class ViewRemoved(Event):
    kind: ClassVar[str] = "compliance.saved_view.dropped"
    queue: str


@dataclass(frozen=True, kw_only=True)
class LetterDrafted(Event):
    """A version of a letter was drafted; its wording is told by its hash."""

    kind: ClassVar[str] = "compliance.letter.drafted"
    key: str
    letter_version: int
    text_hash: str


@dataclass(frozen=True, kw_only=True)
class LetterDecided(Event):
    """A second person let a version of a letter be used, or did not."""

    kind: ClassVar[str] = "compliance.letter.decided"
    key: str
    letter_version: int
    outcome: str


@dataclass(frozen=True, kw_only=True)
class DayClosed(Event):
    """The operator closed a day; ``open_checks`` are those left open, the reason by its hash."""

    kind: ClassVar[str] = "compliance.day.closed"
    day: str
    checks: dict[str, int]
    open_checks: list[str]
    reason_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class JobsRetried(Event):
    """The operator had what a subscriber could not take handed to it again."""

    kind: ClassVar[str] = "compliance.job.retried"
    subscriber: str
    parked: int
    reason_hash: str
