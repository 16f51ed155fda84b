"""Findings, sanctions and restoration: documents with a basis, measures from the published table, standing in one transaction.

NDRC Order 36 (credit repair): minimum and maximum publicity; at the maximum it ends by itself; who determined it restores it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from compliance.catalogue import Measure, authority_measures, hash_of, measures_at
from compliance.credit import follow_sanctions, note_credit
from compliance.events import FindingMade, restoration_moved, sanction_moved
from compliance.models import ConductCase, CreditRecord, Finding, Restoration, Sanction, Severity
from compliance.moves import locked, months_after, refuse_same_person, step
from compliance.papers import keep_papers
from compliance.second_review import refuse_barred
from compliance.states import RESTORATION, SANCTION, ConductStatus, RestorationStatus, SanctionStatus
from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.approvals import pending_approval
from participants.models import Approval, Organization, User
from participants.operations import ask_approval, decide_approval, notify
from participants.permissions import require
from participants.profiles import sponsors_of
from participants.timers import after

__all__ = ["AGAIN_MONTHS", "accept_restoration", "annul_finding", "apply_for_restoration", "decide_restoration", "end_sanction",
           "escalate_restoration", "extend_restoration", "first_opinion", "impose_after_final",
           "make_finding", "note_vouched", "pending_opinion",
           "refuse_unreasoned", "resume_sanctions", "second_restoration", "stay_sanctions", "withdraw_restoration"]

_LOCAL = ZoneInfo("Asia/Shanghai")
#: After a refusal restoration may be asked for again so many months later.
AGAIN_MONTHS = 3
_DECIDE = "compliance.conduct.decide"
_RESTORE = "compliance.restoration.decide"


# ---- findings ------------------------------------------------------------------------------------------------------------


def _measures(severity: str, asked: Sequence[str], at: datetime) -> list[Measure]:
    """The rows of the table in force; a measure without a row, of another severity or an authority's own is refused (rules M.14, H.4)."""
    table = measures_at(at)
    for key in asked:
        if key in authority_measures():
            raise Rejected("compliance.conduct.authority_only", measure=authority_measures()[key])
        if key not in table or table[key].severity != severity:
            raise Rejected("compliance.conduct.measure_unknown", measure=key)
        if table[key].after_final:
            raise Rejected("compliance.conduct.measure_after_final", measure=table[key].text)
    if severity not in Severity.values or not asked:
        raise Rejected("compliance.conduct.measure_unknown", measure=", ".join(asked) or "-")
    return [table[key] for key in asked]


def refuse_unreasoned(case: ConductCase, text: str) -> None:
    """This will refuse a decision that does not say why: whoever it is about is told basis, facts and reasons (rules H.4)."""
    if not text.strip():
        raise Rejected("compliance.conduct.unreasoned", case=case.code, errors=[
            FieldFault("reason", "missing", ("写明理由", "Give the reasons"))])


def first_opinion(held: ConductCase, asked: dict[str, Any], *, actor: Actor, at: datetime) -> Approval:
    """This will put a serious finding before a second regulator; nothing takes effect before."""
    _measures(asked["severity"], asked["measures"], at)
    refuse_unreasoned(held, asked["reasons"])
    return ask_approval(act=_DECIDE, subject=held.code, payload=asked, actor=actor, at=at)


def pending_opinion(held: ConductCase) -> Approval:
    """This will return the finding that waits for its second regulator."""
    found = pending_approval(_DECIDE, held.code)
    if found is None:
        raise Rejected("compliance.conduct.no_first_opinion", case=held.code)
    return found


