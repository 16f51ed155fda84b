"""Questions a clean room takes: typed filters, groups and measures over offered columns; never SQL, never a value of one row.

A question is JSON; whatever the language does not know is refused at its field. What cannot be answered soundly under noise is no
measure here: least, greatest and quantiles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from delivery.cleanroom.offering import DAY, NUMBER, Column, Faulty, Offer
from kit.rejected import FieldFault

__all__ = ["FORMAT", "MEASURES", "MOST_CELLS", "OPS", "Filter", "Measure", "Question", "as_said", "canonical", "digest", "read_question",
           "read_text", "schema_of"]

FORMAT = "room-query/1"
MEASURES = ("count", "persons", "sum", "mean")
#: What others offer and this room does not: an extreme or a quantile is one person's value.
_UNSOUND = ("min", "max", "median", "quantile", "mode", "stddev", "var", "list", "string_agg", "any_value", "first")
OPS: Mapping[str, tuple[str, ...]] = {
    "word": ("eq", "ne", "in", "null", "not_null"),
    "number": ("eq", "ne", "lt", "le", "gt", "ge", "between", "in", "null", "not_null"),
    "date": ("eq", "ne", "lt", "le", "gt", "ge", "between", "in", "null", "not_null"),
}
MOST_FILTERS, MOST_MEASURES, MOST_GROUPS, MOST_IN, MOST_CELLS, MOST_TEXT = 8, 4, 2, 50, 200, 8_000


@dataclass(frozen=True)
class Filter:
    """One condition; numbers are whole numbers in the column's own units."""

    column: str
    op: str
    values: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Measure:
    of: str
    column: str = ""


@dataclass(frozen=True)
class Question:
    """What is asked; ``cohort`` is the code of the buyer's own list of hashed ids, or ''."""

    measures: tuple[Measure, ...]
    group_by: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()
    cohort: str = ""


def _raise(field: str, code: str, zh: str, en: str) -> Faulty:
    return Faulty(FieldFault(field, code, (zh, en)))


def read_text(text: str, offer: Offer) -> Question:
    """This will read a question from JSON text."""
    if len(text) > MOST_TEXT:
        raise _raise("query", "too_long", f"至多 {MOST_TEXT} 个字", f"At most {MOST_TEXT} characters")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise _raise("query", "not_json", "不是合法的 JSON", "This is no JSON") from fault
    return read_question(said, offer)


def read_question(said: Any, offer: Offer) -> Question:
    """This will read a question; ``Faulty`` names the field that is not of the language."""
    if not isinstance(said, Mapping) or said.get("format") != FORMAT:
        raise _raise("format", "unknown", f"查询须是 {FORMAT}，不接受 SQL", f"A query is {FORMAT}; no SQL is taken")
    if unknown := sorted(str(one)[:40] for one in set(said) - {"format", "group_by", "where", "measures", "cohort"}):
        raise _raise(unknown[0], "unknown_field", "查询没有这个字段", "A query has no such field")
    groups, where, measures, cohort = (said.get(one, empty) for one, empty in (
        ("group_by", []), ("where", []), ("measures", []), ("cohort", "")))
    for name, value, least, most in (("group_by", groups, 0, MOST_GROUPS), ("where", where, 0, MOST_FILTERS),
                                     ("measures", measures, 1, MOST_MEASURES)):
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise _raise(name, "length", f"列表，{least} 至 {most} 项", f"A list of {least} to {most}")
    if not isinstance(cohort, str) or len(cohort) > 20:
        raise _raise("cohort", "shape", "填名单编号", "Give the code of a list")
    if cohort and not offer.person:
        raise _raise("cohort", "no_person", "该密室没有个人标识列，不能按名单比对", "This room has no person column to join by")
    return Question(tuple(_measure(one, f"measures.{n}", offer) for n, one in enumerate(measures)), _groups(groups, offer),
                    tuple(_filter(one, f"where.{n}", offer) for n, one in enumerate(where)), cohort)


