"""When nobody knows what the thing is worth: E14, E15 (the winner's curse) and E16 (the seller who knows more)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws, bids
from simulation.claims.measuring import mean
from trading.auctions import bargain, sealed
from trading.auctions.rules import Outcome

#: One unit of value in whole units of the price functions.
_UNIT = 10_000
_NOISE = 12
_ROUNDS = {2: 380_000, 4: 260_000, 7: 160_000, 10: 110_000}

_Bid = Callable[[int, int], int]


def _naive(signal: int, many: int) -> int:
    return signal


def _first_equilibrium(signal: int, many: int) -> int:
    return signal - _NOISE * _UNIT


def _second_equilibrium(signal: int, many: int) -> int:
    return signal - _NOISE * _UNIT * (many - 2) // many


_KINDS: dict[str, tuple[_Bid, str, tuple[int, ...], Callable[[int], Fraction]]] = {
    "naive first price": (_naive, "first_price", (4, 7, 10), lambda n: Fraction(-_NOISE * (n - 1), n + 1)),
    "naive second price": (_naive, "second_price", (2, 4, 7, 10), lambda n: Fraction(-_NOISE * (n - 3), n + 1)),
    "equilibrium first price": (_first_equilibrium, "first_price", (4, 7, 10), lambda n: Fraction(2 * _NOISE, n + 1)),
    "equilibrium second price": (_second_equilibrium, "second_price", (4, 7, 10), lambda n: Fraction(2 * _NOISE * (n - 1), n * (n + 1))),
}


def _profits(draws: Draws, form: Callable[..., Outcome], bid: _Bid, many: int) -> Measured:
    """The winner's profit: the one value of all less the price; everybody sees it with an error of their own."""
    rng, found = draws.rng(), []
    rounds = draws.count(_ROUNDS[many])
    values = rng.integers(100 * _UNIT, 200 * _UNIT, size=rounds)
    errors = rng.integers(-_NOISE * _UNIT, _NOISE * _UNIT + 1, size=(rounds, many))
    for value, signals in zip(values.tolist(), (values[:, None] + errors).tolist(), strict=True):
        found.append(value - (form(bids([bid(signal, many) for signal in signals])).price or 0))
    return mean(found, _UNIT)


@covers("E14")
@claim("E14", title="Who bids the own estimate wins when it is too high", source="Kagel and Levin 1986",
       setting="one value of all, seen with an even error of ±12; profit of the winner",
       production=("trading.auctions.sealed.first_price", "trading.auctions.sealed.second_price"),
       figures=tuple(Figure(f"{kind}, {n} bidders", expected(n), 0.05) for kind, (_, _, many, expected) in _KINDS.items() for n in many))
def _curse(draws: Draws) -> Iterator[Measured]:
    for bid, form, sizes, _ in _KINDS.values():
        for many in sizes:
            yield _profits(draws, getattr(sealed, form), bid, many)


_JAR = 8.0


@covers("E15")
@claim("E15", title="A jar of coins is sold for more than it holds although most guess too low", source="Bazerman and Samuelson 1983",
       setting="jar of 8, guesses lognormal with mean 5.13 (published) and log-spread 0.47, 12 bidders (both assumed); the naive name "
               "their guess, the wary two thirds of it",
       production=("trading.auctions.sealed.first_price",),
       figures=(Figure("mean guess", 5.13, 0.05), Figure("naive: paid too much, low end of the band", 0.15, relation=">"),
                Figure("naive: paid too much, high end of the band", 0.35, relation="<"), Figure("wary: paid too much", 0, relation="<")))
def _jar(draws: Draws) -> Iterator[Measured]:
    spread = 0.47
    guesses = draws.rng().lognormal(np.log(5.13) - spread**2 / 2, spread, (draws.count(40_000), 12)) * _UNIT
    paid = [sealed.first_price(bids(row)).price or 0 for row in guesses.astype(int).tolist()]
    wary = [sealed.first_price(bids(row)).price or 0 for row in (guesses * 2 / 3).astype(int).tolist()]
    over = mean(np.asarray(paid) / (_JAR * _UNIT) - 1, 1)
    yield from (mean(guesses.ravel(), _UNIT), over, over, mean(np.asarray(wary) / (_JAR * _UNIT) - 1, 1))


_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_OFFERS = tuple(range(0, 101, 10))


def _acquired(offer: int, quality: int) -> int:
    """The buyer's profit: the owner takes any offer of at least the quality; in the buyer's hands it is worth half as much again."""
    talk = bargain.start("buyer", bargain.Terms(offer), _BEGIN + timedelta(days=1))
    ended = bargain.step(talk, "accept" if quality <= offer else "decline", "seller", _BEGIN)
    assert isinstance(ended, bargain.Talk), "the owner has the turn"
    return quality * 3 // 2 - ended.terms.price_fen if ended.status == "accepted" else 0


@covers("E16")
@claim("E16", title="Against an owner who knows the quality every offer loses", source="Bazerman and Samuelson's company problem, recalled",
       setting="quality even on 0…100, worth half as much again to the buyer; offer b earns -b²/400",
       production=("trading.auctions.bargain.start", "trading.auctions.bargain.step"),
       figures=(Figure("profit of the offer 60", -9, 0.1), Figure("best offer of 0, 10 … 100", 0)))
def _company(draws: Draws) -> Iterator[Measured]:
    rng = draws.rng()
    yield mean([_acquired(60 * _UNIT, quality) for quality in rng.integers(0, 100 * _UNIT + 1, draws.count(1_300_000)).tolist()], _UNIT)
    even = range(0, 100 * _UNIT + 1, _UNIT // 10)
    earned = {offer: sum(_acquired(offer * _UNIT, quality) for quality in even[::10]) for offer in _OFFERS}
    yield Measured(max(earned, key=earned.__getitem__), samples=len(even[::10]))
