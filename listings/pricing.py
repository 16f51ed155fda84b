"""The price calculator (R45, E1, E2): cost per licence, then published factors in order, each with its effect; a range, no verdict.

Pure: exact fractions, whole fen at the end. What the listing tells is read (``listings.price_facts``), the rest the seller chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected

__all__ = ["Effect", "Factor", "Mode", "Option", "Priced", "factors", "modes", "price", "tiers_of", "unit_prices"]

Pair = tuple[str, str]
_DATA = Path(__file__).resolve().parent / "data" / "pricing_2026_1.yaml"
_WHOLE = 10_000
_MOST = 1_000_000


@dataclass(frozen=True)
class Option:
    """One answer to a factor and what it does to the price before it, in basis points."""

    value: str
    text: Pair
    low_bps: int
    high_bps: int


@dataclass(frozen=True)
class Factor:
    """One published factor with its basis; ``evidence`` says how sure the basis is."""

    key: str
    text: Pair
    basis: Pair
    evidence: str
    options: Mapping[str, Option]


@dataclass(frozen=True)
class Mode:
    """One way of charging."""

    key: str
    text: Pair
    per: Pair


@dataclass(frozen=True)
class Effect:
    """What one factor did: the chosen option, and by how many fen it moved the low and the high end."""

    factor: Factor
    option: Option
    low_fen: int
    high_fen: int


@dataclass(frozen=True)
class Priced:
    """Cost per licence with margin, every factor's effect in order, and the range they end in."""

    base_fen: int
    effects: tuple[Effect, ...]
    low_fen: int
    high_fen: int

    @property
    def middle_fen(self) -> int:
        return (self.low_fen + self.high_fen) // 2


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return loaded


@cache
def factors() -> Mapping[str, Factor]:
    """This will return the published factors in their order."""
    return {
        key: Factor(
            key, (row["zh"], row["en"]), (row["basis_zh"], row["basis_en"]), row["evidence"],
            {name: Option(name, (one["zh"], one["en"]), one["low"], one["high"]) for name, one in row["options"].items()})
        for key, row in _data()["factors"].items()}  # fmt: skip


@cache
def modes() -> Mapping[str, Mode]:
    """This will return the ways of charging."""
    return {key: Mode(key, (row["zh"], row["en"]), (row["per_zh"], row["per_en"])) for key, row in _data()["modes"].items()}


@covers("CAP-E2", "W2")
def price(*, cost_fen: int, licences: int, margin_bps: int, choices: Mapping[str, str]) -> Priced:
    """This will compute the range: cost shared over the licences expected, margin, the factors; effects sum to the range exactly."""
    _refuse_faults(cost_fen, licences, margin_bps, choices)
    base = Fraction(cost_fen, licences) * (_WHOLE + margin_bps) / _WHOLE
    low = high = base
    shown_low = shown_high = _fen(base)
    effects = []
    for factor in factors().values():
        option = factor.options[choices[factor.key]]
        low, high = low * option.low_bps / _WHOLE, high * option.high_bps / _WHOLE
        effects.append(Effect(factor, option, _fen(low) - shown_low, _fen(high) - shown_high))
        shown_low, shown_high = _fen(low), _fen(high)
    return Priced(_fen(base), tuple(effects), shown_low, shown_high)


def _fen(value: Fraction) -> int:
    """Half a fen and more is rounded up."""
    return min(int(value + Fraction(1, 2)), MAX_FEN)


def _refuse_faults(cost_fen: int, licences: int, margin_bps: int, choices: Mapping[str, str]) -> None:
    faults = []
    if not 0 <= cost_fen <= MAX_FEN:
        faults.append(FieldFault("cost_fen", "out_of_range", ("成本须不小于零", "The cost is zero or more")))
    if not 1 <= licences <= _MOST:
        faults.append(FieldFault("licences", "out_of_range", ("预计许可份数须为 1 至一百万", "Expect between 1 and a million licences")))
    if not 0 <= margin_bps <= 100_000:
        faults.append(FieldFault("margin", "out_of_range", ("期望收益率须为 0 至 1000%", "The margin lies between 0 and 1000%")))
    for factor in factors().values():
        if choices.get(factor.key) not in factor.options:
            faults.append(FieldFault(factor.key, "wrong_value", ("请选择一项", "Choose one")))
    if faults:
        raise Rejected("listings.price.faulty", errors=faults)


@covers("R45", "CAP-E1")
def unit_prices(price_fen: int, *, months: int, calls: int, rows: int) -> dict[str, Fraction | None]:
    """This will say one price in every mode that has a unit, for the use expected; None where there is nothing to divide by."""
    per = {"fixed": 1, "subscription": months, "per_call": calls, "per_row": rows}
    found: dict[str, Fraction | None] = {}
    for key, units in per.items():
        thousand = 1000 if key == "per_row" else 1
        found[key] = Fraction(price_fen * thousand, units) if units >= thousand else None
    return found


@covers("R45", "CAP-E1")
def tiers_of(price_fen: int, calls: int) -> list[tuple[int, int, Fraction]]:
    """This will cut the expected use into tiers (from, to, unit price); the whole expected use costs the price exactly."""
    if calls <= 0:
        return []
    cuts = [(calls * upto // 1000, bps) for upto, bps in _data()["tiers"]]
    weighed, begin, rows = 0, 0, []
    for end, bps in cuts:
        weighed += (end - begin) * bps
        rows.append((begin, end, bps))
        begin = end
    return [(first + 1, end, Fraction(price_fen * bps, weighed)) for first, end, bps in rows if end > first]
