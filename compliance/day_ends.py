"""The end of the operator's day: what must be done is checked, what is left open is left for a stated reason, each day closes once.

The checks are counted by the hall, which sees every room; here stands what was found and who closed. Closing stops nothing: it says
that somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import IntegrityError, transaction

from compliance.catalogue import hash_of
from compliance.desk_events import DayClosed, JobsRetried
from compliance.models import DayEnd
from evidence.operations import operation, record
from evidence.queries import parked
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.permissions import require
from participants.queries import LOCAL

__all__ = ["close_day", "note_retry"]

_LEAST = 4


@covers("H3")
@operation("compliance.day.close")
def close_day(*, day: date, checks: Mapping[str, int], left: str, actor: Actor, clock: Clock) -> DayEnd:
    """This will close a day that has begun, once; with something open only for a reason."""
    at = clock.now()
    require(actor, "compliance.day.close", at=at)
    assert actor.user_id is not None, "a day is closed by a person"
    if day > at.astimezone(LOCAL).date():
        raise Rejected("compliance.day.ahead", day=day.isoformat())
    open_ones = sorted(name for name, number in checks.items() if number)
    left = left.strip()[:1000]
    if open_ones and len(left) < _LEAST:
        raise Rejected("compliance.day.left_open", number=len(open_ones))
    try:
        with transaction.atomic():
            made = DayEnd.objects.create(code=new_code("DAY"), day=day, checks=dict(checks), left=left, by_id=actor.user_id, at=at)
    except IntegrityError as twice:
        raise Rejected("compliance.day.closed_already", day=day.isoformat()) from twice
    record(DayClosed(subject=made.code, day=day.isoformat(), checks=dict(checks), open_checks=open_ones,
                     reason_hash=hash_of(left) if left else ""), actor=actor, at=at)
    return made


@covers("H3", "T30")
@operation("compliance.job.retry")
def note_retry(*, subscriber: str, reason: str, actor: Actor, clock: Clock) -> int:
    """This will put on record that parked facts are handed to their subscriber again, and return how many; the caller hands them over
    afterwards, each in its own transaction."""
    at = clock.now()
    require(actor, "compliance.job.retry", at=at)
    if len(reason.strip()) < _LEAST:
        raise Rejected("compliance.job.unreasoned")
    number = parked().filter(subscriber=subscriber).count()
    if not number:
        raise Rejected("compliance.job.none_parked", subscriber=subscriber[:60])
    record(JobsRetried(subject=new_code("RTY"), subscriber=subscriber, parked=number, reason_hash=hash_of(reason.strip())), actor=actor,
           at=at)
    return number
