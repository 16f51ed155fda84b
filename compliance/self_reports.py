"""Honest reports of one's own faults 主动报告 (Data Twenty article 14; Administrative Penalty Law 32, 33): what is told first weighs less.

Any party reports a breach of its own; a room above takes a report where tolerance was promised beforehand (a pilot). What it does is a
row of the published table of mitigation, by setting and by what is alleged: no finding, a finding one degree lower, or measures that are
not used. It counts for the conduct it names, on the thing it names, when it came before the case, unless the desk found it untrue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from compliance.cases import open_case
from compliance.catalogue import Mitigation, conduct_at, conducts, measures, mitigations
from compliance.events import FaultReported, SelfReportChecked
from compliance.models import CaseKind, ConductCase, ReportSetting, SelfReport, SelfReportCheck, Severity
from compliance.papers import keep_papers
from evidence.models import Deposit, Record
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require

__all__ = ["check_report", "mitigation", "refuse_spared", "report_fault", "reports_on", "spared"]

_FAULT = "compliance.self_report.incomplete"
_ORDER = ("", *Severity.values)


@covers("R82", "C8")
@operation("compliance.self_report.file")
def report_fault(*, organization: Organization, subject_kind: str, subject_code: str, text: str, mended: str, conduct: str = "",
                 setting: str = ReportSetting.MARKET, papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> SelfReport:
    """This will keep an organisation's own report of a fault, and of how it is mended, and put it before the desk."""
    at = clock.now()
    require(actor, "compliance.self_report.file", subject=organization, at=at)
    said = {"text": text.strip()[:5000], "mended": mended.strip()[:5000]}
    faults = [FieldFault(name, "missing", ("至少六个字", "At least six characters")) for name, words in said.items() if len(words) < 6]
    if setting == ReportSetting.MARKET:
        faults += _unfit(subject_code, conduct, at)
    if faults:
        raise Rejected(_FAULT, errors=faults)
    made = SelfReport.objects.create(code=new_code("SLF"), organization=organization, subject_code=subject_code, setting=setting,
                                     conduct=conduct, at=at, **said)
    keep_papers(made, "self_report", papers, actor=actor, at=at)
    record(FaultReported(subject=made.code, organization=organization.code, about=subject_code, setting=setting, conduct=conduct,
                         text_sha256=hashlib.sha256("\n".join(said.values()).encode()).hexdigest()), actor=actor, at=at)
    open_case(kind=CaseKind.OTHER, subject_kind=subject_kind, subject_code=subject_code, organization=organization,
              title=(f"主动报告 {made.code}，请核对整改", f"A fault reported by itself, {made.code}: see that it is mended"),
              text="\n".join(said.values()), flags=["self_report"], actor=actor, clock=clock)
    return made


def _unfit(subject_code: str, conduct: str, at: datetime) -> list[FieldFault]:
    """A report counts for one conduct on one thing, so both have to be such as a case could be about."""
    faults = []
    if conduct not in conduct_at(at):
        faults.append(FieldFault("conduct", "unknown", ("从行为目录中选择", "Choose from the catalogue of conduct")))
    if not Record.objects.filter(subject=subject_code).exists():
        faults.append(FieldFault("subject_code", "unknown", (
            "填写所涉挂牌、成交、交付、声明等的编码", "Give the code of the listing, trade, delivery or declaration it is about")))
    return faults


@covers("R82")
@operation("compliance.self_report.check")
def check_report(*, report: SelfReport, stands: bool, reason: str, actor: Actor, clock: Clock) -> SelfReportCheck:
    """This will say what the desk found of a report: it stands, or it is untrue or nothing was mended and it spares nothing; once."""
    Organization.objects.select_for_update(no_key=True).get(pk=report.organization_id)  # a report itself is append-only: nobody locks it
    held, at = report, clock.now()
    require(actor, "compliance.self_report.check", at=at)
    assert actor.user_id is not None
    if SelfReportCheck.objects.filter(report=held).exists():
        raise Rejected("compliance.self_report.checked", report=held.code)
    if len(said := reason.strip()[:2000]) < 6:
        raise Rejected(_FAULT, errors=[FieldFault("reason", "missing", ("写明核对了什么，至少六个字",
                                                                       "Say what was checked, six characters at least"))])
    made = SelfReportCheck.objects.create(report=held, stands=stands, reason=said, by_id=actor.user_id, at=at)
    record(SelfReportChecked(subject=held.code, organization=held.organization.code, stands=stands,
                             reason_sha256=hashlib.sha256(said.encode()).hexdigest()), actor=actor, at=at)
    notify(organization=held.organization, kind="compliance.self_report.checked", tone="ok" if stands else "bad", subject=held.code,
           href="/desk/self-reports/", at=at, text=(
               f"主动报告 {held.code} {'经核对属实，依减轻规则处理' if stands else '经核对不实或未改正，不予减轻'}：{said}",
               f"Self-report {held.code} {'stands: the table of mitigation applies' if stands else 'is untrue or unmended'}: {said}"))
    return made


def _before(case: ConductCase) -> QuerySet[SelfReport]:
    """The reports that came before the case, about the same thing and conduct, and were not found untrue."""
    rows = SelfReport.objects.filter(organization=case.organization_id, subject_code=case.subject_code, at__lte=case.opened_at,
                                     conduct__in=["", case.conduct])
    return rows.exclude(check_made__stands=False).order_by("pk")


def spared(case: ConductCase) -> SelfReport | None:
    """This will return the report that came before the case about the same thing, if there is one; of several, the one that does most."""
    return min(_before(case), key=lambda one: (_ORDER.index(_row(case, one).most), one.pk), default=None)


def _row(case: ConductCase, report: SelfReport) -> Mitigation:
    return mitigations()[report.setting, case.alleged]


def mitigation(case: ConductCase) -> Mitigation | None:
    """This will return the row of the table that holds for the case; None where nothing was reported in time."""
    known = spared(case)
    return _row(case, known) if known is not None else None


@covers("R82")
def refuse_spared(case: ConductCase, severity: str, taken: Sequence[str] = (), authority_document: str = "") -> None:
    """This will refuse a finding, or a measure, heavier than the table allows for what its author had reported.

    Where two regulators find that harm was meant the finding is serious; another authority's decision is not ours to spare.
    """
    known = spared(case)
    if known is None or authority_document:
        return
    row = _row(case, known)
    if severity != Severity.SERIOUS and severity in _ORDER and _ORDER.index(severity) > _ORDER.index(row.most):
        raise Rejected("compliance.conduct.self_reported", report=known.code, case=case.code, mitigation=row.text)
    if severity == Severity.SERIOUS and (over := next((key for key in taken if key in row.spares), None)):
        raise Rejected("compliance.conduct.measure_spared", report=known.code, measure=measures()[over].text, mitigation=row.text)


def name_of_conduct(report: SelfReport) -> tuple[str, str]:
    """This will return the words of the conduct that a report names; of a pilot's, that it stands for whatever went wrong."""
    known = conducts().get(report.conduct)
    return known.text if known else ("试点内的失误", "a fault in a pilot")


def reports_on(subject_code: str) -> list[tuple[str, datetime]]:
    """This will list the reports about one thing, for the desks of both sides: code and day."""
    return list(SelfReport.objects.filter(subject_code=subject_code).order_by("pk").values_list("code", "at"))
