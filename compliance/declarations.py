"""Declaration and commitment 声明承诺制 (Data Twenty item 15): written, signed, in force for twelve months, answered for.

Not available for excluded matters nor to parties with an unrepaired serious record (rules K).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from compliance.catalogue import Question, Template, hash_of, templates
from compliance.deadlines import figure
from compliance.events import declaration_moved
from compliance.models import Declaration
from compliance.moves import locked, months_after, step
from compliance.queries import list_version_at, unrepaired_serious
from compliance.states import DECLARATION, DeclarationStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = [
    "REMINDERS",
    "breach_declaration",
    "draft_declaration",
    "edit_declaration",
    "end_by_change",
    "end_with_declarant",
    "expire_declaration",
    "faults_of",
    "kept_answers",
    "remind",
    "sign_declaration",
    "withdraw_declaration",
]

#: Days before the end on which the declarant is reminded.
REMINDERS = (30, 7, 1)


def faults_of(template: Template, answers: Mapping[str, Any], *, signing: bool) -> list[FieldFault]:
    """This will list what is wrong with answers; an unfinished draft may leave required ones open."""
    known = {question.key for question in template.questions}
    faults = [FieldFault(key, "unknown", ("没有这个问题", "there is no such question")) for key in answers if key not in known]
    for question in template.questions:
        value = answers.get(question.key)
        if value in (None, "", []) or (value is False and question.type == "promise"):
            if signing and question.required and question.applies(answers):
                faults.append(FieldFault(question.key, "required", ("请回答", "please answer")))
        elif not _fits(question, value):
            faults.append(FieldFault(question.key, "wrong_value", ("不在可选范围内", "is none of the answers offered")))
    return faults


def kept_answers(form: Template, answers: Mapping[str, Any]) -> dict[str, Any]:
    """This will return the answers that this form asks for: an earlier edition's are carried over, what does not apply is left out."""
    asked = {one.key for one in form.questions if one.applies(answers)}
    return {key: value for key, value in answers.items() if key in asked}


def _fits(question: Question, value: Any) -> bool:
    match question.type:
        case "promise" | "yes_no":
            return isinstance(value, bool)
        case "choice":
            return isinstance(value, str) and value in question.values
        case "choices":
            known = isinstance(value, list) and all(isinstance(one, str) and one in question.values for one in value)
            return known and len(set(value)) == len(value)
        case _:
            return isinstance(value, str) and len(value) <= 2000


@operation("compliance.declaration.draft")
def draft_declaration(*, organization: Organization, template: str = "merchant", answers: Mapping[str, Any] | None = None,
                      subject: str = "", actor: Actor, clock: Clock) -> Declaration:
    """This will begin a declaration for one product (``subject``) or for everything the organisation offers."""
    at = clock.now()
    require(actor, "compliance.declaration.sign", subject=organization, at=at)
    form = _template(template)
    _refuse_faults(faults_of(form, answers or {}, signing=False))
    made = Declaration.objects.create(
        code=new_code("DCL"), organization=organization, subject=subject, template=template, template_version=form.version,
        template_hash=form.hash, answers=dict(answers or {}), created_at=at, due_at=after("declaration.draft", at))
    _note(made, "draft", "", actor=actor, at=at)
    return made


def _template(key: str) -> Template:
    if key not in templates():
        raise Rejected("compliance.declaration.unknown_template", template=key)
    return templates()[key]


def _refuse_faults(faults: list[FieldFault]) -> None:
    if faults:
        raise Rejected("compliance.declaration.incomplete", errors=faults, fields=", ".join(fault.field for fault in faults))


@operation("compliance.declaration.edit")
def edit_declaration(*, declaration: Declaration, answers: Mapping[str, Any], actor: Actor, clock: Clock) -> Declaration:
    """This will save answers of a draft."""
    at = clock.now()
    require(actor, "compliance.declaration.sign", subject=declaration, at=at)
    held = locked(declaration)
    _refuse_unless_draft(held)
    _refuse_faults(faults_of(_template(held.template), answers, signing=False))
    held.answers, held.version = dict(answers), held.version + 1
    held.save(update_fields=["answers", "version"])
    _note(held, "draft", held.status, actor=actor, at=at)
    return held


def _refuse_unless_draft(held: Declaration) -> None:
    if held.status != DeclarationStatus.DRAFT:
        step(held, DECLARATION, "edit", "declaration")


