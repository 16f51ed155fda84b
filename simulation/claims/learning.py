"""A seller who learns its price: E28, multiplicative weights over posted prices against the best fixed price in hindsight."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws
from simulation.claims.measuring import mean
from trading.auctions import posted, rsop
from trading.auctions.rules import Order

#: Buyers, and by how much of the highest value a sale falls short of the best fixed price, on average.
_REGRETS = {100: 0.0460, 400: 0.0249, 1_600: 0.0126, 6_400: 0.0067}


def _sold(values: list[int], price: int) -> np.ndarray:
    """Who of the buyers, in the order they came, buys at a posted price."""
    orders = [Order(str(place), value, place + 1) for place, value in enumerate(values)]
    bought = np.zeros(len(values))
    for award in posted.clear(orders, price, len(values)).awards:
        bought[int(award.bidder)] = 1
    return bought


def _regret(values: list[int]) -> float:
    """Weights over a grid of √T prices, each multiplied by what it would have earned; the price is drawn by them before each buyer."""
    buyers = len(values)
    steps = int(buyers**0.5)
    earned = np.stack([_sold(values, ONE * step // steps) * step / steps for step in range(1, steps + 1)], axis=1)
    before = np.vstack([np.zeros(steps), np.cumsum(earned, axis=0)[:-1]]) * np.sqrt(8 * np.log(steps) / buyers)
    weights = np.exp(before - before.max(axis=1, keepdims=True))
    got = float((weights / weights.sum(axis=1, keepdims=True) * earned).sum())
    price = rsop.optimal_price(values) or 0
    return (float(_sold(values, price).sum()) * price / ONE - got) / buyers


@covers("E28")
@claim("E28", title="A seller who learns its price by multiplicative weights loses ever less to the best fixed price",
       source="Agarwal, Dahleh and Sarkar 2019; computed",
       setting="values Beta(2, 3), one buyer after the other; a grid of √T prices, what each would have earned is known after each buyer",
       production=("trading.auctions.posted.clear", "trading.auctions.rsop.optimal_price"),
       figures=(*(Figure(f"average regret after {buyers} buyers", regret, 0.002) for buyers, regret in _REGRETS.items()),
                Figure("slope of the regret, both logarithmic", -0.475, 0.075)))
def _learned(draws: Draws) -> Iterator[Measured]:
    found = []
    for buyers in _REGRETS:
        rng, rounds = draws.rng(), (12 if draws.full else 3) * 6_400 // buyers
        values = np.maximum(1, (rng.beta(2, 3, (rounds, buyers)) * ONE).astype(int)).tolist()
        measured = mean([_regret(each) for each in values], 1)
        found.append(float(measured.value))
        yield measured
    yield Measured(float(np.polyfit(np.log(list(_REGRETS)), np.log(found), 1)[0]))
