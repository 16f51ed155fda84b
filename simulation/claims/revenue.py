"""What a seller of one exclusive licence may expect: E1 to E5 on the sealed, English and Dutch formats of the floor."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws, bids
from simulation.claims.measuring import mean, variance
from trading.auctions import dutch, english, sealed
from trading.auctions.rules import Increments

_MANY = (2, 3, 5, 10)
_FORMATS = ("second price", "English", "first price", "Dutch", "all-pay")
_OPEN = english.EnglishTerms(0, Increments.fixed(1))
_CLOCK = dutch.DutchTerms(ONE, 1)


def _shaded(values: list[int]) -> list[int]:
    """The equilibrium bid of sealed first price and Dutch for values spread evenly: v(n-1)/n."""
    many = len(values)
    return [value * (many - 1) // many for value in values]


@covers("E1")
@claim("E1", title="Every standard auction of one right earns the seller the same", source="Vickrey 1961; Myerson 1981",
       setting="values even on 0…1; English by proxy maxima; first price and Dutch at v(n-1)/n. The house has no all-pay format: "
               "its bids v^n(n-1)/n are summed by arithmetic",
       production=("trading.auctions.english.clear", "trading.auctions.sealed.second_price", "trading.auctions.sealed.first_price",
                   "trading.auctions.dutch.clear"),
       figures=tuple(Figure(f"{form}, {n} bidders", Fraction(n - 1, n + 1), 0.002) for n in _MANY for form in _FORMATS))
def _equal_revenue(draws: Draws) -> Iterator[Measured]:
    for many in _MANY:
        sold: dict[str, list[int]] = {form: [] for form in _FORMATS[:4]}
        for values in draws.uniform(draws.count(400_000), many):
            named, shaded = bids(values), bids(_shaded(values))
            sold["second price"].append(sealed.second_price(named).price or 0)
            sold["English"].append(english.clear(_OPEN, named).price or 0)
            sold["first price"].append(sealed.first_price(shaded).price or 0)
            sold["Dutch"].append(dutch.clear(_CLOCK, shaded).price or 0)
        yield from (mean(sold[form]) for form in _FORMATS[:4])
        paid = draws.rng().random((draws.count(2_400_000), many)) ** many * (many - 1) / many
        yield mean(paid.sum(axis=1), 1)


@covers("E2")
@claim("E2", title="First price is safer for the seller than second price", source="theory of order statistics, computed",
       setting="variance of the revenue of E1",
       production=("trading.auctions.sealed.second_price", "trading.auctions.sealed.first_price"),
       figures=(Figure("second price, 2 bidders", Fraction(1, 18), 0.02 / 18), Figure("first price, 2 bidders", Fraction(1, 72), 0.02 / 72),
                Figure("second price, 5 bidders", Fraction(2 * 4, 36 * 7), 0.02 * 8 / 252),
                Figure("first price, 5 bidders", Fraction(16 * 5, 25 * 36 * 7), 0.02 * 80 / 6300),
                Figure("second over first price, 2 bidders", 4, 0.08)))
def _spread_of_revenue(draws: Draws) -> Iterator[Measured]:
    found: dict[int, tuple[Measured, Measured]] = {}
    for many in (2, 5):
        second, first = [], []
        for values in draws.uniform(draws.count(400_000), many):
            second.append(sealed.second_price(bids(values)).price or 0)
            first.append(sealed.first_price(bids(_shaded(values))).price or 0)
        found[many] = variance(second), variance(first)
        yield from found[many]
    above, below = found[2]
    ratio = float(above.value) / float(below.value)
    yield Measured(ratio, ratio * float(np.hypot(above.half / float(above.value), below.half / float(below.value))), above.samples)


def _with_reserve(many: int) -> Fraction:
    """Revenue of second price with reserve 1/2 for values spread evenly."""
    return Fraction(many - 1, many + 1) + Fraction(1, 2**many) * (1 - Fraction(many, many + 1))


_ROUNDS = {1: 1_700_000, 2: 1_300_000, 3: 800_000, 5: 400_000, 10: 400_000}


@covers("E3")
@claim("E3", title="What the best reserve earns, and how often it leaves the lot unsold", source="Myerson 1981",
       setting="second price, reserve 1/2, values even on 0…1", production=("trading.auctions.sealed.second_price",),
       figures=tuple(figure for n in _ROUNDS for figure in (
           Figure(f"revenue, {n} bidders", _with_reserve(n), 0.002), Figure(f"sold, {n} bidders", 1 - Fraction(1, 2**n), 0.002))))
def _best_reserve(draws: Draws) -> Iterator[Measured]:
    for many, rounds in _ROUNDS.items():
        paid = [sealed.second_price(bids(values), ONE // 2).price or 0 for values in draws.uniform(draws.count(rounds), many)]
        yield mean(paid)
        yield mean([price > 0 for price in paid], 1)


@covers("E4")
@claim("E4", title="One bidder more is worth more than the best reserve", source="Bulow and Klemperer 1996",
       setting="n + 1 bidders without reserve against n bidders with reserve 1/2, second price",
       production=("trading.auctions.sealed.second_price",),
       figures=tuple(figure for n in (1, 2, 3, 5) for figure in (
           Figure(f"{n + 1} bidders, no reserve", Fraction(n, n + 2), 0.002),
           Figure(f"{n} bidders, reserve 1/2", _with_reserve(n), 0.002), Figure(f"gain of bidder {n + 1}", 0, relation=">"))))
def _one_more(draws: Draws) -> Iterator[Measured]:
    for many in (1, 2, 3, 5):
        free, held = [], []
        for values in draws.uniform(draws.count(500_000), many + 1):
            free.append(sealed.second_price(bids(values)).price or 0)
            held.append(sealed.second_price(bids(values[:many]), ONE // 2).price or 0)
        yield from (mean(free), mean(held), mean(np.subtract(free, held)))


@covers("E5")
@claim("E5", title="Second price where a few buyers value the right very highly", source="order statistics of the exponential, computed",
       setting="exponential values of mean 1: harmonic number less one", production=("trading.auctions.sealed.second_price",),
       figures=tuple(Figure(f"{n} bidders", sum(Fraction(1, k) for k in range(2, n + 1)), 0.006) for n in (2, 5, 10)))
def _exponential(draws: Draws) -> Iterator[Measured]:
    for many in (2, 5, 10):
        values = (draws.rng().exponential(ONE, (draws.count(420_000), many))).astype(int)
        yield mean([sealed.second_price(bids(row)).price or 0 for row in values.tolist()])
