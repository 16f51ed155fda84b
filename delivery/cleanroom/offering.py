"""What a room offers: which columns of the file may be asked about, how each is read and bounded, whom the answers protect.

All of it is declared by the holder and public to the buyer, so that no answer depends on which values the data happens to hold: words
that may group are listed, numbers are fixed-point whole numbers with bounds to which every value is clamped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kit.rejected import FieldFault

__all__ = ["DAY", "KINDS", "MOST_COLUMNS", "MOST_VALUES", "NUMBER", "Column", "Faulty", "Offer", "kept_offer",
           "read_offer", "written"]

KINDS = ("word", "number", "date")
MOST_COLUMNS = 200
MOST_VALUES = 100
_MOST_SCALE = 6
#: Bounds of a clamp; a million persons with ten rows each stay below 2^63 in every sum.
_MOST_BOUND = 10 ** 11


class Faulty(Exception):
    """What was asked or offered is not of the language; each fault names its field."""

    def __init__(self, *faults: FieldFault) -> None:
        super().__init__(", ".join(f"{one.field}: {one.text[1]}" for one in faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Column:
    """One column that may be asked about. ``lower`` and ``upper`` are in units of ``10**-scale``; ``values`` may group."""

    name: str
    kind: str
    scale: int = 0
    lower: int = 0
    upper: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A room: the file's heading as it stands, the columns offered, the person column ('' when each row is its own), the limits."""

    heading: tuple[str, ...]
    columns: tuple[Column, ...]
    person: str = ""
    least: int = 20
    rows_each: int = 1
    groups_each: int = 1

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)


def written(offer: Offer) -> dict[str, Any]:
    """This will write an offer as JSON keeps it."""
    columns = [{**asdict(one), "values": list(one.values)} for one in offer.columns]
    return {**asdict(offer), "heading": list(offer.heading), "columns": columns}


def kept_offer(held: Mapping[str, Any]) -> Offer:
    """This will read an offer back as a room keeps it: judged when the room was opened, and frozen since."""
    columns = tuple(Column(**{**one, "values": tuple(one["values"])}) for one in held["columns"])
    return Offer(**{**held, "heading": tuple(held["heading"]), "columns": columns})


def _fault(field: str, code: str, zh: str, en: str) -> FieldFault:
    return FieldFault(field, code, (zh, en))


def _whole(said: Any, least: int, most: int) -> bool:
    return type(said) is int and least <= said <= most


def _column(said: Any, at: str, heading: Sequence[str]) -> Column:
    if not isinstance(said, Mapping) or set(said) - {"name", "kind", "scale", "lower", "upper", "values"}:
        raise Faulty(_fault(at, "shape", "列的写法不对", "A column is written otherwise"))
    name, kind = said.get("name"), said.get("kind")
    if not isinstance(name, str) or name not in heading:
        raise Faulty(_fault(f"{at}.name", "unknown_column", "文件没有这一列", "The file has no such column"))
    if kind not in KINDS:
        raise Faulty(_fault(f"{at}.kind", "unknown_kind", "类型只有文字、数值、日期", "A column is a word, a number or a date"))
    scale, lower, upper, values = said.get("scale", 0), said.get("lower", 0), said.get("upper", 0), said.get("values", [])
    if kind == "number":
        if not _whole(scale, 0, _MOST_SCALE):
            raise Faulty(_fault(f"{at}.scale", "scale", f"小数位为 0 至 {_MOST_SCALE}", f"From 0 to {_MOST_SCALE} decimals"))
        if not (_whole(lower, -_MOST_BOUND, _MOST_BOUND) and _whole(upper, -_MOST_BOUND, _MOST_BOUND) and lower < upper):
            raise Faulty(_fault(f"{at}.upper", "bounds", "数值列须写明下限和更大的上限", "A number needs a lower and a higher upper bound"))
        return Column(name, kind, scale, lower, upper)
    listed = isinstance(values, list | tuple) and all(isinstance(one, str) and 0 < len(one.strip(" ")) <= 200 for one in values)
    if not listed or len(values) > MOST_VALUES or len(set(values)) != len(values) or (kind == "date" and values):
        raise Faulty(_fault(f"{at}.values", "values", f"取值各不相同，至多 {MOST_VALUES} 个；日期不列取值",
                            f"Different values, at most {MOST_VALUES}; a date lists none"))
    return Column(name, kind, values=tuple(one.strip(" ") for one in values))


def read_offer(said: Any) -> Offer:
    """This will read an offer from JSON; ``Faulty`` names the field at fault."""
    if not isinstance(said, Mapping) or set(said) - {"heading", "columns", "person", "least", "rows_each", "groups_each"}:
        raise Faulty(_fault("offer", "shape", "密室设置的写法不对", "The room is written otherwise"))
    heading, columns, person = said.get("heading"), said.get("columns"), said.get("person", "")
    if not isinstance(heading, list | tuple) or not 1 <= len(heading) <= 1_000 or not all(isinstance(one, str) for one in heading):
        raise Faulty(_fault("heading", "shape", "文件没有可读的列名", "The file has no readable heading"))
    if not isinstance(columns, list | tuple) or not 1 <= len(columns) <= MOST_COLUMNS:
        raise Faulty(_fault("columns", "shape", f"至少开放一列，至多 {MOST_COLUMNS} 列",
                            f"Offer one column at least, {MOST_COLUMNS} at most"))
    read = tuple(_column(one, f"columns.{number}", heading) for number, one in enumerate(columns))
    if len({one.name for one in read}) != len(read) or any(list(heading).count(one.name) != 1 for one in read):
        raise Faulty(_fault("columns", "twice", "同一列名出现了两次", "A column's name stands twice"))
    if not isinstance(person, str) or (person and list(heading).count(person) != 1):
        raise Faulty(_fault("person", "unknown_column", "文件没有这一个人标识列", "The file has no such person column"))
    if person and any(one.name == person for one in read):
        raise Faulty(_fault("person", "offered", "个人标识列不能同时开放查询", "The person column cannot be offered too"))
    limits = {"least": (2, 100_000), "rows_each": (1, 100), "groups_each": (1, 10)}
    found: dict[str, int] = {}
    for name, (least, most) in limits.items():
        value = said.get(name, getattr(Offer, name))
        if not _whole(value, least, most):
            raise Faulty(_fault(name, "range", f"须为 {least} 至 {most} 的整数", f"A whole number from {least} to {most}"))
        found[name] = value
    if not person and (found["rows_each"], found["groups_each"]) != (1, 1):
        raise Faulty(_fault("rows_each", "no_person", "没有个人标识列时每行自成一体，只计一次",
                            "Without a person column each row counts once"))
    return Offer(tuple(heading), read, person, **found)


#: A number as it may stand in a file: anything else counts as missing.
NUMBER = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,18})?")
DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