def make_finding(case: ConductCase, asked: dict[str, Any], *, decided_by: int | None, second: int | None, actor: Actor,
                 at: datetime) -> Finding:
    """This will write the finding, impose its measures and move standing, in the caller's transaction."""
    rows = _measures(asked["severity"], asked["measures"], at)
    refuse_unreasoned(case, asked["reasons"])
    dated = date.fromisoformat(asked["document_date"]) if asked.get("document_date") else None
    _refuse_old(dated, rows, at)
    assert decided_by is not None
    number = case.findings.count() + 1
    document = {"case": case.code, "number": number, "organization": case.organization.code, "conduct": case.conduct, **asked, "at": at}
    finding = Finding.objects.create(
        code=new_code("FND"), case=case, number=number, severity=asked["severity"], conduct=case.conduct, reasons=asked["reasons"],
        basis=asked["basis"], authority_document=asked.get("authority_document", ""), document_date=dated,
        decided_by_id=decided_by, second_id=second, document_hash=hash_of(document), at=at)
    second_code = User.objects.filter(pk=second).values_list("person__code", flat=True).first() if second else ""
    record(FindingMade(subject=finding.code, case=case.code, organization=case.organization.code, conduct=case.conduct,
                       severity=finding.severity, basis=finding.basis, document_hash=finding.document_hash, second=second_code or ""),
           actor=actor, at=at)
    for row in rows:
        _impose(finding, row, actor=actor, at=at)
    note_credit(organization=case.organization, event=f"finding_{finding.severity}", source=finding.code, actor=actor, clock=FixedClock(at))
    follow_sanctions(organization=case.organization, cause_code=finding.code, reason=finding.reasons, actor=actor, at=at)
    for sponsor in sponsors_of(case.organization, at=at):
        note_vouched(finding, sponsor, f"vouched_{finding.severity}", actor=actor, at=at)
    return finding


def _runs_from(dated: date | None, at: datetime) -> datetime:
    """Terms of publicity run from the day of the deciding document: our own decision, or the authority's that is adopted (H.1)."""
    return datetime.combine(dated, time(), _LOCAL).astimezone(UTC) if dated else at


def _refuse_old(dated: date | None, rows: Sequence[Measure], at: datetime) -> None:
    if dated and (_runs_from(dated, at) > at or any(months_after(_runs_from(dated, at), row.months[1]) <= at for row in rows)):
        raise Rejected("compliance.conduct.document_date", date=dated.isoformat())


@covers("W23")
def note_vouched(finding: Finding, sponsor: Organization, event: str, *, actor: Actor, at: datetime) -> None:
    """This will let a finding, or its end, count for whoever vouched for the party (W23)."""
    party = finding.case.organization
    note_credit(organization=sponsor, event=event, source=finding.code, note=party.code, actor=actor, clock=FixedClock(at))
    follow_sanctions(organization=sponsor, cause_code=finding.code, reason=f"所保荐的供方 {party.short_name} / supplier vouched for",
                     actor=actor, at=at)


def _vouched(finding: Finding) -> list[Organization]:
    """Who carries the finding as a voucher."""
    rows = CreditRecord.objects.filter(source=finding.code, event__startswith="vouched_").select_related("organization")
    return [row.organization for row in rows.order_by("organization_id")]


def _impose(finding: Finding, row: Measure, *, actor: Actor, at: datetime) -> Sanction:
    earliest, latest = (months_after(_runs_from(finding.document_date, at), months) for months in row.months)
    made = Sanction.objects.create(
        code=new_code("SAN"), finding=finding, organization=finding.case.organization, measure=row.key, basis=row.basis[0],
        severity=row.severity, effective_from=at, earliest_end_at=earliest, effective_to=latest)
    return _note(made, "impose", "", actor=actor, at=at)


@covers("R94", "A1")
@operation("compliance.sanction.impose_after_final")
def impose_after_final(*, finding: Finding, measure: str, actor: Actor, clock: Clock) -> Sanction:
    """This will impose a measure that waits for a final finding, and move standing; once while it stands."""
    at = clock.now()
    require(actor, "participants.admission.revoke", at=at)
    row = measures_at(at).get(measure)
    if row is None or not row.after_final:
        raise Rejected("compliance.conduct.measure_unknown", measure=measure)
    standing = Sanction.objects.filter(finding=finding, measure=measure).exclude(status=SanctionStatus.ENDED).first()
    if standing is not None:
        unchanged(at=at)
        return standing
    made = _impose(finding, row, actor=actor, at=at)
    _follow(finding, f"{row.text[0]} / {row.text[1]}", actor=actor, at=at)
    return made


