"""Gives back reserves whose time is over. Level-triggered: whatever is due is found in the database, however late."""

from __future__ import annotations

from celery import shared_task

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from ledger.models import Phase, Transfer
from ledger.operations import expire

__all__ = ["SCHEDULE", "expire_reserves"]

SCHEDULE = {"ledger-expire-reserves": {"task": "ledger.tasks.expire_reserves", "schedule": 60.0}}


@shared_task(name="ledger.tasks.expire_reserves")
def expire_reserves(**_: object) -> int:
    """This will release every reserve whose ``expires_at`` has passed and return how many."""
    now = MARKET_CLOCK.now()
    due = Transfer.objects.filter(phase=Phase.PENDING, expires_at__lte=now, closing__isnull=True).values_list("uuid", flat=True)[:1000]
    done = 0
    for pending in list(due):
        expire(pending=pending, actor=SYSTEM, clock=MARKET_CLOCK)
        done += 1
    return done
