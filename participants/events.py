"""Facts of the participants' room. Names of people never stand here in clear: people are told by code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from evidence.events import Event

__all__ = [
    "AdmissionMoved", "ApprovalAsked", "ApprovalDecided", "CapabilityHeld", "CapabilityLifted", "MemberEnded", "MemberInvited",
    "OrganizationRegistered", "ParameterChanged", "StakeDeclared", "StandingChanged", "TokenIssued",
    "TokenRevoked", "VenueOpened", "admission_facts", "admission_moved",
]


@dataclass(frozen=True, kw_only=True)
class VenueOpened(Event):
    kind: ClassVar[str] = "participants.venue.opened"
    level: str
    profile: str
    filing_number: str
    rulebook_version: str


@dataclass(frozen=True, kw_only=True)
class OrganizationRegistered(Event):
    kind: ClassVar[str] = "participants.organization.registered"
    venue: str
    organization_kind: str
    name: str
    uscc: str
    uscc_warning: bool


@dataclass(frozen=True, kw_only=True)
class AdmissionMoved(Event):
    """One move of an admission; ``admission_moved`` gives it the kind of what happened (``submitted``, ``admitted``, …)."""

    organization: str
    role: str
    from_status: str
    to_status: str
    reason: str = ""
    missing: list[str] | None = None
    effective_to: datetime | None = None


#: act of ``states.ADMISSION`` -> the last word of its fact
_WORDS = {"open": "opened", "submit": "submitted", "discard": "withdrawn", "withdraw": "withdrawn", "leave": "withdrawn",
          "accept": "accepted", "return": "returned", "admit": "admitted", "refuse": "refused", "revoke": "revoked", "expire": "expired"}
_MOVES: dict[str, type[AdmissionMoved]] = {
    word: type(f"Admission{word.title()}", (AdmissionMoved,), {"kind": f"participants.admission.{word}"}) for word in set(_WORDS.values())
}


def admission_facts() -> dict[str, str]:
    """This will tell for each act of ``states.ADMISSION`` the kind of its fact."""
    return {act: _MOVES[word].kind for act, word in _WORDS.items()}


def admission_moved(act: str) -> type[AdmissionMoved]:
    """This will return the class of the fact that ``act`` writes."""
    return _MOVES[_WORDS[act]]


@dataclass(frozen=True, kw_only=True)
class MemberInvited(Event):
    """``subject`` is the person's code."""

    kind: ClassVar[str] = "participants.membership.invited"
    organization: str
    role: str
    capabilities: list[str]
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class MemberEnded(Event):
    kind: ClassVar[str] = "participants.membership.ended"
    organization: str
    role: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CapabilityHeld(Event):
    kind: ClassVar[str] = "participants.capability.held"
    capability: str
    reason_code: str
    basis: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class CapabilityLifted(Event):
    kind: ClassVar[str] = "participants.capability.lifted"
    capability: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StandingChanged(Event):
    """(*) Travels upward: listings hide, resting bids are voided, screens follow."""

    kind: ClassVar[str] = "participants.standing.changed"
    from_standing: str
    to_standing: str
    from_band: str
    to_band: str
    cause: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApprovalAsked(Event):
    kind: ClassVar[str] = "participants.approval.asked"
    approval: str
    act: str
    payload: dict[str, Any]
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(Event):
    kind: ClassVar[str] = "participants.approval.decided"
    approval: str
    act: str
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ParameterChanged(Event):
    """``subject`` is the figure's key."""

    kind: ClassVar[str] = "participants.parameter.changed"
    venue: str
    scope: str
    value: Any
    unit: str
    source: str
    name_zh: str
    name_en: str
    effective_from: datetime
    approval: str


@dataclass(frozen=True, kw_only=True)
class StakeDeclared(Event):
    """``subject`` is the owned organisation."""

    kind: ClassVar[str] = "participants.stake.declared"
    owner: str
    share_bps: int
    effective_from: datetime


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Event):
    """``subject`` is the person; the token itself is shown once and stands nowhere."""

    kind: ClassVar[str] = "participants.token.issued"
    organization: str
    token: str
    scopes: list[str]


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    kind: ClassVar[str] = "participants.token.revoked"
    organization: str
    token: str
