"""The schema moves forward and back while the old program works (T34): nobody waits more than two seconds, nothing is lost.

Naive beside it: a change that holds its table while it fills it; whoever writes then is refused after the lock's own time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.clones import HOUSE
from tests.concurrency.durable import Durable, sound_after_faults
from tests.concurrency.test_database_breaks import Writers, lost
from tests.concurrency.workers import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
#: The last move of the room that moves money, and the one before.
BEFORE, LAST = ("settlement", "0020_tax_apart"), ("settlement", "0021_recalled_in_suspense")


@pytest.fixture
def durable() -> Iterator[Durable]:
    with Durable() as one, one.here():
        yield one


def migrated(durable: Durable, *to: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", "migrate", *to, "--verbosity", "0"], cwd=HOUSE,
                          env=os.environ | durable.environment() | {"PYTHONWARNINGS": "ignore"},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@covers("T34")
def test_money_is_booked_without_a_pause_while_the_schema_moves_back_and_forward(durable: Durable) -> None:
    with Writers(2) as writers:
        assert until(lambda: len(writers.acknowledged) > 5, 60)
        for to in (BEFORE, LAST):
            seen = len(writers.acknowledged)
            migrated(durable, *to)
            assert until(lambda seen=seen: len(writers.acknowledged) > seen + 5, 30), f"nobody was served while going to {to[1]}"
    print(f"T34: {len(writers.acknowledged)} acknowledged, the slowest took {writers.slowest:.2f} s, {writers.errors} refused")
    assert writers.errors == 0 and writers.slowest < 2
    assert lost(writers) == []
    assert sound_after_faults() == []


def test_a_change_that_holds_its_table_while_it_fills_it_stops_everybody(durable: Durable) -> None:
    """The mutant of T34: one transaction that takes the table and then works."""

    def careless() -> None:
        durable.ask("BEGIN; ALTER TABLE ledger_balance ADD COLUMN note text NOT NULL DEFAULT ''; SELECT pg_sleep(4); "
                    "ALTER TABLE ledger_balance DROP COLUMN note; COMMIT")

    with Writers(2) as writers:
        assert until(lambda: len(writers.acknowledged) > 5, 60)
        change: Any = threading.Thread(target=careless)
        change.start()
        time.sleep(0.5)
        seen = len(writers.acknowledged)
        assert not until(lambda: len(writers.acknowledged) > seen + 1, 2), "it must hold somebody up, or the test above shows nothing"
        change.join()
    assert writers.errors or writers.slowest > 2
