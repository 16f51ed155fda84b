"""The clock's own acts here: applications taken in or lapsed, terms ended, questions expired.

Level-triggered, so a missed beat is caught up by the next.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import connection

from evidence.clock import MARKET_CLOCK
from participants.admissions import lapse_admissions
from participants.approvals import lapse_approvals

__all__ = ["SCHEDULE", "lapse"]

SCHEDULE: dict[str, Any] = {"participants-lapse": {"task": "participants.tasks.lapse", "schedule": 60.0}}


@shared_task
def lapse() -> int:
    """This will act on every deadline of this room that has passed; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_forget_calls()")
    return lapse_admissions(clock=MARKET_CLOCK) + lapse_approvals(clock=MARKET_CLOCK)
