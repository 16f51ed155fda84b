"""The clock's own acts in compliance, level-triggered: whatever is due is done, a missed beat is caught up by the next.

A deadline never approves anything: it returns, lapses, flags or ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db.models import Q, QuerySet

from compliance.cases import escalate_case, stop_waiting
from compliance.complaints import accept_complaint, escalate_complaint
from compliance.conduct import advance_by_clock
from compliance.controls import end_match, over_matches
from compliance.corrections import lapse_restoration, late_complaint_objection
from compliance.covenants import lapse_breach, lapse_signature, over_breaches, over_signatures
from compliance.credit import MONTHS, due_standing, follow_credit
from compliance.declarations import REMINDERS, expire_declaration, remind
from compliance.disputes import lapse_dispute
from compliance.engaging.ordering import lapse_order
from compliance.engaging.reporting import accept_by_time, miss_report, settle_disputed
from compliance.exports import escalate_export, expire_export, withdraw_export
from compliance.filings import escalate_filing, lapse_filing
from compliance.findings import accept_restoration, end_sanction, escalate_restoration
from compliance.incidents import lapse_incident
from compliance.joint import lapse_joint, over_joints
from compliance.law import discard_list, return_list, take_effect
from compliance.models import (
    Case,
    Complaint,
    ConductCase,
    CreditRecord,
    Declaration,
    Disagreement,
    Dispute,
    Engagement,
    ExportCase,
    Filing,
    Incident,
    NegativeListVersion,
    Requisition,
    Restoration,
    Sanction,
)
from compliance.read_checks import chase_reads
from compliance.recognitions import expire_recognition, over_recognitions
from compliance.requisitions import miss_notice, miss_purge
from compliance.responsibility import follow_responsibility
from compliance.rule_checks import open_overdue_checks
from compliance.second_review import lapse_disagreement
from compliance.states import (
    CaseStatus,
    ComplaintStatus,
    ConductStatus,
    DeclarationStatus,
    DisputeStatus,
    EngagementStatus,
    ExportStatus,
    FilingStatus,
    ListStatus,
    RequisitionStatus,
    RestorationStatus,
    SanctionStatus,
)
from evidence.clock import MARKET_CLOCK
from evidence.prepared import presence
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization

__all__ = ["SCHEDULE", "act_on_deadlines", "deadlines", "follow_faded", "follow_scores", "rule_checks"]

log = logging.getLogger(__name__)
SCHEDULE: dict[str, Any] = {
    "compliance-deadlines": {"task": "compliance.tasks.deadlines", "schedule": 60.0},
    "compliance-credit": {"task": "compliance.tasks.follow_scores", "schedule": 21600.0},
    "compliance-rule-checks": {"task": "compliance.tasks.rule_checks", "schedule": 21600.0},
}
_SLICE = 200


@shared_task
def rule_checks() -> int:
    """This will open a task for each rule whose text was due to be compared, for readings nobody reviewed, and follow yearly reports."""
    return open_overdue_checks(MARKET_CLOCK) + chase_reads(MARKET_CLOCK) + follow_responsibility(MARKET_CLOCK)


@shared_task
def follow_scores() -> int:
    """This will move bands where events count less than they did; returns how many."""
    return follow_faded(MARKET_CLOCK)


@covers("H7", "I26")
def follow_faded(clock: Clock) -> int:
    """This will look at everybody with events that still fade, and move who no longer stands where the score says."""
    at = clock.now()
    fading = CreditRecord.objects.filter(at__gte=at - timedelta(days=31 * (MONTHS + 2))).values("organization_id")
    done = 0
    for one in Organization.objects.filter(pk__in=fading, closed_at__isnull=True).order_by("pk").iterator(chunk_size=500):
        if due_standing(one, at=at) != (one.standing, one.band):
            done += _each([one], lambda row: follow_credit(organization=row, cause_code=row.code, actor=SYSTEM, clock=clock,
                                                           reason="信用事项随时间减弱 / events count less with time"))
    return done


@shared_task
def deadlines() -> int:
    """This will act on every deadline of this room that has passed; returns how many."""
    return act_on_deadlines(MARKET_CLOCK)


def act_on_deadlines(clock: Clock) -> int:
    """This will do what is due at the clock's present instant; simulation and tests call it with their own clock."""
    at = clock.now()
    done, busy = 0, _due(at, at + timedelta(days=max(REMINDERS)))
    for (rows, act), some in zip(_rounds(at, clock), busy, strict=False) if any(busy) else ():
        done += _each(rows[:_SLICE], act) if some else 0
    done += _each(over_matches(at)[:_SLICE], lambda one: end_match(match=one, clock=clock))  # by the local day, so not among the rounds
    return done + (_remind(at, clock) if busy[-1] else 0)


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


