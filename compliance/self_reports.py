"""Honest reports of one's own faults 主动报告 (Data Twenty article 14; Administrative Penalty Law 33): they cost no credit.

A room above takes a report where tolerance was promised beforehand (a pilot). What it tells of is mended, not punished: a case opened
afterwards about the same thing may still end in a serious finding, where harm was meant, and in nothing less.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from compliance.cases import open_case
from compliance.events import FaultReported
from compliance.models import CaseKind, ConductCase, SelfReport, Severity
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.permissions import require

__all__ = ["refuse_spared", "report_fault", "spared"]

_FAULT = "compliance.self_report.incomplete"


@covers("R82", "C8")
@operation("compliance.self_report.file")
def report_fault(*, organization: Organization, subject_kind: str, subject_code: str, text: str, mended: str, actor: Actor,
                 clock: Clock) -> SelfReport:
    """This will keep an organisation's own report of a fault, and of how it is mended, and put it before the desk."""
    at = clock.now()
    require(actor, "compliance.self_report.file", subject=organization, at=at)
    said = {"text": text.strip()[:5000], "mended": mended.strip()[:5000]}
    if short := [name for name, words in said.items() if len(words) < 6]:
        raise Rejected(_FAULT, errors=[FieldFault(name, "missing", ("至少六个字", "At least six characters")) for name in short])
    made = SelfReport.objects.create(code=new_code("SLF"), organization=organization, subject_code=subject_code, at=at, **said)
    record(FaultReported(subject=made.code, organization=organization.code, about=subject_code,
                         text_sha256=hashlib.sha256("\n".join(said.values()).encode()).hexdigest()), actor=actor, at=at)
    open_case(kind=CaseKind.OTHER, subject_kind=subject_kind, subject_code=subject_code, organization=organization,
              title=(f"主动报告 {made.code}，请核对整改", f"A fault reported by itself, {made.code}: see that it is mended"),
              actor=actor, clock=clock)
    return made


def spared(case: ConductCase) -> SelfReport | None:
    """This will return the report that came before the case about the same thing, if there is one."""
    rows = SelfReport.objects.filter(organization=case.organization_id, subject_code=case.subject_code, at__lte=case.opened_at)
    return rows.order_by("pk").first()


def refuse_spared(case: ConductCase, severity: str, authority_document: str = "") -> None:
    """This will refuse a lesser finding of what its author had reported; another authority's decision is not ours to spare."""
    if severity != Severity.SERIOUS and not authority_document and (known := spared(case)) is not None:
        raise Rejected("compliance.conduct.self_reported", report=known.code, case=case.code)


def reports_on(subject_code: str) -> list[tuple[str, datetime]]:
    """This will list the reports about one thing, for the desks of both sides: code and day."""
    return list(SelfReport.objects.filter(subject_code=subject_code).order_by("pk").values_list("code", "at"))
