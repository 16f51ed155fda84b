"""Reading whose copy a leaked sample came from: plain Python, the registered file beside the sample, every mark a bit.

The sample may be shuffled, cut, renamed or short of columns: columns are found by the values they hold, rows by the cells that marks
never touch (all of them, or all but one). What a mark says is whether a number lies above or below the registered one. A copy that has
nothing to do with the sample agrees with each bit by even chance, whatever the sample is, for its own bits come from a key nobody holds but
the house: so how likely so much agreement is by chance is a binomial tail, and times the number of copies compared it bounds a false name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from delivery.marking.marks import Record, bits_of, heading_of_bytes, records, step_of
from kit.composing import normalized
from kit.coverage import covers
from listings.profile import number_of

__all__ = ["ERROR_EXPONENT", "Agreement", "Reading", "Verdict", "exponent_of", "judge", "read_marks"]

#: A copy is named when the chance that any copy is named by mistake in the whole check is at most ten to the minus this.
ERROR_EXPONENT = 6
#: A column of the sample is taken for one of the file's when so great a part of its values stand in it (permille).
_MAPPED, _MOVED = 800, 500
#: Cells left out in turn when a row is looked for.
_TURNS = 12
#: From so many marks on the exact tail gives way to Hoeffding's bound, which is never smaller.
_EXACT = 4_096

Lines = Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Reading:
    """What a sample says of one file: rows found, cells that stand as registered, and each mark read (row, column's bit, up or down)."""

    rows: int
    found: int
    ambiguous: int
    clean: int
    marks: tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True)
class Agreement:
    """How far one copy's bits are the sample's: so many of so many; by chance at most once in ten to the ``exponent``."""

    copy: str
    agree: int
    of: int
    exponent: int

    @property
    def named(self) -> bool:
        return self.exponent >= ERROR_EXPONENT


@dataclass(frozen=True)
class Verdict:
    """one: a single copy; several: a mixture of copies; none: nobody; unmarked: it never was a copy; few: too few marks to name anybody."""

    word: str
    named: tuple[Agreement, ...] = ()
    closest: tuple[Agreement, ...] = ()


def _text(cell: str) -> str:
    return "".join(normalized("NFKC", cell).casefold().split())


def _decoded(cell: str) -> str:
    raw = cell.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


