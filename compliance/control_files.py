"""Reading a control list's file: CSV with Chinese or English headings, or JSON; every fault by its line, nothing dropped silently."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kit.rejected import FieldFault, Rejected
from participants.names import name_key, tidy_name

__all__ = ["LARGEST", "Row", "read_rows"]

#: Most bytes and rows of one file.
LARGEST, MOST_ROWS = 16 * 1024 * 1024, 200_000
_MOST_FAULTS = 50
_HEADINGS = {
    "name": "name", "名称": "name", "主体名称": "name", "机构名称": "name",
    "uscc": "uscc", "统一社会信用代码": "uscc", "jurisdiction": "jurisdiction", "国家或地区": "jurisdiction",
    "basis": "basis", "依据": "basis", "列入原因": "basis", "until": "until", "有效期至": "until",
}


@dataclass(frozen=True)
class Row:
    """One entry as read: the name as published, its skeleton, and what else the list says."""

    name: str
    name_key: str
    uscc: str
    jurisdiction: str
    basis: str
    until: date | None


def read_rows(raw: bytes, name: str) -> list[Row]:
    """This will read the entries, or refuse the whole file with its faults by line (``compliance.control_list.unreadable``)."""
    if len(raw) > LARGEST:
        raise _refused([FieldFault("file", "large", ("文件超过 16 MB", "The file is larger than 16 MB"))])
    faults: list[FieldFault] = []
    rows: list[Row] = []
    for place, given in _records(raw, name):
        row = _row(place, given, faults)
        if row is not None:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            faults.append(FieldFault(place, "many", ("条目过多", "Too many entries")))
        if len(faults) >= _MOST_FAULTS:
            break
    if not rows and not faults:
        faults.append(FieldFault("file", "empty", ("文件没有条目", "The file has no entries")))
    if faults:
        raise _refused(faults)
    return rows


def _refused(faults: list[FieldFault]) -> Rejected:
    return Rejected("compliance.control_list.unreadable", errors=faults, count=len(faults))


def _records(raw: bytes, name: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    text = _text(raw)
    if name.lower().endswith(".json"):
        return _json_records(text)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        headings = [tidy_name(one) for one in reader.fieldnames or []]
        if unknown := [one for one in headings if one not in _HEADINGS]:
            raise _refused([FieldFault(one or "?", "heading", ("不认识的列", "unknown column")) for one in unknown])
        reader.fieldnames = headings
        return [(f"line {reader.line_num}", {_HEADINGS[key]: value for key, value in given.items() if key is not None and value is not None}
                 if None not in given else {"": "extra"}) for given in reader]
    except csv.Error as broken:
        raise _refused([FieldFault(f"line {reader.line_num}", "csv", ("读不出 CSV", f"unreadable CSV: {broken}"))]) from broken


def _text(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused([FieldFault("file", "encoding", ("须为 UTF-8 或 GB 18030", "UTF-8 or GB 18030 is read"))])


def _json_records(text: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise _refused([FieldFault("file", "json", ("读不出 JSON", "unreadable JSON"))]) from broken
    rows = document.get("entries") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise _refused([FieldFault("entries", "json", ("应为条目列表", "a list of entries is expected"))])
    return [(f"entries[{place}]", {_HEADINGS.get(str(key), str(key)): value for key, value in given.items()}
             if isinstance(given, dict) else {"": given}) for place, given in enumerate(rows)]


def _row(place: str, given: Mapping[str, Any], faults: list[FieldFault]) -> Row | None:
    if unknown := sorted(set(given) - set(_HEADINGS.values())):
        faults.append(FieldFault(place, "column", ("列数或列名不符", f"columns do not fit: {', '.join(unknown) or '?'}")))
        return None
    texts = {key: tidy_name(str(value)) for key, value in given.items() if value is not None}
    name, uscc = texts.get("name", ""), texts.get("uscc", "").replace(" ", "").upper()
    jurisdiction, until = texts.get("jurisdiction", "").upper(), texts.get("until", "")
    bad = [FieldFault(place, field, text) for field, broken, text in (
        ("name", not name or len(name) > 200, ("名称缺失或过长", "the name is missing or too long")),
        ("uscc", bool(uscc) and (len(uscc) != 18 or not uscc.isascii() or not uscc.isalnum()),
         ("信用代码不是 18 位", "a credit code has 18 characters")),
        ("jurisdiction", bool(jurisdiction) and not (len(jurisdiction) == 2 and jurisdiction.isascii() and jurisdiction.isalpha()),
         ("国家或地区须为两位字母代码", "a jurisdiction is a code of two letters")),
        ("until", bool(until) and _day(until) is None, ("日期须为 年-月-日", "a day is written year-month-day")),
        ("name", bool(name) and not name_key(name) and not uscc, ("名称没有可比对的字符", "the name holds nothing to match by")),
    ) if broken]
    faults.extend(bad)
    return None if bad else Row(name, name_key(name), uscc, jurisdiction, texts.get("basis", "")[:200], _day(until))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