Rounds = list[tuple[QuerySet[Any], Callable[[Any], object]]]


def _rounds(at: datetime, clock: Clock) -> Rounds:
    """What is past its time, kind by kind, and what is done with it."""
    return [*_papers(at, clock), *_cases(at, clock), *_quarrels(at, clock), *_orders(at, clock)]


def _papers(at: datetime, clock: Clock) -> Rounds:
    lists, filed = NegativeListVersion.objects.all(), Filing.objects.filter(due_at__lte=at)
    return [
        (lists.filter(status=ListStatus.SCHEDULED, effective_from__lte=at).order_by("effective_from"),
         lambda one: take_effect(version=one, clock=clock)),
        (lists.filter(status=ListStatus.PROPOSED, due_at__lte=at).order_by("due_at"),
         lambda one: return_list(version=one, reason="期满未批准 / not approved in time", actor=SYSTEM, clock=clock)),
        (lists.filter(status=ListStatus.DRAFT, due_at__lte=at).order_by("due_at"),
         lambda one: discard_list(version=one, actor=SYSTEM, clock=clock)),
        (Declaration.objects.filter(status=DeclarationStatus.IN_FORCE, effective_to__lte=at),
         lambda one: expire_declaration(declaration=one, clock=clock)),
        (Declaration.objects.filter(status=DeclarationStatus.DRAFT, due_at__lte=at),
         lambda one: expire_declaration(declaration=one, clock=clock)),
        (filed.filter(status__in=[FilingStatus.FILED, FilingStatus.RETURNED]), lambda one: lapse_filing(filing=one, clock=clock)),
        (filed.filter(status=FilingStatus.CONFIRMED, overdue=False), lambda one: escalate_filing(filing=one, clock=clock)),
        (over_recognitions(at), lambda one: expire_recognition(recognition=one, clock=clock)),
        (ExportCase.objects.filter(due_at__lte=at, status__in=[ExportStatus.DRAFT, ExportStatus.NEEDS_MECHANISM]),
         lambda one: withdraw_export(case=one, actor=SYSTEM, clock=clock)),
        (ExportCase.objects.filter(due_at__lte=at).filter(Q(status=ExportStatus.IN_ASSESSMENT, overdue=False)
                                                          | Q(status=ExportStatus.SECURITY_REVIEW)),
         lambda one: escalate_export(case=one, clock=clock)),
        (Requisition.objects.filter(status=RequisitionStatus.SUPPLIED, purge_by__lte=at),
         lambda one: miss_purge(requisition=one, clock=clock)),
        (Requisition.objects.filter(notice_due_at__lte=at), lambda one: miss_notice(requisition=one, clock=clock)),
        (ExportCase.objects.filter(effective_to__lte=at, status=ExportStatus.CLEARED).exclude(recognition__effective_to__lte=at),
         lambda one: expire_export(case=one, clock=clock)),
    ]


