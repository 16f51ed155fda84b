"""Facts of the second review of a conduct case and of checklists kept: who stood back, who was named the third, what was put on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event, family

__all__ = ["DiligenceKept", "DisagreementMoved", "StoodBack", "disagreement_moved"]


@dataclass(frozen=True, kw_only=True)
class StoodBack(Event):
    """Somebody of the desk stood back from a case; why stays in this room."""

    kind: ClassVar[str] = "compliance.conduct.recused"
    organization: str


@dataclass(frozen=True, kw_only=True)
class DisagreementMoved(Event):
    """Two regulators differ: a third is named, decides, or is late."""

    organization: str
    third: str
    due_at: datetime
    sided: str = ""


disagreement_moved = family(DisagreementMoved, "compliance.conduct", {"named": "third_named", "settled": "third_decided",
                                                                      "late": "third_late"})


@dataclass(frozen=True, kw_only=True)
class DiligenceKept(Event):
    """A followed checklist was put on record by a party; the note is told by its hash."""

    kind: ClassVar[str] = "compliance.diligence.kept"
    organization: str
    about: str
    checklist: str
    version_hash: str
    text_hash: str = ""
