"""Facts of associations (covenants, signatures, breaches, mediation) and of yearly responsibility reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event, family

__all__ = ["BreachMoved", "CovenantPublished", "MediatorMoved", "ResponsibilityMoved", "SignatureMoved", "breach_moved", "mediator_moved",
           "responsibility_moved", "signature_moved"]


@dataclass(frozen=True, kw_only=True)
class CovenantPublished(Event):
    """A version of a covenant, told by the hash that signatures bind to."""

    kind: ClassVar[str] = "compliance.covenant.published"
    association: str
    key: str
    edition: int
    sha256: str
    supersedes: str = ""


@dataclass(frozen=True, kw_only=True)
class SignatureMoved(Event):
    """Signed, left, lapsed or expelled, as its kind says."""

    covenant: str
    organization: str
    edition: int
    sha256: str
    from_status: str
    to_status: str


@dataclass(frozen=True, kw_only=True)
class BreachMoved(Event):
    """A breach brought to an association; what was said is told by its hash."""

    association: str
    organization: str
    from_status: str
    to_status: str
    measure: str = ""
    text_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class MediatorMoved(Event):
    """An association named for a dispute, agreed on, its proposal, and who accepted it."""

    association: str
    sides: int
    refund_bps: int | None = None


@dataclass(frozen=True, kw_only=True)
class ResponsibilityMoved(Event):
    """A large party's yearly report: due, reminded of, filed, missed."""

    organization: str
    year: int
    from_status: str
    to_status: str
    due_at: datetime
    sha256: str = ""


signature_moved = family(SignatureMoved, "compliance.covenant_signature", ("signed", "left", "lapsed", "expelled"))
breach_moved = family(BreachMoved, "compliance.covenant_breach", ("reported", "answered", "unanswered", "upheld", "dismissed", "late"))
mediator_moved = family(MediatorMoved, "compliance.mediator", ("named", "agreed", "proposed", "accepted"))
responsibility_moved = family(ResponsibilityMoved, "compliance.responsibility", ("announced", "drafted", "opened", "reminded", "filed",
                                                                                     "missed"))
