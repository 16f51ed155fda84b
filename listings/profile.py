"""A CSV seen from outside: per column type, missing, distinct, smallest, largest and a small histogram; hints of personal data.

Plain Python over a stream of text lines, in bounded memory: what is offered is shown by its shape and five masked rows, never by its
contents (数据二十条 四：可用不可见). Hints suspect, they never decide: the seller states the fact, the reviewer sees both.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from random import Random
from typing import Any

from compliance.personal.kinds import Weight
from compliance.personal.scan import ColumnScan, mask

__all__ = ["Column", "CsvFault", "CsvProfile", "day_of", "is_empty", "kind_of", "number_of", "profile_csv", "rows_of"]

MAX_COLUMNS = 1000
MAX_CELL = 131_072
MAX_LINE = MAX_CELL * 8
#: How many values of one column are kept to be counted and compared, and how many of all columns together: memory is the table's, not the
#: column's. A value longer than ``_SHORT`` is kept by its digest.
KEPT, KEPT_IN_ALL, _SHORT = 20_000, 1_000_000, 40
BINS = 12
SAMPLE_ROWS = 5
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "—"})

class CsvFault(ValueError):
    """The file is no usable table: line (from 1), short code, (zh, en) text."""

    def __init__(self, line: int, code: str, zh: str, en: str) -> None:
        super().__init__(f"line {line}: {code}: {en}")
        self.line, self.code, self.text = line, code, (zh, en)


@dataclass
class Column:
    """What is known of one column after a pass; numbers stand as texts so that nothing is a float."""

    name: str
    filled: int = 0
    missing: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: {"integer": 0, "number": 0, "date": 0, "text": 0})
    seen: set[str] = field(default_factory=set)
    capped: bool = False
    most: int = KEPT
    kept: list[str] = field(default_factory=list)
    spread: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    scan: ColumnScan = field(init=False)

    def __post_init__(self) -> None:
        self.scan = ColumnScan(self.name, most=self.most // 10)

    @property
    def kind(self) -> str:
        """The type all filled cells share; text as soon as one does not fit."""
        if not self.filled or self.kinds["text"]:
            return "text" if self.filled else "empty"
        if self.kinds["date"]:
            return "date" if self.kinds["date"] == self.filled else "text"
        return "number" if self.kinds["number"] else "integer"

    def take(self, cell: str, random: Random) -> None:
        """This will count one cell."""
        value = cell.strip()
        if is_empty(value):
            self.missing += 1
            return
        self.filled += 1
        kind = kind_of(value)
        self.kinds[kind] += 1
        short = value if len(value) <= _SHORT else blake2b(value.encode(), digest_size=12).hexdigest()
        if len(self.seen) < self.most:
            self.seen.add(short)
        elif short not in self.seen:
            self.capped = True
        if len(self.counts) < 200 or short in self.counts:
            self.counts[short] = self.counts.get(short, 0) + 1
        if kind != "text":
            self._keep(value, random)
        self.scan.take(value)

    def _keep(self, value: str, random: Random) -> None:
        """Numbers and dates are kept for their spread, of a long column a sample as likely to hold one as another."""
        self.spread += 1
        if len(self.kept) < self.most:
            self.kept.append(value)
        elif (place := random.randrange(self.spread)) < self.most:
            self.kept[place] = value

    def summary(self) -> dict[str, Any]:
        """This will write the column as the version stores it."""
        low, high, bins = _spread(self)
        return {"name": self.name, "type": self.kind, "missing": self.missing, "distinct": len(self.seen), "distinct_capped": self.capped,
                "min": low, "max": high, "bins": bins, "mainly": _mainly(self), **_quartiles(self)}


@dataclass(frozen=True)
class CsvProfile:
    """A table's shape; ``sample`` is masked, ``quality`` in permille (whole numbers)."""

    row_count: int
    columns: list[dict[str, Any]]
    sample: list[list[str]]
    quality: dict[str, int]
    hints: list[dict[str, Any]]
    scan: list[dict[str, Any]]


def kind_of(value: str) -> str:
    """This will tell what one filled cell is: integer, number, date or text."""
    if _WHOLE.fullmatch(value):
        return "integer"
    if _NUMBER.fullmatch(value):
        return "number"
    return "date" if day_of(value) is not None else "text"


def _spread(column: Column) -> tuple[str, str, list[int]]:
    """Smallest, largest and histogram: numbers and dates by equal steps, texts by their most frequent values."""
    if column.kind in {"integer", "number"}:
        values = sorted(number for one in column.kept if (number := number_of(one)) is not None)
        if not values:
            return "", "", []
        return _plain(values[0]), _plain(values[-1]), _bins(values)
    if column.kind == "date":
        days = sorted(column.kept)
        ordinals = sorted(Decimal(day.toordinal()) for one in days if (day := day_of(one)) is not None)
        return days[0], days[-1], _bins(ordinals)
    return "", "", sorted(column.counts.values(), reverse=True)[:BINS]


