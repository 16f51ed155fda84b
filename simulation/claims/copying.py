"""Copies, samples and choice of the rule: E38 and E40 to E43 on the rules that settle real trades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import exp, log

import numpy as np

from kit.coverage import covers
from settlement.sharing import owners, sampling, shapley
from settlement.sharing.games import Coverage, Game
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws

_AGARWAL = "Agarwal, Dahleh and Sarkar 2019"


def _same_data(sets: int) -> tuple[Fraction, Fraction, Fraction]:
    """A lists ``sets`` copies of what B lists once: A's part by Shapley, A's part by robust shares, what these pay out in all."""
    names = [*(f"A{n}" for n in range(sets)), "B"]
    shares = shapley.shapley_of_coverage(Coverage({name: frozenset("r") for name in names}))
    found = owners.robust(shares, {frozenset(pair): Fraction(1) for pair in combinations(names, 2)})
    mine = sum((found.shares[name] for name in names[:-1]), Fraction(0))
    return 1 - shares["B"], mine, 1 - found.undistributed


@covers("E38")
@claim("E38", title="Copying pays by Shapley and not by robust shares, which leave money over", source=_AGARWAL,
       setting="A and B have the same data; A lists k copies; λ = ln 2, likeness 1",
       production=("settlement.sharing.owners.robust", "settlement.sharing.shapley.shapley_of_coverage"),
       figures=(*(Figure(f"Shapley, {k} sets of A: A gets", Fraction(k, k + 1)) for k in (1, 2, 10)),
                *(Figure(f"robust, {k} sets of A: A gets", value) for k, value in (
                    (1, Fraction(1, 4)), (2, Fraction(1, 6)), (10, Fraction(10, 11 * 1024)))),
                Figure("robust, two sellers: paid out", Fraction(1, 2)), Figure("robust, three sellers: paid out", Fraction(1, 4)),
                Figure("robust divided up to the whole again: A gets with two sets", Fraction(2, 3))))
def _replicated(draws: Draws) -> Iterator[Measured]:
    found = {k: _same_data(k) for k in (1, 2, 10)}
    yield from (Measured(one[0]) for one in found.values())
    yield from (Measured(one[1]) for one in found.values())
    yield from (Measured(found[1][2]), Measured(found[2][2]), Measured(found[2][1] / found[2][2]))


_RUNWAYS = 20
_NAMES = tuple(f"{n:02}" for n in range(1, _RUNWAYS + 1))
_TRUE = [sum((Fraction(1, _RUNWAYS - k) for k in range(n)), Fraction(0)) for n in range(1, _RUNWAYS + 1)]


def _longest(group: frozenset[int]) -> int:
    return max(group) + 1 if group else 0


def _errors(draws: Draws, orders: int, *, antithetic: bool) -> tuple[list[float], int]:
    """The squared error of each run, averaged over the players, and in how many runs the values miss the whole."""
    squared, missed = [], 0
    for run in range(200 if draws.full else 8_000 // (orders + 100)):
        shares = sampling.sampled(_NAMES, _longest, orders=orders, seed=f"E40:{run}:{draws.rng().integers(2**32)}",
                                  antithetic=antithetic).shares
        missed += sum(shares.values()) != _RUNWAYS
        squared.append(float(np.mean([float(shares[name] - true) ** 2 for name, true in zip(_NAMES, _TRUE, strict=True)])))
    return squared, missed


@covers("E40")
@claim("E40", title="The error of sampled orders falls with the root of their number, and an order with its reverse errs less",
       source="Castro, Gómez and Tejada 2009; computed",
       setting="twenty runways of 1 to 20; root of the mean squared error over players and runs",
       production=("settlement.sharing.sampling.sampled",),
       figures=(Figure("100 orders", 0.300, 0.03), Figure("400 orders", 0.144, 0.02), Figure("100 orders in pairs", 0.261, 0.03),
                Figure("400 orders in pairs", 0.129, 0.02), Figure("slope of the error, doubly logarithmic", -0.5, 0.08),
                Figure("pairs against single orders", 0.86, 0.08), Figure("runs that miss the whole", 0)))
def _sampled_orders(draws: Draws) -> Iterator[Measured]:
    roots, lost = {}, 0
    for antithetic in (False, True):
        for orders in (100, 400):
            squared, missed = _errors(draws, orders, antithetic=antithetic)
            root = float(np.sqrt(np.mean(squared)))
            spread = float(np.std(squared, ddof=1) / np.sqrt(len(squared))) * 2.576 / (2 * root)
            roots[antithetic, orders], lost = Measured(root, spread, len(squared)), lost + missed
    yield from roots.values()
    relative = {key: one.half / float(one.value) for key, one in roots.items()}
    yield Measured(log(float(roots[False, 400].value) / float(roots[False, 100].value)) / log(4),
                   float(np.hypot(relative[False, 100], relative[False, 400])) / log(4))
    ratios = [float(roots[True, orders].value) / float(roots[False, orders].value) for orders in (100, 400)]
    yield Measured(sum(ratios) / 2, float(np.sqrt(sum(one**2 for one in relative.values()))) / 2)
    yield Measured(lost)


@covers("E41")
@claim("E41", title="How many orders keep every party's error below a bound", source="Hoeffding 1963",
       setting="δ = 0.05, marginal worths in 0 … 1",
       production=("settlement.sharing.sampling.orders_needed",),
       figures=(Figure("10 parties, 0.05", 1_199), Figure("100 parties, 0.01", 41_471), Figure("1,000 parties, 0.05", 2_120)))
def _bound(draws: Draws) -> Iterator[Measured]:
    for parties, within in ((10, Fraction(1, 20)), (100, Fraction(1, 100)), (1_000, Fraction(1, 20))):
        yield Measured(sampling.orders_needed(parties, within))


_TOLERANCES = {Fraction(1, 100): (0.46, 0.0095), Fraction(2, 100): (0.40, 0.019), Fraction(5, 100): (0.32, 0.047),
               Fraction(10, 100): (0.25, 0.095)}
_CROWD = 100


def _saturating(weights: Sequence[int]) -> sampling.Worth:
    """What more data add falls off: the whole is a million, nine tenths of it are there with a quarter of the data."""
    total, units = sum(weights), 1_000_000

    def worth(group: frozenset[int]) -> int:
        return round(units * (1 - exp(-10 * sum(weights[n] for n in group) / total)) / (1 - exp(-10)))

    return worth


def _ranks(values: Sequence[Fraction]) -> np.ndarray:
    return np.argsort(np.argsort([float(one) for one in values]))


@covers("E42")
@claim("E42", title="Cutting an order short saves most evaluations and loses about the tolerance, which is added again",
       source="Ghorbani and Zou 2019; computed",
       setting="a hundred parties, a utility that saturates; 500 orders, with and without truncation",
       production=("settlement.sharing.sampling.sampled",),
       figures=(*(figure for tolerance, (asked, lost) in _TOLERANCES.items() for figure in (
                    Figure(f"{float(tolerance):.0%}: part of the evaluations", asked, 0.03),
                    Figure(f"{float(tolerance):.0%}: part of the worth lost", lost, 0.006))),
                Figure("rank correlation with the whole orders, least", 0.99, relation=">"), Figure("runs that miss the whole", 0)))
def _truncated(draws: Draws) -> Iterator[Measured]:
    weights = [int(one) for one in draws.rng().integers(50, 151, _CROWD)]
    names, worth = [f"{n:03}" for n in range(_CROWD)], _saturating(weights)
    orders = 500 if draws.full else 60
    full = sampling.sampled(names, worth, orders=orders, seed="E42")
    least, missed = 1.0, 0
    for tolerance in _TOLERANCES:
        found = sampling.sampled(names, worth, orders=orders, seed="E42", tolerance=tolerance)
        yield from (Measured(found.asked / full.asked), Measured(float(found.lost) / 1_000_000))
        missed += sum(found.shares.values()) != 1_000_000
        least = min(least, float(np.corrcoef(_ranks(list(found.shares.values())), _ranks(list(full.shares.values())))[0, 1]))
    yield from (Measured(least), Measured(missed))


def _margin(rule: str) -> Fraction:
    """The square of the safety margin in a game of four: how much noise, in length, the order of two players withstands."""
    names, coefficients = ("a", "b", "c", "d"), []
    for others in range(4):  # which of c and d are there
        unit = Game(names, {1 | others << 2: Fraction(1)})
        values = getattr(shapley, rule)(unit)
        coefficients.append(values["a"] - values["b"])
    return sum(coefficients, Fraction(0)) ** 2 / (2 * sum((one**2 for one in coefficients), Fraction(0)))


@covers("E43")
@claim("E43", title="Only Shapley's values sum to the price; Banzhaf's order of the parties withstands more noise",
       source="Wang and Jia 2023 (safety margin); Kwon and Zou 2022",
       setting="random games of four with growing worths; the safety margin from the values of unit games, squared",
       production=("settlement.sharing.shapley.shapley", "settlement.sharing.shapley.banzhaf"),
       figures=(Figure("games in which Shapley misses the price", 0),
                Figure("part of the games in which Banzhaf misses it", 0.9, relation=">"),
                Figure("safety margin of Banzhaf, squared", 2), Figure("safety margin of Shapley, squared", Fraction(9, 5))))
def _semivalues(draws: Draws) -> Iterator[Measured]:
    rng, wrong, other, games = draws.rng(), 0, 0, draws.count(2_000)
    for _ in range(games):
        table = np.sort(rng.integers(1, 1_000, 15))
        game = Game(tuple("abcd"), {mask: Fraction(int(table[place])) for place, mask in enumerate(
            sorted(range(1, 16), key=lambda mask: (mask.bit_count(), mask)))})
        wrong += sum(shapley.shapley(game).values()) != game.whole
        other += sum(shapley.banzhaf(game).values()) != game.whole
    yield from (Measured(wrong, samples=games), Measured(other / games, samples=games))
    yield from (Measured(_margin("banzhaf")), Measured(_margin("shapley")))