@covers("R88", "R41", "R87", "R115")
@operation("compliance.declaration.sign")
def sign_declaration(*, declaration: Declaration, actor: Actor, clock: Clock) -> Declaration:
    """This will put the declaration in force for twelve months; the former one of the same kind is replaced."""
    at = clock.now()
    require(actor, "compliance.declaration.sign", subject=declaration, at=at)
    held = locked(declaration)
    _refuse_unless_draft(held)
    form = _template(held.template)
    held.answers = kept_answers(form, held.answers)
    _refuse_faults(faults_of(form, held.answers, signing=True))
    _refuse_barred(held, form)
    for former in Declaration.objects.select_for_update(of=("self",), no_key=True).filter(
            organization_id=held.organization_id, subject=held.subject, template=held.template, status=DeclarationStatus.IN_FORCE):
        _end(former, "replace", actor=actor, at=at, reason=held.code)
    held.signed_by, held.signed_at, held.effective_from, held.due_at = actor.code, at, at, None
    held.template_version, held.template_hash = form.version, form.hash
    held.effective_to = months_after(at, figure("declaration.months", at))
    held.rule_set = list_version_at(at).version
    held.document_hash = hash_of({"template": held.template_hash, "answers": held.answers, "declarant": held.organization.code,
                                  "about": held.subject, "list": held.rule_set, "signed_by": held.signed_by})
    before = step(held, DECLARATION, "sign", "declaration")
    held.save()
    _note(held, "sign", before, actor=actor, at=at)
    return held


def _refuse_barred(held: Declaration, form: Template) -> None:
    if any(question.bars is not None and held.answers.get(question.key) == question.bars for question in form.questions):
        raise Rejected("compliance.declaration.excluded_matter")
    if unrepaired_serious(held.organization):
        raise Rejected("compliance.declaration.serious_record", organization=held.organization.code)


def _end(held: Declaration, act: str, *, actor: Actor, at: datetime, reason: str = "") -> Declaration:
    before = step(held, DECLARATION, act, "declaration")
    held.ended_at = at
    held.save(update_fields=["status", "ended_at"])
    _note(held, act, before, actor=actor, at=at, reason=reason)
    return held


@operation("compliance.declaration.withdraw")
def withdraw_declaration(*, declaration: Declaration, reason: str, actor: Actor, clock: Clock) -> Declaration:
    """This will take a declaration back; what rests on it is stopped by the gates that ask for one."""
    at = clock.now()
    require(actor, "compliance.declaration.sign", subject=declaration, at=at)
    held = locked(declaration)
    return _end(held, "discard" if held.status == DeclarationStatus.DRAFT else "withdraw", actor=actor, at=at, reason=reason)


def end_with_declarant(*, declaration: Declaration, cause: str, at: datetime) -> Declaration:
    """This will end a promise whose declarant is no more, in the act that closes it; ``cause`` is the code of its succession."""
    return _end(locked(declaration), "withdraw", actor=SYSTEM, at=at, reason=cause)


@covers("R88")
def end_by_change(*, declaration: Declaration, cause: str, at: datetime) -> Declaration:
    """This will end a promise about a product that is no longer as declared, in the act that changes it; ``cause`` is the new version."""
    return _end(locked(declaration), "change", actor=SYSTEM, at=at, reason=cause)


@operation("compliance.declaration.expire")
def expire_declaration(*, declaration: Declaration, clock: Clock) -> Declaration:
    """This will end a declaration whose term is over, or an idle draft; by the clock."""
    held = locked(declaration)
    at = clock.now()
    draft = held.status == DeclarationStatus.DRAFT
    ends = held.due_at if draft else held.effective_to
    if ends is None or at < ends:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    _end(held, "discard" if draft else "expire", actor=SYSTEM, at=at)
    if not draft:
        notify(organization=held.organization, kind="compliance.declaration.expired", tone="bad", subject=held.code,
               href="/desk/declarations/", at=at,
               text=("声明已到期，相关挂牌将停牌；请重新签署。", "The declaration has expired; what rests on it stops. Please sign again."))
    return held


@operation("compliance.declaration.breach")
def breach_declaration(*, declaration: Declaration, cause: str, actor: Actor, clock: Clock) -> Declaration:
    """This will mark a declaration as broken by a final finding (``cause`` is its code)."""
    at = clock.now()
    require(SYSTEM, "compliance.declaration.end", at=at)
    return _end(locked(declaration), "breach", actor=actor, at=at, reason=cause)


@operation("compliance.declaration.remind")
def remind(*, declaration: Declaration, days: int, clock: Clock) -> Declaration:
    """This will remind the declarant so many days before the end, once."""
    at = clock.now()
    held = locked(declaration)
    held.reminded_days = days
    held.save(update_fields=["reminded_days"])
    _note(held, "remind", held.status, actor=SYSTEM, at=at, reason=str(days))
    notify(organization=held.organization, kind="compliance.declaration.ending", tone="wait", subject=held.code, href="/desk/declarations/",
           due_at=held.effective_to, at=at,
           text=(f"声明将在 {days} 天内到期，请及时更新。", f"The declaration ends within {days} days; please renew it."))
    return held


def _note(held: Declaration, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    record(declaration_moved[act](
        subject=held.code, organization=held.organization.code, about=held.subject, template=held.template,
        template_hash=held.template_hash, from_status=before, to_status=held.status, document_hash=held.document_hash,
        effective_to=held.effective_to, reason=reason,
    ), actor=actor, at=at)
