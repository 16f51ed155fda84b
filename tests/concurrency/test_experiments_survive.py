"""An experiment of two arms and twenty replications on two real workers that are killed on the way: each run once, the report whole (T24).

The mutant hands the runs out as messages; what the killed worker had taken is computed by nobody.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.models import Record
from kit.coverage import covers
from simulation.models import Experiment, Replication
from simulation.tasks import QUEUE, compute_runs
from simulation.wide.arms import Plan, compare
from tests.concurrency.workers import KilledWorker, flush_broker, left_by_the_forgetful, until
from tests.simulation.experiments.worlds import later, started

PLAN = Plan("exit_scam", ({"holdback_bps": 0}, {"holdback_bps": 9_900}), agents=2_000, days=20, seed=5, replications=20)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


@covers("CAP-I2", "T24", "T28")
def test_twenty_replications_of_two_arms_are_computed_once_each_though_workers_are_killed() -> None:
    one, worker, rung_at, began, together = started(PLAN), KilledWorker(queue=QUEUE), 0.0, time.monotonic(), 0
    set_market_clock(MARKET_CLOCK.now(), 1)

    def kept() -> int:
        nonlocal rung_at, together
        if time.monotonic() > rung_at:  # stands for the beat
            for _ in range(2):
                compute_runs.apply_async(expires=5, queue=QUEUE)
            rung_at = time.monotonic() + 2
        rows = list(Replication.objects.filter(experiment=one).values_list("kept_at", "due_at"))
        together = max(together, sum(at is None and due is not None and due > MARKET_CLOCK.now() for at, due in rows))
        return sum(at is not None for at, _ in rows)

    worker.start()
    try:
        for wanted in (8, 20):
            assert until(lambda wanted=wanted: kept() >= wanted, 120), kept()
            worker.kill()
            flush_broker()
            worker.start()
        left = until(lambda: kept() >= 40 - 4, 120)
        assert left, kept()
        set_market_clock(later(5).now(), 1)  # whoever was killed has its run no more
        assert until(lambda: kept() >= 40 and Experiment.objects.get().status == "finished", 120), kept()
    finally:
        worker.kill()
    one.refresh_from_db()
    print(f"40 runs with 2 kills in {time.monotonic() - began:.1f} s")
    assert together >= 2, "two computed at a time"
    assert one.report == compare(PLAN, workers=2) and Replication.objects.count() == 40
    assert Record.objects.filter(kind="simulation.experiment.run_kept").count() == 40
    first, second = (arm["metrics"]["default_rate"] for arm in one.report["arms"])
    assert first["low"] > 0 and second["high"] == 0, "intervals, and the right answer of E55"


def test_the_naive_runs_that_live_in_messages_are_lost_with_the_worker(superuser_connection: Any) -> None:
    kept = left_by_the_forgetful(superuser_connection, 40, part=10, seen_first=3)
    assert 3 < kept < 40, "the naive variant must lose runs, or the test above shows nothing"
