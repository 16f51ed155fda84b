"""A task outlives the broker's patience and is handed out again while the first still works: its effect is there once (T29, M9b).

The broker gives a task up after 4 s and looks every second, and the task is held until it was handed out again: no race decides.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kit.coverage import covers
from settlement.models import SettlementCycle
from settlement.tasks import run_cycle, settle_cycle
from tests.clones import HOUSE
from tests.concurrency.durable import sound_after_faults
from tests.concurrency.naive_settlement import settle_patiently
from tests.concurrency.test_settlement_survives import cycles_of, settled_exactly_once
from tests.concurrency.workers import KilledWorker, flush_broker, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
ROOMS = ("compliance", "delivery", "evidence", "exchange", "ledger", "listings", "participants", "settlement", "simulation", "trading")


def held_open(superuser: Any) -> None:
    """The first batch stays in the middle of its transaction until lock 29 is given back; it asks, so no patience for locks ends it."""
    superuser.execute(
        "SELECT pg_advisory_lock(29);"
        "CREATE FUNCTION test_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " WHILE NOT pg_try_advisory_xact_lock_shared(29) LOOP PERFORM pg_sleep(0.1); END LOOP; RETURN NULL; END $$;"
        "CREATE TRIGGER test_held AFTER INSERT ON settlement_share FOR EACH STATEMENT EXECUTE FUNCTION test_held()")


@covers("T29", "I6", "M9")
def test_a_task_longer_than_the_brokers_patience_is_handed_out_again_and_settles_once(superuser_connection: Any, tmp_path: Path) -> None:
    cycle = cycles_of(30, 30)[0]
    flush_broker()  # a worker that an earlier test killed may have died holding the lock under which the broker hands out again
    held_open(superuser_connection)
    begun = tmp_path / "begun"
    worker = KilledWorker("tests.concurrency.counted", processes=3, more={"COUNTED": str(begun)})
    settle_cycle.delay(cycle=cycle.pk)
    worker.start()
    rung = 0

    def closed() -> bool:
        nonlocal rung
        rung += 1
        if rung % 4 == 0:  # stands for the beat
            run_cycle.delay()
        return SettlementCycle.objects.get(pk=cycle.pk).status == "closed"

    def handed_out() -> int:
        return begun.read_text().splitlines().count("settlement.tasks.settle_cycle") if begun.exists() else 0

    try:
        assert until(lambda: handed_out() >= 2, 120, every=0.5), "handed out once only: the test would show nothing"
        superuser_connection.execute("SELECT pg_advisory_unlock(29)")
        assert until(closed, 180, every=1), begun.read_text()
    finally:
        worker.kill()
    print(f"T29: handed out {handed_out()} times")
    settled_exactly_once(30)
    assert sound_after_faults() == []


def test_the_naive_task_posts_each_time_it_is_handed_out(superuser_connection: Any) -> None:
    """The mutant of T29: acknowledged late, as one should, and posting without a key."""
    superuser_connection.execute("CREATE TABLE naive_posting (trade bigint, account text, amount bigint)")
    superuser_connection.execute("GRANT ALL ON naive_posting TO dx_app")
    flush_broker()
    settle_patiently.delay(trade=1, seconds=15)
    worker = KilledWorker("tests.concurrency.naive_settlement", processes=3)
    worker.start()
    count = "SELECT count(*) FROM naive_posting"
    try:
        assert until(lambda: superuser_connection.execute(count).fetchone()[0] >= 2, 120, every=0.5), "handed out once only"
    finally:
        worker.kill()


@covers("T29")
def test_nothing_is_asked_of_the_broker_for_later() -> None:
    """A task with a time to come is kept by every worker and handed out again and again; what is for later stands in the database."""
    late = re.compile(r"\b(countdown|eta)\s*=")
    found = [f"{path.relative_to(HOUSE)}:{number}" for room in ROOMS for path in sorted((HOUSE / room).rglob("*.py"))
             for number, line in enumerate(path.read_text().splitlines(), 1)
             if late.search(line) and re.search(r"apply_async|\.s\(|signature|send_task|retry\(", line)]
    assert found == []
