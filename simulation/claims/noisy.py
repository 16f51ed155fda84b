"""Prices of noisy answers: E25 (by variance), E26 (by epsilon) and E27 (by views), on the functions that price a clean room's questions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from delivery.cleanroom import pricing
from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws

_BY_VARIANCE = {"1 over v": (lambda v: 1 / v, 1.0), "1 over the root of v": (lambda v: 1 / sqrt(v), 1.4142),
                "1 over 1 + v": (lambda v: 1 / (1 + v), 1.3333), "1 over v squared": (lambda v: 1 / v**2, 0.0204)}
#: Hundredths of an exponent -> the cheapest attack's cost over the list price.
_LAWFUL = {50: 1.6818, 100: 1.4142, 150: 1.1892, 200: 1.0}
_STEEPER = {250: 0.378, 300: 0.1429}
_WHOLE, _PRICE = 10**9, 10**14
_VIEWS, _NAMES = 6, "abcde"
_COLUMNS = len(_NAMES)


@covers("E25")
@claim("E25", title="Buying many noisier answers and averaging them undercuts every price that falls faster than one over the variance",
       source="Li, Miklau, Suciu; computed", setting="an answer of variance 1 against m answers of variance m, m = 2 to 49",
       production=("delivery.cleanroom.pricing.cheapest_attack",),
       figures=tuple(Figure(f"price {name}", most, 0.0005) for name, (_, most) in _BY_VARIANCE.items()))
def _by_variance(draws: Draws) -> Iterator[Measured]:
    for price, _ in _BY_VARIANCE.values():
        yield Measured(pricing.cheapest_attack(price, of=lambda v, m: m * v, target=1.0))


def _share(exponent: int) -> Iterator[float]:
    """What the house's own price makes of the attack: epsilon and money in whole units."""
    yield pricing.cheapest_attack(lambda part: float(pricing.share_fen(round(part * _WHOLE), _WHOLE, _PRICE, exponent)),
                                  of=lambda part, m: part / sqrt(m), target=1.0)


def _power(exponent: float, part: float) -> float:
    return float(part**exponent)


def _refused(exponent: int) -> bool:
    try:
        pricing.share_fen(1, _WHOLE, _PRICE, exponent)
    except ValueError:
        return True
    return False


@covers("E26")
@claim("E26", title="By epsilon a price is safe up to its square, so the house divides it linearly and refuses what is steeper",
       source="derived for Laplace noise; computed", setting="an answer of epsilon 1 against m answers of epsilon 1 over the root of m",
       production=("delivery.cleanroom.pricing.share_fen", "delivery.cleanroom.pricing.cheapest_attack"),
       figures=(*(Figure(f"exponent {exponent / 100:g}", most, 0.0005) for exponent, most in _LAWFUL.items()),
                *(Figure(f"exponent {exponent / 100:g}, computed beside the house", most, 0.0005) for exponent, most in _STEEPER.items()),
                Figure("exponents above 2 that the house prices", 0),
                Figure("fen by which four quarters differ from the whole, linear", 0)))
def _by_epsilon(draws: Draws) -> Iterator[Measured]:
    for exponent in _LAWFUL:
        yield from (Measured(found) for found in _share(exponent))
    for exponent in _STEEPER:
        yield Measured(pricing.cheapest_attack(partial(_power, exponent / 100), of=lambda part, m: part / sqrt(m), target=1.0))
    yield Measured(sum(not _refused(exponent) for exponent in (201, *_STEEPER)))
    yield Measured(4 * pricing.share_fen(250_000, 1_000_000, 100_000) - pricing.share_fen(1_000_000, 1_000_000, 100_000))


def _columns(chosen: NDArray[np.bool_]) -> frozenset[str]:
    return frozenset(name for name, one in zip(_NAMES, chosen.tolist(), strict=True) if one)


@covers("E27")
@claim("E27", title="A bundle's price is that of the cheapest set of views that holds all it asks: no other set undercuts it",
       source="Koutris et al., PODS 2012; computed",
       setting="up to six views of five columns at 1 to 50; a question, another, and random sets of views that hold the first",
       production=("delivery.cleanroom.pricing.bundle_price",),
       figures=(Figure("sets of views that undercut the price", 0), Figure("questions dearer than a wider one", 0),
                Figure("pairs asked together that cost more than apart", 0)))
def _by_views(draws: Draws) -> Iterator[Measured]:
    rng, rounds = draws.rng(), draws.count(8_000)
    undercut = narrower = apart = 0
    for _ in range(rounds):
        holds = rng.random((_VIEWS, _COLUMNS)) < 0.4
        views = {_columns(row): int(cost) for row, cost in zip(holds, rng.integers(1, 51, _VIEWS), strict=True)}
        first, other = (_columns(rng.random(_COLUMNS) < 0.5) for _ in range(2))
        price, both, rest = (pricing.bundle_price(asked, views) for asked in (first, first | other, other))
        chosen = [view for view in views if rng.random() < 0.66]
        if first <= frozenset().union(*chosen):
            undercut += price is None or price > sum(views[view] for view in chosen)
        if both is not None:
            narrower += price is None or price > both
            apart += price is None or rest is None or both > price + rest
    yield from (Measured(found, samples=rounds) for found in (undercut, narrower, apart))
