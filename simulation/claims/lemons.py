"""Where quality cannot be seen the good leave first: E51, on the rule by which merchants of the laboratory leave."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.wide import lemons

_ROUNDS, _CERTIFIED_ROUNDS, _MERCHANTS = 10, 12, 400_000
_WORTH = {percent: Fraction(percent, 200) ** _ROUNDS for percent in (120, 150, 180)}
_CERTIFIED = {share: float(Fraction(share, 100) + Fraction(100 - share, 100) * Fraction(3, 4) ** _CERTIFIED_ROUNDS)
              for share in (0, 30, 60)}


def _lived(quality: np.ndarray, certified: np.ndarray, worth: float, rounds: int) -> np.ndarray:
    """Who is still on the market after so many rounds."""
    here = np.ones(quality.size, dtype=bool)
    for _ in range(rounds):
        here &= ~lemons.leaves(quality, here & ~certified, worth)
    return here


@covers("E51")
@claim("E51", title="Where quality cannot be seen the good leave first, unless buyers value it twice as much; certificates keep theirs",
       source="Akerlof 1970; computed",
       setting="qualities even on 0…1; uncertified lots are paid k times the mean on offer; the price after ten rounds over the first "
               "one, and the part of all lots still on offer after twelve with k = 1.5",
       production=("simulation.wide.lemons.leaves", "simulation.wide.lemons.believed"),
       figures=(*(Figure(f"price after ten rounds, k = {percent / 100:g}", price, 0.02) for percent, price in _WORTH.items()),
                *(Figure(f"lots on offer, {share} % certified", volume, 0.02) for share, volume in _CERTIFIED.items()),
                Figure("part that has left, k = 2", 0, 0.02), Figure("part that has left, k = 1.9", 0.3, relation=">"),
                Figure("best quality still offered over the best certified, k = 1.2", 0.1, relation="<")))
def _lemons(draws: Draws) -> Iterator[Measured]:
    size = draws.count(_MERCHANTS)
    for percent in _WORTH:
        quality, none = draws.rng().random(size), np.zeros(size, dtype=bool)
        first = lemons.believed(quality, ~none, percent / 100)
        here = _lived(quality, none, percent / 100, _ROUNDS)
        yield Measured(lemons.believed(quality, here, percent / 100) / first, samples=size)
    for share in _CERTIFIED:
        quality, certified = draws.rng().random(size), draws.rng().random(size) < share / 100
        yield Measured(float(_lived(quality, certified, 1.5, _CERTIFIED_ROUNDS).mean()), samples=size)
    quality, none = draws.rng().random(size), np.zeros(size, dtype=bool)
    for worth in (2.0, 1.9):
        yield Measured(1 - float(_lived(quality, none, worth, _CERTIFIED_ROUNDS).mean()), samples=size)
    certified = draws.rng().random(size) < 0.5
    here = _lived(quality, certified, 1.2, _ROUNDS)
    yield Measured(float(quality[here & ~certified].max() / quality[here & certified].max()), samples=size)
