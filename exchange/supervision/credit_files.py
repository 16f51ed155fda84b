"""The files behind the desk's credit decisions: a conduct case, a restoration, a complaint, a dispute. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compliance.catalogue import checklists, conduct_at, conducts, measures, measures_at
from compliance.complaints import DESKS
from compliance.conduct import EXEMPTIONS
from compliance.diligence import diligence_for
from compliance.engaging.reporting import reports_on
from compliance.expelling import revocable
from compliance.models import Complaint, ConductCase, Disagreement, Dispute, Finding, Recusal, Restoration, SelfReportCheck
from compliance.papers import papers_of
from compliance.second_review import open_disagreement, thirds_for
from compliance.self_reports import mitigation, spared
from compliance.states import ComplaintStatus, ConductStatus, DisputeStatus, RestorationStatus
from exchange.supervision.files import history, subject_href
from exchange.supervision.joint_files import joint_start
from kit.actors import Actor
from participants.models import Admission, AdmissionStatus, Approval, ApprovalStatus
from participants.permissions import allowed
from participants.predicates import standpoint
from participants.roles import Role

__all__ = ["complaint_file", "conduct_file", "dispute_file", "restoration_file"]

#: What an officer who is no regulator may do in a case.
_OFFICER = {"notify"}


def _pending(code: str) -> Approval | None:
    return Approval.objects.filter(subject=code, status=ApprovalStatus.PENDING).select_related("maker__person").first()


def _findings(one: ConductCase) -> list[tuple[Finding, list[tuple[Any, Any]]]]:
    table = measures()
    rows = one.findings.order_by("-number").prefetch_related("sanctions")
    return [(row, [(held, table[held.measure].text if held.measure in table else (held.measure, held.measure))
                   for held in row.sanctions.all()]) for row in rows]


# ---- conduct ---------------------------------------------------------------------------------------------------------


def _acts(one: ConductCase, first: Approval | None, third: Disagreement | None, actor: Actor, now: datetime) -> tuple[str, ...]:
    """What can be done now: by the state, by whether a second or a third word waits, and by whom."""
    if Recusal.objects.filter(case=one, user_id=actor.user_id or 0).exists():
        return ()
    if third is not None:
        return ("third_first", "third_second") if third.third_id == actor.user_id else ()
    serious = ("interim",) if one.alleged == "serious" else ()
    by_status: dict[ConductStatus, tuple[str, ...]] = {
        ConductStatus.ACCUSED: ("agree", "differ") if first else ("notify", "dismiss", "adopt", *serious),
        ConductStatus.STATEMENT: serious,
        ConductStatus.DECIDING: ("agree", "differ") if first else (
            "decide", "exempt", "dismiss", *(() if one.extended else ("extend",)), *serious),
        ConductStatus.OBJECTED: ("uphold", "amend", "reject", "stay"),
    }
    found = by_status.get(ConductStatus(one.status), ())
    return found if Role.REGULATOR in standpoint(actor, now).roles else tuple(act for act in found if act in _OFFICER)


def _thirds(one: ConductCase, first: Approval | None, actor: Actor, now: datetime) -> list[tuple[int, str]]:
    if first is None:
        return []
    return [(user.pk, user.person.name if user.person else user.username) for user in thirds_for(one, [first.maker_id, actor.user_id], now)]


def _matters(one: ConductCase) -> list[str]:
    """The case, the self-report before it and the restorations asked for of its findings: one file of papers."""
    told = spared(one)
    return [one.code, *([told.code] if told else []), *Restoration.objects.filter(finding__case=one).values_list("code", flat=True)]


def conduct_file(one: ConductCase, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a conduct case: facts, statement, what excuses it, the measures with their basis, both opinions, the objection."""
    first, third, table = _pending(one.code), open_disagreement(one), measures_at(now)
    asked = third.asked if third else first.payload if first else {}
    row, kept = conducts().get(one.conduct), diligence_for(one)
    return {
        "words": row.text if row else (one.conduct, one.conduct), "conduct_basis": row.basis if row else ("", ""), "first": first,
        "third": third, "thirds": _thirds(one, first, actor, now), "open_acts": _acts(one, first, third, actor, now), "asked": asked,
        "may_recuse": one.closed_at is None and not one.recusals.filter(user_id=actor.user_id or 0).exists()
        and bool(standpoint(actor, now).roles & {Role.REGULATOR, Role.COMPLIANCE_OFFICER}),
        "recusals": one.recusals.select_related("user__person").order_by("at"),
        "differences": one.disagreements.exclude(sided="").select_related("third__person").order_by("pk"),
        "measures": [row for row in table.values() if not row.after_final], "exemptions": EXEMPTIONS, "diligence": kept,
        "diligence_words": checklists()[kept.checklist].text if kept and kept.checklist in checklists() else None,
        "self_report": (told := spared(one)), "mitigation": mitigation(one),
        "told_by": told.code if told and not SelfReportCheck.objects.filter(report=told).exists()
        and allowed(actor, "compliance.self_report.check", at=now) and one.closed_at is None else "",
        "objection": getattr(one, "objection", None),
        "first_measures": [measures()[key].text for key in (asked.get("measures") or []) if key in measures()],
        "findings": _findings(one), "subject_href": subject_href(one.subject_code), "papers": papers_of(_matters(one)),
        "may_add_papers": one.status in {ConductStatus.ACCUSED, ConductStatus.STATEMENT}
        and allowed(actor, "compliance.conduct.notify", subject=one, at=now),
        "revocable": revocable(one) if allowed(actor, "participants.admission.revoke", at=now) else [],
        "history": history([one.code, *(finding.code for finding in one.findings.all()), *_taken_away(one)]),
    }


