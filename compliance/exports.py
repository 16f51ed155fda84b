"""Export cases: screened by the table, papers filed, decided by two, counted person by person under a lock (R64 to R68).

Crossing a threshold stops the next delivery by itself: the case needs its mechanism again before anything leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from compliance.answers import unanswered
from compliance.cases import moot_case, open_case
from compliance.catalogue import hash_of
from compliance.controls import listed_as
from compliance.events import ExportCommented, PersonsExported, export_moved
from compliance.jurisdictions import stance_of
from compliance.models import Case, CaseKind, ExportCase, ExportComment, ExportedPerson, Stance
from compliance.moves import locked, refuse_same_person, step
from compliance.rules.cross_border import PAPERS, ZONE_ROW, Outcome, Route, papers_needed, route
from compliance.rules.scenarios import SCENARIOS, exemption_stands
from compliance.rules.vocabulary import FactFault, read_facts
from compliance.states import EXPORT, CaseStatus, ExportStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Approval, ApprovalStatus, Organization
from participants.operations import ask_approval, decide_approval, notify
from participants.permissions import require
from participants.queries import LOCAL
from participants.timers import after

__all__ = ["cleared_for", "comment_export", "count_export", "decide_export", "escalate_export", "expire_export", "file_papers",
           "hold_for_review", "note_export", "open_export", "persons_this_year", "release_from_review", "screen_export", "second_export",
           "seconded", "withdraw_export"]

_DECIDE = "compliance.export.decide"
_GRAVER = [Outcome.EXEMPT, Outcome.CONTRACT_OR_CERTIFICATION, Outcome.ASSESSMENT, Outcome.LICENCE, Outcome.BLOCKED]


def persons_this_year(exporter: Organization, at: datetime) -> tuple[int, int]:
    """This will return (persons, persons with sensitive information) exported since 1 January, local time."""
    rows = ExportedPerson.objects.filter(exporter=exporter, year=at.astimezone(LOCAL).year)
    return rows.filter(sensitive=False).count(), rows.filter(sensitive=True).count()


def cleared_for(exporter: Organization, product_code: str, recipient: str, at: datetime) -> ExportCase:
    """This will return the clearance in force, or refuse; asked at offer, at signing and at each delivery."""
    found = ExportCase.objects.filter(exporter=exporter, product_code=product_code, recipient=recipient, status=ExportStatus.CLEARED,
                                      effective_to__gt=at).first()
    if found is None:
        raise Rejected("compliance.export.not_cleared", exporter=exporter.code)
    return found


def note_export(held: ExportCase, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> ExportCase:
    """This will write the fact of a move of a case, or of a step in it."""
    record(export_moved[act](subject=held.code, exporter=held.exporter.code, product=held.product_code, from_status=before,
                             to_status=held.status, mechanism=held.mechanism, facts_hash=hash_of(held.facts), due_at=held.due_at,
                             reason=reason), actor=actor, at=at)
    return held


def _move(held: ExportCase, act: str, *, due_at: datetime | None, actor: Actor, at: datetime, reason: str = "") -> ExportCase:
    before = step(held, EXPORT, act, "export")
    held.due_at, held.reason, held.overdue = due_at, reason, False
    held.extension_asked_at = None
    _end_late(held, actor, at)
    if held.status == ExportStatus.CLEARED:
        held.cleared_at, held.effective_to = at, after("export.validity", at)
    held.save()
    return note_export(held, act, before, actor=actor, at=at, reason=reason)


@covers("R62", "R63", "R64")
@operation("compliance.export.open")
def open_export(*, exporter: Organization, product_code: str, recipient: str, country: str, facts: dict[str, Any], safeguards: str = "",
                origin_law: str = "", foreign_authority: str = "", approval_no: str = "", scenario: str = "other", actor: Actor,
                clock: Clock) -> ExportCase:
    """This will open a case; nothing leaves before it is cleared. ``scenario`` is the scene (R63): what it is, it may be exempt by.

    ``foreign_authority`` names a court or agency abroad that asks for the data: without ``approval_no`` of the authority here it is barred.
    """
    at = clock.now()
    require(actor, "compliance.export.file", subject=exporter, at=at)
    try:
        read_facts(facts)
    except FactFault as fault:
        raise Rejected("compliance.filing.facts_unreadable", errors=[FieldFault(fault.fact, fault.code, fault.text)]) from fault
    if scenario not in SCENARIOS or not exemption_stands(scenario, str(facts.get("export_exemption") or "none")):
        raise Rejected("compliance.export.scenario_does_not_exempt", errors=[
            FieldFault("scenario", "faulty", ("该场景不适用所选豁免", "This scene has no such exemption"))])
    made = ExportCase.objects.create(code=new_code("EXP"), exporter=exporter, product_code=product_code, recipient=recipient,
                                     scenario=scenario, country=country, facts=facts, safeguards=safeguards.strip(),
                                     origin_law=origin_law.strip(), foreign_authority=foreign_authority.strip(),
                                     approval_no=approval_no.strip(), opened_at=at,
                                     due_at=after("export.draft", at))
    return note_export(made, "open", "", actor=actor, at=at)


def _route(held: ExportCase, persons: int, sensitive: int) -> Route:
    stated = {**held.facts, "ytd_pi_out": persons, "ytd_spi_out": sensitive}
    return route(read_facts(stated), foreign_request=bool(held.foreign_authority and not held.approval_no))


@covers("R106")
def _refuse_unsafe(held: ExportCase) -> None:
    """What the table does not ask: does the recipient protect it as we do, and was the law of the place it came from kept."""
    if held.facts.get("contains_pi") is not False and not held.safeguards:
        raise Rejected("compliance.export.safeguards_missing", errors=[
            FieldFault("safeguards", "missing", ("请写明接收方的保护措施", "Say how the recipient protects it"))])
    if held.facts.get("export_exemption") == "foreign_origin" and not held.origin_law:
        raise Rejected("compliance.export.origin_law_missing", errors=[
            FieldFault("origin_law", "missing", ("请声明遵守了来源地法律", "Declare that the law of origin was kept"))])


def _answering(held: ExportCase, found: Route, at: datetime) -> Route:
    """Where the place of the recipient treats us worse than others, the answer is at least a security assessment (DSL 26)."""
    stance = stance_of(held.country, at=at)
    if stance is None or stance.stance != Stance.RESTRICTIVE or found.outcome not in _GRAVER[:_GRAVER.index(Outcome.ASSESSMENT)]:
        return found
    return Route(Outcome.ASSESSMENT, found.row, (f"数据安全法 第26条（对等）：{stance.basis}",
                                                 f"Data Security Law, art. 26: {stance.basis}"))


@covers("R64", "R66", "R68", "R106")
@operation("compliance.export.screen")
def screen_export(*, case: ExportCase, expected_persons: int = 0, expected_sensitive: int = 0, actor: Actor, clock: Clock) -> ExportCase:
    """This will put the case through the table, with this year's count and what is expected: cleared, mechanism or refused.

    What stands outside a free trade zone's list is not said by the exporter alone: it hands in the comparison, two regulators confirm it.
    """
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.export.file", subject=held, at=at)
    if listed_as(names=[held.recipient]) & {"sanction", "black"}:
        raise Rejected("compliance.export.recipient_listed")
    persons, sensitive = persons_this_year(held.exporter, at)
    found = _answering(held, _route(held, persons + expected_persons, sensitive + expected_sensitive), at)
    if found.outcome is Outcome.NEEDS_INFO:
        raise Rejected("compliance.export.facts_missing", **unanswered([found.missing]))
    if found.outcome is not Outcome.BLOCKED:
        _refuse_unsafe(held)
    held.mechanism, held.row = str(found.outcome), found.row
    act = {Outcome.EXEMPT: "exempt", Outcome.BLOCKED: "bar"}.get(found.outcome, "require")
    if found.row == ZONE_ROW:
        act = "require"
    due = after("export.mechanism", at) if act == "require" else None
    return _move(held, act, due_at=due, actor=actor, at=at, reason=found.basis[0])


@covers("R67", "W17")
@operation("compliance.export.file_papers")
def file_papers(*, case: ExportCase, papers: Mapping[str, str], actor: Actor, clock: Clock) -> ExportCase:
    """This will hand in the mechanism's papers, each by its name; none may be missing. The assessment takes 45 working days at most."""
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.export.file", subject=held, at=at)
    given = {kind: text for kind, text in papers.items() if kind in PAPERS and text}
    have = {one["kind"] for one in held.papers} | set(given)
    if held.status != ExportStatus.NEEDS_MECHANISM:
        step(held, EXPORT, "file", "export")  # refused: nothing is asked of it now
    if lacking := [kind for kind in papers_needed(Outcome(held.mechanism), held.row) if kind not in have]:
        raise Rejected("compliance.export.no_papers", errors=[
            FieldFault(kind, "missing", (f"请附：{PAPERS[kind][0]}", f"Attach: {PAPERS[kind][1]}")) for kind in lacking])
    held.papers = [*held.papers, *({"kind": kind, "name": text} for kind, text in given.items())]
    return _move(held, "file", due_at=after("export.assessment", at), actor=actor, at=at)


