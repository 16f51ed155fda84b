"""Who lives in a faithful run: the same people as in a wide run of the same seed, as parties that can be admitted.

A wide run draws for each purchase whether it comes from abroad; here a buyer lives abroad or it does not, by a stream of its own.
"""

from __future__ import annotations

import numpy as np

from simulation.faithful.plugins import OUTSIDE
from simulation.faithful.strategies import STRATEGIES
from simulation.faithful.views import Person
from simulation.wide.parameters import Values
from simulation.wide.population import Buyer, Merchant, Population, populate

__all__ = ["SHARDS", "folk", "population_of"]

#: Belongs to the result, as the number of workers does not.
SHARDS = 8
#: No licence costs more than half a million yuan here: the books of a demo bank end somewhere.
_DEAREST_FEN = 50_000_000
#: Of the buyers, and of the merchants, follow a strategy from outside the package where one is loaded.
_OUTSIDE_BPS = 1_000


def population_of(agents: int, seed: int, values: Values, outside_bps: int = 0, outside_sellers_bps: int = 0) -> Population:
    """This will draw the columns; the days of a run have the seed's second child."""
    return populate(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, 0)).spawn(2)[0]), agents, values,
                    outside_bps=outside_bps, outside_sellers_bps=outside_sellers_bps)


def folk(agents: int, seed: int, values: Values) -> tuple[Person, ...]:
    """This will name everybody: merchants, buyers, those who belong to a merchant, an assessor, brokers, subjects and the desks."""
    drawn = population_of(agents, seed, values, *(_OUTSIDE_BPS if (role, OUTSIDE) in STRATEGIES else 0 for role in ("buyer", "merchant")))
    people: list[Person] = []
    good = [place for place, kind in enumerate(drawn.kind) if kind == Merchant.HONEST]
    for place, kind in enumerate(drawn.kind):
        copied = f"m{good[place % len(good)]}" if kind == Merchant.COPIER and good else ""
        people.append(Person(f"m{place}", "merchant", Merchant(kind).name.lower(), place % SHARDS,
                             max(10_000, min(int(drawn.price[place]), _DEAREST_FEN) // 100 * 100), bool(drawn.certified[place]),
                             bool(drawn.cheats[place]), copies=copied, quality=float(drawn.quality[place]),
                             public=bool(drawn.public[place])))
    abroad = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, 1))).random(drawn.bidder.size)
    for place, kind in enumerate(drawn.bidder):
        people.append(Person(f"b{place}", "buyer", Buyer(kind).name.lower(), place % SHARDS,
                             foreign=bool(abroad[place] < values.rate("cross_border_bps"))))
    for place, kind in enumerate(drawn.kind):
        if kind in (Merchant.WASHER, Merchant.SHILLED):
            people.append(Person(f"x{place}", "buyer", "twin" if kind == Merchant.WASHER else "shill", place % SHARDS, owner=f"m{place}"))
    people.append(Person("a0", "helper", "assessor", 0))
    brokers = max(1, agents * values["broker_share_bps"] // 10_000) if values["broker_share_bps"] else 0
    people += [Person(f"k{place}", "helper", "broker", place % SHARDS) for place in range(brokers)]
    people += [Person(f"s{place}", "helper", "subject", place % SHARDS) for place in range(min(3, drawn.subject_of.size))]
    people += [Person(key, "desk", kind, 0) for key, kind in (("regulator", "regulator"), ("compliance", "compliance"),
                                                              ("surveillance", "surveillance"))]
    return tuple(people)
