"""Where the odd fen goes: E44 (largest remainder) and E45 (the Alabama paradox) on the rule that divides real prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import permutations

from kit import money
from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.claims.measuring import mean

_COUNCIL = {**{f"P{n}": Fraction(421, 2145) for n in range(5)}, **{f"R{n}": Fraction(4, 2145) for n in range(10)}}
_SPLITS: dict[str, tuple[int, Mapping[str, int | Fraction], tuple[int, ...]]] = {
    "100.00 by 1:1:1": (10_000, {"a": 1, "b": 1, "c": 1}, (3334, 3333, 3333)),
    "0.01 by 1:1:1": (1, {"a": 1, "b": 1, "c": 1}, (1, 0, 0)),
    "999.99 by 50:35:15": (99_999, {"a": 50, "b": 35, "c": 15}, (49_999, 35_000, 15_000)),
    "10,000.00 by the Council": (1_000_000, _COUNCIL, (196_270,) * 5 + (1_865,) * 10),
}
_SHARERS = 7


@covers("E44")
@claim("E44", title="Shares in whole fen sum to the price by largest remainder, and often do not by rounding each",
       source="Hamilton 1792; computed",
       setting="published splits; then 7 random shares of a random price, each rounded by itself against the rule of the house",
       production=("kit.money.split",),
       figures=(*(Figure(f"{name}: party {place}", fen) for name, (_, _, parts) in _SPLITS.items() for place, fen in enumerate(parts, 1)),
                Figure("rounding each: share of prices missed", 0.495, 0.01), Figure("largest remainder: prices missed", 0)))
def _largest_remainder(draws: Draws) -> Iterator[Measured]:
    for pot, weights, _ in _SPLITS.values():
        yield from (Measured(fen) for fen in money.split(pot, weights).values())
    missed, wrong = [], 0
    rounds = draws.count(70_000)
    weights_drawn = draws.rng().integers(1, 1_000_000, (rounds, _SHARERS)).tolist()
    for pot, weights in zip(draws.rng().integers(1_000_000, 100_000_000, rounds).tolist(), weights_drawn, strict=True):
        total = sum(weights)
        missed.append(sum((2 * pot * weight + total) // (2 * total) for weight in weights) != pot)
        wrong += sum(money.split(pot, {str(place): weight for place, weight in enumerate(weights)}).values()) != pot
    yield from (mean(missed, 1), Measured(wrong, samples=rounds))


@covers("E45")
@claim("E45", title="With one fen more in the pot the small party may get one less, so instalments are never divided anew",
       source="Alabama paradox, 1880", setting="weights 6:6:2; the parties in every order of the input", production=("kit.money.split",),
       figures=(*(Figure(f"10 fen: party {name}", fen) for name, fen in zip("abc", (4, 4, 2), strict=True)),
                *(Figure(f"11 fen: party {name}", fen) for name, fen in zip("abc", (5, 5, 1), strict=True)),
                Figure("change of the small party", -1), Figure("orders of input that give another answer", 0)))
def _alabama(draws: Draws) -> Iterator[Measured]:
    weights = {"a": 6, "b": 6, "c": 2}
    ten, eleven = money.split(10, weights), money.split(11, weights)
    yield from (Measured(fen) for fen in (*ten.values(), *eleven.values()))
    yield Measured(eleven["c"] - ten["c"])
    thirds = {"a": 1, "b": 1, "c": 1}
    usual = money.split(10, thirds)
    yield Measured(sum(money.split(10, {name: thirds[name] for name in order}) != usual for order in permutations(thirds)))
