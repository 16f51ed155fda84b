"""Traders without intelligence in a continuous double auction, in the simulation venue only: E46 (bound by their values), E47 (bound by
nothing).

A quote stands until a better one of its side comes; two that cross trade at the one that stood first, which the call auction takes for
its reference; then both sides of the book are cleared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.claims.measuring import mean
from trading.auctions import call
from trading.auctions.rules import Order

_TRADERS, _UNITS, _MOST = 6, 3, 200
#: How far the n-th best value lies above the n-th best cost; eighteen units on either side.
_SYMMETRIC = (*range(9, 0, -1), 0, *range(0, -8, -1))
_THIN = (27, 21, 17, 14, 11, 9, -1, -1, -1, -1, -2, -2, -2, -2, -2, -3, -3, -3)
_LAST = (14, *range(11, 0, -1), 0, -1, -2, -3, -3, -4)


def _sloping(place: int) -> int:
    return 180 - 6 * place + (4 if place == 17 else 0)


#: Values and costs of a design, the best first.
_DESIGNS: dict[str, tuple[list[int], list[int]]] = {
    "symmetric": ([100 + 8 * one for one in _SYMMETRIC], [100 - 8 * one for one in _SYMMETRIC]),
    "thin": ([100 + 2 * one for one in _THIN], [100 - 2 * one for one in _THIN]),
    "box": ([140] * 9 + [66] * 9, [60] * 9 + [146] * 9),
    "sloping": ([_sloping(place) for place in range(18)], [100 + 2 * place for place in range(18)]),
    "flat supply": ([100 + 6 * one for one in _LAST], [100] * 18)}
_ALL_TRADED = {"symmetric": Fraction(17, 45), "thin": Fraction(76, 99), "box": Fraction(0), "sloping": Fraction(1, 2),
               "flat supply": Fraction(67, 80)}


def _best(values: Sequence[int], costs: Sequence[int]) -> int:
    """The gains of trade if the best values meet the best costs."""
    return sum(max(0, value - cost) for value, cost in zip(values, costs, strict=True))


def _held(units: Sequence[int]) -> list[list[int]]:
    """The units of six traders, dealt in turn; each gives up the best of its own first, which stands last."""
    return [list(reversed(units[trader::_TRADERS])) for trader in range(_TRADERS)]


def _period(rng: np.random.Generator, values: Sequence[int], costs: Sequence[int], *, bound: bool) -> tuple[Fraction, list[int]]:
    """One period until nothing can trade any more: the gains made over the best possible, and the prices."""
    hands = {"b": _held(values), "a": _held(costs)}
    standing: dict[str, Order] = {}
    gained, prices, number = 0, [], 0
    while _can_trade(hands, bound):
        for side, trader, chance in zip(rng.integers(0, 2, 64).tolist(), rng.integers(0, _TRADERS, 64).tolist(),
                                        rng.random(64).tolist(), strict=True):
            name = "ba"[side]
            own = hands[name][trader]
            if not own:
                continue
            low, high = (own[-1], _MOST) if side and bound else (1, own[-1] if bound else _MOST)
            number += 1
            quote = Order(f"{name}{trader}", low + int(chance * (high - low + 1)), number)
            stood = standing.get(name)
            if stood is not None and (quote.amount - stood.amount) * (-1 if side else 1) <= 0:
                continue
            standing[name] = quote
            other = standing.get("ab"[side])
            if other is None:
                continue
            outcome = call.clear([standing["b"]], [standing["a"]], other.amount)
            if outcome.awards:
                award, price = outcome.awards[0], outcome.price or 0
                gained += hands["b"][int(award.bidder[1:])].pop() - award.price
                gained += price - hands["a"][int(standing["a"].bidder[1:])].pop()
                prices.append(price)
                standing.clear()
                if not _can_trade(hands, bound):
                    break
    return Fraction(gained, _best(values, costs)), prices


def _can_trade(hands: dict[str, list[list[int]]], bound: bool) -> bool:
    buys, sells = ([own[-1] for own in hands[name] if own] for name in "ba")
    return bool(buys and sells) and (not bound or max(buys) >= min(sells))


@covers("E46")
@claim("E46", title="A double auction makes nearly all gains of trade even among traders who quote at random, if they may not lose",
       source="Gode and Sunder 1993; computed",
       setting="six buyers and six sellers of three units; quotes even between 1 and the value, or the cost and 200; a quote has to "
               "improve, the book is cleared after each trade; five designs",
       production=("trading.auctions.call.clear",),
       figures=(*(Figure(f"efficiency, {name}, at least", 0.96, relation=">") for name in _DESIGNS if name != "flat supply"),
                Figure("efficiency, flat supply", 1),
                *(Figure(f"spread of prices, {name}, at most", 30, relation="<") for name in _DESIGNS)))
def _bound(draws: Draws) -> Iterator[Measured]:
    spreads = []
    for values, costs in _DESIGNS.values():
        rng, rounds = draws.rng(), 400 if draws.full else 40
        periods = [_period(rng, values, costs, bound=True) for _ in range(rounds)]
        shares = [share for share, _ in periods]
        yield Measured(min(shares), samples=rounds) if min(shares) == max(shares) == 1 else mean([float(one) for one in shares], 1)
        spreads.append(mean([float(np.std(prices)) for _, prices in periods], 1))
    yield from spreads


@covers("E47")
@claim("E47", title="Bound by nothing, traders who quote at random lose what the design decides, whatever they quote",
       source="Gode and Sunder 1993; computed",
       setting="as E46, quotes even between 1 and 200, until every unit has been traded: (ΣV-ΣC) over the best possible, in every period",
       production=("trading.auctions.call.clear",),
       figures=(*(figure for name, share in _ALL_TRADED.items() for figure in (
                    Figure(f"efficiency, {name}", share), Figure(f"periods that differ, {name}", 0))),
                Figure("spread of prices, symmetric", 56, 3)))
def _unbound(draws: Draws) -> Iterator[Measured]:
    spread = None
    for values, costs in _DESIGNS.values():
        rng, rounds = draws.rng(), 400 if draws.full else 20
        periods = [_period(rng, values, costs, bound=False) for _ in range(rounds)]
        spread = spread or mean([float(np.std(prices)) for _, prices in periods], 1)
        yield Measured(periods[0][0], samples=rounds)
        yield Measured(sum(share != periods[0][0] for share, _ in periods), samples=rounds)
    assert spread is not None
    yield spread
