"""From how many records of persons a leak or unlawful sale is referred to the authority (Supreme Court and Procuratorate 2017, art. 5).

A record is a row that names or reaches a person, each once. The strictest class that a table's columns show decides the line; a gain of
5,000 yuan decides by itself. The lines are data with their dates: an act is judged by those of its day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from compliance.personal.kinds import Weight, kind
from compliance.personal.scan import scan_rows
from kit.coverage import covers

__all__ = ["Count", "Line", "count_persons", "lines_on", "serious"]


@dataclass(frozen=True)
class Line:
    """One class of records and from how many on it is serious."""

    key: str
    records: int
    text: tuple[str, str]
    kinds: frozenset[str]
    heading: str
    article: tuple[str, str]
    gain_fen: int

    def meets(self, headings: Sequence[str], kinds: set[str]) -> bool:
        """This will tell whether a table with these columns is of this class."""
        words = re.compile(self.heading, re.IGNORECASE) if self.heading else None
        return bool(self.kinds & kinds) or bool(words and any(words.search(one) for one in headings))


@dataclass(frozen=True)
class Count:
    """Records of persons in a table, and the class that decides."""

    records: int
    line: Line

    def serious(self, *, gain_fen: int = 0) -> bool:
        """This will tell whether so many records, or a gain known of them, reach the line."""
        return serious(self.records, self.line, gain_fen=gain_fen)


@cache
def _editions() -> tuple[tuple[date, tuple[Line, ...]], ...]:
    path = Path(__file__).resolve().parents[1] / "data" / "criminal_lines.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["editions"]
    return tuple(sorted((row["from"], tuple(
        Line(one["key"], one["records"], (one["zh"], one["en"]), frozenset(one["kinds"]), one["heading"],
             (row["article"], row["article_en"]), row["gain_fen"]) for one in row["lines"])) for row in rows))


def lines_on(day: date) -> tuple[Line, ...]:
    """This will return the lines in force on a day, the strictest first."""
    return [lines for since, lines in _editions() if since <= day][-1]


@covers("R47", "R31")
def count_persons(headings: Sequence[str], rows: Iterable[Sequence[str]], *, on: date) -> Count | None:
    """This will count the records of persons in a table; None where it holds none."""
    held = [list(row) for row in rows]
    found = [one for one in scan_rows(headings, held) if kind(one.kind).weight != Weight.ORGANISATION]
    places = [place for place, name in enumerate(headings) if name in {one.column for one in found}]
    persons = {tuple(row[place].strip() for place in places) for row in held}
    persons = {one for one in persons if any(one)}
    if not places or not persons:
        return None
    kinds = {one.kind for one in found}
    line = next(one for one in lines_on(on) if one.meets(headings, kinds) or one.key == "other")
    return Count(len(persons), line)


def serious(records: int, line: Line, *, gain_fen: int = 0) -> bool:
    """This will tell whether so many records, or such a gain, is serious: each line is met at it."""
    return records >= line.records or gain_fen >= line.gain_fen