@covers("R67")
@operation("compliance.export.comment")
def comment_export(*, case: ExportCase, text: str, actor: Actor, clock: Clock) -> ExportComment:
    """This will put a body's opinion on file while the case is assessed or reviewed; every body that supervises may speak."""
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.export.comment", at=at)
    if held.status not in (ExportStatus.IN_ASSESSMENT, ExportStatus.SECURITY_REVIEW):
        step(held, EXPORT, "clear", "export")  # refused: nothing is assessed now
    said = text.strip()[:2000]
    if not said:
        raise Rejected("compliance.export.says_nothing", errors=[FieldFault("text", "missing", ("请写明意见", "Write what the body says"))])
    made = ExportComment.objects.create(case=held, body_id=actor.organization_id or 0, author_id=actor.user_id or 0, text=said, at=at)
    record(ExportCommented(subject=held.code, body=actor.organization or "", words=len(said)), actor=actor, at=at)
    return made


@covers("I18", "R65")
@operation("compliance.export.decide")
def decide_export(*, case: ExportCase, clear: bool, reason: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will give the first regulator's opinion; a second one carries it out (``second_export``)."""
    held = locked(case)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    if held.status != ExportStatus.IN_ASSESSMENT:
        step(held, EXPORT, "clear", "export")
    ask_approval(act=_DECIDE, subject=held.code, payload={"clear": clear, "reason": reason}, actor=actor, at=at)
    return note_export(held, "first_opinion", held.status, actor=actor, at=at, reason=reason)


def seconded(held: ExportCase, act: str, *, agree: bool, reason: str, actor: Actor, at: datetime) -> Approval:
    """This will give the second opinion on what the first one proposed, by another person, and return the first."""
    approval = Approval.objects.filter(act=act, subject=held.code, status=ApprovalStatus.PENDING).select_related("maker").first()
    if approval is None:
        raise Rejected("compliance.conduct.no_first_opinion", case=held.code)
    refuse_same_person(actor, approval.maker_id, at=at)
    decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    return approval


@covers("I18")
@operation("compliance.export.second")
def second_export(*, case: ExportCase, agree: bool, reason: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will carry out the first opinion, or leave the case in assessment when the two differ."""
    held = locked(case)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    approval = seconded(held, _DECIDE, agree=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return note_export(held, "first_opinion", held.status, actor=actor, at=at, reason=reason)
    held.decided_by_id, held.second_id = approval.maker_id, actor.user_id
    return _move(held, "clear" if approval.payload["clear"] else "refuse", due_at=None, actor=actor, at=at,
                 reason=approval.payload["reason"])


@covers("R65")
@operation("compliance.export.hold")
def hold_for_review(*, case: ExportCase, reason: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will hold a case for national security review; no deadline releases it."""
    held = locked(case)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    return _move(held, "hold", due_at=after("export.security_review", at), actor=actor, at=at, reason=reason)


@covers("R65")
@operation("compliance.export.release")
def release_from_review(*, case: ExportCase, reason: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will return a reviewed case to its assessment; a regulator only."""
    held = locked(case)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    return _move(held, "release", due_at=after("export.assessment", at), actor=actor, at=at, reason=reason)


@covers("R64", "R65")
@operation("compliance.export.escalate")
def escalate_export(*, case: ExportCase, clock: Clock) -> ExportCase:
    """This will put a late assessment before the authority, once, a security review again each thirty days; neither is decided by it."""
    held = locked(case)
    at = clock.now()
    waits = held.status in (ExportStatus.IN_ASSESSMENT, ExportStatus.SECURITY_REVIEW)
    reviewed = held.status == ExportStatus.SECURITY_REVIEW
    if not waits or held.due_at is None or at < held.due_at or (held.overdue and not reviewed):
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    if reviewed:
        held.due_at = after("export.security_review", at)
    held.overdue = True
    held.save(update_fields=["overdue", "due_at"])
    note_export(held, "escalate", held.status, actor=SYSTEM, at=at)
    zh, en = (("安全审查仍未解除", "is still under security review") if reviewed else ("评估逾期未决", "was not assessed in time"))
    open_case(kind=CaseKind.EXPORT, subject_kind="export", subject_code=held.code, organization=held.exporter, flags=["overdue"],
              priority=70, title=(f"出境案件{zh}", f"An export {en}"), text=f"{held.code} · {held.recipient}", actor=SYSTEM, clock=clock)
    notify(organization=held.exporter, kind="compliance.export.late", tone="wait", subject=held.code, href="/desk/exports/", at=at,
           text=(f"出境案件 {held.code} {zh}，已提请监管机构督办；决定之前不得出境。",
                 f"Export {held.code} {en}; the authority follows it up. Nothing leaves before it is decided."))
    return held


def _end_late(held: ExportCase, actor: Actor, at: datetime) -> None:
    """A late case that has moved on needs nobody's eyes any more."""
    late = Case.objects.filter(kind=CaseKind.EXPORT, subject_code=held.code, flags__contains=["overdue"]).exclude(status=CaseStatus.CLOSED)
    for one in late:
        moot_case(case=one, text="已办理 / it has moved on", actor=actor, clock=FixedClock(at))


@operation("compliance.export.withdraw")
def withdraw_export(*, case: ExportCase, actor: Actor, clock: Clock) -> ExportCase:
    """This will take a case back before it is assessed; an idle one is taken back by the clock."""
    held = locked(case)
    at = clock.now()
    if not actor.is_system:
        require(actor, "compliance.export.file", subject=held, at=at)
    elif held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    return _move(held, "withdraw", due_at=None, actor=actor, at=at)


@covers("R64")
@operation("compliance.export.count")
def count_export(*, case: ExportCase, person_keys: Collection[str], sensitive: bool, actor: Actor, clock: Clock) -> bool:
    """This will count a delivery's persons for the exporter's year, each once; False when a threshold stands in the way.

    Then nothing is counted and the case needs its mechanism again: the caller does not deliver. No splitting helps: the
    count is the exporter's, over all its cases, under one lock.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=case.exporter_id)
    held = locked(case)
    at = clock.now()
    cleared_for(held.exporter, held.product_code, held.recipient, at)
    year = at.astimezone(LOCAL).year
    known = set(ExportedPerson.objects.filter(exporter_id=held.exporter_id, year=year, sensitive=sensitive, person_key__in=person_keys)
                .values_list("person_key", flat=True))
    fresh = sorted(set(person_keys) - known)
    persons, special = persons_this_year(held.exporter, at)
    persons, special = (persons, special + len(fresh)) if sensitive else (persons + len(fresh), special)
    found = _route(held, persons, special)
    if _GRAVER.index(found.outcome) > _GRAVER.index(Outcome(held.mechanism)):
        held.mechanism, held.row, held.recognition = str(found.outcome), found.row, None
        _move(held, "cross", due_at=after("export.mechanism", at), actor=SYSTEM, at=at, reason=found.basis[0])
        return False
    ExportedPerson.objects.bulk_create([
        ExportedPerson(exporter_id=held.exporter_id, year=year, person_key=key, sensitive=sensitive) for key in fresh])
    record(PersonsExported(subject=held.code, exporter=held.exporter.code, year=year, added=len(fresh), sensitive=sensitive,
                           persons=persons,
                           sensitive_persons=special), actor=actor, at=at)
    return True


@operation("compliance.export.expire")
def expire_export(*, case: ExportCase, clock: Clock) -> ExportCase:
    """This will end a clearance after three years."""
    held = locked(case)
    at = clock.now()
    if held.effective_to is None or at < held.effective_to:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    return _move(held, "expire", due_at=None, actor=SYSTEM, at=at)
