"""Half-open periods: ``effective_from <= at < effective_to``; no end means for good."""

from __future__ import annotations

from datetime import datetime

__all__ = ["covers_instant", "overlaps"]


def covers_instant(start: datetime, end: datetime | None, at: datetime) -> bool:
    """This will tell whether ``at`` lies in the period."""
    return start <= at and (end is None or at < end)


def overlaps(a: tuple[datetime, datetime | None], b: tuple[datetime, datetime | None]) -> bool:
    """This will tell whether two half-open periods share an instant."""
    return (b[1] is None or a[0] < b[1]) and (a[1] is None or b[0] < a[1])