def _mainly(column: Column) -> str:
    """The type most cells have, where not all share one: numbers with and without decimals are one type."""
    if column.kind != "text":
        return column.kind
    numbers = column.kinds["integer"] + column.kinds["number"]
    most = {"text": column.kinds["text"], "date": column.kinds["date"], "number" if column.kinds["number"] else "integer": numbers}
    return max(most, key=lambda one: most[one])


def _quartiles(column: Column) -> dict[str, str]:
    """Lower quartile, median and upper quartile of a column of numbers (of a sample where it is long)."""
    if column.kinds["integer"] + column.kinds["number"] < max(column.filled // 2, 4):
        return {}
    values = sorted(number for one in column.kept if (number := number_of(one)) is not None)
    return {name: _plain(values[(len(values) - 1) * part // 4]) for part, name in ((1, "q1"), (2, "median"), (3, "q3"))}


def number_of(text: str) -> Decimal | None:
    """This will read a finite number; None for any other text."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"[:40]


def day_of(text: str) -> date | None:
    """This will read the day a text names, the first of the month where it names none; None for any other text."""
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1)) if found else None
    except ValueError:
        return None


def is_empty(value: str) -> bool:
    """This will tell whether a stripped cell holds nothing, by the usual words for it."""
    return value.casefold() in _EMPTY


def _bins(values: list[Decimal]) -> list[int]:
    low, high = values[0], values[-1]
    if low == high:
        return [len(values)]
    bins = [0] * BINS
    width = (high - low) / BINS
    for value in values:
        bins[min(int((value - low) / width), BINS - 1)] += 1
    return bins


def profile_csv(lines: Iterable[str]) -> CsvProfile:
    """This will read a whole CSV once. Raises ``CsvFault`` for no header, too many columns, ragged rows or a monstrous cell."""
    reader = rows_of(lines)
    headings = [one.strip() or f"column_{place}" for place, one in enumerate(next(reader, []), start=1)]
    if not headings:
        raise CsvFault(1, "empty", "文件没有表头", "The file has no header row")
    if len(headings) > MAX_COLUMNS:
        raise CsvFault(1, "too_many_columns", f"超过 {MAX_COLUMNS} 列", f"More than {MAX_COLUMNS} columns")
    random = Random(0)  # noqa: S311 (a repeatable sample, not a secret)
    columns = [Column(name, most=min(KEPT, KEPT_IN_ALL // len(headings))) for name in headings]
    first: list[list[str]] = []
    rows: int = 0
    duplicates, hashes = 0, set[int]()
    for rows, cells in enumerate(reader, start=1):
        if len(cells) != len(columns):
            raise CsvFault(rows + 1, "ragged", f"应有 {len(columns)} 列，实有 {len(cells)} 列",
                           f"{len(columns)} columns expected, {len(cells)} found")
        for column, cell in zip(columns, cells, strict=True):
            column.take(cell, random)
        if len(first) < SAMPLE_ROWS:
            first.append(cells)
        if len(hashes) < 1_000_000:
            digest = hash(tuple(cells))
            duplicates += digest in hashes
            hashes.add(digest)
    if not rows:
        raise CsvFault(2, "no_rows", "文件只有表头，没有数据行", "The file has a header and no rows")
    findings = {place: found for place, column in enumerate(columns) if (found := column.scan.findings())}
    suspicious = {place for place, found in findings.items() if any(one.weight is not Weight.ORGANISATION for one in found)}
    return CsvProfile(
        row_count=rows,
        columns=[column.summary() for column in columns],
        sample=[[mask(cell[:80]) if place in suspicious else cell[:80] for place, cell in enumerate(cells)] for cells in first],
        quality=_quality(columns, rows, duplicates),
        hints=[{"column": columns[place].name, "looks_like": [one.kind for one in findings[place]]} for place in sorted(suspicious)],
        scan=[one.as_json() for found in findings.values() for one in found],
    )


def _quality(columns: list[Column], rows: int, duplicates: int) -> dict[str, int]:
    """Permille figures that the file itself shows; accuracy is an assessor's word, not ours."""
    cells = rows * len(columns)
    typed = [column for column in columns if column.filled]
    uniform = sum(max(column.kinds.values()) for column in typed)
    return {
        "completeness": 1000 * (cells - sum(column.missing for column in columns)) // cells,
        "uniqueness": 1000 * (rows - duplicates) // rows,
        "consistency": 1000 * uniform // max(sum(column.filled for column in typed), 1),
    }


def rows_of(lines: Iterable[str]) -> Iterator[list[str]]:
    """This will read a CSV row by row, its heading first; blank lines are skipped. Raises ``CsvFault``."""
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(_bounded(lines), strict=True)
    try:
        for cells in reader:
            if cells:
                yield cells
    except csv.Error as error:
        raise CsvFault(reader.line_num, "not_csv", f"不是有效的 CSV：{error}", f"Not a valid CSV: {error}") from error


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            raise CsvFault(number, "line_too_long", "一行过长", "A line is too long")
        if "\x00" in line:
            raise CsvFault(number, "not_text", "含有空字符，不是文本文件", "Holds NUL characters, not a text file")
        yield line