def _cases(at: datetime, clock: Clock) -> Rounds:
    conduct = ConductCase.objects.filter(due_at__lte=at, closed_at__isnull=True)
    flagged = conduct.filter(overdue=True).exclude(status=ConductStatus.OBJECTED)
    return [
        (Case.objects.filter(status=CaseStatus.WAITING_ON_PARTY, answer_due_at__lte=at), lambda one: stop_waiting(case=one, clock=clock)),
        (Case.objects.filter(status__in=[CaseStatus.OPEN, CaseStatus.ASSIGNED], due_at__lte=at).exclude(flags__contains=["overdue"]),
         lambda one: escalate_case(case=one, clock=clock)),
        (conduct.exclude(pk__in=flagged.values("pk")), lambda one: advance_by_clock(case=one, clock=clock)),
        (Sanction.objects.filter(effective_to__lte=at).exclude(status=SanctionStatus.ENDED),
         lambda one: end_sanction(sanction=one, clock=clock)),
        (Restoration.objects.filter(status=RestorationStatus.APPLIED, due_at__lte=at),
         lambda one: accept_restoration(restoration=one, actor=SYSTEM, clock=clock)),
        (Restoration.objects.filter(status=RestorationStatus.DECIDING, due_at__lte=at, overdue=False),
         lambda one: escalate_restoration(restoration=one, clock=clock)),
        (over_joints(at), lambda one: lapse_joint(joint=one, clock=clock)),
        (Restoration.objects.filter(status=RestorationStatus.RETURNED, due_at__lte=at),
         lambda one: lapse_restoration(restoration=one, clock=clock)),
        (Disagreement.objects.filter(sided="", due_at__lte=at), lambda one: lapse_disagreement(disagreement=one, clock=clock)),
    ]


def _quarrels(at: datetime, clock: Clock) -> Rounds:
    complaints = Complaint.objects.filter(due_at__lte=at)
    return [
        (complaints.filter(status=ComplaintStatus.RECEIVED), lambda one: accept_complaint(complaint=one, actor=SYSTEM, clock=clock)),
        (complaints.filter(status=ComplaintStatus.HANDLING, overdue=False), lambda one: escalate_complaint(complaint=one, clock=clock)),
        (complaints.filter(status=ComplaintStatus.OBJECTED, overdue=False),
         lambda one: late_complaint_objection(complaint=one, clock=clock)),
        (Dispute.objects.filter(due_at__lte=at, overdue=False, status__in=[
            DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING, DisputeStatus.ARBITRATING]),
         lambda one: lapse_dispute(dispute=one, clock=clock)),
        (over_signatures(at), lambda one: lapse_signature(signature=one, clock=clock)),
        (over_breaches(at), lambda one: lapse_breach(breach=one, clock=clock)),
        (Incident.objects.filter(due_at__lte=at, overdue=False), lambda one: lapse_incident(incident=one, clock=clock)),
    ]


def _orders(at: datetime, clock: Clock) -> Rounds:
    due = Engagement.objects.filter(due_at__lte=at)
    return [
        (due.filter(status=EngagementStatus.ORDERED), lambda one: lapse_order(engagement=one, clock=clock)),
        (due.filter(status__in=[EngagementStatus.WORKING, EngagementStatus.OBJECTED]),
         lambda one: miss_report(engagement=one, clock=clock)),
        (due.filter(status=EngagementStatus.DELIVERED), lambda one: accept_by_time(engagement=one, clock=clock)),
        (Engagement.objects.filter(status=EngagementStatus.DISPUTED, dispute__closed_at__isnull=False),
         lambda one: settle_disputed(engagement=one, clock=clock)),
    ]


def _ending(at: datetime, horizon: datetime) -> QuerySet[Declaration]:
    return Declaration.objects.filter(status=DeclarationStatus.IN_FORCE, effective_to__gt=at, effective_to__lte=horizon)


def _remind(at: datetime, clock: Clock) -> int:
    done = 0
    for one in _ending(at, at + timedelta(days=max(REMINDERS)))[:_SLICE]:
        left = one.effective_to - at if one.effective_to else timedelta()
        days = min(day for day in REMINDERS if left <= timedelta(days=day))
        if one.reminded_days is None or days < one.reminded_days:
            done += _each([one], lambda row, days=days: remind(declaration=row, days=days, clock=clock))  # type: ignore[misc]
    return done


@presence
def _due(at: datetime, horizon: datetime) -> list[QuerySet[Any]]:
    """In the order of the rounds, declarations that end soon last."""
    return [*(rows for rows, _ in _rounds(at, MARKET_CLOCK)), _ending(at, horizon)]
