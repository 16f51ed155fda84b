"""Published fee tables of real venues as a start 收费预设 (G2, R51): each figure with its source, proposed and decided like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kit.coverage import covers
from participants.models import Venue
from participants.queries import figure_rows

__all__ = ["Offered", "Preset", "Suggested", "offered", "presets", "suggested"]

_DATA = Path(__file__).resolve().parent / "data" / "fee_presets.yaml"


@dataclass(frozen=True)
class Suggested:
    """One figure of a preset."""

    key: str
    value: Any
    source: str
    name: tuple[str, str]


@dataclass(frozen=True)
class Preset:
    """One table, with the name of whose it is."""

    key: str
    name: tuple[str, str]
    figures: tuple[Suggested, ...]


@dataclass(frozen=True)
class Offered:
    """A preset as a venue sees it: each figure beside what holds there now."""

    preset: Preset
    rows: tuple[tuple[Suggested, Any, bool], ...]


@lru_cache(maxsize=1)
@covers("G2", "R51")
def presets() -> dict[str, Preset]:
    """This will read the tables by their keys."""
    found: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))["presets"]
    return {key: Preset(key, (one["zh"], one["en"]), tuple(
        Suggested(row["key"], row["value"], row["source"], (row["name"]["zh"], row["name"]["en"])) for row in one["figures"]))
        for key, one in found.items()}


def suggested(preset: str, key: str) -> Suggested | None:
    """This will return one figure of one preset; None where there is no such."""
    one = presets().get(preset)
    return next((row for row in one.figures if row.key == key), None) if one else None


@covers("G2", "R51")
def offered(venue: Venue, *, at: datetime) -> list[Offered]:
    """This will set every preset beside what holds at the venue: (figure, the value now, whether they are the same)."""
    now = {row.key: row.value for row in figure_rows(venue, at=at) if not row.scope}
    return [Offered(one, tuple((row, now.get(row.key), now.get(row.key) == row.value) for row in one.figures))
            for one in presets().values()]
