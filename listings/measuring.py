"""The six dimensions of quality, measured from a CSV in one pass and bounded memory: so many cells or rows passed, of so many checked.

Plain Python over lines, after ``listings.profile`` has told each column's type and quartiles. What the file itself cannot tell (truth
against the world) is not claimed: accuracy here is freedom from damage and far outliers; an assessor measures against a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from compliance.personal.scan import scan_text
from kit.coverage import covers
from listings.profile import day_of, is_empty, kind_of, number_of, rows_of

__all__ = ["DIMENSIONS", "METHOD", "Dimension", "Measured", "age_dimension", "cycle_days", "dimensions_of", "measure_csv"]

Pair = tuple[str, str]
#: The engine's edition: a change of what follows raises it, so that two figures of one edition can be compared.
METHOD = "measuring/1"
#: Rows whose repetition is looked for; the figure says how many were.
_ROWS_COMPARED = 1_000_000
_DAMAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]|锟斤拷|烫烫烫|Ã[\x80-\xbf]|â€")
_FENCE = 3

#: key -> (name, what it means, how it is measured here)
DIMENSIONS: dict[str, tuple[Pair, Pair, Pair]] = {
    "completeness": (
        ("完整性", "Completeness"),
        ("该有的值都在", "Values that should be there are there"),
        ("非空单元格占全部单元格", "Filled cells of all cells"),
    ),
    "accuracy": (
        ("准确性", "Accuracy"),
        ("值与它所描述的事实相符", "Values agree with what they describe"),
        (
            "没有乱码、控制字符，数值不远离同列（四分位距 3 倍以外算远）；与真实世界是否相符由评估机构对照",
            "No garbled or control characters, no number far outside its column (beyond 3 interquartile ranges); agreement with the "
            "world is an assessor's to check",
        ),
    ),
    "consistency": (
        ("一致性", "Consistency"),
        ("同一列用同一种写法", "A column is written in one way"),
        ("符合该列主要类型的单元格占已填单元格", "Cells of the column's main type, of filled cells"),
    ),
    "timeliness": (
        ("时效性", "Timeliness"),
        ("数据与承诺的更新周期相称", "Data is as fresh as promised"),
        (
            "文件中最近日期距报告日的天数对比承诺的更新周期；未超出一个周期为满分，超出按比例递减",
            "Days from the newest date in the file to the report against the promised cycle; full within one cycle, in proportion beyond",
        ),
    ),
    "uniqueness": (
        ("唯一性", "Uniqueness"),
        ("同一件事只记一次", "One thing is recorded once"),
        ("没有重复的行占比（至多比对一百万行）", "Rows that are no repetition (at most a million compared)"),
    ),
    "validity": (
        ("有效性", "Validity"),
        ("值在允许的格式和范围内", "Values keep to format and range"),
        ("日期真实存在、经纬度在范围内、有校验位的号码校验通过", "Dates exist, coordinates are in range, numbers with check digits pass"),
    ),
}
#: Words of the update promise -> days of one cycle.
_CYCLES: tuple[tuple[str, int], ...] = (
    ("实时", 1),
    ("live", 1),
    ("real", 1),
    ("每日", 1),
    ("日", 1),
    ("daily", 1),
    ("每周", 7),
    ("week", 7),
    ("每月", 31),
    ("month", 31),
    ("季", 92),
    ("quarter", 92),
    ("半年", 183),
    ("每年", 366),
    ("年", 366),
    ("year", 366),
    ("annual", 366),
)
#: What a column's cells must hold where the scan found it to be such a column.
_CHECKED = frozenset({"resident_id", "uscc", "bank_card", "email", "mobile"})
_RANGES: tuple[tuple[re.Pattern[str], Decimal], ...] = (
    (re.compile(r"纬度|^lat(itude)?$", re.IGNORECASE), Decimal(90)),
    (re.compile(r"经度|^(lon|lng|longitude)$", re.IGNORECASE), Decimal(180)),
)


@dataclass(frozen=True)
class Dimension:
    """One dimension's figure: ``passed`` of ``checked``; nothing checked is no figure, and ``note`` says why."""

    key: str
    passed: int
    checked: int
    note: Pair = ("", "")

    @property
    def permille(self) -> int | None:
        return 1000 * self.passed // self.checked if self.checked else None

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "passed": self.passed, "checked": self.checked, "permille": self.permille, "note": list(self.note)}


@dataclass
class _Column:
    """The rule of one column and what met it."""

    name: str
    kind: str
    low: Decimal | None = None
    high: Decimal | None = None
    holds: str = ""
    bound: Decimal | None = None
    filled: int = 0
    clean: int = 0
    fits: int = 0
    valid: int = 0
    judged: int = 0
    newest: date | None = None

    def take(self, value: str) -> None:
        self.filled += 1
        found = kind_of(value)
        number = number_of(value) if found in {"integer", "number"} else None
        self.fits += found == self.kind or (self.kind == "number" and found == "integer")
        self.clean += not self._damaged(value, number)
        if self.kind == "date" and (day := day_of(value)) is not None and (self.newest is None or day > self.newest):
            self.newest = day
        verdict = self._judge(value, found, number)
        if verdict is not None:
            self.judged += 1
            self.valid += verdict

    def _damaged(self, value: str, number: Decimal | None) -> bool:
        far = number is not None and self.low is not None and self.high is not None and not self.low <= number <= self.high
        return far or _DAMAGE.search(value) is not None

    def _judge(self, value: str, found: str, number: Decimal | None) -> bool | None:
        """Whether the cell keeps to format and range; None where this column has no rule."""
        if self.bound is not None:
            return number is not None and abs(number) <= self.bound
        if self.holds:
            return any(name == self.holds for name, _, _ in scan_text(value))
        return found == "date" if self.kind == "date" else None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "filled": self.filled,
            "clean": self.clean,
            "fits": self.fits,
            "valid": self.valid,
            "judged": self.judged,
        }