def _offered(name: Any, field: str, offer: Offer) -> Column:
    column = offer.column(name) if isinstance(name, str) else None
    if column is None:
        names = "、".join(one.name for one in offer.columns[:20])
        raise _raise(field, "not_offered", f"未开放这一列；可用：{names}",
                     f"This column is not offered; open are: {', '.join(one.name for one in offer.columns[:20])}")
    return column


def _groups(said: list[Any], offer: Offer) -> tuple[str, ...]:
    cells, names = 1, []
    for number, name in enumerate(said):
        column = _offered(name, f"group_by.{number}", offer)
        if not column.values:
            raise _raise(f"group_by.{number}", "not_grouping", "只能按列出取值的文字列分组", "Only a word column with listed values groups")
        if column.name in names:
            raise _raise(f"group_by.{number}", "twice", "同一列只分组一次", "Group by a column once")
        names.append(column.name)
        cells *= len(column.values)
    if cells > MOST_CELLS:
        raise _raise("group_by", "cells", f"分组至多 {MOST_CELLS} 格，现为 {cells} 格", f"At most {MOST_CELLS} cells; these are {cells}")
    return tuple(names)


def _measure(said: Any, field: str, offer: Offer) -> Measure:
    if not isinstance(said, Mapping) or set(said) - {"of", "column"}:
        raise _raise(field, "shape", "写作 {\"of\": …, \"column\": …}", "Written {\"of\": …, \"column\": …}")
    of = said.get("of")
    if of in _UNSOUND:
        raise _raise(f"{field}.of", "unsound", "极值、分位数等于泄露某一个人的值，不提供",
                     "Extremes and quantiles give one person's value away; they are not offered")
    if of not in MEASURES:
        raise _raise(f"{field}.of", "unknown_measure", "只有计数、人数、求和、均值", "Count, persons, sum and mean only")
    if of in {"count", "persons"}:
        if said.get("column", "") != "":
            raise _raise(f"{field}.column", "not_needed", "计数和人数不写列", "A count names no column")
        return Measure(of)
    column = _offered(said.get("column"), f"{field}.column", offer)
    if column.kind != "number":
        raise _raise(f"{field}.column", "not_number", "求和与均值只用数值列", "A sum or mean is of a number")
    return Measure(of, column.name)


def _filter(said: Any, field: str, offer: Offer) -> Filter:
    if not isinstance(said, Mapping) or set(said) - {"column", "op", "value", "values"}:
        raise _raise(field, "shape", "写作 {\"column\": …, \"op\": …, \"value\": …}", "Written {\"column\": …, \"op\": …, \"value\": …}")
    column, op = _offered(said.get("column"), f"{field}.column", offer), said.get("op")
    if not isinstance(op, str) or op not in OPS[column.kind]:
        known = OPS[column.kind]
        raise _raise(f"{field}.op", "unknown_op", f"此列可用：{'、'.join(known)}", f"This column takes: {', '.join(known)}")
    many = op in {"in", "between"}
    wanted = {"null": (), "not_null": ()}.get(op, ("values",) if many else ("value",))
    if set(said) - {"column", "op"} != set(wanted):
        raise _raise(f"{field}.value", "value", "比较写 value，in 与 between 写 values，判空不写",
                     "A comparison has a value, in and between have values, null has neither")
    if not wanted:
        return Filter(column.name, op)
    given = said["values"] if many else [said["value"]]
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_IN or (op == "between" and len(given) != 2):
        raise _raise(f"{field}.values", "values", f"in 写 1 至 {MOST_IN} 个，between 写两个", f"1 to {MOST_IN} for in, two for between")
    return Filter(column.name, op, tuple(_value(one, column, f"{field}.value{'s' if many else ''}") for one in given))


