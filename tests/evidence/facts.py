"""A fact and an operation for tests of the record book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from evidence.events import Event
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock

ANNA = Actor(1, 1, "PSN-ANNA", "ORG-A")
BELA = Actor(2, 2, "PSN-BELA", "ORG-B")


@dataclass(frozen=True)
class Noted(Event):
    kind: ClassVar[str] = "evidence.note.written"

    text: str = ""
    amount_fen: int = 0
    seen_at: datetime | None = None


@operation("evidence.note.write")
def write_note(*, subject: str, actor: Actor = ANNA, clock: Clock, text: str = "", amount_fen: int = 0) -> UUID:
    at = clock.now()
    return record(Noted(subject=subject, text=text, amount_fen=amount_fen, seen_at=at), actor=actor, at=at)


@operation("evidence.note.forget")
def forget_to_record(*, actor: Actor = ANNA) -> None:
    """Changes nothing and records nothing: not an operation."""
