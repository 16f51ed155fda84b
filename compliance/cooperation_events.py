"""Facts of associations (covenants, signatures, breaches, mediation) and of yearly responsibility reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

from evidence.events import Event

E = TypeVar("E", bound=Event)

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


def _kinds(base: type[E], stem: str, *words: str) -> dict[str, type[E]]:
    return {word: type(f"{base.__name__}_{word}", (base,), {"kind": f"compliance.{stem}.{word}"}) for word in words}


signature_moved = _kinds(SignatureMoved, "covenant_signature", "signed", "left", "lapsed", "expelled")
breach_moved = _kinds(BreachMoved, "covenant_breach", "reported", "answered", "unanswered", "upheld", "dismissed", "late")
mediator_moved = _kinds(MediatorMoved, "mediator", "named", "agreed", "proposed", "accepted")
responsibility_moved = _kinds(ResponsibilityMoved, "responsibility", "opened", "reminded", "filed", "missed")