def _note(held: Sanction, act: str, before: str, *, actor: Actor, at: datetime) -> Sanction:
    record(sanction_moved[act](subject=held.code, finding=held.finding.code, organization=held.organization.code, measure=held.measure,
                               basis=held.basis, from_status=before, to_status=held.status, effective_to=held.effective_to,
                               cause=held.cause), actor=actor, at=at)
    return held


def _move_all(finding: Finding, act: str, states: Sequence[SanctionStatus], *, cause: str = "", actor: Actor, at: datetime) -> int:
    moved = 0
    for held in Sanction.objects.select_for_update(of=("self",), no_key=True).filter(finding=finding, status__in=states).order_by("pk"):
        before = step(held, SANCTION, act, "sanction")
        if act == "end":
            held.ended_at, held.cause = at, cause
        held.save()
        _note(held, act, before, actor=actor, at=at)
        moved += 1
    return moved


def stay_sanctions(finding: Finding, *, actor: Actor, at: datetime) -> None:
    """This will suspend a finding's measures; standing follows at once."""
    _move_all(finding, "stay", [SanctionStatus.IN_FORCE], actor=actor, at=at)
    _follow(finding, "异议期间暂缓 / stayed during the objection", actor=actor, at=at)


def resume_sanctions(finding: Finding, *, actor: Actor, at: datetime) -> None:
    """This will let stayed measures run again."""
    if _move_all(finding, "resume", [SanctionStatus.STAYED], actor=actor, at=at):
        _follow(finding, "异议不成立，恢复执行 / objection rejected", actor=actor, at=at)


def annul_finding(finding: Finding, cause: str, *, actor: Actor, at: datetime) -> None:
    """This will end a finding's measures and its weight in the score (``cause``: annulled or amended)."""
    _move_all(finding, "end", [SanctionStatus.IN_FORCE, SanctionStatus.STAYED], cause=cause, actor=actor, at=at)
    note_credit(organization=finding.case.organization, event=f"annulled_{finding.severity}", source=finding.code, actor=actor,
                clock=FixedClock(at))
    for sponsor in _vouched(finding):
        note_vouched(finding, sponsor, f"annulled_{finding.severity}", actor=actor, at=at)
    _follow(finding, "认定撤销或变更 / finding annulled or amended", actor=actor, at=at)


def _follow(finding: Finding, reason: str, *, actor: Actor, at: datetime) -> None:
    follow_sanctions(organization=finding.case.organization, cause_code=finding.code, reason=reason, actor=actor, at=at)


@covers("R94", "I26")
@operation("compliance.sanction.end")
def end_sanction(*, sanction: Sanction, clock: Clock) -> Sanction:
    """This will end a measure whose longest term is over; publicity stops by itself."""
    held = locked(sanction)
    at = clock.now()
    if held.status == SanctionStatus.ENDED or at < held.effective_to:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    before = step(held, SANCTION, "end", "sanction")
    held.ended_at, held.cause = at, "served"
    held.save()
    _note(held, "end", before, actor=SYSTEM, at=at)
    _follow(held.finding, "期满终止 / the term is served", actor=SYSTEM, at=at)
    return held


# ---- restoration ---------------------------------------------------------------------------------------------------------


