"""Computes experiments and ends what was left lying. Level-triggered: what is left to do stands in the database, however often one rings.

The laboratory has a queue and workers of its own: however much is tried there, the market's tasks never wait behind it.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import shared_task
from django.db import transaction

from evidence.clock import MARKET_CLOCK
from simulation.experiments.planning import WORKERS
from simulation.experiments.running import compute_next, lapse_due

__all__ = ["QUEUE", "SCHEDULE", "compute_runs", "lapse_experiments", "ring_laboratory"]

log = logging.getLogger(__name__)
QUEUE = "laboratory"
#: How long one task computes before it lets others come, and rings for the rest.
_A_TURN = 20.0
SCHEDULE: dict[str, dict[str, Any]] = {
    "simulation-runs": {"task": "simulation.tasks.compute_runs", "schedule": 10.0, "options": {"expires": 10, "queue": QUEUE}},
    "simulation-lapses": {"task": "simulation.tasks.lapse_experiments", "schedule": 60.0},
}


@shared_task(name="simulation.tasks.compute_runs")
def compute_runs(**_: object) -> int:
    """This will compute what waits, run after run for a turn, and ring for the rest; returns how many steps were done."""
    done, until = 0, time.monotonic() + _A_TURN
    while compute_next(clock=MARKET_CLOCK):
        done += 1
        if time.monotonic() > until:
            _ring(1)
            break
    return done


@shared_task(name="simulation.tasks.lapse_experiments")
def lapse_experiments(**_: object) -> int:
    """This will end what was left lying and return how many."""
    return lapse_due(clock=MARKET_CLOCK)


def ring_laboratory() -> None:
    """This will ring for as many workers as compute at a time, once the act is committed; a broken bell delays by a beat."""
    transaction.on_commit(lambda: _ring(WORKERS))


def _ring(times: int) -> None:
    try:
        for _ in range(times):
            compute_runs.apply_async(queue=QUEUE, retry=False)
    except Exception:
        log.warning("the laboratory's bell does not ring; the beat will find the work")
