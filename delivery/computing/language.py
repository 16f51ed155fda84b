"""The language of algorithms that may run at a holder: counts, sums and means of groups of rows, nothing else. Standard library alone.

An algorithm is text; its hash names it. No group of fewer than the threshold of rows is answered, no value of a single row can be asked
for, and an answer holds nothing but group, number of rows and measures; the house checks an answer against the same rules when it comes in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["LEAST", "Answer", "Measure", "Query", "chained", "fault_of_answer", "parse", "run", "sha256_of_text"]

#: Rows that a group needs to be answered.
LEAST = 10
_MOST = {"group_by": 3, "measures": 8, "where": 8, "groups": 500, "text": 8_000}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda cell, value: cell == value, "ne": lambda cell, value: cell != value,
    "ge": lambda cell, value: _number(cell) >= _number(value), "le": lambda cell, value: _number(cell) <= _number(value)}
_ORDERED = ("ge", "le")


@dataclass(frozen=True)
class Measure:
    """``count`` of rows, or ``sum`` or ``mean`` of a column."""

    of: str
    column: str = ""

    @property
    def name(self) -> str:
        return self.of if self.of == "count" else f"{self.of} {self.column}"


@dataclass(frozen=True)
class Query:
    """What an algorithm asks: rows that pass every test, put into groups, measured."""

    group_by: tuple[str, ...]
    measures: tuple[Measure, ...]
    where: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Answer:
    """The groups that were large enough, and the trace of how they came about."""

    rows: list[dict[str, Any]]
    suppressed: int
    trace: list[dict[str, Any]]


def sha256_of_text(text: str) -> str:
    """This will return the hash that pins an algorithm."""
    return hashlib.sha256(text.encode()).hexdigest()


def _fault(zh: str, en: str) -> ValueError:
    return ValueError(zh, en)


def parse(text: str) -> Query:
    """This will read an algorithm; a ``ValueError`` with both languages names what is not part of the language."""
    try:
        said = json.loads(text) if len(text) <= _MOST["text"] else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("format") != "aggregate/1":
        raise _fault("应为 aggregate/1 格式的 JSON", "It should be JSON of the format aggregate/1")
    if unknown := sorted(set(said) - {"format", "group_by", "measures", "where"}):
        raise _fault(f"不支持：{'、'.join(unknown)[:60]}", f"Not part of the language: {', '.join(unknown)[:60]}")
    groups, measures, where = said.get("group_by", []), said.get("measures", []), said.get("where", [])
    for name, one in (("group_by", groups), ("measures", measures), ("where", where)):
        if not isinstance(one, list) or len(one) > _MOST[name]:
            raise _fault(f"{name} 应为至多 {_MOST[name]} 项的列表", f"{name} is a list of {_MOST[name]} at most")
    if not measures or not all(isinstance(one, str) and one for one in groups):
        raise _fault("至少写一个度量；分组为列名", "Name one measure at least; groups are names of columns")
    return Query(tuple(groups), tuple(map(_measure, measures)), tuple(map(_test, where)))


def _measure(one: Any) -> Measure:
    if one == {"of": "count"}:
        return Measure("count")
    if isinstance(one, dict) and set(one) == {"of", "column"} and one["of"] in ("sum", "mean") and isinstance(one["column"], str):
        return Measure(one["of"], one["column"])
    raise _fault("度量只有 count、sum、mean", "A measure is count, sum or mean")


def _test(one: Any) -> tuple[str, str, str]:
    if isinstance(one, dict) and set(one) == {"column", "op", "value"} and one["op"] in _TESTS and all(
            isinstance(each, str) for each in one.values()):
        if one["op"] in _ORDERED and not _number(one["value"]).is_finite():
            raise _fault("ge、le 比较数字", "ge and le compare numbers")
        return one["column"], one["op"], one["value"]
    raise _fault("条件为 column、op（eq、ne、ge、le）、value", "A condition is column, op (eq, ne, ge, le), value")


def _number(cell: str) -> Decimal:
    """A cell as a number; what is none is not a number, which passes no comparison."""
    try:
        return Decimal(cell.strip().replace(",", ""))
    except InvalidOperation:
        return Decimal("NaN")


def _passes(cell: str, op: str, value: str) -> bool:
    if op in _ORDERED and _number(cell).is_nan():
        return False
    return _TESTS[op](cell, value)


def run(text: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, file_sha256: str, least: int = LEAST) -> Answer:
    """This will carry an algorithm out over rows; a column that is not there is a ``ValueError``."""
    query, place = parse(text), {name: number for number, name in enumerate(headings)}
    needed = {*query.group_by, *(one.column for one in query.measures if one.column), *(column for column, _, _ in query.where)}
    if missing := sorted(needed - set(place)):
        raise _fault(f"没有这些列：{'、'.join(missing)[:60]}", f"There are no such columns: {', '.join(missing)[:60]}")
    groups: dict[tuple[str, ...], list[Sequence[str]]] = {}
    read = kept = 0
    for row in rows:
        read += 1
        if all(_passes(row[place[column]], op, value) for column, op, value in query.where):
            kept += 1
            groups.setdefault(tuple(row[place[name]] for name in query.group_by), []).append(row)
    large = {key: held for key, held in sorted(groups.items()) if len(held) >= least}
    if len(large) > _MOST["groups"]:
        raise _fault(f"分组超过 {_MOST['groups']} 个", f"More than {_MOST['groups']} groups")
    answer = [{"group": list(key), "n": len(held), "measures": [_measured(one, held, place) for one in query.measures]}
              for key, held in large.items()]
    trace = chained([
        {"step": "opened", "file_sha256": file_sha256}, {"step": "algorithm", "sha256": sha256_of_text(text)},
        {"step": "read", "rows": read}, {"step": "kept", "rows": kept},
        {"step": "grouped", "groups": len(groups), "suppressed": len(groups) - len(large), "least": least},
        {"step": "answered", "sha256": _sha256(answer)}])
    return Answer(answer, len(groups) - len(large), trace)


def _measured(one: Measure, held: Sequence[Sequence[str]], place: Mapping[str, int]) -> str:
    if one.of == "count":
        return str(len(held))
    numbers = [found for row in held if (found := _number(row[place[one.column]])).is_finite()]
    if len(numbers) < LEAST:
        return ""
    total = sum(numbers, Decimal(0))
    return str(total if one.of == "sum" else round(total / len(numbers), 6))


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def chained(steps: Iterable[Mapping[str, Any]], before: str = "0" * 64) -> list[dict[str, Any]]:
    """This will chain the lines of a trace: each names the hash of everything before it."""
    made: list[dict[str, Any]] = []
    for step in steps:
        line = {**step, "before": before}
        before = _sha256(line)
        made.append({**line, "hash": before})
    return made


def fault_of_answer(text: str, rows: Any, trace: Any, *, file_sha256: str, least: int = LEAST) -> str:
    """This will say what an answer holds that the algorithm cannot have given; '' when it may stand."""
    query = parse(text)
    if not isinstance(rows, list) or len(rows) > _MOST["groups"]:
        return "rows"
    for one in rows:
        if not isinstance(one, dict) or set(one) != {"group", "n", "measures"}:
            return "shape"
        if not isinstance(one["n"], int) or isinstance(one["n"], bool) or one["n"] < least:
            return "threshold"
        if not _texts(one["group"], len(query.group_by)) or not _texts(one["measures"], len(query.measures)):
            return "shape"
        if not all(each == "" or _number(each).is_finite() for each in one["measures"]):
            return "measure"
    return _fault_of_trace(text, rows, trace, file_sha256)


def _texts(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(isinstance(one, str) and len(one) <= 200 for one in value)


def _fault_of_trace(text: str, rows: Any, trace: Any, file_sha256: str) -> str:
    if not isinstance(trace, list) or len(trace) != 6 or not all(isinstance(one, dict) for one in trace):
        return "trace"
    bare = [{name: value for name, value in one.items() if name not in ("before", "hash")} for one in trace]
    if chained(bare) != trace:
        return "trace"
    if [one.get("step") for one in bare] != ["opened", "algorithm", "read", "kept", "grouped", "answered"]:
        return "trace"
    pinned = (bare[0].get("file_sha256"), bare[1].get("sha256"), bare[5].get("sha256"))
    return "" if pinned == (file_sha256, sha256_of_text(text), _sha256(rows)) else "pins"
