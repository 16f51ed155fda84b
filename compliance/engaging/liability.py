"""Who signs a report answers for it: a doubt opens a conduct case, its decision marks the report, what rests on it is looked at again.

The report's mark follows the case: found false with the finding, valid again when the case is dismissed, exempted or annulled.
"""

from __future__ import annotations

from datetime import datetime

from compliance.cases import open_case
from compliance.conduct import open_conduct_case
from compliance.engaging.offering import text_within
from compliance.engaging.reporting import told
from compliance.engaging.subjects import subject_of
from compliance.models import ConductCase, EngagementReport
from compliance.moves import step
from compliance.states import ENGAGEMENT_REPORT, ConductStatus, ReportStanding
from evidence.operations import operation, unchanged
from evidence.subscriptions import SealedFact, subscriber
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require

__all__ = ["follow_report_cases", "mark_report", "question_report"]

_PROVEN = {ConductStatus.DECIDED, ConductStatus.OBJECTED, ConductStatus.FINAL}
_CLEARED = {ConductStatus.DISMISSED, ConductStatus.EXEMPTED, ConductStatus.ANNULLED}


def _locked(report: EngagementReport) -> EngagementReport:
    return EngagementReport.objects.select_for_update(of=("self",), no_key=True).select_related(
        "engagement__provider", "engagement__client", "engagement__offer").get(pk=report.pk)


@covers("R61", "R88", "R94")
@operation("compliance.engagement_report.question")
def question_report(*, report: EngagementReport, text: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will accuse a provider of a false report; until the case is decided the report is shown as in doubt."""
    held = _locked(report)
    at = clock.now()
    require(actor, "compliance.engagement_report.question", at=at)
    said = text_within("text", text, 10, 5000, "compliance.engagement.faulty")
    before = step(held, ENGAGEMENT_REPORT, "question", "engagement_report")
    case = open_conduct_case(organization=held.engagement.provider, conduct="false_report", subject_code=held.code, text=said, actor=actor,
                             clock=clock)
    held.case_code = case.code
    held.save(update_fields=["status", "case_code"])
    told(held, "question", before, actor=actor, at=at)
    return case


@covers("R61", "R88", "R94")
@operation("compliance.engagement_report.mark")
def mark_report(*, report: EngagementReport, actor: Actor = SYSTEM, clock: Clock) -> EngagementReport:
    """This will bring a report's mark in line with its conduct case; when found false, what rests on it is looked at again."""
    held = _locked(report)
    at = clock.now()
    require(actor, "compliance.engagement_report.mark", at=at)
    status = ConductCase.objects.values_list("status", flat=True).get(code=held.case_code)
    act = _act(held.status, status)
    if not act:
        unchanged(at=at)
        return held
    before = step(held, ENGAGEMENT_REPORT, act, "engagement_report")
    held.save(update_fields=["status"])
    told(held, act, before, actor=actor, at=at)
    if act == "find_false":
        _look_again(held, actor=actor, clock=clock, at=at)
    return held


def _act(mark: str, case: str) -> str:
    if mark == ReportStanding.QUESTIONED:
        return "find_false" if case in _PROVEN else "clear" if case in _CLEARED else ""
    return "annul" if mark == ReportStanding.FALSE and case in _CLEARED else ""


def _look_again(held: EngagementReport, *, actor: Actor, clock: Clock, at: datetime) -> None:
    """The desk gets a case about what the report was attached to; the client and the parties are told."""
    subject = subject_of(held.about)
    told_to = {held.engagement.client_id, *(subject.parties if subject else ())}
    if subject and subject.code:
        open_case(kind="sample", subject_kind="engagement_report", subject_code=held.about, flags=["report_false"],
                  organization=held.engagement.client, text=f"{held.code} {held.case_code}", actor=actor, clock=clock,
                  title=(f"所依据的报告 {held.code} 被认定不实，请重新核查",
                         f"Report {held.code} was found false: look again at what rests on it"))
    for one in Organization.objects.filter(pk__in=told_to).order_by("pk"):
        notify(organization=one, kind="compliance.engagement_report.false", tone="bad", subject=held.code, href=f"/reports/{held.code}/",
               at=at, text=(f"报告 {held.code} 被认定不实；以它为据的事项请重新核对",
                            f"Report {held.code} was found false; look again at what you decided by it"))


@covers("R94", "R61")
@subscriber("compliance.follow_report_cases", "compliance.conduct.decided", "compliance.conduct.dismissed", "compliance.conduct.exempted",
            "compliance.conduct.objection_decided")
def follow_report_cases(fact: SealedFact, *, clock: Clock) -> None:
    """This will mark the report a decided conduct case is about."""
    report = EngagementReport.objects.filter(case_code=fact.subject).first()
    if report is not None:
        mark_report(report=report, clock=clock)
