"""How long a settlement waits: E50, which holds the laboratory's order of events to the formulas of queues."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from kit.coverage import covers
from simulation import heap
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.claims.measuring import mean

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_FAR = datetime(9000, 1, 1, tzinfo=UTC)
_LOAD = 0.8
_BATCHES = 40
_DESKS = {"1 desk": (1, True, 5.0, 0.25, 1_200_000), "2 desks": (2, True, 2.7778, 0.15, 800_000),
          "4 desks": (4, True, 1.7455, 0.1, 500_000), "1 desk, work always as long": (1, False, 3.0, 0.15, 600_000)}


def _times(rng: np.random.Generator, desks: int, is_random: bool, many: int) -> list[float]:
    """The time of each in the system, in units of the work: arrivals and ends of work wait in the laboratory's heap."""
    gaps = (rng.exponential(1 / (_LOAD * desks), many) * 1_000_000).astype(int).tolist()
    works = ((rng.exponential(1.0, many) if is_random else np.ones(many)) * 1_000_000).astype(int).tolist()
    plan, queue, found, came = heap.Heap(), deque[int](), [0.0] * many, [_BEGIN] * many
    free, at = desks, _BEGIN

    def begin(number: int) -> None:
        plan.plan(at + timedelta(microseconds=works[number]), lambda: end(number))

    def arrive(number: int) -> None:
        nonlocal free
        came[number] = at
        if number + 1 < many:
            plan.plan(at + timedelta(microseconds=gaps[number + 1]), lambda: arrive(number + 1))
        if free:
            free -= 1
            begin(number)
        else:
            queue.append(number)

    def end(number: int) -> None:
        nonlocal free
        found[number] = (at - came[number]) / timedelta(seconds=1)
        if queue:
            begin(queue.popleft())
        else:
            free += 1

    plan.plan(_BEGIN + timedelta(microseconds=gaps[0]), lambda: arrive(0))
    while (item := plan.next_before(_FAR)) is not None:
        at, act = item
        act()
    return found


@covers("E50")
@claim("E50", title="At four fifths of its load a settlement desk takes five times as long as the work itself", source="Erlang's formulas",
       setting="arrivals at random, load 80 %, mean work 1; mean time in the system, interval from 40 stretches of a run",
       production=("simulation.heap.Heap.plan", "simulation.heap.Heap.next_before"),
       figures=tuple(Figure(f"mean time, {name}", expected, tolerance) for name, (_, _, expected, tolerance, _) in _DESKS.items()))
def _waiting(draws: Draws) -> Iterator[Measured]:
    for desks, is_random, _, _, many in _DESKS.values():
        times = np.array(_times(draws.rng(), desks, is_random, draws.count(many)))
        whole = times[: times.size // _BATCHES * _BATCHES]
        yield mean(whole.reshape(_BATCHES, -1).mean(axis=1), 1)
