"""Conduct cases 失信认定: accuse, hear, decide by reasons and basis, hear objections; nothing takes effect without a document.

Data Twenty item 16; Administrative Penalty Law 33 for exemptions. Serious findings are two regulators' (I18); an
objection is decided by one who was not on the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from compliance.catalogue import conduct_at, conducts
from compliance.complaints import tell_reporters
from compliance.deadlines import figure, working_days_from
from compliance.declarations import breach_declaration
from compliance.diligence import refuse_without_diligence
from compliance.events import InterimMeasureTaken, conduct_moved
from compliance.findings import (
    annul_finding,
    first_opinion,
    make_finding,
    pending_opinion,
    refuse_unreasoned,
    resume_sanctions,
    stay_sanctions,
)
from compliance.models import ConductCase, Declaration, Finding, Objection, Severity
from compliance.moves import locked, refuse_same_person, step
from compliance.papers import keep_papers
from compliance.second_review import end_disagreement, name_third, refuse_barred, refuse_settled
from compliance.self_reports import mitigation, refuse_spared, spared
from compliance.states import CONDUCT, ConductStatus, DeclarationStatus
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.models import Organization, User
from participants.operations import decide_approval, hold_capability, notify
from participants.permissions import require
from participants.timers import after

__all__ = ["EXEMPTIONS", "add_papers", "adopt_decision", "advance_by_clock", "decide_conduct", "decide_objection", "dismiss_conduct",
           "exempt_conduct", "extend_conduct", "notify_accused", "object_to_finding", "open_conduct_case", "second_conduct",
           "settle_difference", "state_case", "stay_effects", "take_interim_measure", "waive_statement"]

#: Grounds on which a proven fault goes without a finding (R82, R102; Administrative Penalty Law 33).
EXEMPTIONS = {
    "first_minor_mended": ("初次轻微并已及时改正", "first, minor and mended in time"),
    "due_diligence": ("已尽职履行合规义务", "due diligence was kept"),
    "self_report": ("主动报告", "reported by itself"),
}
_HREF = "/desk/credit/"


def _note(held: ConductCase, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "",
          papers: Sequence[Deposit] = ()) -> ConductCase:
    record(conduct_moved[act](subject=held.code, organization=held.organization.code, conduct=held.conduct, about=held.subject_code,
                              from_status=before, to_status=held.status, due_at=held.due_at, reason=reason,
                              papers=[one.sha256 for one in papers]), actor=actor, at=at)
    return held


def _move(held: ConductCase, act: str, *, actor: Actor, at: datetime, days: int | None, reason: str = "",
          papers: Sequence[Deposit] = ()) -> ConductCase:
    before = step(held, CONDUCT, act, "conduct")
    held.due_at, held.overdue = working_days_from(at, days) if days else None, False
    if days is None:
        held.closed_at, held.closing_reason = at, reason
    held.save()
    if days is None or act in {"decide", "adopt"}:
        tell_reporters(held, at)
    return _note(held, act, before, actor=actor, at=at, reason=reason, papers=papers)


def _held(case: ConductCase, name: str, actor: Actor, clock: Clock) -> tuple[ConductCase, datetime]:
    held = locked(case)
    at = clock.now()
    require(actor, name, subject=held, at=at)
    if name == "compliance.conduct.decide":
        refuse_barred(held, actor, at)
    return held, at


def _tell(held: ConductCase, at: datetime, text: tuple[str, str], tone: str = "bad") -> None:
    notify(organization=held.organization, kind="compliance.conduct.moved", tone=tone, subject=held.code, href=_HREF, due_at=held.due_at,
           at=at, text=text)


@covers("R94", "H6")
@operation("compliance.conduct.open")
def open_conduct_case(*, organization: Organization, conduct: str, subject_code: str, text: str, alleged: str = "",
                      papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> ConductCase:
    """This will accuse an organisation of a conduct of the catalogue; nothing changes for it yet."""
    at = clock.now()
    require(actor, "compliance.conduct.open", subject=organization, at=at)
    known = conduct_at(at).get(conduct)
    if known is None:
        raise Rejected("compliance.conduct.unknown", conduct=conduct)
    made = ConductCase.objects.create(
        code=new_code("CND"), organization=organization, subject_code=subject_code, conduct=conduct, text=text,
        alleged=Severity(alleged or known.severity), opened_by_id=actor.user_id, opened_at=at,
        due_at=after("conduct.notify", at))
    if kept := keep_papers(made, "open", papers, desk=True, actor=actor, at=at):
        made.papers = kept
        made.save(update_fields=["papers"])
    return _note(made, "open", "", actor=actor, at=at, papers=papers)


@covers("H6", "R94")
@operation("compliance.conduct.add_papers")
def add_papers(*, case: ConductCase, papers: Sequence[Deposit], actor: Actor, clock: Clock) -> ConductCase:
    """This will put the desk's papers on a case's file while the accused can still answer them, and not afterwards."""
    held, at = _held(case, "compliance.conduct.notify", actor, clock)
    refuse_barred(held, actor, at)
    if held.status not in {ConductStatus.ACCUSED, ConductStatus.STATEMENT}:
        raise Rejected("compliance.paper.too_late", case=held.code)
    if not papers:
        raise Rejected("compliance.paper.missing")
    held.papers = [*held.papers, *keep_papers(held, "add_papers", papers, desk=True, actor=actor, at=at)]
    held.save(update_fields=["papers"])
    if held.status == ConductStatus.STATEMENT:
        _tell(held, at, ("案卷新增材料，请查阅；可在期限内陈述申辩。",
                         "Papers were added to the file; you may state your case within the term."), tone="wait")
    return held


@covers("H6")
@operation("compliance.conduct.notify")
def notify_accused(*, case: ConductCase, actor: Actor, clock: Clock) -> ConductCase:
    """This will give the accused notice of facts and rights, and ten working days to state its case."""
    held, at = _held(case, "compliance.conduct.notify", actor, clock)
    held.notified_at = at
    _move(held, "notify", actor=actor, at=at, days=figure("conduct.statement_days", at))
    name = conducts()[held.conduct].text
    _tell(held, at, (f"贵方被指“{name[0]}”：{held.text} 可陈述申辩、提交材料。",
                     f"You are accused of “{name[1]}”: {held.text} You may state your case and hand in papers."))
    return held


@operation("compliance.conduct.dismiss")
def dismiss_conduct(*, case: ConductCase, reason: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will end a case that is not made out."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    refuse_unreasoned(held, reason)
    return _move(held, "dismiss", actor=actor, at=at, days=None, reason=reason)


@covers("H6")
@operation("compliance.conduct.state")
def state_case(*, case: ConductCase, text: str, papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> ConductCase:
    """This will take the accused's statement and papers; more may follow until the term ends."""
    held, at = _held(case, "compliance.conduct.state", actor, clock)
    if not text.strip() and not papers:
        raise Rejected("compliance.paper.missing")
    before = step(held, CONDUCT, "state", "conduct")
    held.statement = f"{held.statement}\n\n{text}".strip()
    held.papers = [*held.papers, *keep_papers(held, "state", papers, actor=actor, at=at)]
    held.save(update_fields=["statement", "papers"])
    return _note(held, "state", before, actor=actor, at=at, papers=papers)


