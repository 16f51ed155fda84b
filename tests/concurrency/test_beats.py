"""Two schedulers, or none for days: a cycle is frozen and settled once per period, and what was missed is caught up (T31)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.models import Record
from kit.coverage import covers
from settlement.models import Settlement, SettlementCycle
from settlement.tasks import run_now
from tests.concurrency.test_settlement_survives import settled_exactly_once
from tests.delivery.worlds import move, stand_still
from tests.settlement.worlds import many_accepted
from tests.threads import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def due(count: int) -> None:
    """Accepted trades in an open cycle whose hour has come."""
    stand_still()
    many_accepted(count)
    run_now(clock=CLOCK)
    cycle = SettlementCycle.objects.get()
    move(seconds=(cycle.due_at - CLOCK.now()).total_seconds() + 1)


@covers("T31", "G7")
def test_schedulers_that_ring_at_once_freeze_and_settle_each_period_once() -> None:
    due(12)
    together([lambda: run_now(clock=CLOCK)] * 4)
    run_now(clock=CLOCK)
    assert sorted(SettlementCycle.objects.values_list("status", "lines")) == [("closed", 12), ("open", 0)]
    assert [Record.objects.filter(kind=f"settlement.cycle.{word}").count() for word in ("frozen", "posted", "closed")] == [1, 1, 1]
    settled_exactly_once(12)


@covers("T31", "G7")
def test_days_without_a_scheduler_are_caught_up_by_the_first_ring() -> None:
    due(3)
    move(days=3)
    run_now(clock=CLOCK)
    settled_exactly_once(3)
    following = SettlementCycle.objects.get(status="open")
    assert following.due_at - CLOCK.now() <= timedelta(days=1), "one cycle for the days that were missed, and the next at its hour"


def test_a_scheduler_that_acts_only_at_the_hour_itself_misses_it_for_good() -> None:
    """The mutant of T31: edge-triggered. It looks whether the hour is now; nobody rang then."""
    due(3)
    move(days=3)
    cycle = SettlementCycle.objects.get(status="open")
    if abs(cycle.due_at - CLOCK.now()) < timedelta(seconds=10):
        run_now(clock=CLOCK)
    assert Settlement.objects.filter(status="settled").count() == 0
