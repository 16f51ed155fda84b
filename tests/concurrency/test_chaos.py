"""Every fault at random from one seed, under load; afterwards nothing acknowledged is missing and every invariant holds (T35).

``CHAOS_SEED`` replays a run: the same faults in the same order with the same pauses. ``CHAOS_SECONDS`` is how long (half an hour with
``FULL=1``). Naive beside it: the same storm over a worker that trusts its broker and commits in two steps.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.coverage import covers
from settlement.models import SettlementCycle
from settlement.tasks import run_cycle, run_now
from tests.concurrency.durable import Durable, sound_after_faults
from tests.concurrency.naive_settlement import settle
from tests.concurrency.test_database_breaks import Writers, lost
from tests.concurrency.test_settlement_survives import cycles_of, settled_exactly_once
from tests.concurrency.workers import KilledWorker, flush_broker, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
SEED = int(os.environ.get("CHAOS_SEED", "20260301"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "1800" if os.environ.get("FULL") == "1" else "25"))


class Storm:
    """Faults drawn from one seed; what was done, in order, is ``told``."""

    def __init__(self, seed: int, durable: Durable, worker: KilledWorker) -> None:
        self.dice, self.durable, self.worker, self.told = random.Random(seed), durable, worker, []
        self.faults: dict[str, Callable[[], Any]] = {
            "kill the worker": self._kill, "empty the broker": flush_broker, "crash the database": self._crash,
            "cut every connection": self._cut, "stop the worker for a moment": self._pause}

    def blow(self) -> None:
        """One fault and the pause after it."""
        name = self.dice.choice(sorted(self.faults))
        self.told.append(name)
        self.faults[name]()
        time.sleep(self.dice.uniform(0.2, 1.5))

    def _kill(self) -> None:
        self.worker.kill()
        self.worker.start()

    def _crash(self) -> None:
        self.durable.crash()
        time.sleep(self.dice.uniform(0, 0.5))
        self.durable.start()

    def _cut(self) -> None:
        self.durable.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dx_app'")

    def _pause(self) -> None:
        assert self.worker.process is not None
        os.killpg(self.worker.process.pid, signal.SIGSTOP)
        time.sleep(self.dice.uniform(0.1, 1))
        os.killpg(self.worker.process.pid, signal.SIGCONT)


@pytest.fixture
def durable() -> Iterator[Durable]:
    with Durable() as one, one.here():
        yield one


@covers("T35", "I1", "I2", "I4", "I5", "I6", "I7")
def test_a_storm_of_faults_from_one_seed_leaves_every_invariant_whole(durable: Durable) -> None:
    count = 60
    cycles = cycles_of(count, 5)
    worker = KilledWorker(more=durable.environment())
    storm = Storm(SEED, durable, worker)
    worker.start()
    try:
        with Writers(2) as writers:
            begun = time.monotonic()
            while time.monotonic() < begun + SECONDS:
                run_cycle.delay()  # stands for the beat
                storm.blow()
                seen = len(writers.acknowledged)
                assert until(lambda seen=seen: len(writers.acknowledged) > seen, 60), f"nobody is served after {storm.told}"
            connection.close()

            def finished() -> bool:
                run_cycle.delay()
                return not SettlementCycle.objects.filter(pk__in=[one.pk for one in cycles]).exclude(status="closed").exists()

            assert until(finished, 240, every=3), storm.told
    finally:
        worker.kill()
    print(f"T35: seed {SEED}, {len(storm.told)} faults in {SECONDS:.0f} s, {len(writers.acknowledged)} acknowledged, "
          f"{writers.errors} cut off")
    assert lost(writers) == [], storm.told
    run_now(clock=CLOCK)
    settled_exactly_once(count)
    assert sound_after_faults() == [], storm.told


def test_the_same_seed_draws_the_same_storm() -> None:
    def drawn(seed: int) -> list[str]:
        storm = Storm(seed, None, None)  # type: ignore[arg-type]
        storm.faults = dict.fromkeys(storm.faults, lambda: None)
        storm.dice.uniform = lambda *_: 0.0  # type: ignore[method-assign]
        for _ in range(12):
            storm.blow()
        return list(storm.told)

    assert drawn(SEED) == drawn(SEED) != drawn(SEED + 1)


def test_the_same_storm_leaves_a_naive_worker_with_money_missing(durable: Durable) -> None:
    """The mutant of T35: early acknowledgement, two commits, no look into the database."""
    durable.ask("CREATE TABLE naive_posting (trade bigint, account text, amount bigint)")
    durable.ask("GRANT ALL ON naive_posting TO dx_app")
    for trade in range(60):
        settle.delay(trade=trade)
    worker = KilledWorker("tests.concurrency.naive_settlement", more=durable.environment())
    storm = Storm(SEED, durable, worker)
    worker.start()
    try:
        for _ in range(6):
            served = durable.ask("SELECT count(*) FROM naive_posting")
            until(lambda served=served: durable.ask("SELECT count(*) FROM naive_posting") != served, 10)
            storm.blow()
        flush_broker()
        until(lambda: False, 2)
    finally:
        worker.kill()
    ((whole,),) = durable.ask("SELECT count(*) FROM (SELECT trade FROM naive_posting GROUP BY trade "
                              "HAVING sum(amount) = 0 AND count(*) = 2) t")
    assert whole < 60, "it must come out wrong, or the storm shows nothing"
