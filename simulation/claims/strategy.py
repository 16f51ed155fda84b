"""What a bidder does best: E6 (name the own value under second price) and E7 (shade by one part in n under first price)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws, bids
from simulation.claims.measuring import mean
from trading.auctions import sealed
from trading.auctions.rules import Outcome

_ME = "b0"
_LIES = {Fraction(4, 5): -0.0088, Fraction(9, 10): -0.0027, Fraction(11, 10): -0.0027, Fraction(5, 4): -0.0134}
_FACTORS = tuple(Fraction(k, 100) for k in (60, 70, 75, 80, 85, 90, 100))


def _gain(form: Callable[..., Outcome], value: int, named: int, others: list[int]) -> int:
    """What the first bidder gains: the own value less the price where he wins."""
    won = [one for one in form(bids([named, *others])).awards if one.bidder == _ME]
    return value - won[0].price if won else 0


@covers("E6")
@claim("E6", title="Under second price naming the own value is never worse", source="Vickrey 1961; figures computed",
       setting="5 bidders, values even on 0…1, the four others truthful, one names k times the own value",
       production=("trading.auctions.sealed.second_price",),
       figures=(*(Figure(f"gain of k = {float(k):g}", gain, 0.0006) for k, gain in _LIES.items()),
                Figure("draws where the lie was better", 0)))
def _truthful(draws: Draws) -> Iterator[Measured]:
    gains: dict[Fraction, list[int]] = {k: [] for k in _LIES}
    for own, *others in draws.uniform(draws.count(150_000), 5):
        truth = _gain(sealed.second_price, own, own, others)
        for k, found in gains.items():
            found.append(_gain(sealed.second_price, own, own * k.numerator // k.denominator, others) - truth)
    yield from (mean(found) for found in gains.values())
    yield Measured(sum(gain > 0 for found in gains.values() for gain in found), samples=sum(map(len, gains.values())))


@covers("E7")
@claim("E7", title="Under first price the best answer is to name (n-1)/n of the own value", source="Vickrey 1961; figures computed",
       setting="5 bidders, values even on 0…1, the four others name 4/5 of theirs, one names k times the own",
       production=("trading.auctions.sealed.first_price",),
       figures=(Figure("best k of .6 .7 .75 .8 .85 .9 1", Fraction(4, 5)), Figure("utility at k = 0.8", Fraction(1, 30), 0.001),
                Figure("utility at k = 1", 0)))
def _shading(draws: Draws) -> Iterator[Measured]:
    gains: dict[Fraction, list[int]] = {k: [] for k in _FACTORS}
    for own, *others in draws.uniform(draws.count(400_000), 5):
        shaded = [value * 4 // 5 for value in others]
        for k, found in gains.items():
            found.append(_gain(sealed.first_price, own, own * k.numerator // k.denominator, shaded))
    means = {k: float(np.mean(found)) for k, found in gains.items()}
    yield Measured(max(means, key=means.__getitem__), samples=len(gains[Fraction(1)]))
    yield mean(gains[Fraction(4, 5)])
    yield Measured(sum(map(abs, gains[Fraction(1)])), samples=len(gains[Fraction(1)]))
