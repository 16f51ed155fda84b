"""How compliance reckons its terms: the venue's own figures, and terms of working days by its calendar.

Clocks that are no figure of the venue's rules stand in the timers (``participants.timers``), each with its source.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from participants.queries import add_working_days, house_venue, parameter

__all__ = ["figure", "working_days_from"]


def working_days_from(start: datetime, days: int) -> datetime:
    """This will return the end of a term of working days by the venue's calendar.

    A term that begins when another ended (24:00) counts from that day, not from the next one.
    """
    return add_working_days(house_venue(), start - timedelta(microseconds=1), days)


def figure(key: str, at: datetime, scope: str = "") -> int:
    """This will return a whole figure of the venue's rules in force at ``at``."""
    return int(parameter(key, venue=house_venue(), at=at, scope=scope))