def _taken_away(one: ConductCase) -> list[str]:
    """The admissions that were revoked on a finding of this case."""
    rows = Admission.objects.filter(organization=one.organization, status=AdmissionStatus.REVOKED)
    return [held.code for held in rows if any(held.reason.startswith(finding.code) for finding in one.findings.all())]


# ---- restoration -----------------------------------------------------------------------------------------------------


def restoration_file(one: Restoration, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a restoration: the finding with its measures, what was mended, the commitment, the first opinion."""
    first = _pending(one.code)
    by_status: dict[RestorationStatus, tuple[str, ...]] = {
        RestorationStatus.APPLIED: ("accept", "return"),
        RestorationStatus.DECIDING: ("agree", "differ") if first else ("grant", "refuse", "return", *(() if one.extended else ("extend",))),
    }
    row = conducts().get(one.finding.conduct)
    return {
        "words": row.text if row else (one.finding.conduct, one.finding.conduct), "first": first,
        "open_acts": by_status.get(RestorationStatus(one.status), ()), "findings": _findings(one.finding.case),
        "papers": papers_of([one.code, one.finding.case.code]),
        "history": history([one.code, one.finding.code, one.finding.case.code]),
    }


# ---- complaints and disputes -----------------------------------------------------------------------------------------


def complaint_file(one: Complaint, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a complaint for its desk: the text, never the reporter's name or contact."""
    able = bool(DESKS[one.queue] & standpoint(actor, now).roles)
    by_status: dict[ComplaintStatus, tuple[str, ...]] = {
        ComplaintStatus.RECEIVED: ("accept", "decline"), ComplaintStatus.HANDLING: ("refer", "transfer", "close"),
        ComplaintStatus.OBJECTED: ("uphold", "reject"),
    }
    return {
        "open_acts": by_status.get(ComplaintStatus(one.status), ()) if able else (), "able": able,
        "papers": list(papers_of([one.code])), "may_show": one.real_name and one.may_show,
        "conducts": [(key, row.text) for key, row in conduct_at(now).items()], "subject_href": subject_href(one.subject_code),
        "transferred_href": subject_href(one.transferred_to), "history": history([one.code]), **joint_start(one, actor, now),
    }


def dispute_file(one: Dispute, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather a dispute for its mediator: claim, proposal, reports ordered about it, what happened."""
    return {
        "open_acts": ("extend", "fail") if one.status == DisputeStatus.MEDIATING else (), "reports": reports_on(one.code),
        "papers": papers_of([one.code]),
        "subject_href": subject_href(one.subject_code), "history": history([one.code, one.subject_code]),
    }