@dataclass(frozen=True)
class Measured:
    """What one pass found: per column, and for the rows as a whole."""

    rows: int
    columns: tuple[_Column, ...]
    repeated: int
    compared: int
    newest: date | None = None
    per_column: list[dict[str, Any]] = field(default_factory=list)


def _column(shape: Mapping[str, Any], holds: Mapping[str, str]) -> _Column:
    made = _Column(shape["name"], shape.get("mainly") or shape["type"], holds=holds.get(shape["name"], ""))
    made.bound = next((bound for pattern, bound in _RANGES if pattern.search(shape["name"])), None)
    if shape.get("q1") and shape.get("q3"):
        low, high = Decimal(shape["q1"]), Decimal(shape["q3"])
        if high > low:
            made.low, made.high = low - _FENCE * (high - low), high + _FENCE * (high - low)
    return made


def _kinds_held(scan: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The checked kind of a column, where most of its cells are of it: then the others are wrong."""
    return {one["column"]: one["kind"] for one in scan if one["kind"] in _CHECKED and 2 * one["count"] > one["filled"]}


@covers("R25", "W7", "D3")
def measure_csv(lines: Iterable[str], shape: Sequence[Mapping[str, Any]], scan: Iterable[Mapping[str, Any]]) -> Measured:
    """This will measure a table whose shape and scan are known, in one pass; memory does not grow with the file beyond its row digests."""
    reader = rows_of(lines)
    next(reader, None)
    holds = _kinds_held(scan)
    columns = [_column(one, holds) for one in shape]
    seen, repeated, rows = set[bytes](), 0, 0
    for rows, cells in enumerate(reader, start=1):
        for column, cell in zip(columns, cells, strict=True):
            if not is_empty(value := cell.strip()):
                column.take(value)
        if rows <= _ROWS_COMPARED:
            digest = blake2b("\x1f".join(cells).encode(), digest_size=8).digest()
            repeated += digest in seen
            seen.add(digest)
    newest = max((one.newest for one in columns if one.newest), default=None)
    return Measured(rows, tuple(columns), repeated, min(rows, _ROWS_COMPARED), newest, [one.as_json() for one in columns])


def cycle_days(promise: str) -> int | None:
    """This will read the days of one cycle from the words of an update promise; None for a one-off or words unknown."""
    said = promise.strip().casefold()
    if not said or "一次" in said or "once" in said:
        return None
    return next((days for word, days in _CYCLES if word in said), None)


def age_dimension(newest: date | None, promise: str, today: date) -> Dimension:
    """This will compare the newest date with the promised cycle: full within one cycle, in proportion beyond."""
    cycle = cycle_days(promise)
    if newest is None:
        return Dimension("timeliness", 0, 0, ("文件中没有日期列", "The file has no column of dates"))
    day = newest.isoformat()
    if cycle is None:
        return Dimension("timeliness", 0, 0, (f"最近日期 {day}；没有承诺更新周期", f"Newest date {day}; no update cycle is promised"))
    age = max((today - newest).days, 0)
    said = (
        f"最近日期 {day}，距报告日 {age} 天，承诺 {cycle} 天内更新",
        f"Newest date {day}, {age} days old; renewed within {cycle} as promised",
    )
    return Dimension("timeliness", cycle if age <= cycle else 1000 * cycle // age, cycle if age <= cycle else 1000, said)


def dimensions_of(found: Measured, *, promise: str, today: date) -> list[Dimension]:
    """This will return the six dimensions in their fixed order."""
    cells, filled = found.rows * len(found.columns), sum(one.filled for one in found.columns)
    judged = [one for one in found.columns if one.judged]
    worst = min(found.columns, key=lambda one: one.filled, default=None)
    gaps = found.rows - worst.filled if worst else 0
    measured = {
        "completeness": Dimension(
            "completeness",
            filled,
            cells,
            (f"缺失最多的列 {worst.name}：{gaps:,}", f"Most missing: {worst.name}, {gaps:,}")
            if worst and gaps
            else ("没有缺失", "Nothing missing"),
        ),
        "accuracy": Dimension(
            "accuracy", sum(one.clean for one in found.columns), filled, ("没有对照真实世界", "Not checked against the world")
        ),
        "consistency": Dimension("consistency", sum(one.fits for one in found.columns), filled),
        "timeliness": age_dimension(found.newest, promise, today),
        "uniqueness": Dimension(
            "uniqueness",
            found.compared - found.repeated,
            found.compared,
            (f"重复 {found.repeated:,} 行，比对 {found.compared:,} 行", f"{found.repeated:,} of {found.compared:,} rows repeat another"),
        ),
        "validity": Dimension(
            "validity",
            sum(one.valid for one in judged),
            sum(one.judged for one in judged),
            ("核对的列：" + "、".join(one.name for one in judged[:6]), "Columns checked: " + ", ".join(one.name for one in judged[:6]))
            if judged
            else ("没有可核对格式的列", "No column whose format could be checked"),
        ),
    }
    return [measured[key] for key in DIMENSIONS]