@covers("R94")
@operation("compliance.restoration.apply")
def apply_for_restoration(*, finding: Finding, text: str, committed: bool, papers: Sequence[Deposit] = (), actor: Actor,
                          clock: Clock) -> Restoration:
    """This will ask for restoration, after the shortest publicity (minor 0, ordinary 3 months, serious 1 year).

    All conditions of the rules in force: the term is over, what was wrong is mended (``text`` says how), and the public commitment is
    given (``committed``). Not while an objection is decided; after a refusal again in three months.
    """
    case = locked(finding.case)
    at = clock.now()
    require(actor, "compliance.restoration.apply", subject=case, at=at)
    _check_application(finding, case, text, committed, at)
    standing = Sanction.objects.filter(finding=finding).exclude(status=SanctionStatus.ENDED)
    if not standing.exists():
        raise Rejected("compliance.restoration.nothing")
    earliest = max(standing.values_list("earliest_end_at", flat=True))
    if at < earliest:
        raise Rejected("compliance.restoration.too_early", earliest=earliest.astimezone(_LOCAL).date().isoformat())
    made = Restoration.objects.create(
        code=new_code("RST"), finding=finding, organization=case.organization, text=text.strip(), committed=committed,
        applied_at=at, due_at=after("restoration.applied", at))
    if kept := keep_papers(made, "apply", papers, actor=actor, at=at):
        made.papers = kept
        made.save(update_fields=["papers"])
    return _tell(made, "apply", "", actor=actor, at=at)


def _check_application(finding: Finding, case: ConductCase, text: str, committed: bool, at: datetime) -> None:
    faults = [] if len(text.strip()) >= 3 else [FieldFault("text", "missing", ("写明如何改正", "Say how it was mended"))]
    if not committed:
        faults.append(FieldFault("committed", "missing", ("作出公开信用承诺", "Give the public commitment")))
    if faults:
        raise Rejected("compliance.restoration.incomplete", errors=faults)
    if case.status == ConductStatus.OBJECTED:
        raise Rejected("compliance.restoration.under_objection", case=case.code)
    rows = Restoration.objects.filter(finding=finding)
    if running := rows.filter(status__in=[RestorationStatus.APPLIED, RestorationStatus.RETURNED, RestorationStatus.DECIDING]).first():
        raise Rejected("compliance.restoration.already_open", restoration=running.code)
    refused = rows.filter(status=RestorationStatus.REFUSED).order_by("-decided_at").first()
    if refused is not None and refused.decided_at and at < (again := months_after(refused.decided_at, AGAIN_MONTHS)):
        raise Rejected("compliance.restoration.again_later", earliest=again.astimezone(_LOCAL).date().isoformat())


