"""Facts an auditor leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["AuditSampled"]


@dataclass(frozen=True, kw_only=True)
class AuditSampled(Event):
    """An auditor drew a random sample; ``subject`` is the auditor's organisation. Anyone draws it again from seed and population."""

    kind: ClassVar[str] = "participants.audit.sampled"
    object_kind: str
    since: datetime
    until: datetime
    seed: str
    population: int
    population_hash: str
    drawn: list[str]
