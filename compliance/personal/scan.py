"""Scanning a table for personal data: per column which kinds, in how many cells, by what, with masked examples (W4, C4).

The scan suspects and says which column made it so; a person decides. It reads every cell once and keeps three masked ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from compliance.personal.kinds import Weight, kind, kinds_of_heading
from compliance.personal.numbers import numbers_in
from compliance.personal.words import is_address, is_name
from kit.composing import normalized
from kit.coverage import covers

__all__ = ["ColumnScan", "Finding", "mask", "scan_rows", "scan_text"]

#: A kind stands for a column from this share of its filled cells on (permille); what is
#: checked by a digit needs less, what many other numbers look like more.
_SHARE, _CHECKED_SHARE, _PHONE_SHARE, _NAME_SHARE = 50, 1, 200, 600
_CHECKED = frozenset({"resident_id", "bank_card", "us_ssn", "email", "mobile", "passport", "plate"})
#: texts of a column whose kinds are remembered
_KNOWN = 2_000
_EXAMPLES = 3
_LONGEST = 2000


def mask(value: str) -> str:
    """This will hide a cell that looks personal: its first character and shaded blocks."""
    return value[:1] + "▓" * min(max(len(value) - 1, 1), 6) if value else ""


@dataclass(frozen=True)
class Finding:
    """One kind in one column: in how many of its filled cells, told by ``cells`` or by the ``heading``, with masked examples."""

    column: str
    kind: str
    count: int
    filled: int
    by: str
    examples: tuple[str, ...] = ()

    @property
    def share(self) -> int:
        """In permille of the filled cells."""
        return 1000 * self.count // max(self.filled, 1)

    @property
    def weight(self) -> Weight:
        return kind(self.kind).weight

    def as_json(self) -> dict[str, Any]:
        """This will return the shape kept with a version and printed by the command."""
        return {"column": self.column, "kind": self.kind, "count": self.count, "filled": self.filled, "share_permille": self.share,
                "by": self.by, "weight": str(self.weight), "examples": list(self.examples)}


def scan_text(text: str) -> list[tuple[str, int, int]]:
    """This will return (kind, start, end) of every number, e-mail and address found in a running text; full width is read as plain."""
    plain = normalized("NFKC", text) if not text.isascii() else text
    if len(plain) != len(text):
        plain = text
    return list(numbers_in(plain))


def kinds_in(text: str) -> frozenset[str]:
    """This will return the kinds of personal data that one cell shows by itself."""
    return frozenset(name for name, _, _ in scan_text(text)) | (frozenset({"address"}) if is_address(text) else frozenset())


@dataclass
class ColumnScan:
    """What one column shows; fed cell by cell."""

    name: str
    filled: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    names: int = 0
    different: set[str] = field(default_factory=set)
    #: kinds of the texts looked at already, while the column lasts: cells say the same again and again
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    most: int = _KNOWN

    def take(self, value: str) -> None:
        """This will look at one filled cell."""
        self.filled += 1
        text = value[:_LONGEST]
        found = self.known.get(text)
        if found is None:
            found = kinds_in(text)
            if len(self.known) < self.most:
                self.known[text] = found
        for one in found:
            self._count(one, text)
        if is_name(text):
            self.names += 1
            if len(self.different) < 200:
                self.different.add(text)

    def _count(self, name: str, text: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1
        shown = self.examples.setdefault(name, [])
        if len(shown) < _EXAMPLES:
            shown.append(mask(text.strip()[:80]))

    def findings(self) -> list[Finding]:
        """This will return the kinds this column holds: by its cells, or by its heading where the cells do not say otherwise."""
        held = [Finding(self.name, name, count, self.filled, "cells", tuple(self.examples[name]))
                for name, count in sorted(self.counts.items()) if 1000 * count >= _least(name) * self.filled]
        if self._holds_names():
            shown = tuple(mask(one) for one in sorted(self.different)[:_EXAMPLES])
            held.append(Finding(self.name, "name", self.names, self.filled, "cells", shown))
        by_cells = {one.kind for one in held}
        if "mobile" in by_cells:
            by_cells.add("phone")
        suggested = [name for name in kinds_of_heading(self.name) if name not in by_cells]
        return held + [Finding(self.name, name, 0, self.filled, "heading") for name in suggested]

    def _holds_names(self) -> bool:
        """Most cells are made like names, and they differ: a column of 高中 and 张店 is no column of persons."""
        enough = 1000 * self.names >= _NAME_SHARE * self.filled and len(self.different) >= min(5, self.filled)
        return self.filled > 0 and (enough or (self.names > 0 and "name" in kinds_of_heading(self.name)))


def _least(name: str) -> int:
    return _CHECKED_SHARE if name in _CHECKED else _PHONE_SHARE if name == "phone" else _SHARE


@covers("W4", "C4")
def scan_rows(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[Finding]:
    """This will scan a whole table given as rows of cells."""
    columns = [ColumnScan(name) for name in headings]
    for row in rows:
        for column, cell in zip(columns, row, strict=False):
            if value := cell.strip():
                column.take(value)
    return [finding for column in columns for finding in column.findings()]


def scan_csv(lines: Iterable[str]) -> list[Finding]:
    """This will scan a CSV with a header row."""
    reader = csv.reader(lines)
    return scan_rows(next(reader, []), reader)
