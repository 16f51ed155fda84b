"""Duties kept apart (不相容职责分离): which two acts on one object no one person may do, and whether anyone did, read from the record book.

The database refuses most of these as they happen; this reads the log afterwards and so finds what was let through by whatever way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from django.db import connection

from kit.coverage import covers

__all__ = ["Breach", "Duty", "Kept", "duties", "kept_apart"]

_DATA = Path(__file__).resolve().parents[1] / "data" / "duties.yaml"
_SHOWN = 50


@dataclass(frozen=True)
class Duty:
    """Two acts that two persons do: their facts, what they are called, where it is written, and which field ties them beside the object."""

    key: str
    text: tuple[str, str]
    first: tuple[str, ...]
    second: tuple[str, ...]
    basis: str
    by: str = ""


@dataclass(frozen=True)
class Breach:
    """One object on which one person did both."""

    subject: str
    person: str
    first_at: datetime
    second_at: datetime


@dataclass(frozen=True)
class Kept:
    """How many second acts a period saw, and those that were not another person's (the newest, at most fifty)."""

    duty: Duty
    pairs: int
    breaches: tuple[Breach, ...]


@cache
def duties() -> tuple[Duty, ...]:
    """This will read the pairs; the facts are named as rooms write them."""
    rows = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return tuple(Duty(key, (row["zh"], row["en"]), tuple(row["first"]), tuple(row["second"]), row["basis"], row.get("by", ""))
                 for key, row in rows.items())


#: each second act with the last first act before it on the same object (and the same approval or reading, where it names one);
#: the system is nobody's other person
_PAIRS = """
SELECT b.subject, split_part(a.actor, '/', 2), split_part(b.actor, '/', 2), a.at, b.at
FROM evidence_record b CROSS JOIN LATERAL (
    SELECT r.actor, r.at FROM evidence_record r
    WHERE r.subject = b.subject AND r.kind = ANY(%(first)s) AND r.command <> b.command AND r.at <= b.at
      AND (%(by)s = '' OR r.payload ->> %(by)s = b.payload ->> %(by)s)
    ORDER BY r.at DESC LIMIT 1) a
WHERE b.kind = ANY(%(second)s) AND b.at >= %(since)s AND b.at < %(until)s AND a.actor LIKE '%%/%%' AND b.actor LIKE '%%/%%'
ORDER BY b.at DESC
"""


@covers("H3", "I18")
def kept_apart(since: datetime, until: datetime, which: Sequence[Duty] | None = None) -> list[Kept]:
    """This will tell of each duty how many second acts fell in [since, until), and which were done by the person of the first act."""
    found = []
    for duty in duties() if which is None else which:
        with connection.cursor() as cursor:
            cursor.execute(_PAIRS, {"first": list(duty.first), "second": list(duty.second), "by": duty.by, "since": since, "until": until})
            rows = cursor.fetchall()
        same = tuple(Breach(subject, first, begun, ended) for subject, first, second, begun, ended in rows if first == second)
        found.append(Kept(duty, len(rows), same[:_SHOWN]))
    return found
