"""The wide laboratory at a million agents. Floor = bare numpy columns: every agent draws, decides and hands one fen to somebody drawn.

The floor has no market at all: no goods, prices, channels, lots, fees, credit or policy. A step of ours is a whole day of the baseline.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.harness import Goal, Report, Variant, Worker, ratio_of, rotate
from simulation.wide import running
from simulation.wide.parameters import values_of

AGENTS = 1_000_000
FLOOR, OURS = "bare numpy columns", "a day of the baseline"


def bare() -> Callable[[], int]:
    rng, held = np.random.default_rng(1), np.full(AGENTS, 100, dtype=np.int64)

    def step() -> int:
        gives = (rng.random(AGENTS) < 0.5) & (held > 0)
        to = rng.integers(0, AGENTS, AGENTS)
        held[gives] -= 1
        held[:] += np.bincount(to[gives], minlength=AGENTS)
        return 1

    return step


def ours() -> Callable[[], int]:
    values, days = values_of("baseline"), iter(range(10**9))
    shards = [running.shard_of(1, 0, place, AGENTS, 1, values) for place in range(running.SHARDS)]
    rngs = [np.random.default_rng(place) for place in range(running.SHARDS)]

    def step() -> int:
        number = next(days)
        for shard, rng in zip(shards, rngs, strict=True):
            shard.step(number, rng)
        return 1

    return step


def run(ground: Any) -> Iterator[Report]:
    """This will measure a step beside its floor, then how memory stands after sixty days against after five."""
    figures = rotate([Variant(FLOOR, lambda _: Worker(bare()), is_floor=True), Variant(OURS, lambda _: Worker(ours()))],
                     cycles=6, slot_s=1.0)
    short = running.run("baseline", agents=AGENTS, days=5, seed=1)
    again = running.run("baseline", agents=AGENTS, days=5, seed=1)
    after_five = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    running.run("baseline", agents=AGENTS, days=60, seed=1)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / after_five
    yield Report("simulation", figures, {"agents": AGENTS, "most memory after 60 days over after 5": round(grown, 3)},
                 goals=[Goal.judged("lab", "a step within twice the floor's time (rate over the floor's)", ratio_of(figures, OURS), 0.5),
                        Goal.judged("lab", "memory does not grow with the days (after 5 over after 60)", 1 / grown, 1 / 1.3)],
                 checks={"the same seed gives the same hash": short["result_hash"] == again["result_hash"]})
