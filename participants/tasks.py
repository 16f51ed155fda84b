"""The clock's own acts here: applications taken in or lapsed, terms of admissions, documents and holds ended, questions expired.

Level-triggered, so a missed beat is caught up by the next.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import connection

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from participants.admission_objections import flag_objections
from participants.admissions import flag_admissions, lapse_admissions
from participants.approvals import lapse_approvals
from participants.calendars import alarm_calendar
from participants.capabilities import lapse_holds
from participants.ownership import follow_ownership
from participants.packing import make_takeouts as write_packs
from participants.proofs import lapse_proofs, look_for_proofs
from participants.retention import keep_retention
from participants.security_reviews import flag_security_reviews
from participants.sizes import ask_sizes

__all__ = ["SCHEDULE", "lapse", "make_takeouts", "nightly"]

SCHEDULE: dict[str, Any] = {
    "participants-lapse": {"task": "participants.tasks.lapse", "schedule": 60.0},
    # rung when a pack is asked for; the beat finds what a lost worker left
    "participants-takeouts": {"task": "participants.tasks.make_takeouts", "schedule": 120.0, "options": {"expires": 100}},
    # called each hour, so that no night is missed; what is done already is found done
    "participants-nightly": {"task": "participants.tasks.nightly", "schedule": 3600.0, "options": {"expires": 1800}},
}


@shared_task
def lapse() -> int:
    """This will act on every deadline of this room that has passed; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_forget_calls()")
    rounds = (lapse_admissions, flag_admissions, flag_objections, lapse_proofs, look_for_proofs, lapse_holds, flag_security_reviews,
              lapse_approvals)
    return sum(one(clock=MARKET_CLOCK) for one in rounds)


@shared_task
def nightly() -> int:
    """This will destroy what is past its term of keeping, read the graph of holdings anew, ask for a missing calendar and for sizes."""
    destroyed = sum(keep_retention(clock=MARKET_CLOCK).values())
    followed = follow_ownership(actor=SYSTEM, clock=MARKET_CLOCK)
    return destroyed + followed + alarm_calendar(clock=MARKET_CLOCK) + ask_sizes(clock=MARKET_CLOCK)


@shared_task
def make_takeouts() -> int:
    """This will write the packs that organisations asked for; returns how many."""
    return write_packs(clock=MARKET_CLOCK)
