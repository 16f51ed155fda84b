"""Facts of duties given for a time, and of looks at a party's pages as it sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["GrantEnded", "GrantGiven", "PartyViewBegun", "PartyViewEnded", "PartyViewPage"]


@dataclass(frozen=True, kw_only=True)
class GrantGiven(Event):
    """A duty was handed to a deputy, or a power given, for a period; why stays in this room."""

    kind: ClassVar[str] = "participants.timed_grant.given"
    person: str
    principal: str
    organization: str
    role: str
    capabilities: list[str]
    effective_from: datetime
    effective_to: datetime


@dataclass(frozen=True, kw_only=True)
class GrantEnded(Event):
    """A grant was taken back before its time."""

    kind: ClassVar[str] = "participants.timed_grant.ended"
    person: str
    organization: str
    role: str


@dataclass(frozen=True, kw_only=True)
class PartyViewBegun(Event):
    """Somebody of the venue began to look at a party's pages."""

    kind: ClassVar[str] = "participants.party_view.begun"
    organization: str
    reason_hash: str
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class PartyViewPage(Event):
    """One of the party's pages was looked at."""

    kind: ClassVar[str] = "participants.party_view.shown"
    organization: str
    page: str


@dataclass(frozen=True, kw_only=True)
class PartyViewEnded(Event):
    kind: ClassVar[str] = "participants.party_view.ended"
    organization: str
