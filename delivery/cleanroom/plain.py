"""The same question in plain Python, row by row: what the compiler is checked against, and what a preview on made-up rows shows."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from delivery.cleanroom.compiler import Scalar, scalars_of
from delivery.cleanroom.language import Filter, Question
from delivery.cleanroom.offering import DAY, NUMBER, Column, Offer

__all__ = ["answered", "made_up_rows"]

_Cell = str | int | None


def _read(text: str, column: Column | None) -> _Cell:
    cell = text.strip(" ")
    if not cell or column is None:
        return cell or None
    if column.kind == "number":
        if not NUMBER.fullmatch(cell):
            return None
        return int(Decimal(cell).scaleb(column.scale).quantize(Decimal(1), ROUND_HALF_UP))
    return cell if column.kind == "word" or DAY.fullmatch(cell) else None


def _passes(one: Filter, held: Any) -> bool:
    if one.op in {"null", "not_null"}:
        return (held is None) == (one.op == "null")
    if held is None:
        return False
    first: Any = one.values[0]
    if one.op == "in":
        return held in one.values
    if one.op == "between":
        last: Any = one.values[1]
        return bool(first <= held <= last)
    return bool({"eq": held == first, "ne": held != first, "lt": held < first, "le": held <= first, "gt": held > first,
                 "ge": held >= first}[one.op])


def answered(question: Question, offer: Offer, rows: Iterable[Sequence[str]],
             cohort: Sequence[str] = ()) -> dict[tuple[str, ...], list[int]]:
    """This will measure every group exactly, by each person's clamped contribution; a group without anybody is left out."""
    scalars, held = scalars_of(question, offer), defaultdict(list)  # type: tuple[Scalar, ...], defaultdict[tuple[Any, Any], list[Any]]
    for number, row in enumerate(rows):
        cells = {one.name: _read(row[offer.heading.index(one.name)], one) for one in offer.columns}
        person: Any = _read(row[offer.heading.index(offer.person)], None) if offer.person else number
        group = tuple(cells[name] for name in question.group_by)
        if person is None or not all(_passes(one, cells[one.column]) for one in question.where):
            continue
        if question.cohort and hashlib.sha256(str(person).encode()).hexdigest() not in cohort:
            continue
        if any(cell not in getattr(offer.column(name), "values", ()) for name, cell in zip(question.group_by, group, strict=True)):
            continue
        held[person, group].append(cells)
    return _summed(held, scalars, offer)


def _summed(held: dict[tuple[Any, Any], list[Any]], scalars: tuple[Scalar, ...], offer: Offer) -> dict[tuple[str, ...], list[int]]:
    groups_of: dict[Any, list[Any]] = defaultdict(list)
    for person, group in held:
        groups_of[person].append(group)
    found: dict[tuple[str, ...], list[int]] = {}
    for person, groups in groups_of.items():
        lot = sorted(groups, key=lambda group: hashlib.md5(
            chr(31).join([str(person), *group]).encode(), usedforsecurity=False).hexdigest())
        for group in lot[:offer.groups_each]:
            sums = found.setdefault(group, [0] * len(scalars))
            for at, scalar in enumerate(scalars):
                sums[at] += _one(scalar, held[person, group], offer)
    return found


def _one(scalar: Scalar, rows: list[dict[str, Any]], offer: Offer) -> int:
    if scalar.of == "persons":
        return 1
    if scalar.of == "rows":
        return min(len(rows), offer.rows_each)
    filled = [row[scalar.column] for row in rows if row[scalar.column] is not None]
    if scalar.of == "filled":
        return min(len(filled), offer.rows_each)
    column = offer.column(scalar.column)
    assert column is not None
    total: int = sum(min(max(one, column.lower), column.upper) for one in filled)
    return min(max(total, min(column.lower, 0) * offer.rows_each), max(column.upper, 0) * offer.rows_each)


def made_up_rows(offer: Offer, *, seed: str, number: int = 400) -> list[list[str]]:
    """This will make rows up from what the room declares alone; not one value comes from the data."""
    draw = random.Random(seed)  # noqa: S311 (made-up rows, nothing secret)
    rows = []
    for turn in range(number):
        row = [""] * len(offer.heading)
        for column in offer.columns:
            at = offer.heading.index(column.name)
            if column.kind == "number":
                row[at] = str(Decimal(draw.randint(column.lower, column.upper)).scaleb(-column.scale))
            elif column.kind == "date":
                row[at] = (date(2025, 1, 1) + timedelta(days=draw.randrange(365))).isoformat()
            else:
                row[at] = draw.choice(column.values) if column.values else f"样例{draw.randrange(9)}"
        if offer.person:
            row[offer.heading.index(offer.person)] = f"P{turn % max(1, number // 2)}"
        rows.append(row)
    return rows
