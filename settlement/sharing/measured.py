"""Reading a measured table of utility: a file of ``coalition,value`` for up to twenty parties, every fault named with its row.

A coalition is written by its parties' codes or by their numbers (from 1, in the order in which the parties are declared), semicolons
between them: ``1;3`` is the first with the third. A million rows of numbers stay small enough to be sent; order of rows is free.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kit.coverage import covers
from settlement.sharing.games import MOST_PLAYERS

__all__ = ["MOST_FAULTS", "Measured", "RowFault", "read_measured"]

#: So many faults are named at once; reading ends with the last of them.
MOST_FAULTS = 20
_ABSENT = -1


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row (0: with the file as a whole)."""

    row: int
    code: str
    words: tuple[str, str]


@dataclass(frozen=True)
class Measured:
    """The utilities by bit mask over the parties as they were declared (the empty coalition first), or what is wrong."""

    parties: tuple[str, ...]
    table: list[int] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


@covers("G4", "R69")
def read_measured(lines: Iterable[str], parties: Sequence[str]) -> Measured:
    """This will read a table of utility; a table with a fault is no table, and the first twenty faults are named."""
    named = tuple(parties)
    if not 1 <= len(named) <= MOST_PLAYERS or len(set(named)) < len(named):
        return Measured(named, faults=[RowFault(0, "parties", (
            f"请列出 1 至 {MOST_PLAYERS} 方，每方一次", f"Name 1 to {MOST_PLAYERS} parties, each once"))])
    place = {name: 1 << n for n, name in enumerate(named)} | {str(n + 1): 1 << n for n in range(len(named))}
    table, rows, faults = [_ABSENT] * (1 << len(named)), dict[int, int](), list[RowFault]()
    table[0] = 0
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines), 1):
            if not cells or (number == 1 and _heads(cells, place)):
                continue
            fault = _take(cells, number, place, table, rows)
            if fault is not None:
                faults.append(fault)
                if len(faults) == MOST_FAULTS:
                    return Measured(named, faults=faults)
    except csv.Error as unread:
        faults.append(RowFault(number + 1, "unreadable", (f"无法按 CSV 读取：{unread}", f"Not readable as CSV: {unread}")))
    if not faults:
        faults = _missing(named, table)
    return Measured(named, faults=faults) if faults else Measured(named, table)


def _heads(cells: Sequence[str], place: dict[str, int]) -> bool:
    """A first row of words: neither a number at its end nor a party that is known."""
    return not cells[-1].strip().isdigit() and not any(one.strip().upper() in place for one in cells[0].split(";"))


def _take(cells: Sequence[str], number: int, place: dict[str, int], table: list[int], rows: dict[int, int]) -> RowFault | None:
    if len(cells) != 2:
        return RowFault(number, "columns", (f"应为两列，读到 {len(cells)} 列", f"Two columns are expected, {len(cells)} were read"))
    mask = 0
    for told in cells[0].split(";"):
        bit = place.get(told.strip().upper(), 0)
        if not bit:
            return RowFault(number, "unknown_party", (
                f"“{told.strip()[:20]}”不在所列各方之中", f"“{told.strip()[:20]}” is none of the parties named"))
        if mask & bit:
            return RowFault(number, "party_twice", (f"“{told.strip()}”写了两次", f"“{told.strip()}” stands twice"))
        mask |= bit
    value = cells[1].strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and int(value) < 2**32):
        return RowFault(number, "number", ("效用应为 0 至 4294967295 的整数", "The utility is a whole number from 0 to 4294967295"))
    if table[mask] != _ABSENT:
        return RowFault(number, "coalition_twice", (
            f"这个组合已在第 {rows[mask]} 行", f"This coalition stands in row {rows[mask]} already"))
    table[mask] = int(value)
    rows[mask] = number
    return None


def _missing(named: tuple[str, ...], table: list[int]) -> list[RowFault]:
    absent = table.count(_ABSENT)
    if not absent:
        return []
    mask = table.index(_ABSENT)
    first = ";".join(name for n, name in enumerate(named) if mask >> n & 1)
    return [RowFault(0, "coalition_missing", (
        f"缺少 {absent} 个组合，第一个是 {first}", f"{absent} coalitions are missing, {first} first"))]
