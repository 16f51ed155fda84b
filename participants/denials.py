"""Every denied attempt of somebody signed in is on file (I28): noted where it is refused, written after the act's own work was undone.

An act that is refused leaves nothing behind, so a row written inside it would go with it; the edge writes what the request was denied once
it has ended. A visitor is led to sign in and is not an attempt.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from kit.clock import Clock
from kit.coverage import covers
from participants.denied import Denied
from participants.models import DeniedAttempt
from participants.queries import house_venue, parameter
from participants.retention import keeps

__all__ = ["forget_denials", "logs_before", "write_denials"]


@covers("I28")
def write_denials(found: list[Denied], *, place: str, clock: Clock) -> None:
    """This will write what a request was denied, each with the next number."""
    if not found:
        return
    at = clock.now()
    with connection.cursor() as cursor:
        for one in found:
            cursor.execute("SELECT participants_note_denied(%s, %s, %s, %s, %s, %s, %s)",
                           [one.user_id, one.organization_id, one.act, one.code, one.subject, place[:120], at])


def logs_before(before: datetime, at: datetime) -> datetime:
    """This will return before when logs may go: the law's six months, and never fewer days than the venue's figure says."""
    return min(before, at - timedelta(days=int(parameter("retention.logs_days", venue=house_venue(), at=at))))


@keeps("participants.denied_attempt", "retention.logs")
def forget_denials(before: datetime, at: datetime) -> int:
    """Attempts older than the term of the logs; the last number stays."""
    last = DeniedAttempt.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    return DeniedAttempt.objects.filter(at__lt=logs_before(before, at), seq__lt=last).delete()[0]
