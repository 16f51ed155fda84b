"""What each feature of a licence adds to its price, found from what was settled 特征价格 (R109, CAP-E3; Rosen 1974, Triplett 2004).

Least squares on the logarithm of the price: each level of a feature beside the most frequent one, amounts per doubling, intervals by
heteroskedasticity-robust errors (HC1). Pure. Nothing is told from few deals or where one party dominates; a level is told only where its
own deals pass the floors of the reference prices, the others are reckoned with and kept to ourselves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.coverage import covers

__all__ = ["LEAST_DEALS", "Effect", "Fit", "fitted"]

#: Fewer deals than this, or than ten for each figure that is looked for, tell nothing.
LEAST_DEALS, _EACH = 40, 10
_LEVELS = ("category", "sector", "mode")
_AMOUNTS = ("rows", "term_days", "seats")
_SURE = 1.96
_MOST_BPS = 10**7


@dataclass(frozen=True)
class Effect:
    """What a level adds to the price of the most frequent one, or a doubling of an amount; in basis points, with a 95 % interval."""

    feature: str
    level: str
    beside: str
    deals: int
    effect_bps: int
    low_bps: int
    high_bps: int


@dataclass(frozen=True)
class Fit:
    """The effects that may be told, from how many deals, and what share of the variance of log prices they explain together."""

    deals: int
    r2_ppm: int
    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class _Column:
    feature: str
    level: str
    beside: str
    values: Any
    deals: list[Any]


@covers("R109", "CAP-E3")
def fitted(deals: Sequence[Any], withheld: Callable[[Sequence[Any]], str]) -> Fit | None:
    """This will fit the deals that know their amounts; ``withheld`` says why a set of deals may not be told ('' where it may)."""
    known = [one for one in deals if one.rows > 0 and one.term_days > 0 and one.seats > 0]
    if len(known) < LEAST_DEALS or withheld(known):
        return None
    columns = _independent(_columns(known))
    if not columns or len(known) < _EACH * (len(columns) + 1):
        return None
    matrix = np.column_stack([np.ones(len(known)), *(one.values for one in columns)])
    prices = np.log(np.array([one.price_fen for one in known], dtype=float))
    beta, spread = _least_squares(matrix, prices)
    left = prices - matrix @ beta
    whole = float(((prices - prices.mean()) ** 2).sum())
    share = 1 - float((left**2).sum()) / whole if whole else 0.0
    told = tuple(_effect(one, float(beta[n]), float(spread[n])) for n, one in enumerate(columns, 1) if not withheld(one.deals))
    return Fit(len(known), int(max(0.0, share) * 1_000_000), told)


def _columns(known: Sequence[Any]) -> list[_Column]:
    columns = []
    for feature in _LEVELS:
        counts = Counter(getattr(one, feature) for one in known)
        base = min(counts, key=lambda level: (-counts[level], level))
        for level in sorted(counts):
            if level != base:
                values = np.array([float(getattr(one, feature) == level) for one in known])
                columns.append(_Column(feature, level, base, values, [one for one in known if getattr(one, feature) == level]))
    for feature in _AMOUNTS:
        values = np.log2(np.array([getattr(one, feature) for one in known], dtype=float))
        columns.append(_Column(feature, "", "", values, list(known)))
    return columns


def _independent(columns: Sequence[_Column]) -> list[_Column]:
    """Those that say something the ones before them do not; what never varies says nothing."""
    if not columns:
        return []
    kept: list[_Column] = []
    matrix = np.ones((len(columns[0].values), 1))
    for one in columns:
        wider = np.column_stack([matrix, one.values])
        if np.linalg.matrix_rank(wider) > matrix.shape[1]:
            kept.append(one)
            matrix = wider
    return kept


def _least_squares(matrix: Any, prices: Any) -> tuple[Any, Any]:
    """The coefficients and their robust standard errors (White 1980, with the small-sample factor)."""
    inverse = np.linalg.inv(matrix.T @ matrix)
    beta = inverse @ matrix.T @ prices
    left = prices - matrix @ beta
    count, width = matrix.shape
    meat = matrix.T @ (matrix * (left**2)[:, None])
    covariance = inverse @ meat @ inverse * (count / (count - width))
    return beta, np.sqrt(np.maximum(np.diag(covariance), 0.0))


def _effect(one: _Column, beta: float, spread: float) -> Effect:
    low, middle, high = (_bps(beta + times * spread) for times in (-_SURE, 0.0, _SURE))
    return Effect(one.feature, one.level, one.beside, len(one.deals), middle, low, high)


def _bps(log: float) -> int:
    """A difference of logarithms as basis points of the price."""
    return min(_MOST_BPS, round(10_000 * math.expm1(min(log, 7.0))))
