"""Clocks and terms of keeping as dated data (rules, section I): product code asks here, no figure of the law stands in code.

Figures a venue sets itself are parameters (``queries.parameter``); where the law bounds one, its timer says so and by how much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from kit.coverage import covers
from participants.models import Venue
from participants.queries import add_working_days, house_venue

__all__ = ["Timer", "after", "before", "every", "months_on", "timer", "value"]

_DATA = Path(__file__).resolve().parent / "data" / "timers.yaml"
_LOCAL = ZoneInfo("Asia/Shanghai")
_UNITS = ("hours", "calendar_days", "working_days", "months", "years", "at_once")
_MARKS = ("S", "S2", "M", "P")
_FIRST = date(2020, 1, 1)


@dataclass(frozen=True)
class Timer:
    """One clock: its figure and unit, what it is called, where it was read and how surely, and from when to when it holds."""

    key: str
    value: int
    unit: str
    text: tuple[str, str]
    source: str
    mark: str
    effective_from: date
    effective_to: date | None
    parameter: str = ""
    bound: str = ""

    def holds(self, at: datetime) -> bool:
        day = at.astimezone(_LOCAL).date()
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


def _read(row: dict[str, Any]) -> Timer:
    made = Timer(row["key"], int(row["value"]), row["unit"], (row["zh"], row["en"]), row["source"], row["mark"],
                 row.get("from", _FIRST), row.get("to"), row.get("parameter", ""), row.get("bound", ""))
    known = made.unit in _UNITS and made.mark in _MARKS and made.bound in {"", "most", "least"}
    if not known or made.value < 0 or bool(made.parameter) != bool(made.bound):
        raise ValueError(f"timer {made.key}: unit, mark or bound is not known")
    return made


@cache
def every() -> tuple[Timer, ...]:
    """This will return every row, in the order of the file; two rows of one key never hold on the same day."""
    rows = tuple(_read(row) for row in yaml.safe_load(_DATA.read_text(encoding="utf-8"))["timers"])
    for one, other in _pairs(rows):
        starts, ends = max(one.effective_from, other.effective_from), min(one.effective_to or date.max, other.effective_to or date.max)
        if starts < ends:
            raise ValueError(f"timer {one.key} stands twice for {starts}")
    return rows


def _pairs(rows: tuple[Timer, ...]) -> Iterator[tuple[Timer, Timer]]:
    by_key: dict[str, list[Timer]] = {}
    for row in rows:
        for other in by_key.setdefault(row.key, []):
            yield other, row
        by_key[row.key].append(row)


@covers("R100")
def timer(key: str, *, at: datetime) -> Timer:
    """This will return the clock in force at ``at``; before its first row, the first. An unknown key is a ``LookupError``."""
    rows = [row for row in every() if row.key == key]
    if not rows:
        raise LookupError(f"no timer {key}")
    return next((row for row in rows if row.holds(at)), min(rows, key=lambda row: row.effective_from))


def value(key: str, *, at: datetime) -> int:
    """This will return the bare figure in force at ``at``."""
    return timer(key, at=at).value


def after(key: str, start: datetime, *, venue: Venue | None = None) -> datetime:
    """This will return the instant at which the clock that starts now runs out (working days end at 24:00 of the last one)."""
    return _reckon(timer(key, at=start), start, 1, venue)


def before(key: str, end: datetime) -> datetime:
    """This will return the instant before which something is older than the clock at ``end``: for terms of keeping."""
    held = timer(key, at=end)
    assert held.unit != "working_days", "a term of keeping is no term of working days"
    return _reckon(held, end, -1, None)


def _reckon(held: Timer, start: datetime, way: int, venue: Venue | None) -> datetime:
    if held.unit == "working_days":
        # a term that begins when another ended (24:00) counts from that day, not from the next one
        return add_working_days(venue or house_venue(), start - timedelta(microseconds=1), held.value)
    if held.unit in {"months", "years"}:
        return months_on(start, way * held.value * (12 if held.unit == "years" else 1))
    return start + way * timedelta(hours=held.value if held.unit == "hours" else 24 * held.value)


def months_on(start: datetime, months: int) -> datetime:
    """This will return the same local day so many months later (or earlier), or the last day of that month."""
    local = start.astimezone(_LOCAL)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    for day in range(local.day, 0, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
        except ValueError:
            continue
    raise AssertionError("unreachable")
