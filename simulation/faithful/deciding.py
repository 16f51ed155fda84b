"""A morning: every agent decides on what it sees. Agents are dealt to a fixed number of shards, shards to any number of processes.

A decision needs no database and no clock, so where it is made changes nothing: each agent has a stream of chances of its own, spawned
from the run's seed by day, shard and agent. Intents come back in the order of the people, whoever was ready first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import numpy as np

from simulation.faithful.plugins import OUTSIDE, load
from simulation.faithful.population import SHARDS
from simulation.faithful.strategies import STRATEGIES
from simulation.faithful.strategies.buyers import HOURS
from simulation.faithful.views import Intent, Own, Person, View
from simulation.wide.parameters import ParameterFault, Values

__all__ = ["Deciding", "decide_shard", "deciding"]


def decide_shard(seed: np.random.SeedSequence, people: Sequence[Person], view: View, own: Mapping[str, Own],
                 values: Mapping[str, int]) -> list[Intent]:
    """This will let the agents of one shard decide; ``seed`` is the shard's of this day."""
    given = Values(values)
    intents: list[Intent] = []
    for person, child in zip(people, seed.spawn(len(people)), strict=True):
        agent = STRATEGIES[person.role, person.kind]
        decided = agent(person, view, own.get(person.key, Own()), given, np.random.default_rng(child))
        if person.kind == OUTSIDE:
            _refuse_foreign(person, decided)
        intents += decided
    return intents


def _refuse_foreign(person: Person, decided: Sequence[Intent]) -> None:
    """An agent from outside the package acts for itself, within its office day."""
    for one in decided:
        if not isinstance(one, Intent) or one.who != person.key or not 0 <= one.second <= HOURS:
            raise ParameterFault("simulation.plugin.unfit_intent", f"{one!r}: an agent acts for itself alone, at a second from 0 "
                                 f"to {HOURS}")


class Deciding:
    """Lets a morning be decided, here or by a pool of processes."""

    def __init__(self, lived: np.random.SeedSequence, people: Sequence[Person], values: Values, pool: ProcessPoolExecutor | None) -> None:
        self.values, self.pool = dict(values), pool
        self.shards = [[one for one in people if one.shard == number] for number in range(SHARDS)]
        self.seeds = lived.spawn(SHARDS)

    def morning(self, view: View, own: Mapping[str, Own]) -> list[Intent]:
        """This will return what everybody will do today, ordered by shard, person and what each thought of first."""
        asked = [(seed.spawn(1)[0], people, view, {one.key: own[one.key] for one in people if one.key in own}, self.values)
                 for seed, people in zip(self.seeds, self.shards, strict=True)]
        if self.pool is None:
            return [intent for one in asked for intent in decide_shard(*one)]
        return [intent for intents in self.pool.map(decide_shard, *zip(*asked, strict=True)) for intent in intents]


@contextmanager
def deciding(lived: np.random.SeedSequence, people: Sequence[Person], values: Values, workers: int,
             plugin: str = "") -> Iterator[Deciding]:
    """This will lend somebody who decides, with ``workers`` processes where there is more than one."""
    if workers == 1:
        yield Deciding(lived, people, values, None)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=load, initargs=(plugin,)) as pool:
        yield Deciding(lived, people, values, pool)
