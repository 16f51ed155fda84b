"""Settling through the death of everything around it: workers killed, the broker emptied, crashes at the worst places (T24-T26)."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import redis
from django.db import connection, connections, transaction

from evidence.clock import MARKET_CLOCK as CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.invariants import BalancesFollowFromPostings, BooksCanBeRebuilt, LedgerSumsToZero, LegsSumToZero
from ledger.models import Balance, Transfer
from settlement import operations
from settlement.invariants import PaidEqualsDivided, SettledOnce
from settlement.models import Settlement, SettlementCycle
from settlement.operations import freeze_cycle, open_cycle, post_cycle, reconcile_cycle
from settlement.tasks import move_cycle, run_cycle, run_now, settle_cycle
from tests.clones import mine
from tests.concurrency.naive_settlement import settle
from tests.concurrency.workers import KilledWorker, flush_broker, until
from tests.delivery.worlds import stand_still
from tests.factories import venue
from tests.settlement.worlds import collected, many_accepted
from tests.threads import together

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
CHECKS = (LegsSumToZero, LedgerSumsToZero, BalancesFollowFromPostings, BooksCanBeRebuilt, SettledOnce, PaidEqualsDivided)


def cycles_of(count: int, lines: int) -> list[SettlementCycle]:
    """``count`` accepted trades in frozen cycles of ``lines`` each."""
    stand_still()
    many_accepted(count)
    collected()
    made = []
    for _ in range(-(-count // lines)):
        cycle = open_cycle(venue=venue(), actor=SYSTEM, clock=CLOCK)
        made.append(freeze_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK, most=lines))
    return made


def slowly(superuser: Any, seconds: float) -> None:
    """Each batch takes a moment, so that what breaks falls into the middle of transactions."""
    superuser.execute(
        f"CREATE FUNCTION test_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;"
        "CREATE TRIGGER test_slow AFTER INSERT ON settlement_share FOR EACH STATEMENT EXECUTE FUNCTION test_slow()")


def waiting_tasks() -> int:
    with redis.Redis.from_url(mine().redis_url) as client:
        return int(client.llen(f"{os.environ['CELERY_PREFIX']}celery"))


def settled() -> int:
    return Settlement.objects.filter(status="settled").count()


def settled_exactly_once(count: int) -> None:
    assert settled() == count
    assert Transfer.objects.filter(kind="settlement").count() == count, "one transfer per trade, no half, no double"
    assert not Balance.objects.filter(account__kind=AccountKind.ESCROW).exclude(posted_fen=0).exists(), "every escrow is empty"
    assert [text for one in CHECKS for text in one().check()] == []


@covers("T24", "T25", "I6", "M7", "M8", "M9")
def test_workers_killed_and_the_broker_emptied_settle_every_trade_once(superuser_connection: Any) -> None:
    count, kills = (600, 8) if FULL else (200, 4)
    print(f"T24, T25: {count} settlements in cycles of 20, {kills} kill -9, FLUSHALL twice")
    cycles = cycles_of(count, 20)
    slowly(superuser_connection, 0.05)
    for cycle in cycles:
        settle_cycle.delay(cycle=cycle.pk)
    worker, done = KilledWorker(), 0
    try:
        for kill in range(kills):
            worker.start()
            before = settled()
            sweep_at = 0.0

            def moved(before: int = before) -> bool:
                nonlocal sweep_at
                if time.monotonic() > sweep_at:  # stands for the beat: the sweeper is rung every three seconds
                    run_cycle.delay()
                    sweep_at = time.monotonic() + 3
                return settled() > before or settled() == count

            assert until(moved, 180), f"nothing was settled after start {kill + 1}"
            time.sleep(random.Random(kill).uniform(0, 0.1))
            worker.kill()
            done += 1
            if kill in (1, kills - 1):
                flush_broker()
        worker.start()

        def finished() -> bool:
            nonlocal sweep_at
            if time.monotonic() > sweep_at:
                run_cycle.delay()
                sweep_at = time.monotonic() + 3
            return not SettlementCycle.objects.filter(pk__in=[one.pk for one in cycles]).exclude(status="closed").exists()

        assert until(finished, 240, every=0.2), list(SettlementCycle.objects.values_list("status", "lines", "settled"))
    finally:
        worker.kill()
    assert done == kills
    settled_exactly_once(count)


@pytest.fixture
def naive_table(superuser_connection: Any) -> Any:
    superuser_connection.execute("CREATE TABLE naive_posting (trade bigint, account text, amount bigint)")
    superuser_connection.execute("GRANT ALL ON naive_posting TO dx_app")
    return superuser_connection


def test_the_naive_worker_leaves_the_ledger_wrong_when_killed(naive_table: Any) -> None:
    """The mutant of T24 (M7): early acknowledgement and two commits."""
    for trade in range(30):
        settle.delay(trade=trade)
    worker = KilledWorker("tests.concurrency.naive_settlement")

    def halves() -> set[int]:
        return {trade for (trade,) in naive_table.execute("SELECT trade FROM naive_posting GROUP BY trade HAVING sum(amount) <> 0")}

    left: set[int] = set()
    try:
        for _ in range(2):
            worker.start()
            assert until(lambda left=left: bool(halves() - left), 180), "nothing was half-posted for a moment"
            worker.kill()
            left = halves()
        worker.start()
        until(lambda: halves() == left, 12)
    finally:
        worker.kill()
    half = len(halves())
    total = naive_table.execute("SELECT sum(amount) FROM naive_posting").fetchone()[0]
    print(f"naive: sum {total} fen, {half} half-posted")
    assert total != 0 and half > 0, "the naive variant must come out wrong, or the test above shows nothing"


def test_without_a_sweeper_an_emptied_broker_loses_settlements(naive_table: Any) -> None:
    """The mutant of T25 (M8): nobody looks into the database."""
    for trade in range(60):
        settle.delay(trade=trade)
    flush_broker()
    settle.delay(trade=60)  # what is rung for afterwards is settled: the worker lives
    worker = KilledWorker("tests.concurrency.naive_settlement")
    worker.start()
    settled = "SELECT array_agg(DISTINCT trade) FROM naive_posting HAVING count(*) >= 2"
    try:
        assert until(lambda: bool(naive_table.execute(settled).fetchone()), 180)
        until(lambda: False, 2)
    finally:
        worker.kill()
    assert naive_table.execute(settled).fetchone() == ([60],), "the sixty from before are never settled, and nobody says so"


def dies_at(place: str) -> Callable[[SettlementCycle], None]:
    """A process that settles a cycle and dies: before the commit, after it, or after its effect and before the acknowledgement."""

    def run(cycle: SettlementCycle) -> None:
        connections.close_all()  # a child must not share the parent's session
        child = os.fork()
        if child == 0:
            try:
                if place == "before the commit":
                    operations._posted = lambda *_: os._exit(9)  # type: ignore[assignment]
                post_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
                if place == "after the commit":
                    os._exit(9)
                reconcile_cycle(cycle=cycle, actor=SYSTEM, clock=CLOCK)
            finally:
                os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    return run


@covers("T26", "I6")
@pytest.mark.parametrize("place", ["before the commit", "after the commit", "between effect and acknowledgement"])
def test_dying_at_the_worst_place_changes_nothing_twice(place: str) -> None:
    rounds = 100 if FULL else 10
    print(f"T26: {rounds} deaths {place}")
    cycles = cycles_of(rounds * 2, 2)
    die = dies_at(place)
    for cycle in cycles:
        die(cycle)
        if place == "before the commit":
            assert Settlement.objects.filter(cycle=cycle, status="settled").count() == 0
    before = settled()
    assert before == (0 if place == "before the commit" else rounds * 2)
    run_now(clock=CLOCK)  # the sweeper; then the broker hands every task out once more
    for cycle in cycles:
        move_cycle(cycle=cycle, clock=CLOCK)
    settled_exactly_once(rounds * 2)
    assert set(SettlementCycle.objects.filter(pk__in=[one.pk for one in cycles]).values_list("status", flat=True)) == {"closed"}


@covers("T26")
def test_a_frozen_cycle_that_nobody_was_told_of_is_found_by_the_sweeper() -> None:
    """Died between the commit of the freeze and the publishing of its task."""
    cycles_of(6, 2)
    run_now(clock=CLOCK)
    settled_exactly_once(6)


def test_a_bell_rung_after_commit_is_lost_with_its_process_and_nobody_looks_again() -> None:
    """The mutant of T26 (M12): the task is sent by ``on_commit`` and found nowhere else."""
    cycle = cycles_of(2, 2)[0]
    connections.close_all()
    before = waiting_tasks()
    child = os.fork()
    if child == 0:
        try:
            with transaction.atomic():
                SettlementCycle.objects.filter(pk=cycle.pk).update(due_at=CLOCK.now())
                transaction.on_commit(lambda: os._exit(9))  # dies between the commit and the bell
                transaction.on_commit(lambda: settle_cycle.delay(cycle=cycle.pk))
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert waiting_tasks() == before, "nothing was sent"
    assert SettlementCycle.objects.get(pk=cycle.pk).due_at == CLOCK.now() and settled() == 0, "committed, and never settled"


@covers("T24", "I6")
def test_two_workers_on_one_cycle_settle_it_once() -> None:
    cycle = cycles_of(40, 40)[0]
    together([lambda: move_cycle(cycle=cycle, clock=CLOCK, most=7)] * 4)
    run_now(clock=CLOCK)
    settled_exactly_once(40)


@covers("I6")
def test_one_trade_never_has_two_settlements() -> None:
    cycles_of(2, 2)
    one = Settlement.objects.first()
    assert one is not None
    with psycopg.connect(mine().database_owner_url, autocommit=True) as owner, pytest.raises(psycopg.errors.UniqueViolation):
        owner.execute("INSERT INTO settlement_settlement SELECT (jsonb_populate_record(s, "
                      "jsonb_build_object('id', s.id + 1000, 'code', 'SET-TWICE', 'status', 'due'))).* "
                      "FROM settlement_settlement s WHERE s.id = %s", [one.pk])
    assert connection is not None