@dataclass
class _Map:
    """Which column of the sample is which of the file's, by the values seen in both."""

    heading: list[str]
    tolerances: dict[int, Decimal]
    names: list[str]
    rows: list[list[str]]
    seen: dict[tuple[int, int], set[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        width = max((len(row) for row in self.rows), default=0)
        self.width = width
        self.texts: dict[str, set[int]] = {}
        self.numbers: dict[Decimal, set[int]] = {}
        self.distinct: list[tuple[set[str], set[Decimal]]] = [(set(), set()) for _ in range(width)]
        for row in self.rows:
            for place, cell in enumerate(row):
                if text := _text(cell):
                    self.texts.setdefault(text, set()).add(place)
                    self.distinct[place][0].add(text)
                if (number := number_of(cell.strip())) is not None:
                    self.numbers.setdefault(number, set()).add(place)
                    self.distinct[place][1].add(number)

    def take(self, cells: Sequence[str]) -> None:
        for ours, cell in enumerate(cells):
            most = self.tolerances.get(ours)
            if most is None:
                text = _text(cell)
                for theirs in self.texts.get(text, ()):
                    self.seen.setdefault((ours, theirs), set()).add(text)
            elif (step := step_of(cell, most)) is not None and (value := number_of(cell)) is not None:
                for one in {value, value - step, value + step}:
                    for theirs in self.numbers.get(one, ()):
                        self.seen.setdefault((ours, theirs), set()).add(one)

    def mapped(self) -> dict[int, int]:
        """Best pairs first, each column once; equal names break a tie."""
        scored = []
        for (ours, theirs), values in self.seen.items():
            marked = ours in self.tolerances
            whole = len(self.distinct[theirs][1 if marked else 0])
            permille = 1000 * len(values) // max(whole, 1)
            same = theirs < len(self.names) and _text(self.names[theirs]) == _text(self.heading[ours])
            if permille >= (_MOVED if marked else _MAPPED):
                scored.append((permille + 500 * same, len(values), -ours, -theirs))
        found: dict[int, int] = {}
        for _, _, ours, theirs in sorted(scored, reverse=True):
            if -ours not in found and -theirs not in found.values():
                found[-ours] = -theirs
        return found


def _rows(lines: Lines) -> Iterable[tuple[int, list[str]]]:
    """The registered rows with their numbers, as a marker counts them."""
    rows = iter(records(lines()))
    next(rows, None)
    number = 0
    for one in rows:
        if isinstance(one, str):
            number += 1
        elif one.cells not in ([], [""]):
            number += 1
            yield number, [_decoded(cell) for cell in one.cells]


@covers("F13")
def read_marks(lines: Lines, columns: Mapping[str, Decimal], names: Sequence[str], sample: Sequence[Sequence[str]]) -> Reading:
    """This will read a sample's marks against the registered file, which ``lines`` opens anew for each of two passes (as Latin-1)."""
    first = next(iter(records(lines())), None)
    heading = heading_of_bytes(first) if isinstance(first, Record) else []
    ordered = {name: bit for bit, name in enumerate(sorted(columns))}
    bits = {place: ordered[name] for place, name in enumerate(heading) if name in ordered}
    tolerances = {place: columns[heading[place]] for place in bits}
    rows = [list(row) for row in sample]
    made = _Map(heading, tolerances, list(names), rows)
    for _, cells in _rows(lines):
        made.take(cells)
    mapped = made.mapped()
    keys = [ours for ours in mapped if ours not in tolerances]
    marked = [ours for ours in mapped if ours in tolerances]
    if not keys or not marked:
        return Reading(len(rows), 0, 0, 0, ())
    found = _found(lines, rows, mapped, keys, [(ours, tolerances[ours]) for ours in marked])
    return _read(rows, found, mapped, [(ours, bits[ours], tolerances[ours]) for ours in marked])


def _found(lines: Lines, rows: list[list[str]], mapped: Mapping[int, int], keys: list[int],
           marked: list[tuple[int, Decimal]]) -> dict[int, dict[int, list[str]]]:
    """Of each row of the sample the registered rows it can be: by all untouched cells, else by all but one."""
    turns: list[tuple[int, ...]] = [tuple(keys)]
    if len(keys) >= 3:
        turns += [tuple(key for key in keys if key != left) for left in keys[:_TURNS]]
    held: list[dict[tuple[str, ...], list[int]]] = [{} for _ in turns]
    for at, row in enumerate(rows):
        for turn, used in enumerate(turns):
            key = tuple(_text(row[mapped[ours]]) if mapped[ours] < len(row) else "" for ours in used)
            held[turn].setdefault(key, []).append(at)
    strict: dict[int, dict[int, list[str]]] = {}
    near: dict[int, dict[int, list[str]]] = {}
    for number, cells in _rows(lines):
        texts = {ours: _text(cells[ours]) if ours < len(cells) else "" for ours in keys}
        for turn, used in enumerate(turns):
            for at in held[turn].get(tuple(texts[ours] for ours in used), ()):
                if _fits(cells, rows[at], mapped, marked):
                    (near if turn else strict).setdefault(at, {})[number] = cells
    return {at: strict.get(at) or near[at] for at in {*strict, *near}}


def _fits(cells: Sequence[str], row: Sequence[str], mapped: Mapping[int, int], marked: Sequence[tuple[int, Decimal]]) -> bool:
    for ours, most in marked:
        here = number_of(cells[ours].strip()) if ours < len(cells) else None
        there = number_of(row[mapped[ours]].strip()) if mapped[ours] < len(row) else None
        if here is not None and there is not None and abs(here - there) > most:
            return False
    return True


def _read(rows: list[list[str]], found: Mapping[int, Mapping[int, Sequence[str]]], mapped: Mapping[int, int],
          marked: Sequence[tuple[int, int, Decimal]]) -> Reading:
    said: dict[tuple[int, int], set[bool]] = {}
    clean = ambiguous = 0
    for at, candidates in sorted(found.items()):
        if len(candidates) != 1:
            ambiguous += 1
            continue
        ((number, cells),) = candidates.items()
        for ours, bit, most in marked:
            there = number_of(rows[at][mapped[ours]].strip()) if mapped[ours] < len(rows[at]) else None
            if there is None or not step_of(cells[ours], most):
                continue
            moved = there - Decimal(cells[ours])
            clean += not moved
            if moved:
                said.setdefault((number, bit), set()).add(moved > 0)
    marks = tuple((number, bit, next(iter(ways))) for (number, bit), ways in sorted(said.items()) if len(ways) == 1)
    return Reading(len(rows), len(found), ambiguous, clean, marks)


# ---- whose ---------------------------------------------------------------------------------------------------------------------


@covers("F13")
def exponent_of(agree: int, of: int, copies: int) -> int:
    """This will bound the chance that any of so many copies agrees so far by chance: at most ten to the minus of what is returned.

    >>> exponent_of(40, 40, 10), exponent_of(30, 40, 10), exponent_of(20, 40, 10)
    (11, 1, 0)
    """
    if not of or 2 * agree <= of:
        return 0
    if of <= _EXACT:
        tail = sum(math.comb(of, hits) for hits in range(agree, of + 1)) * copies
        exponent = 0
        whole = 1 << of
        while tail * 10 ** (exponent + 1) <= whole:
            exponent += 1
        return exponent
    deviation = agree / of - 0.5
    return max(0, math.floor(2 * of * deviation * deviation / math.log(10) - math.log10(copies) - 1e-6))


@covers("F13")
def judge(reading: Reading, copies: Mapping[str, bytes], *, compared: int = 0) -> Verdict:
    """This will say whose copies a sample holds. ``compared``: the copies of all files looked at in this check, which share its error."""
    of, most = len(reading.marks), max(compared, len(copies), 1)
    if reading.clean > 20 * of:
        return Verdict("unmarked" if reading.clean >= 20 else "few")
    if exponent_of(of, of, most) < ERROR_EXPONENT:
        return Verdict("few")
    rows = sorted({number for number, _, _ in reading.marks})
    found = []
    for code, key in copies.items():
        bits = {number: bits_of(key, number) for number in rows}
        agree = sum((bits[number] >> bit & 1) == up for number, bit, up in reading.marks)
        found.append(Agreement(code, agree, of, exponent_of(agree, of, most)))
    found.sort(key=lambda one: (-one.agree, one.copy))
    named = tuple(one for one in found if one.named)
    return Verdict("several" if len(named) > 1 else "one" if named else "none", named, tuple(found[:3]))
