"""A predicate as an outline of lines, one below the other, and back: how a person edits it without writing code.

A line is a group (all, any, not) or one question of a fact; what stands one step deeper belongs to the group above. Facts,
operators and values come from the closed vocabulary; whatever else is typed is named with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.rules.base import OPERATORS
from compliance.rules.negative_list import fits, read_asked
from compliance.rules.vocabulary import FactFault, FactKind, vocabulary
from kit.rejected import FieldFault

__all__ = ["DEEPEST", "GROUPS", "Line", "from_lines", "lines_of", "to_lines"]

GROUPS = ("all", "any", "not")
#: No shipped rule is deeper than three groups.
DEEPEST = 4
_YES, _NO = {"true", "yes", "是", "1"}, {"false", "no", "否", "0"}
_BETWEEN = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True)
class Line:
    """One line as typed: how deep it stands, a group's word or ``fact``, and then what is asked of which fact."""

    depth: int
    kind: str
    fact: str = ""
    op: str = ""
    value: str = ""


def to_lines(when: Mapping[str, Any]) -> list[Line]:
    """This will write a predicate, as the list holds it, line by line."""
    return list(_written(when, 0))


def _written(part: Mapping[str, Any], depth: int) -> Iterator[Line]:
    if "fact" in part:
        yield Line(depth, "fact", str(part["fact"]), str(part["op"]), _shown(part["value"]))
        return
    kind = next(iter(part), "")
    if not kind:
        return
    yield Line(depth, kind)
    for inner in [part[kind]] if kind == "not" else part[kind]:
        yield from _written(inner, depth + 1)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def lines_of(when: Any) -> list[Line]:
    """This will write any predicate line by line; one that is no predicate at all has no lines."""
    try:
        return to_lines(when)
    except (AttributeError, KeyError, TypeError):
        return []


def from_lines(lines: Sequence[Line]) -> tuple[dict[str, Any], list[FieldFault]]:
    """This will read lines back into a predicate; faults are named ``when.<line>.<part>``, the first line is 0."""
    faults = [fault for number, line in enumerate(lines) for fault in _line_faults(number, line, lines)]
    if not lines:
        faults = [FieldFault("when", "missing", ("至少写一个条件", "Write one condition at least"))]
    if faults:
        return {}, faults
    parts, _ = _read(lines, 0, 0)
    return (parts[0] if len(parts) == 1 else {"all": parts}), []


def _read(lines: Sequence[Line], start: int, depth: int) -> tuple[list[dict[str, Any]], int]:
    """The parts that stand at ``depth`` from ``start`` on, and where they end."""
    parts: list[dict[str, Any]] = []
    place = start
    while place < len(lines) and lines[place].depth == depth:
        line = lines[place]
        if line.kind == "fact":
            parts.append({"fact": line.fact, "op": line.op, "value": _typed(vocabulary().facts[line.fact], line)})
            place += 1
            continue
        inner, place = _read(lines, place + 1, depth + 1)
        parts.append({line.kind: inner[0] if line.kind == "not" else inner})
    return parts, place


def _line_faults(number: int, line: Line, lines: Sequence[Line]) -> Iterator[FieldFault]:
    at = f"when.{number}"
    before = lines[number - 1] if number else None
    deepest = 0 if before is None else before.depth + (before.kind != "fact")
    if not 0 <= line.depth <= min(deepest, DEEPEST):
        yield FieldFault(f"{at}.depth", "depth", (f"这一行最深为第 {min(deepest, DEEPEST) + 1} 层",
                                                  f"This line stands at level {min(deepest, DEEPEST) + 1} at most"))
    if line.kind in GROUPS:
        yield from _group_faults(at, line, lines[number + 1:])
    elif line.kind == "fact":
        yield from _fact_faults(at, line)
    else:
        yield FieldFault(f"{at}.kind", "unknown", ("应为：全部满足、任一满足、并非、事实", "One of: all, any, not, fact"))


def _group_faults(at: str, line: Line, following: Sequence[Line]) -> Iterator[FieldFault]:
    members = 0
    for one in following:
        if one.depth <= line.depth:
            break
        members += one.depth == line.depth + 1
    if not members:
        yield FieldFault(f"{at}.kind", "empty", ("这一组下面还没有条件", "Nothing stands below this group"))
    elif line.kind == "not" and members > 1:
        yield FieldFault(f"{at}.kind", "one_only", ("“并非”之下只写一个条件或一组", "One condition or one group stands below “not”"))


def _fact_faults(at: str, line: Line) -> Iterator[FieldFault]:
    kind = vocabulary().facts.get(line.fact)
    if kind is None:
        yield FieldFault(f"{at}.fact", "unknown", ("请从事实表中选择", "Choose a fact of the table"))
        return
    if line.op not in OPERATORS or not fits(kind, line.op):
        offered = " ".join(op for op in OPERATORS if fits(kind, op))
        yield FieldFault(f"{at}.op", "unfit", (f"“{kind.text[0]}”可用：{offered}", f"“{kind.text[1]}” takes: {offered}"))
        return
    try:
        read_asked(kind, line.op, _typed(kind, line))
    except FactFault as fault:
        yield FieldFault(f"{at}.value", fault.code, fault.text)


def _typed(kind: FactKind, line: Line) -> Any:
    """The value as the list holds it: what cannot be read stays as typed, for the vocabulary to refuse."""
    text = line.value.strip()
    if line.op in {"in", "not_in"}:
        return [one for one in _BETWEEN.split(text) if one]
    if kind.type == "bool":
        return True if text.casefold() in _YES else False if text.casefold() in _NO else text
    if kind.type == "whole":
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text
    return text
