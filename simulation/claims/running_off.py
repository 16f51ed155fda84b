"""Who runs off with prepaid deals: E55, how much of a price is held back before it no longer pays."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kit import money
from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws

_MARGIN, _PATIENCE, _PRICE = Fraction(1, 5), Fraction(19, 20), 100_000
_HELD = {1: 0, 3: 0, 10: 62, 20: 81}


def _pays_off(deals: int, held_bps: int) -> bool:
    """Taking what is not held back of all open deals, against the margins of all the deals to come."""
    taken = deals * (_PRICE - money.bps_of(_PRICE, held_bps))
    return taken > _PRICE * _MARGIN * _PATIENCE / (1 - _PATIENCE)


@covers("E55")
@claim("E55", title="The more prepaid deals stand open, the more must be held back that nobody runs off with them",
       source="folk theorem; computed",
       setting="margin 20 %, a deal to come is worth 0.95 of one now; of each price so many whole percent are held back",
       production=("kit.money.bps_of",),
       figures=(*(Figure(f"{deals} open deals: least percent held back", percent) for deals, percent in _HELD.items()),
                Figure("deals that may stand open with nothing held back", 3)))
def _escrow(draws: Draws) -> Iterator[Measured]:
    for deals in _HELD:
        yield Measured(next((percent for percent in range(101) if not _pays_off(deals, percent * 100)), -1))
    yield Measured(next(deals for deals in range(1, 100) if _pays_off(deals, 0)) - 1)
