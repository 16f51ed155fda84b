"""Price plans 计价方案: what a licence costs by period and by use, exactly, in whole fen (R45, CAP-E1).

A plan stands in a version's terms of use, so it enters the version's hash and every trade keeps it as it was. The version's price is what
one period costs: of a subscription the price itself, of a metered plan the most it can come to (the cap), which is set aside beforehand.

    charge(uses) = min(cap, base + sum over the bands of (uses beyond the free ones that fall into the band) x its rate)

Bands are marginal: the dearer rate of the first band is paid for its own uses alone. Rates are whole fen per 1,000 uses, so a use may cost
a part of a fen; the sum is rounded once, half up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kit.coverage import covers
from kit.money import MAX_FEN, split

__all__ = ["MOST_BANDS", "Band", "Line", "Plan", "charge", "expected", "lines_of", "plan_in", "rates_of", "read_bands", "read_plan",
           "said_bands"]

MOST_BANDS = 8
_MOST_USES = 10**9
_LINE = re.compile(r"(?P<upto>[0-9]{1,9}|\*)\s+(?P<rate>[0-9]{1,9}(\.[0-9]{1,5})?)", re.ASCII)


@dataclass(frozen=True)
class Band:
    """Uses up to a number (None = all further ones), each 1,000 of them at a rate in whole fen."""

    upto: int | None
    fen_per_thousand: int


@dataclass(frozen=True)
class Plan:
    """A period in months, what it costs at least, the uses that are free, and the bands of the rest; without bands a subscription."""

    months: int
    base_fen: int = 0
    free: int = 0
    bands: tuple[Band, ...] = ()

    @property
    def metered(self) -> bool:
        """Uses are counted and charged at the end of the period."""
        return bool(self.bands)

    def written(self) -> dict[str, Any]:
        """This will return the plan as terms of use keep it."""
        if not self.metered:
            return {"months": self.months}
        return {"months": self.months, "base_fen": self.base_fen, "free": self.free,
                "bands": [[band.upto, band.fen_per_thousand] for band in self.bands]}


@dataclass(frozen=True)
class Line:
    """One line of a bill: what for (``base``, ``band`` by number, ``cap`` for what the cap takes off), how many uses, how much."""

    what: str
    number: int
    uses: int
    fen: int


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


@covers("R45")
def read_plan(value: Any) -> Plan:
    """This will read a plan as it is kept; a ``ValueError`` says in both languages what is wrong with it."""
    if not isinstance(value, Mapping) or set(value) - {"months", "base_fen", "free", "bands"}:
        raise ValueError("应为计价方案", "A price plan is expected")
    if not _whole(value.get("months"), 1, 36):
        raise ValueError("周期为 1 至 36 个月", "A period is 1 to 36 months")
    bands = value.get("bands") or []
    if not bands:
        if value.get("base_fen") or value.get("free"):
            raise ValueError("基本费与免费次数须有计次费率", "A base fee or free uses ask for rates of use")
        return Plan(value["months"])
    if not _whole(value.get("base_fen", 0), 0, MAX_FEN) or not _whole(value.get("free", 0), 0, _MOST_USES):
        raise ValueError("基本费和免费次数为不小于零的整数", "Base fee and free uses are whole and not negative")
    return Plan(value["months"], value.get("base_fen", 0), value.get("free", 0), _bands(bands))


def _bands(rows: Any) -> tuple[Band, ...]:
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) > MOST_BANDS:
        raise ValueError(f"费率至多 {MOST_BANDS} 档", f"{MOST_BANDS} bands at most")
    found, last = [], 0
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Sequence) or len(row) != 2:
            raise ValueError("每档写明上限和费率", "A band is its end and its rate")
        upto, rate = row
        ends = number == len(rows)
        if (upto is None) != ends or (upto is not None and not _whole(upto, last + 1, _MOST_USES)):
            raise ValueError("各档上限逐档递增，最后一档为 *", "The ends of the bands rise, the last one is *")
        if not _whole(rate, 0, 10**12):
            raise ValueError("费率为不小于零的金额", "A rate is a sum of money, not negative")
        found.append(Band(upto, rate))
        last = upto or last
    return tuple(found)


def plan_in(use_terms: Mapping[str, Any]) -> Plan | None:
    """This will return the plan of a version's, or a trade's, terms of use; None where it is bought once and for all."""
    held = use_terms.get("plan")
    return read_plan(held) if held else None


def rates_of(plan: Plan | None) -> tuple[int, int] | None:
    """This will return the lowest and the highest rate of a thousand uses, in fen; None where the price is what is paid."""
    rates = [band.fen_per_thousand for band in plan.bands] if plan else []
    return (min(rates), max(rates)) if rates else None


@covers("R45", "CAP-E1")
def charge(plan: Plan, uses: int, cap_fen: int) -> int:
    """This will return what one period comes to for so many uses: never above the cap, in whole fen; a subscription is its price."""
    if uses < 0 or cap_fen < 0:
        raise ValueError("uses and cap are not negative")
    if not plan.metered:
        return cap_fen
    exact = Fraction(plan.base_fen) + sum((_exact(band, count) for band, count in _spread(plan, uses)), Fraction(0))
    return min(cap_fen, _half_up(exact))


def _spread(plan: Plan, uses: int) -> list[tuple[Band, int]]:
    """How many of the uses beyond the free ones fall into each band."""
    rest, begun, found = max(0, uses - plan.free), 0, []
    for band in plan.bands:
        room = rest if band.upto is None else min(rest, band.upto - begun)
        found.append((band, room))
        rest, begun = rest - room, band.upto or begun
    return found


def _exact(band: Band, count: int) -> Fraction:
    return Fraction(count * band.fen_per_thousand, 1000)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@covers("R45", "CAP-E1")
def lines_of(plan: Plan, uses: int, cap_fen: int) -> list[Line]:
    """This will itemise the charge; the lines sum to it to the fen (odd fen of the bands by largest remainder)."""
    due = charge(plan, uses, cap_fen)
    if not plan.metered:
        return [Line("base", 0, 0, due)]
    spread = _spread(plan, uses)
    full = _half_up(Fraction(plan.base_fen) + sum((_exact(band, count) for band, count in spread), Fraction(0)))
    weights = {str(number): _exact(band, count) for number, (band, count) in enumerate(spread, 1) if count and band.fen_per_thousand}
    parts = split(full - plan.base_fen, weights) if weights else {}
    rows = [Line("base", 0, 0, plan.base_fen)] if plan.base_fen else []
    rows += [Line("band", number, count, parts.get(str(number), 0)) for number, (_band, count) in enumerate(spread, 1) if count]
    return rows + ([Line("cap", 0, 0, due - full)] if due != full else [])


@covers("CAP-E1")
def expected(plan: Plan, cap_fen: int) -> list[tuple[int, int]]:
    """This will return what a period comes to for telling numbers of uses: none, the free ones, the end of each band, far beyond."""
    if not plan.metered:
        return [(0, cap_fen)]
    ends = [plan.free, *(plan.free + band.upto for band in plan.bands if band.upto is not None)]
    last = ends[-1] if ends[-1] else 1_000
    asked = sorted({0, *ends, plan.free + 100, plan.free + 1_000, 2 * last, 10 * last})
    return [(uses, charge(plan, uses, cap_fen)) for uses in asked if uses <= _MOST_USES]


def read_bands(text: str) -> list[list[int | None]]:
    """This will read bands as a seller types them, one a line: the end (``*`` for the last) and the price of one use in yuan."""
    rows: list[list[int | None]] = []
    for number, line in enumerate((one.strip() for one in text.splitlines() if one.strip()), 1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"第 {number} 行应为“上限 每次价格（元）”，如 1000 0.50",
                             f"Line {number} should be “end price per use in yuan”, as 1000 0.50")
        exact = Fraction(found["rate"]) * 100 * 1000
        rows.append([None if found["upto"] == "*" else int(found["upto"]), int(exact)])
    return rows


def said_bands(plan: Plan) -> str:
    """This will write bands as they are typed."""
    return "\n".join(f"{'*' if band.upto is None else band.upto} {_yuan(band.fen_per_thousand)}" for band in plan.bands)


def _yuan(fen_per_thousand: int) -> str:
    whole, odd = divmod(fen_per_thousand, 100_000)
    return f"{whole}.{odd:05d}".rstrip("0").rstrip(".")
