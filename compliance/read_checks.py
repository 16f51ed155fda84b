"""Readings of the desks that nobody else has looked at in time (R121): one task in the desk's queue tells of them all, until none is late.

The task does not decide anything about a reading; it moves whoever may look at it, and ends by itself with the last one.
"""

from __future__ import annotations

from django.db.models import QuerySet

from compliance.cases import moot_case, open_case
from compliance.models import Case, CaseKind
from compliance.states import CaseStatus
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from participants.reads import overdue_reads

__all__ = ["chase_reads"]

_SUBJECT = "STAFF-READS"


def _running() -> QuerySet[Case]:
    return Case.objects.filter(kind=CaseKind.OTHER, subject_code=_SUBJECT).exclude(status=CaseStatus.CLOSED)


@covers("R121", "H3")
def chase_reads(clock: Clock) -> int:
    """This will open the task when readings are overdue and end it when none is; returns how many are overdue."""
    late, running = overdue_reads(clock.now()), _running().first()
    count = late.count()
    if count and running is None:
        oldest = late[0]
        open_case(kind=CaseKind.OTHER, subject_kind="staff_read", subject_code=_SUBJECT, flags=["staff_read"], actor=SYSTEM, clock=clock,
                  title=(f"工作人员的查阅有 {count} 条逾期未复核", f"{count} readings by staff were not reviewed in time"),
                  text=f"/desk/reads/ · {oldest.owner.code} {oldest.subject} · {oldest.due_at:%Y-%m-%d}")
    elif running is not None and not count:
        moot_case(case=running, text="均已复核 / all are reviewed", actor=SYSTEM, clock=clock)
    return count
