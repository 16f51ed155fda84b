"""Keeps the deadlines of deliveries and tokens. Level-triggered: whatever is due is found in the database, however late."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet

from delivery.access import expire_grant
from delivery.cleanroom.cohorts import empty_cohort
from delivery.cleanroom.running import answer_next, end_silent
from delivery.computing.algorithms import lapse_algorithm
from delivery.computing.jobs import lapse_job
from delivery.crediting import credit_quarter
from delivery.deletions import miss_deletion, remind_deletion
from delivery.keys import expire_key
from delivery.leaks import trace_next
from delivery.models import Algorithm, Cohort, ComputeJob, DataKey, DeletionTask, Delivery, Output, RoomQuery, ServiceHold
from delivery.monitoring import watch_delivery, watched
from delivery.operations import accept_delivery, call_delivery, cancel_delivery, lapse_delivery, stop_delivery
from delivery.overusing import watch_overuse
from delivery.parts import lapse_part
from delivery.queries import due_deliveries, expired_grants, outlived_agreements
from delivery.releasing.reviewing import lapse_output
from delivery.scoring.calling import lapse_hold
from delivery.states import DeletionStatus, DeliveryStatus, KeyStatus
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.clock import Clock
from participants.timers import after
from trading.states import TradeStatus

__all__ = ["SCHEDULE", "answer_queries", "answer_waiting", "credit_quarters", "read_traces", "ring_queries", "ring_traces", "sweep",
           "sweep_now", "watch_uses"]

log = logging.getLogger(__name__)
_A_MINUTE = 60
SCHEDULE: dict[str, dict[str, Any]] = {
    "delivery-sweep": {"task": "delivery.tasks.sweep", "schedule": 10.0},
    "delivery-traces": {"task": "delivery.tasks.read_traces", "schedule": 10.0, "options": {"expires": 10}},
    "delivery-credit": {"task": "delivery.tasks.credit_quarters", "schedule": 21600.0},
    "delivery-overuse": {"task": "delivery.tasks.watch_uses", "schedule": 86400.0, "options": {"expires": 3600}},
    "delivery-queries": {"task": "delivery.tasks.answer_queries", "schedule": 5.0, "options": {"expires": 5}},
}


@shared_task(name="delivery.tasks.credit_quarters")
def credit_quarters(**_: object) -> int:
    """This will note the quarter kept for each party that earned it, once the quarter is over; returns how many."""
    return credit_quarter(MARKET_CLOCK)


@shared_task(name="delivery.tasks.watch_uses")
def watch_uses(**_: object) -> int:
    """This will look for uses beyond what was granted and return how many alerts are new."""
    return watch_overuse(clock=MARKET_CLOCK)


@shared_task(name="delivery.tasks.sweep")
def sweep(**_: object) -> int:
    """This will act on every deadline that has passed and return how many."""
    return sweep_now(clock=MARKET_CLOCK)


def sweep_now(*, clock: Clock, most: int = 500) -> int:
    """This will act on what is due by ``clock``; one that fails is logged and does not hold up the others."""
    done = 0
    for one in list(due_deliveries(clock.now())[:most]):
        try:
            _act(one, clock)
            done += 1
        except Exception:
            log.exception("the sweep could not act on %s", one.code)
    for over in list(outlived_agreements()[:most]):
        stop_delivery(delivery=over, cause=over.trade.deed.cause or "lapsed", actor=SYSTEM, clock=clock)
        done += 1
    for watched_one in list(watched()[:most]):
        watch_delivery(delivery=watched_one, actor=SYSTEM, clock=clock)
    for rows, act in _overdue(clock):
        for row in list(rows.order_by("pk")[:most]):
            act(row)
            done += 1
    return done


def _overdue(clock: Clock) -> Iterator[tuple[QuerySet[Any], Callable[[Any], object]]]:
    """What ends by itself at a date, and the act that ends it."""
    past, over = {"due_at__lte": clock.now()}, {"expires_at__lte": clock.now()}
    yield DataKey.objects.filter(status=KeyStatus.ACTIVE, **over), lambda row: expire_key(key=row, actor=SYSTEM, clock=clock)
    yield (DeletionTask.objects.filter(status=DeletionStatus.OPEN, **past),
           lambda row: miss_deletion(task=row, actor=SYSTEM, clock=clock))
    soon = DeletionTask.objects.filter(status=DeletionStatus.OPEN, reminded_at__isnull=True,
                                       due_at__lte=after("licence.reminder", clock.now()))
    yield soon.exclude(agreement=""), lambda row: remind_deletion(task=row, clock=clock)
    yield Algorithm.objects.filter(**past), lambda row: lapse_algorithm(algorithm=row, clock=clock)
    yield ComputeJob.objects.filter(**past), lambda row: lapse_job(job=row, clock=clock)
    yield RoomQuery.objects.filter(**past), lambda row: end_silent(query=row, clock=clock)
    yield Cohort.objects.filter(**past), lambda row: empty_cohort(cohort=row, actor=SYSTEM, clock=clock)
    yield ServiceHold.objects.filter(**past), lambda row: lapse_hold(hold=row, clock=clock)
    yield Output.objects.filter(**past), lambda row: lapse_output(output=row, clock=clock)
    yield expired_grants(clock.now()), lambda row: expire_grant(grant=row, actor=SYSTEM, clock=clock)


@shared_task(name="delivery.tasks.answer_queries")
def answer_queries(**_: object) -> int:
    """This will run one waiting question and ring for the next: a large file may take most of the time that one task has."""
    done = answer_waiting(clock=MARKET_CLOCK, most=1)
    if done:
        ring_queries()
    return done


def answer_waiting(*, clock: Clock, most: int = 100) -> int:
    """This will run what waits, the first asked first, and return how many."""
    done = 0
    while done < most and answer_next(clock=clock) is not None:
        done += 1
    return done


@shared_task(name="delivery.tasks.read_traces")
def read_traces(**_: object) -> int:
    """This will read files for the samples that wait, one after the other for a minute, and ring for the rest."""
    done, until = 0, time.monotonic() + _A_MINUTE
    while trace_next(clock=MARKET_CLOCK) is not None:
        done += 1
        if time.monotonic() > until:
            ring_traces()
            break
    return done


def ring_queries() -> None:
    """This will ring for the questions once they are committed; a broken bell delays by a beat."""
    transaction.on_commit(lambda: _ring(answer_queries))


def ring_traces() -> None:
    """The same for samples that are to be read against marked files."""
    transaction.on_commit(lambda: _ring(read_traces))


def _ring(task: Any) -> None:
    try:
        task.apply_async(retry=False, expires=60)
    except Exception:
        log.warning("the worker's bell does not ring; the beat will find the work")


def _act(one: Delivery, clock: Clock) -> None:
    if one.status == DeliveryStatus.DELIVERED:
        accept_delivery(delivery=one, actor=SYSTEM, clock=clock)
    elif one.status == DeliveryStatus.PART:
        lapse_part(delivery=one, clock=clock)
    elif one.trade.state.status in (TradeStatus.CANCELLED, TradeStatus.DEFAULTED):
        cancel_delivery(delivery=one, cause=f"trading.trade.{one.trade.state.status}", actor=SYSTEM, clock=clock)
    elif one.status == DeliveryStatus.OPENED and one.due_at is None:
        call_delivery(delivery=one, actor=SYSTEM, clock=clock)
    else:
        lapse_delivery(delivery=one, actor=SYSTEM, clock=clock)