def _value(said: Any, column: Column, field: str) -> str | int:
    if column.kind == "number":
        if type(said) is int:
            said = str(said)
        if not isinstance(said, str) or not NUMBER.fullmatch(said):
            raise _raise(field, "not_a_number", "写成数字，例如 \"12.5\"", "Write a number, for example \"12.5\"")
        try:
            scaled = Decimal(said).scaleb(column.scale)
        except InvalidOperation as fault:
            raise _raise(field, "not_a_number", "写成数字", "Write a number") from fault
        if scaled != scaled.to_integral_value():
            raise _raise(field, "decimals", f"此列至多 {column.scale} 位小数", f"This column has {column.scale} decimals at most")
        return int(scaled)
    if not isinstance(said, str) or not 0 < len(said) <= 200 or "\x00" in said:
        raise _raise(field, "not_a_word", "写成文字，至多 200 字", "Write a text of 200 characters at most")
    if column.kind == "date" and not DAY.fullmatch(said):
        raise _raise(field, "not_a_day", "写成 2026-01-31", "Write it 2026-01-31")
    return said


def canonical(question: Question) -> str:
    """This will write a question in one way: the same question has the same text, whatever order its filters came in."""
    where = sorted([one.column, one.op, sorted(one.values, key=str) if one.op == "in" else list(one.values)] for one in question.where)
    return json.dumps({"format": FORMAT, "group_by": list(question.group_by), "where": where,
                       "measures": [[one.of, one.column] for one in question.measures], "cohort": question.cohort},
                      ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """This will name a text by its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def as_said(question: Question, offer: Offer) -> dict[str, Any]:
    """This will write a question as a buyer writes it, so that it can be asked again."""
    def value(name: str, one: str | int) -> str:
        column = offer.column(name)
        return str(one) if column is None or column.kind != "number" else str(Decimal(one).scaleb(-column.scale))

    where = []
    for one in question.where:
        row: dict[str, Any] = {"column": one.column, "op": one.op}
        if one.op in {"in", "between"}:
            row["values"] = [value(one.column, each) for each in one.values]
        elif one.values:
            row["value"] = value(one.column, one.values[0])
        where.append(row)
    said: dict[str, Any] = {"format": FORMAT, "group_by": list(question.group_by), "where": where,
                            "measures": [{"of": one.of, **({"column": one.column} if one.column else {})} for one in question.measures]}
    return {**said, "cohort": question.cohort} if question.cohort else said


def schema_of(offer: Offer) -> dict[str, Any]:
    """This will describe the questions of a room as a JSON schema, every name from its offer."""
    cell = {"type": ["string", "integer"]}
    filters = [{"type": "object", "additionalProperties": False, "required": ["column", "op"], "properties": {
        "column": {"const": one.name}, "op": {"enum": list(OPS.get(one.kind, ()))}, "value": cell,
        "values": {"type": "array", "minItems": 1, "maxItems": MOST_IN, "items": cell}}} for one in offer.columns]
    numbers = [one.name for one in offer.columns if one.kind == "number"]
    measures: list[dict[str, Any]] = [{"type": "object", "additionalProperties": False, "required": ["of"],
                                       "properties": {"of": {"enum": ["count", "persons"]}}}]
    if numbers:
        measures.append({"type": "object", "additionalProperties": False, "required": ["of", "column"],
                         "properties": {"of": {"enum": ["sum", "mean"]}, "column": {"enum": numbers}}})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": False,
            "required": ["format", "measures"], "properties": {
                "format": {"const": FORMAT},
                "group_by": {"type": "array", "maxItems": MOST_GROUPS, "uniqueItems": True,
                             "items": {"enum": [one.name for one in offer.columns if one.values]}},
                "where": {"type": "array", "maxItems": MOST_FILTERS, "items": {"anyOf": filters}},
                "measures": {"type": "array", "minItems": 1, "maxItems": MOST_MEASURES, "items": {"anyOf": measures}},
                **({"cohort": {"type": "string", "maxLength": 20}} if offer.person else {})}}