@operation("compliance.conduct.waive")
def waive_statement(*, case: ConductCase, actor: Actor, clock: Clock) -> ConductCase:
    """This will end the accused's term at its own wish."""
    held, at = _held(case, "compliance.conduct.state", actor, clock)
    return _move(held, "waive", actor=actor, at=at, days=figure("conduct.decision_days", at))


@covers("R87")
@operation("compliance.conduct.interim_measure")
def take_interim_measure(*, case: ConductCase, capabilities: Sequence[str], reason: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will hold capabilities for at most fifteen days in a serious matter; the holds lapse by themselves."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    if held.alleged != Severity.SERIOUS or held.closed_at is not None:
        raise Rejected("compliance.conduct.not_serious")
    until = after("conduct.interim", at)
    for capability in capabilities:
        hold_capability(organization=held.organization, capability=capability, reason_code="compliance.interim_measure", reason=reason,
                        basis="信用管理规则 第8条", until=until, actor=actor, at=at)
    record(InterimMeasureTaken(subject=held.code, organization=held.organization.code, capabilities=list(capabilities), until=until,
                               reason=reason), actor=actor, at=at)
    return held


@operation("compliance.conduct.extend")
def extend_conduct(*, case: ConductCase, reason: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will give the decision ten more working days, once, with a reason."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    if held.status != ConductStatus.DECIDING or held.extended or held.due_at is None:
        raise Rejected("compliance.conduct.already_extended")
    held.extended, held.overdue = True, False
    held.due_at = working_days_from(held.due_at, figure("conduct.decision_extension_days", at))
    held.save(update_fields=["extended", "overdue", "due_at"])
    return _note(held, "extend", held.status, actor=actor, at=at, reason=reason)


@covers("R94", "H6", "I18", "I26")
@operation("compliance.conduct.decide")
def decide_conduct(*, case: ConductCase, severity: str, measures: Sequence[str], reasons: str, basis: str, actor: Actor,
                   clock: Clock) -> ConductCase:
    """This will find the conduct proven and impose measures of the table, in force from the decision on.

    A serious finding is not made by one: the case stays in ``deciding`` until another regulator agrees
    (``second_conduct``).
    """
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    if held.status != ConductStatus.DECIDING:
        step(held, CONDUCT, "decide", "conduct")
    refuse_settled(held, severity)
    refuse_spared(held, severity, measures)
    asked = {"severity": severity, "measures": list(measures), "reasons": reasons, "basis": basis}
    if severity == Severity.SERIOUS:
        first_opinion(held, asked, actor=actor, at=at)
        return _note(held, "first_opinion", held.status, actor=actor, at=at)
    return _decided(held, "decide", asked, decided_by=actor.user_id, second=None, actor=actor, at=at)


@covers("I18")
@operation("compliance.conduct.second")
def second_conduct(*, case: ConductCase, agree: bool, reason: str, third: User | None = None, actor: Actor, clock: Clock) -> ConductCase:
    """This will give the second regulator's word on a serious finding; without it nothing takes effect.

    Who differs names a third to decide between them; otherwise the least burdened regulator who is free is named.
    """
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    approval = pending_opinion(held)
    decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        assert actor.user_id is not None
        assert approval.maker_id is not None
        name_third(held, first=approval.maker_id, second=actor.user_id, asked=approval.payload, reason=reason, third=third, actor=actor,
                   at=at)
        return _note(held, "first_opinion", held.status, actor=actor, at=at, reason=reason)
    act = "adopt" if held.status == ConductStatus.ACCUSED else "decide"
    return _decided(held, act, approval.payload, decided_by=approval.maker_id, second=actor.user_id, actor=actor, at=at)


@covers("I18")
@operation("compliance.conduct.settle_difference")
def settle_difference(*, case: ConductCase, with_first: bool, reasons: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will let the named third decide between two regulators: the first one's finding takes effect, or it is not serious."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    found = end_disagreement(held, sided="first" if with_first else "second", reasons=reasons, actor=actor, at=at)
    if not with_first:
        return _note(held, "first_opinion", held.status, actor=actor, at=at, reason=reasons)
    act = "adopt" if held.status == ConductStatus.ACCUSED else "decide"
    return _decided(held, act, found.asked, decided_by=found.first_id, second=actor.user_id, actor=actor, at=at)


@covers("H6")
@operation("compliance.conduct.adopt")
def adopt_decision(*, case: ConductCase, severity: str, measures: Sequence[str], reasons: str, basis: str, authority_document: str,
                   document_date: date | None = None, actor: Actor, clock: Clock) -> ConductCase:
    """This will take over another authority's or a court's final document as the finding; terms run from the document's date."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    if held.status != ConductStatus.ACCUSED:
        step(held, CONDUCT, "adopt", "conduct")
    refuse_settled(held, severity)
    refuse_spared(held, severity, measures, authority_document)
    asked = {"severity": severity, "measures": list(measures), "reasons": reasons, "basis": basis, "authority_document": authority_document,
             "document_date": document_date.isoformat() if document_date else ""}
    if severity == Severity.SERIOUS:
        first_opinion(held, asked, actor=actor, at=at)
        return _note(held, "first_opinion", held.status, actor=actor, at=at)
    return _decided(held, "adopt", asked, decided_by=actor.user_id, second=None, actor=actor, at=at)


def _decided(held: ConductCase, act: str, asked: dict[str, Any], *, decided_by: int | None, second: int | None, actor: Actor,
             at: datetime) -> ConductCase:
    held.decided_at = at
    _move(held, act, actor=actor, at=at, days=figure("conduct.objection_window_days", at), reason=asked["severity"])
    finding = make_finding(held, asked, decided_by=decided_by, second=second, actor=actor, at=at)
    _tell(held, at, (f"认定书 {finding.code}：{finding.reasons} 可在期限内提出异议。",
                     f"Finding {finding.code}: {finding.reasons} You may object within the term."))
    return held


@covers("R82", "R102")
@operation("compliance.conduct.exempt")
def exempt_conduct(*, case: ConductCase, ground: str, reason: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will end a case without a finding on one of the grounds of exemption, with its reason on record."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    assert ground in EXEMPTIONS, f"{ground} is no ground of exemption"
    if ground == "first_minor_mended" and (held.alleged != Severity.MINOR or _found_before(held)):
        raise Rejected("compliance.conduct.not_first", organization=held.organization.code)
    if ground == "due_diligence":
        reason = f"{refuse_without_diligence(held).code} {reason}".strip()
    if ground == "self_report" and (known := spared(held)) is None:
        raise Rejected("compliance.conduct.no_self_report", case=held.code)
    if ground == "self_report" and known is not None:
        if (row := mitigation(held)) is not None and row.most:
            raise Rejected("compliance.conduct.report_lessens", report=known.code, mitigation=row.text)
        reason = f"{known.code} {reason}".strip()
    refuse_unreasoned(held, reason)
    _move(held, "exempt", actor=actor, at=at, days=None, reason=f"{ground}: {reason}")
    _tell(held, at, (f"免予认定：{EXEMPTIONS[ground][0]}。", f"Exempted: {EXEMPTIONS[ground][1]}."), tone="ok")
    return held


def _found_before(held: ConductCase) -> bool:
    return Finding.objects.filter(case__organization_id=held.organization_id).exclude(case__status=ConductStatus.ANNULLED).exists()


# ---- objection -----------------------------------------------------------------------------------------------------------


@covers("R94", "H6")
@operation("compliance.conduct.object")
def object_to_finding(*, case: ConductCase, text: str, papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> ConductCase:
    """This will object to a finding within its window; the public mark is set at once."""
    held, at = _held(case, "compliance.conduct.state", actor, clock)
    assert actor.user_id is not None
    if held.status == ConductStatus.DECIDED and held.due_at is not None and at >= held.due_at:
        raise Rejected("compliance.conduct.window_over", case=held.code)
    if not text.strip():
        raise Rejected("compliance.paper.missing")
    _move(held, "object", actor=actor, at=at, days=figure("conduct.objection_days", at), papers=papers)
    kept = keep_papers(held, "object", papers, actor=actor, at=at)
    Objection.objects.create(case=held, by_id=actor.user_id, text=text, papers=kept, at=at)
    return held


def _objection(held: ConductCase, actor: Actor, at: datetime) -> tuple[Objection, Finding]:
    """The objection and the finding under it; refuses whoever was on the case."""
    finding = held.findings.order_by("-number").first()
    if held.status != ConductStatus.OBJECTED or finding is None:
        step(held, CONDUCT, "reject", "conduct")
    assert finding is not None
    if not actor.is_system:
        refuse_same_person(actor, held.opened_by_id, finding.decided_by_id, finding.second_id,
                           *held.disagreements.values_list("second_id", flat=True), at=at)
    return Objection.objects.select_for_update(of=("self",), no_key=True).get(case=held), finding


@operation("compliance.conduct.stay")
def stay_effects(*, case: ConductCase, reason: str, actor: Actor, clock: Clock) -> ConductCase:
    """This will suspend the measures while an objection is decided, where the finding looks wrong."""
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    objection, finding = _objection(held, actor, at)
    return _stay(held, objection, finding, reason, actor=actor, at=at)


def _stay(held: ConductCase, objection: Objection, finding: Finding, reason: str, *, actor: Actor, at: datetime) -> ConductCase:
    if objection.stayed_at is None:
        objection.stayed_at = at
        objection.save(update_fields=["stayed_at"])
        stay_sanctions(finding, actor=actor, at=at)
    return _note(held, "stay", held.status, actor=actor, at=at, reason=reason)


@covers("R94", "H6", "I18")
@operation("compliance.conduct.decide_objection")
def decide_objection(*, case: ConductCase, outcome: str, reasons: str, severity: str = "", measures: Sequence[str] = (), actor: Actor,
                     clock: Clock) -> ConductCase:
    """This will ``uphold`` (annul the finding), ``amend`` (a milder one replaces it) or ``reject`` the objection.

    By a regulator who was not on the case.
    """
    held, at = _held(case, "compliance.conduct.decide", actor, clock)
    objection, finding = _objection(held, actor, at)
    _check_amendment(outcome, severity, finding)
    refuse_unreasoned(held, reasons)
    objection.decided_at, objection.decided_by_id, objection.outcome, objection.reasons = at, actor.user_id, outcome, reasons
    objection.save()
    _move(held, outcome, actor=actor, at=at, days=None, reason=reasons)
    if outcome == "reject":
        resume_sanctions(finding, actor=actor, at=at)
        _became_final(held, finding, at)
    else:
        annul_finding(finding, "annulled" if outcome == "uphold" else "amended", actor=actor, at=at)
    if outcome == "amend":
        asked = {"severity": severity, "measures": list(measures), "reasons": reasons, "basis": finding.basis}
        refuse_spared(held, severity, measures)
        make_finding(held, asked, decided_by=actor.user_id, second=None, actor=actor, at=at)
    _tell(held, at, (f"异议处理结果：{reasons}", f"The objection is decided: {reasons}"), tone="ok" if outcome != "reject" else "bad")
    return held


def _check_amendment(outcome: str, severity: str, finding: Finding) -> None:
    if outcome not in {"uphold", "amend", "reject"}:
        raise Rejected("compliance.conduct.unknown_outcome", outcome=outcome)
    order = list(Severity.values)
    if outcome == "amend" and (severity not in order or order.index(severity) >= order.index(finding.severity)):
        raise Rejected("compliance.conduct.not_milder", severity=severity or "-")


def _became_final(held: ConductCase, finding: Finding, at: datetime) -> None:
    """A final finding on a declaration breaks it."""
    broken = Declaration.objects.filter(code=held.subject_code, organization_id=held.organization_id, status=DeclarationStatus.IN_FORCE)
    for declaration in broken:
        breach_declaration(declaration=declaration, cause=finding.code, actor=SYSTEM, clock=FixedClock(at))


# ---- the clock -----------------------------------------------------------------------------------------------------------


@operation("compliance.conduct.lapse")
def advance_by_clock(*, case: ConductCase, clock: Clock) -> ConductCase:
    """This will do what a passed deadline does: no statement, final without objection, effects stayed, or a flag."""
    held = locked(case)
    at = clock.now()
    if held.due_at is None or at < held.due_at or held.closed_at is not None:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    if held.status == ConductStatus.STATEMENT:
        return _move(held, "time_out", actor=SYSTEM, at=at, days=figure("conduct.decision_days", at), reason="没有陈述 / no statement")
    if held.status == ConductStatus.DECIDED:
        finding = held.findings.latest("number")
        _move(held, "become_final", actor=SYSTEM, at=at, days=None)
        _became_final(held, finding, at)
        return held
    return _late(held, at)


def _late(held: ConductCase, at: datetime) -> ConductCase:
    """A desk that is late is flagged; an objection not decided after its extension suspends the effects."""
    objected, first = held.status == ConductStatus.OBJECTED, not held.overdue
    if not first and not objected:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.overdue = True
    if objected:
        assert held.due_at is not None
        held.due_at = working_days_from(held.due_at, figure("conduct.objection_extension_days", at)) if first else None
    held.save(update_fields=["overdue", "due_at"])
    if objected and not first:
        objection, finding = _objection(held, SYSTEM, at)
        return _stay(held, objection, finding, "逾期未决 / not decided in time", actor=SYSTEM, at=at)
    return _note(held, "escalate", held.status, actor=SYSTEM, at=at)
