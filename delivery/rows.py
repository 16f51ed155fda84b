"""Rows of a registered table, page by page 逐页取行: which columns, which filters, from which place; read in bounded time and memory.

A place is where in the file a page ended, signed; a page reads at most so many rows of the file, so a filter that fits few rows is
answered in several pages, some of them short. The file never changes under a delivery, so the same place gives the same rows.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.core import signing
from django.core.cache import cache

from delivery.models import Delivery
from evidence.files import open_deposit
from evidence.models import Deposit
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import FieldFault
from listings.tables import encoding_of
from trading.queries import licensed

__all__ = ["MOST_ROWS", "MOST_SCANNED", "Ask", "Page", "columns_of", "page_of", "read_ask"]

#: Rows on a page, rows of the file read for one, filters, bytes of one row.
MOST_ROWS, MOST_SCANNED, MOST_FILTERS, MOST_BYTES = 500, 20_000, 10, 1 << 20
_OPS = ("eq", "ne", "lt", "le", "gt", "ge", "in")
_SALT = "delivery.rows.place"


@dataclass(frozen=True)
class Ask:
    """What one call asks: columns in order, filters that must all fit, rows at most, and the place to go on from."""

    columns: tuple[str, ...]
    where: tuple[tuple[str, str, str], ...]
    limit: int
    place: int

    @property
    def sha256(self) -> str:
        said = json.dumps([self.columns, self.where, self.limit, self.place], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Page:
    """The rows of a page, cell by cell in the order of its columns; the place after it, None at the end of the file."""

    rows: list[list[str]]
    following: str | None
    scanned: int


@covers("R42", "F5")
def columns_of(one: Delivery) -> list[str]:
    """This will return the columns that the agreement lets out, in the file's order: the listed ones, or all where it lists none."""
    held = [str(column.get("name")) for column in one.version.columns]
    listed = licensed(one.trade)["columns"]
    return [name for name in held if name in listed] if listed else held


# ---- what is asked ------------------------------------------------------------------------------------------------------------


def read_ask(given: Mapping[str, Sequence[str]], *, allowed: Sequence[str], file: str) -> tuple[Ask | None, list[FieldFault]]:
    """This will read a call's parameters; anything that is not allowed by name is a fault, never passed over (T57)."""
    faults = [FieldFault(name, "unknown", ("没有这个参数", "There is no such parameter"))
              for name in sorted(set(given) - {"columns", "where", "limit", "place", "purpose"})]
    wanted = [name for text in given.get("columns", []) for name in text.split(",") if name]
    faults += [FieldFault("columns", "not_allowed", (f"约定中没有列“{name[:60]}”", f"The agreement has no column “{name[:60]}”"))
               for name in wanted if name not in allowed]
    where, bad = _filters(given.get("where", []), allowed)
    limit, place = _whole(given.get("limit", ["100"])[-1]), _place(given.get("place", [""])[-1], file)
    if limit is None or not 1 <= limit <= MOST_ROWS:
        faults.append(FieldFault("limit", "out_of_range", (f"1 至 {MOST_ROWS}", f"1 to {MOST_ROWS}")))
    if place is None:
        faults.append(FieldFault("place", "not_ours", (
            "不是本所给出的位置，或属于另一份文件", "No place that was given here, or of another file")))
    faults += bad
    if faults:
        return None, faults
    assert limit is not None and place is not None
    return Ask(tuple(dict.fromkeys(wanted)) or tuple(allowed), tuple(where), limit, place), []


def _filters(texts: Sequence[str], allowed: Sequence[str]) -> tuple[list[tuple[str, str, str]], list[FieldFault]]:
    found, faults = [], []
    for text in texts[: MOST_FILTERS + 1]:
        column, _, rest = text.partition(":")
        op, told, value = rest.partition(":")
        if column not in allowed or op not in _OPS or not told:
            faults.append(FieldFault("where", "not_a_filter", (
                "写作 列:比较:值，列须在约定之内", "column:op:value, of a column that is agreed")))
        else:
            found.append((column, op, value[:400]))
    if len(texts) > MOST_FILTERS:
        faults.append(FieldFault("where", "too_many", (f"至多 {MOST_FILTERS} 个", f"{MOST_FILTERS} at most")))
    return found, faults


def _whole(text: str) -> int | None:
    return whole(text, digits=9)


def _place(text: str, file: str) -> int | None:
    if not text:
        return 0
    try:
        said = signing.Signer(salt=_SALT).unsign_object(text)
    except signing.BadSignature:
        return None
    return int(said[1]) if said[0] == file else None


# ---- reading ------------------------------------------------------------------------------------------------------------------


@covers("F5", "T58")
def page_of(held: Deposit, ask: Ask) -> Page:
    """This will read one page of a deposited table. Rows wider or narrower than its head are read as they are."""
    encoding = _encoding(held)
    with open_deposit(held) as source:
        records = _records(source, encoding)
        head, begin = next(records, ([], 0))
        places = {name: number for number, name in enumerate(head)}
        taken, scanned, end = [], 0, begin
        if ask.place:
            source.seek(ask.place)
            records, end = _records(source, "utf-8" if encoding == "utf-8-sig" else encoding, ask.place), ask.place
        for cells, after in records:
            scanned, end = scanned + 1, after
            if any(cells) and all(_fits(_cell(cells, places, column), op, value) for column, op, value in ask.where):
                taken.append([_cell(cells, places, column) for column in ask.columns])
            if len(taken) == ask.limit or scanned == MOST_SCANNED:
                break
        else:
            return Page(taken, None, scanned)
    return Page(taken, signing.Signer(salt=_SALT).sign_object([held.sha256, end]), scanned)


def _encoding(held: Deposit) -> str:
    """The file's encoding, found once: the bytes of a hash never change."""
    return str(cache.get_or_set(f"rows:encoding:{held.sha256}", lambda: encoding_of(held), 86_400))


def _records(source: IO[bytes] | Any, encoding: str, begin: int = 0) -> Iterator[tuple[list[str], int]]:
    """The records from here on, each with the place after it. A quoted cell may hold line ends; in neither encoding does a byte of a
    longer character look like a quote or a line end."""
    place, kept = begin, b""
    for line in iter(source.readline, b""):  # not the file's own iteration, which begins anew
        place += len(line)
        kept += line
        if kept.count(b'"') % 2 and len(kept) < MOST_BYTES:
            continue
        yield next(csv.reader([kept.decode(encoding, errors="replace").rstrip("\r\n")]), []), place
        kept, encoding = b"", "utf-8" if encoding == "utf-8-sig" else encoding
    if kept:
        yield next(csv.reader([kept.decode(encoding, errors="replace").rstrip("\r\n")]), []), place


def _cell(cells: Sequence[str], places: Mapping[str, int], column: str) -> str:
    at = places.get(column, len(cells))
    return cells[at] if at < len(cells) else ""


def _fits(cell: str, op: str, value: str) -> bool:
    if op == "in":
        return cell in value.split("|")
    one, other = _number(cell), _number(value)
    a, b = (one, other) if one is not None and other is not None else (cell, value)
    return bool({"eq": a == b, "ne": a != b}[op]) if op in {"eq", "ne"} else _before(a, b, op)


def _before(a: Any, b: Any, op: str) -> bool:
    return bool(a < b if op == "lt" else a <= b if op == "le" else a > b if op == "gt" else a >= b)


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
