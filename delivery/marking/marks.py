"""Writing a marked copy: plain Python over the bytes of a CSV, in one pass and bounded memory.

In each row each declared cell moves up or down by its column's step; which way is one bit of a keyed hash of the row's number, so every
copy has bits of its own that nobody guesses. Whatever is not a declared cell stays as it was, byte for byte; so does a declared one that is
no plain number, would change its sign, or has no decimal as small as the tolerance. The text is read as Latin-1: commas, quotes and line
ends are the same bytes in UTF-8 and GB 18030, and nothing is decoded or written anew.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from hashlib import blake2b

from kit.coverage import covers

__all__ = ["MOST_COLUMNS", "Marker", "bits_of", "heading_of_bytes", "records", "step_of"]

#: Columns a plan may name: one bit each of a row's hash.
MOST_COLUMNS = 64
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,12})?", re.ASCII)
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Record:
    """One row as it stands: its cells, as they are read and as they are written, and its line end."""

    raw: str
    cells: list[str]
    written: list[str]
    end: str


def _split(raw: str) -> Record | None:
    """The cells of one record with their quotes; None where plain splitting and the CSV reader differ."""
    body = raw.rstrip("\r\n")
    end = raw[len(body):]
    if '"' not in body:
        cells = body.split(",")
        return Record(raw, cells, cells, end)
    written, start, inside = list[str](), 0, False
    for place, sign in enumerate(body):
        if sign == '"':
            inside = not inside
        elif sign == "," and not inside:
            written.append(body[start:place])
            start = place + 1
    written.append(body[start:])
    try:
        cells = next(csv.reader([body], strict=True))
    except (csv.Error, StopIteration):
        return None
    return Record(raw, cells, written, end) if len(cells) == len(written) else None


def records(lines: Iterable[str]) -> Iterator[Record | str]:
    """This will cut a CSV into records, quoted line ends kept inside; what cannot be cut comes as its text and counts as a row."""
    held = ""
    for line in lines:
        held += line
        if held.count('"') % 2 and len(held) < _LONGEST:
            continue
        yield _split(held) or held
        held = ""
    if held:
        yield _split(held) or held


def heading_of_bytes(record: Record) -> list[str]:
    """This will decode a heading that was read as Latin-1: UTF-8, or else GB 18030."""
    raw = "\x00".join(record.cells).encode("latin-1")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return [name.strip() for name in text.split("\x00")]


def step_of(cell: str, tolerance: Decimal) -> Decimal:
    """This will say how far a mark moves a cell: the most whole last places the tolerance holds; zero where it must not move.

    >>> step_of("12.50", Decimal("0.05")), step_of("12.5", Decimal("0.05")), step_of("0.02", Decimal("0.05")), step_of("n/a", Decimal(1))
    (Decimal('0.05'), Decimal('0'), Decimal('0'), Decimal('0'))
    """
    if not _NUMBER.fullmatch(cell):
        return Decimal(0)
    unit = Decimal(1).scaleb(-len(cell.partition(".")[2]))
    step = (tolerance / unit).to_integral_value(ROUND_FLOOR) * unit
    return step if 0 < step < abs(Decimal(cell)) else Decimal(0)


def bits_of(key: bytes, row: int) -> int:
    """This will return a row's bits in the copy of this key; column ``n`` of the plan reads bit ``n``."""
    return int.from_bytes(blake2b(row.to_bytes(8, "big"), key=key, digest_size=8).digest(), "big")


@covers("F13")
class Marker:
    """Writes one copy; ``marks`` counts the cells that moved."""

    def __init__(self, columns: Mapping[str, Decimal], key: bytes) -> None:
        assert 0 < len(columns) <= MOST_COLUMNS, "a plan names a column"
        self.columns, self.key, self.marks = dict(sorted(columns.items())), key, 0
        self.steps: dict[tuple[Decimal, int], int] = {}

    def written(self, lines: Iterable[str]) -> Iterator[str]:
        """This will write the copy, record by record."""
        rows = records(lines)
        first = next(rows, None)
        if first is None:
            return
        yield first if isinstance(first, str) else first.raw
        places = self._places(first)
        number = 0
        for one in rows:
            if isinstance(one, str):
                number += 1
                yield one
            elif one.cells in ([], [""]):
                yield one.raw  # a blank line is no row
            else:
                number += 1
                yield self._row(one, number, places)

    def _places(self, first: Record | str) -> list[tuple[int, int, Decimal]]:
        """Where each column of the plan stands: its bit, its place, its tolerance."""
        heading = [] if isinstance(first, str) else heading_of_bytes(first)
        return [(bit, heading.index(name), most) for bit, (name, most) in enumerate(self.columns.items()) if name in heading]

    def _moved(self, cell: str, most: Decimal, *, up: bool) -> str:
        """A cell with its mark, in whole last places; empty where it carries none. The quick twin of ``step_of``."""
        if not _NUMBER.fullmatch(cell):
            return ""
        whole, _, part = cell.partition(".")
        key = (most, len(part))
        step = self.steps.get(key)
        if step is None:
            step = self.steps[key] = int((most.scaleb(len(part))).to_integral_value(ROUND_FLOOR))
        value = int(whole + part)
        if not step or abs(value) <= step:
            return ""
        value += step if up else -step
        digits = f"{abs(value):0{len(part) + 1}d}"
        sign = "-" if value < 0 else ""
        return f"{sign}{digits[:-len(part)]}.{digits[-len(part):]}" if part else f"{sign}{digits}"

    def _row(self, one: Record, number: int, places: Sequence[tuple[int, int, Decimal]]) -> str:
        bits, cells, moved = bits_of(self.key, number), list(one.written), False
        for bit, place, most in places:
            if place < len(cells) and (text := self._moved(cells[place], most, up=bool(bits >> bit & 1))):
                cells[place] = text
                self.marks += 1
                moved = True
        return ",".join(cells) + one.end if moved else one.raw
