"""Goods that can be copied, sold to as many as pay: E17 to E21 on the random-sampling price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import comb, e

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws, bids
from simulation.claims.measuring import mean, quotient
from trading.auctions import rsop
from trading.auctions.rules import Outcome

_GOLDBERG = "Goldberg, Hartline, Karlin, Saks and Wright 2006"


def _best(amounts: Sequence[int]) -> int:
    """F: the most that one price earns."""
    price = rsop.optimal_price(amounts) or 0
    return price * sum(amount >= price for amount in amounts)


def _best_of_two(amounts: Sequence[int]) -> int:
    """F2: the most that one price earns which at least two pay; with the highest bid cut to the second no single one decides."""
    ranked = sorted(amounts, reverse=True)
    return _best([ranked[1], *ranked[1:]])


def _earned(outcome: Outcome) -> int:
    return sum(one.price * one.quantity for one in outcome.awards)


_LISTS = {(6, 3, 2): (6, 6), (10, 1, 1, 1): (10, 4), (12, 6, 4, 3): (12, 12)}


@covers("E17")
@claim("E17", title="The benchmarks of a price for copies", source=_GOLDBERG, setting="F = max k·b(k), F2 = max over k ≥ 2",
       production=("trading.auctions.rsop.optimal_price",),
       figures=tuple(figure for bids_, (one, two) in _LISTS.items() for figure in (
           Figure(f"F of {list(bids_)}", one), Figure(f"F2 of {list(bids_)}", two))))
def _benchmarks(draws: Draws) -> Iterator[Measured]:
    for amounts in _LISTS:
        yield from (Measured(_best(amounts)), Measured(_best_of_two(amounts)))


_EXACT = {(2, 1): Fraction(1, 2), (1, 1): Fraction(1), (1, 1, 1): Fraction(9, 4), (3, 2, 1): Fraction(3, 2), (6, 3, 2): Fraction(9, 4),
          (12, 6, 4, 3): Fraction(21, 4), (5, 5, 5, 5): Fraction(35, 2), (60, 30, 20, 15, 12, 10): Fraction(895, 32)}
_EQUAL = (2, 3, 5, 8)


def _expected(amounts: Sequence[int]) -> Fraction:
    """What random sampling earns over all ways to toss a coin for each bid."""
    orders = bids(list(amounts))
    total = 0
    for coins in product((False, True), repeat=len(orders)):
        left = [one for one, coin in zip(orders, coins, strict=True) if coin]
        right = [one for one, coin in zip(orders, coins, strict=True) if not coin]
        total += _earned(rsop.clear_halves(left, right))
    return Fraction(total, 2 ** len(orders))


@covers("E18")
@claim("E18", title="What random sampling earns, exactly",
       source="computed; bounds by Feige et al. 2005 and Alaei, Malekian and Srinivasan 2009",
       setting="every one of the 2^n halvings", production=("trading.auctions.rsop.clear_halves", "trading.auctions.rsop.optimal_price"),
       figures=(*(Figure(f"revenue of {list(amounts)}", earned) for amounts, earned in _EXACT.items()),
                *(Figure(f"{n} equal bids of 1", n * (1 - Fraction(2, 2**n))) for n in _EQUAL),
                Figure("F2 over revenue of [2, 1], the worst known", 4)))
def _all_halvings(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(_expected(amounts)) for amounts in _EXACT)
    yield from (Measured(_expected((1,) * many)) for many in _EQUAL)
    yield Measured(Fraction(_best_of_two((2, 1))) / _expected((2, 1)))


_TENS = (10,) * 10 + (1,) * 90


@covers("E19")
@claim("E19", title="One price told by the others' bids can be led astray; a random half cannot", source=_GOLDBERG,
       setting="10 bids of 10 and 90 of 1: everybody is offered the best price of all the others, or random sampling is used",
       production=("trading.auctions.rsop.optimal_price", "trading.auctions.rsop.clear"),
       figures=(Figure("F", 100), Figure("F2", 100), Figure("price by the others' bids", 10), Figure("random sampling", 88, 1)))
def _deterministic(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(_best(_TENS)), Measured(_best_of_two(_TENS)))
    offered = [(own, rsop.optimal_price(_TENS[:place] + _TENS[place + 1:]) or 0) for place, own in enumerate(_TENS)]
    yield Measured(sum(price for own, price in offered if own >= price))
    seeds = draws.rng().integers(0, 2**62, draws.count(20_000)).tolist()
    yield mean([_earned(rsop.clear(bids(_TENS), seed)) for seed in seeds], 1)


def _bound(many: int) -> Fraction:
    """The least share by which any truthful auction falls behind F2 on some list of ``many`` bids."""
    return 1 - sum((Fraction(-1, many) ** (i - 1) * Fraction(i, i - 1) * comb(many - 1, i - 1) for i in range(2, many + 1)), Fraction(0))


_CAP = 100


def _equal_revenue(draws: Draws, many: int, rounds: int) -> Iterator[list[int]]:
    """Values of which every price up to the cap earns the same: more than x with chance 1/x."""
    values = np.minimum(1 / (1 - draws.rng().random((rounds, many))), _CAP) * ONE
    yield from values.astype(int).tolist()


@covers("E20")
@claim("E20", title="No truthful auction of copies comes nearer to F2 than a known share; random sampling keeps below it",
       source="Goldberg, Hartline, Karlin and Saks 2004; tight by Chen, Gravin and Lu 2014",
       setting="the bound as a sum of fractions; random sampling on values of equal revenue, capped at 100, earns 1 from each bidder who "
               "is offered a price",
       production=("trading.auctions.rsop.clear", "trading.auctions.rsop.optimal_price"),
       figures=(*(Figure(f"bound, n = {n}", bound) for n, bound in
                  {2: Fraction(2), 3: Fraction(13, 6), 4: Fraction(215, 96), 5: Fraction(3421, 1500)}.items()),
                Figure("bound, n = 2,000", 2.42872, 0.001), Figure("against the second-price benchmark, n = 2,000", e - 1, 0.001),
                Figure("random sampling, 3 bidders of equal revenue", Fraction(9, 4), 0.1),
                Figure("F2 over random sampling, 3 bidders", Fraction(13, 6), relation=">")))
def _lower_bound(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(_bound(many)) for many in (2, 3, 4, 5))
    yield Measured(float(_bound(2_000)))
    yield Measured(float((Fraction(2_000, 1_999)) ** 1_999 - 1))
    rounds = draws.count(200_000)
    tosses = iter(draws.rng().integers(0, 2**62, rounds).tolist())
    earned, benchmark = [], []
    for values in _equal_revenue(draws, 3, rounds):
        earned.append(_earned(rsop.clear(bids(values), next(tosses))))
        benchmark.append(_best_of_two(values))
    yield from (mean(earned), quotient(benchmark, earned))


_SHARES = {5: (0.70, 60_000), 10: (0.83, 40_000), 20: (0.90, 20_000), 50: (0.948, 8_000), 100: (0.967, 4_000), 500: (0.989, 1_000)}
_RATIOS = {5: 1.97, 500: 1.03}


@covers("E21")
@claim("E21", title="With many buyers random sampling earns what a seller who knew the demand would", source="computed",
       setting="values even on 0…1; the seller who knows that earns n/4 at price 1/2",
       production=("trading.auctions.rsop.clear", "trading.auctions.rsop.optimal_price"),
       figures=tuple(figure for n, (share, _) in _SHARES.items() for figure in (
           Figure(f"share of n/4, n = {n}", share, 0.02),
           *([Figure(f"F2 over random sampling, n = {n}", _RATIOS[n], 0.04)] if n in _RATIOS else []))))
def _sampling(draws: Draws) -> Iterator[Measured]:
    for many, (_, rounds) in _SHARES.items():
        earned, benchmark = [], []
        count = draws.count(rounds) if many < 100 else rounds if draws.full else rounds // 10
        tosses = iter(draws.rng().integers(0, 2**62, count).tolist())
        for values in draws.uniform(count, many):
            earned.append(_earned(rsop.clear(bids(values), next(tosses))))
            benchmark.append(_best_of_two(values) if many in _RATIOS else 1)
        yield mean(earned, ONE * many / 4)
        if many in _RATIOS:
            yield quotient(benchmark, earned)