def _tell(held: Restoration, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> Restoration:
    record(restoration_moved[act](subject=held.code, finding=held.finding.code, organization=held.organization.code, from_status=before,
                                  to_status=held.status, reason=reason), actor=actor, at=at)
    return held


def step_restoration(held: Restoration, act: str, *, actor: Actor, at: datetime, reason: str = "") -> Restoration:
    """This will move a locked restoration along its table, set its next deadline and tell it."""
    before = step(held, RESTORATION, act, "restoration")
    timed = held.status in {RestorationStatus.APPLIED, RestorationStatus.RETURNED, RestorationStatus.DECIDING}
    held.due_at, held.reason, held.overdue = after(f"restoration.{held.status}", at) if timed else None, reason, False
    held.save()
    return _tell(held, act, before, actor=actor, at=at, reason=reason)


@operation("compliance.restoration.accept")
def accept_restoration(*, restoration: Restoration, actor: Actor, clock: Clock) -> Restoration:
    """This will take an application in; after three working days the clock does."""
    held = locked(restoration)
    at = clock.now()
    require(actor, "compliance.restoration.accept", subject=held, at=at)
    if actor.is_system and (held.due_at is None or at < held.due_at):
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    return step_restoration(held, "accept", actor=actor, at=at)


@operation("compliance.restoration.withdraw")
def withdraw_restoration(*, restoration: Restoration, actor: Actor, clock: Clock) -> Restoration:
    """This will take an application back."""
    held = locked(restoration)
    at = clock.now()
    require(actor, "compliance.restoration.apply", subject=held, at=at)
    return step_restoration(held, "withdraw", actor=actor, at=at)


@operation("compliance.restoration.extend")
def extend_restoration(*, restoration: Restoration, reason: str, actor: Actor, clock: Clock) -> Restoration:
    """This will give the decision ten more working days, once, with a reason."""
    held = locked(restoration)
    at = clock.now()
    require(actor, _RESTORE, subject=held, at=at)
    if held.status != RestorationStatus.DECIDING or held.extended or held.due_at is None:
        raise Rejected("compliance.conduct.already_extended")
    held.extended, held.overdue, held.due_at = True, False, after("restoration.deciding", held.due_at)
    held.save(update_fields=["extended", "overdue", "due_at"])
    return _tell(held, "extend", held.status, actor=actor, at=at, reason=reason)


@operation("compliance.restoration.lapse")
def escalate_restoration(*, restoration: Restoration, clock: Clock) -> Restoration:
    """This will flag a restoration nobody decided in time; a deadline never grants and never refuses."""
    held = locked(restoration)
    at = clock.now()
    if held.status != RestorationStatus.DECIDING or held.overdue or held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.overdue = True
    held.save(update_fields=["overdue"])
    return _tell(held, "escalate", held.status, actor=SYSTEM, at=at)


@covers("R94", "I26")
@operation("compliance.restoration.decide")
def decide_restoration(*, restoration: Restoration, grant: bool, reason: str, actor: Actor, clock: Clock) -> Restoration:
    """This will grant or refuse; granting a serious record's restoration waits for a second regulator."""
    held = locked(restoration)
    at = clock.now()
    require(actor, _RESTORE, subject=held, at=at)
    if held.status != RestorationStatus.DECIDING:
        step(held, RESTORATION, "grant", "restoration")
    refuse_barred(held.finding.case, actor, at)
    held.decided_by_id, held.decided_at = actor.user_id, at
    if not grant:
        return step_restoration(held, "refuse", actor=actor, at=at, reason=reason)
    if held.finding.severity == Severity.SERIOUS:
        ask_approval(act=_RESTORE, subject=held.code, payload={"reason": reason}, actor=actor, at=at)
        return _tell(held, "first_opinion", held.status, actor=actor, at=at, reason=reason)
    return _granted(held, reason, actor=actor, at=at)


@covers("I18")
@operation("compliance.restoration.second")
def second_restoration(*, restoration: Restoration, agree: bool, reason: str, actor: Actor, clock: Clock) -> Restoration:
    """This will give the second regulator's word on restoring a serious record."""
    held = locked(restoration)
    at = clock.now()
    require(actor, _RESTORE, subject=held, at=at)
    approval = pending_approval(_RESTORE, held.code)
    if approval is None:
        raise Rejected("compliance.conduct.no_first_opinion", case=held.code)
    refuse_same_person(actor, approval.maker_id, at=at)
    refuse_barred(held.finding.case, actor, at)
    decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    held.decided_by_id, held.decided_at = actor.user_id, at
    return _granted(held, reason, actor=actor, at=at) if agree else step_restoration(held, "refuse", actor=actor, at=at, reason=reason)


def _granted(held: Restoration, reason: str, *, actor: Actor, at: datetime) -> Restoration:
    """Publishing, sharing and using stop together, in this transaction."""
    step_restoration(held, "grant", actor=actor, at=at, reason=reason)
    _move_all(held.finding, "end", [SanctionStatus.IN_FORCE, SanctionStatus.STAYED], cause="restored", actor=actor, at=at)
    note_credit(organization=held.organization, event=f"restored_{held.finding.severity}", source=held.finding.code, actor=actor,
                clock=FixedClock(at))
    for sponsor in _vouched(held.finding):
        note_vouched(held.finding, sponsor, f"restored_{held.finding.severity}", actor=actor, at=at)
    _follow(held.finding, "信用已修复 / credit restored", actor=actor, at=at)
    notify(organization=held.organization, kind="compliance.restoration.granted", tone="ok", subject=held.code, href="/desk/credit/", at=at,
           text=(f"认定 {held.finding.code} 已修复：停止公示、停止共享、解除惩戒。",
                 f"Finding {held.finding.code} is restored: no longer published, shared or used."))
    return held
