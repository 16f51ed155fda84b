"""What the record book keeps of objections to a refused admission, and of documents that did not come in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["ProofLacking", "objection_moved"]


@dataclass(frozen=True, kw_only=True)
class AdmissionObjectionMoved(Event):
    """One move of an objection; ``subject`` is the application. The grounds may name a person: only their hash stands here."""

    organization: str
    objection: str
    to_status: str
    grounds_sha256: str
    evidence_sha256: str = ""
    reason: str = ""
    due_at: datetime | None = None


#: act of ``states.ADMISSION_OBJECTION``, and filing and flagging -> the last word of its fact
_WORDS = {"file": "objected", "uphold": "objection_upheld", "reject": "objection_rejected", "withdraw": "objection_withdrawn",
          "flag": "objection_late"}
_MOVES: dict[str, type[AdmissionObjectionMoved]] = {
    act: type(f"Admission{word.title().replace('_', '')}", (AdmissionObjectionMoved,), {"kind": f"participants.admission.{word}"})
    for act, word in _WORDS.items()}


def objection_moved(act: str) -> type[AdmissionObjectionMoved]:
    """This will return the class of the fact that ``act`` writes."""
    return _MOVES[act]


@dataclass(frozen=True, kw_only=True)
class ProofLacking(Event):
    """A document that an admission rests on was not there on its day; ``subject`` is the admission."""

    kind: ClassVar[str] = "participants.proof.lacking"
    organization: str
    item: str
    capabilities: list[str]
