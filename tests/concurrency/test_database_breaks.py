"""The database is stopped as by a power cut, under load and again and again: no acknowledged act is lost, nobody restarts anything (T27).

Naive beside it: with ``synchronous_commit = off``, the usual way to look fast, acknowledged money is gone after the first crash (M11).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import Client

from evidence.clock import MARKET_CLOCK as CLOCK
from exchange.outages import AWAY
from kit.coverage import covers
from ledger.models import Transfer
from ledger.queries import live_state_hash, rebuilt_state_hash
from settlement.models import SettlementCycle
from settlement.operations import book_deposit
from settlement.tasks import run_cycle
from tests.concurrency.durable import Durable, sound_after_faults
from tests.concurrency.test_settlement_survives import cycles_of, settled_exactly_once
from tests.concurrency.workers import KilledWorker, until
from tests.factories import make_organization
from tests.settlement.worlds import operator

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


@pytest.fixture
def durable() -> Iterator[Durable]:
    with Durable() as one, one.here():
        yield one


def asked(page: Client) -> Any:
    """One request as a server makes it: the test client alone leaves out what Django does with a broken connection before each."""
    close_old_connections()
    return page.get("/rules/fees/")


class Writers:
    """Threads that book money in by the real operation, each under a reference of its own, and remember what was acknowledged."""

    def __init__(self, threads: int = 3) -> None:
        self.party, self.actor = make_organization().code, operator()
        self.acknowledged: list[str] = []
        self.errors, self.slowest, self.stopped = 0, 0.0, threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(n,)) for n in range(threads)]

    def __enter__(self) -> Writers:
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stopped.set()
        for one in self.threads:
            one.join()

    def _write(self, thread: int) -> None:
        number = 0
        while not self.stopped.is_set():
            reference, begun = f"W{thread}-{number}", time.monotonic()
            try:
                book_deposit(organization=self.party, amount_fen=100, reference=reference, actor=self.actor, clock=CLOCK)
            except AWAY:  # the outcome is not known: the same reference finds out
                self.errors += 1
                connection.close()
                time.sleep(0.05)
                continue
            self.acknowledged.append(reference)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            number += 1
        connection.close()


def lost(writers: Writers) -> list[str]:
    """What was acknowledged and is not in the books."""
    there = set(Transfer.objects.filter(kind="funding").values_list("subject", flat=True))
    return sorted(set(writers.acknowledged) - there)


@covers("T27", "T6", "I2", "I6")
def test_crashes_under_load_lose_no_acknowledged_money_and_every_trade_is_settled_once(durable: Durable) -> None:
    crashes, count = (20, 200) if FULL else (5, 60)
    cycles = cycles_of(count, 10)
    worker, page = KilledWorker(more=durable.environment()), Client(raise_request_exception=False)
    worker.start()
    try:
        with Writers() as writers:
            for _ in range(crashes):
                run_cycle.delay()
                seen = len(writers.acknowledged)
                assert until(lambda seen=seen: len(writers.acknowledged) > seen + 5, 60), "nobody was served between two crashes"
                durable.crash()
                away = asked(page)
                assert (away.status_code, away.headers["X-Refusal"]) == (503, "exchange.database.away") and int(away["Retry-After"]) > 0
                durable.start()
                assert until(lambda: asked(page).status_code == 200, 30, every=0.2), "a page still fails 30 s after the server is back"

            def finished() -> bool:
                run_cycle.delay()
                return not SettlementCycle.objects.filter(pk__in=[one.pk for one in cycles]).exclude(status="closed").exists()

            assert until(finished, 240, every=3), list(SettlementCycle.objects.values_list("status", "lines", "settled"))
    finally:
        worker.kill()
    print(f"T27: {crashes} crashes, {len(writers.acknowledged)} acknowledged, {writers.errors} cut off, lost {len(lost(writers))}")
    assert worker.starts == 1, "the worker found the server again by itself"
    assert writers.errors and lost(writers) == []
    settled_exactly_once(count)
    assert live_state_hash() == rebuilt_state_hash()
    assert sound_after_faults() == []


def test_commits_that_do_not_wait_for_the_disk_are_lost(durable: Durable) -> None:
    """The mutant of T27: the same writers, ``synchronous_commit = off``."""
    durable.ask("ALTER DATABASE exchange SET synchronous_commit = off")
    durable.ask("ALTER SYSTEM SET wal_writer_delay = '10s'")
    durable.ask("SELECT pg_reload_conf()")
    connection.close()
    with Writers(1) as writers:
        assert until(lambda: len(writers.acknowledged) > 20, 60)
        durable.crash()
        writers.stopped.set()
    durable.start()
    connection.close()
    assert lost(writers), "acknowledged, and gone"


def test_the_durable_server_is_as_durable_as_a_production_start_asks(durable: Durable) -> None:
    assert [durable.ask(f"SHOW {name}")[0][0] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
