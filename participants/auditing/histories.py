"""An object as it stood: what the record book had told of it up to an instant, field by field, each with the fact that set it last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence import queries as evidence
from evidence.models import Record
from kit.coverage import covers

__all__ = ["Field", "Standing", "fold", "plain", "standing_at"]

#: The longest history that is folded; what is longer says so.
_MOST = 2000


@dataclass(frozen=True)
class Field:
    """A field's last value and the fact that told it."""

    name: str
    value: Any
    kind: str
    at: datetime

    @property
    def said(self) -> str:
        """The value as words: lists with commas, a part by its name."""
        return plain(self.value)


@dataclass(frozen=True)
class Standing:
    """An object at an instant: its facts so far, oldest first, and each field as last told. ``cut``: there are more than are read."""

    subject: str
    at: datetime
    facts: tuple[Record, ...]
    fields: tuple[Field, ...]
    cut: bool = False


def plain(value: Any) -> str:
    """This will write a recorded value as words; what is long is cut."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={plain(part)}" for name, part in value.items())[:200]
    if isinstance(value, list):
        return ", ".join(plain(part) for part in value)[:200]
    return "" if value is None else str(value)[:200]


def fold(facts: Iterable[Record]) -> tuple[Field, ...]:
    """This will keep of each field the value told last, by name; a field never told again keeps its value."""
    kept: dict[str, Field] = {}
    for one in facts:
        for name, value in one.payload.items():
            kept[name] = Field(name, value, one.kind, one.at)
    return tuple(kept[name] for name in sorted(kept))


@covers("H3", "R97")
def standing_at(subject: str, at: datetime) -> Standing:
    """This will tell how an object stood at ``at``: later facts are not looked at, whatever they changed."""
    found = [one for one in evidence.timeline(subject, limit=_MOST + 1) if one.at <= at]
    return Standing(subject, at, tuple(found[:_MOST]), fold(found[:_MOST]), len(found) > _MOST)
