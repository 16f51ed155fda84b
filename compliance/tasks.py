"""The clock's own acts in compliance, level-triggered: whatever is due is done, a missed beat is caught up by the next.

A deadline never approves anything: it returns, lapses, flags or ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task

from compliance.cases import escalate_case, stop_waiting
from compliance.complaints import accept_complaint, escalate_complaint
from compliance.conduct import advance_by_clock
from compliance.controls import end_entries
from compliance.declarations import REMINDERS, expire_declaration, remind
from compliance.disputes import lapse_dispute
from compliance.exports import expire_export, withdraw_export
from compliance.filings import escalate_filing, lapse_filing
from compliance.findings import accept_restoration, end_sanction
from compliance.incidents import lapse_incident
from compliance.law import discard_list, return_list, take_effect
from compliance.models import (
    Case,
    Complaint,
    ConductCase,
    Declaration,
    Dispute,
    ExportCase,
    Filing,
    Incident,
    NegativeListVersion,
    Restoration,
    Sanction,
)
from compliance.states import (
    CaseStatus,
    ComplaintStatus,
    ConductStatus,
    DeclarationStatus,
    DisputeStatus,
    ExportStatus,
    FilingStatus,
    ListStatus,
    RestorationStatus,
    SanctionStatus,
)
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.rejected import Rejected

__all__ = ["SCHEDULE", "act_on_deadlines", "deadlines"]

log = logging.getLogger(__name__)
SCHEDULE: dict[str, Any] = {"compliance-deadlines": {"task": "compliance.tasks.deadlines", "schedule": 60.0}}
_SLICE = 200


@shared_task
def deadlines() -> int:
    """This will act on every deadline of this room that has passed; returns how many."""
    return act_on_deadlines(MARKET_CLOCK)


def act_on_deadlines(clock: Clock) -> int:
    """This will do what is due at the clock's present instant; simulation and tests call it with their own clock."""
    at = clock.now()
    return sum((
        _each(_lists(at, ListStatus.SCHEDULED, "effective_from"), lambda one: take_effect(version=one, clock=clock)),
        _each(_lists(at, ListStatus.PROPOSED, "due_at"),
              lambda one: return_list(version=one, reason="期满未批准 / not approved in time", actor=SYSTEM, clock=clock)),
        _each(_lists(at, ListStatus.DRAFT, "due_at"), lambda one: discard_list(version=one, actor=SYSTEM, clock=clock)),
        _declarations(at, clock), _filings(at, clock), _cases(at, clock), _conduct(at, clock), _complaints(at, clock),
        _exports(at, clock), _incidents(at, clock), end_entries(clock=clock),
    ))


def _each(rows: Iterable[Any], act: Callable[[Any], object]) -> int:
    """Acts on each row by itself; one that moved meanwhile is left alone, one that fails does not stop the others."""
    done = 0
    for row in rows:
        try:
            act(row)
            done += 1
        except Rejected as refused:
            log.info("not done: %s", refused)
        except Exception:
            log.exception("a deadline of %s could not be acted on", row)
    return done


def _lists(at: datetime, status: ListStatus, field: str) -> Iterable[NegativeListVersion]:
    return NegativeListVersion.objects.filter(**{"status": status, f"{field}__lte": at}).order_by(field)[:_SLICE]


def _declarations(at: datetime, clock: Clock) -> int:
    running = Declaration.objects.filter(status=DeclarationStatus.IN_FORCE)
    ended = list(running.filter(effective_to__lte=at)[:_SLICE])
    ended += list(Declaration.objects.filter(status=DeclarationStatus.DRAFT, due_at__lte=at)[:_SLICE])
    done = _each(ended, lambda one: expire_declaration(declaration=one, clock=clock))
    for one in running.filter(effective_to__gt=at, effective_to__lte=at + timedelta(days=max(REMINDERS)))[:_SLICE]:
        left = one.effective_to - at if one.effective_to else timedelta()
        days = min(day for day in REMINDERS if left <= timedelta(days=day))
        if one.reminded_days is None or days < one.reminded_days:
            done += _each([one], lambda row, days=days: remind(declaration=row, days=days, clock=clock))  # type: ignore[misc]
    return done


def _filings(at: datetime, clock: Clock) -> int:
    due = Filing.objects.filter(due_at__lte=at)
    return _each(due.filter(status__in=[FilingStatus.FILED, FilingStatus.RETURNED])[:_SLICE],
                 lambda one: lapse_filing(filing=one, clock=clock)) + _each(
        due.filter(status=FilingStatus.CONFIRMED, overdue=False)[:_SLICE], lambda one: escalate_filing(filing=one, clock=clock))


def _cases(at: datetime, clock: Clock) -> int:
    silent = Case.objects.filter(status=CaseStatus.WAITING_ON_PARTY, answer_due_at__lte=at)[:_SLICE]
    late = Case.objects.filter(status__in=[CaseStatus.OPEN, CaseStatus.ASSIGNED], due_at__lte=at).exclude(flags__contains=["overdue"])
    return _each(silent, lambda one: stop_waiting(case=one, clock=clock)) + _each(
        late[:_SLICE], lambda one: escalate_case(case=one, clock=clock))


def _conduct(at: datetime, clock: Clock) -> int:
    due = ConductCase.objects.filter(due_at__lte=at, closed_at__isnull=True)
    flagged = due.filter(overdue=True).exclude(status=ConductStatus.OBJECTED)
    served = Sanction.objects.filter(effective_to__lte=at).exclude(status=SanctionStatus.ENDED)
    waiting = Restoration.objects.filter(status=RestorationStatus.APPLIED, due_at__lte=at)
    return (_each(due.exclude(pk__in=flagged.values("pk"))[:_SLICE], lambda one: advance_by_clock(case=one, clock=clock))
            + _each(served[:_SLICE], lambda one: end_sanction(sanction=one, clock=clock))
            + _each(waiting[:_SLICE], lambda one: accept_restoration(restoration=one, actor=SYSTEM, clock=clock)))


def _complaints(at: datetime, clock: Clock) -> int:
    due = Complaint.objects.filter(due_at__lte=at)
    disputes = Dispute.objects.filter(due_at__lte=at, status__in=[DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING])
    return (_each(due.filter(status=ComplaintStatus.RECEIVED)[:_SLICE],
                  lambda one: accept_complaint(complaint=one, actor=SYSTEM, clock=clock))
            + _each(due.filter(status=ComplaintStatus.HANDLING, overdue=False)[:_SLICE],
                    lambda one: escalate_complaint(complaint=one, clock=clock))
            + _each(disputes[:_SLICE], lambda one: lapse_dispute(dispute=one, clock=clock)))


def _exports(at: datetime, clock: Clock) -> int:
    idle = ExportCase.objects.filter(due_at__lte=at, status__in=[ExportStatus.DRAFT, ExportStatus.NEEDS_MECHANISM])[:_SLICE]
    ended = ExportCase.objects.filter(effective_to__lte=at, status=ExportStatus.CLEARED)[:_SLICE]
    return _each(idle, lambda one: withdraw_export(case=one, actor=SYSTEM, clock=clock)) + _each(
        ended, lambda one: expire_export(case=one, clock=clock))


def _incidents(at: datetime, clock: Clock) -> int:
    due = Incident.objects.filter(due_at__lte=at, overdue=False)[:_SLICE]
    return _each(due, lambda one: lapse_incident(incident=one, clock=clock))
