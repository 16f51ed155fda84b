"""Admission 准入: an organisation applies for a class, the compliance desk decides, the admission has a term (W3, CAP-A1).

A deadline never admits anybody; it takes an application in, lets an idle one lapse, and ends an admission's term.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.events import admission_moved
from participants.models import Admission, AdmissionStatus, Organization
from participants.notices import notify
from participants.permissions import require
from participants.predicates import PARTIES
from participants.queries import add_working_days, parameter
from participants.roles import Role
from participants.states import ADMISSION

__all__ = [
    "QUESTIONS", "accept_admission", "admit", "file_admission", "lapse_admissions", "leave", "missing_answers", "open_admission",
    "refuse_admission", "return_admission", "revoke_admission", "withdraw_admission",
]

#: question -> (zh, en): what every applicant answers before the desk looks (admission rules art. 6)
QUESTIONS: dict[str, tuple[str, str]] = {
    "legal_representative": ("法定代表人", "Legal representative"),
    "registered_address": ("住所", "Registered address"),
    "contact_email": ("联系邮箱", "Contact e-mail"),
    "data_security_officer": ("数据安全负责人", "Person responsible for data security"),
    "business": ("数据业务说明", "What you do with data"),
}


def missing_answers(answers: Mapping[str, Any]) -> list[str]:
    """This will list the questions still without an answer."""
    return [question for question in QUESTIONS if not str(answers.get(question, "")).strip()]


def _held(admission: Admission) -> Admission:
    return Admission.objects.select_for_update(of=("self",)).select_related("organization__venue").get(pk=admission.pk)


def _term(held: Admission, key: str, at: datetime) -> datetime:
    venue = held.organization.venue
    return add_working_days(venue, at, int(parameter(key, venue=venue, at=at)))


def _move(held: Admission, act: str, *, actor: Actor, at: datetime, reason: str = "", due_at: datetime | None = None,
          missing: list[str] | None = None, **changes: Any) -> Admission:
    before = AdmissionStatus(held.status)
    held.status = advance(ADMISSION, before, act, subject=held.code, code="participants.admission.illegal_move")
    held.reason, held.due_at, held.missing = reason, due_at, missing or []
    for name, value in changes.items():
        setattr(held, name, value)
    held.save()
    record(admission_moved(act)(
        subject=held.code, organization=held.organization.code, role=held.role, from_status=before, to_status=held.status, reason=reason,
        missing=missing, effective_to=held.effective_to), actor=actor, at=at)
    return held


_NEWS: dict[str, tuple[str, str, str]] = {
    "accept": ("info", "准入申请已受理，进入审核。", "Your application for admission was taken in and is under review."),
    "return": ("wait", "准入申请需补正：{reason}", "Your application for admission needs completing: {reason}"),
    "admit": ("ok", "已准入为“{role}”。", "You are admitted as {role_en}."),
    "refuse": ("bad", "不予准入：{reason}", "Admission was refused: {reason}"),
    "revoke": ("bad", "准入已撤销：{reason}", "Your admission was revoked: {reason}"),
    "expire": ("bad", "准入已到期，请续展。", "Your admission has expired; please renew it."),
}


def _tell(held: Admission, act: str, at: datetime) -> None:
    tone, zh, en = _NEWS[act]
    facts = {"reason": held.reason, "role": Role(held.role).label, "role_en": held.role.replace("_", " ")}
    notify(organization=held.organization, kind=f"participants.admission.{act}", tone=tone, text=(zh.format(**facts), en.format(**facts)),
           subject=held.code, href="/desk/organisation/", due_at=held.due_at, at=at)


@covers("W3", "A1")
@operation("participants.admission.open")
def open_admission(*, organization: Organization, role: str, answers: Mapping[str, Any] | None = None, actor: Actor, clock: Clock
                   ) -> Admission:
    """This will start an application of an organisation for a class; it waits as a draft until filed."""
    at = clock.now()
    require(actor, "participants.admission.file", subject=organization, at=at)
    if role not in PARTIES:
        raise Rejected("participants.member.role_unfit", role=role)
    _refuse_second(organization, role)
    held = Admission.objects.create(code=new_code("ADM"), organization=organization, role=role, answers=dict(answers or {}), created_at=at,
                                    due_at=at + timedelta(days=int(parameter("admission.draft_days", venue=organization.venue, at=at))))
    record(admission_moved("open")(subject=held.code, organization=organization.code, role=role, from_status="", to_status=held.status),
           actor=actor, at=at)
    return held


def _refuse_second(organization: Organization, role: str) -> None:
    waiting = Admission.objects.filter(organization=organization, role=role, status__in=[
        AdmissionStatus.DRAFT, AdmissionStatus.SUBMITTED, AdmissionStatus.RETURNED, AdmissionStatus.IN_REVIEW]).first()
    if waiting:
        raise Rejected("participants.admission.one_open", admission=waiting.code)


@covers("W3", "A1")
@operation("participants.admission.file")
def file_admission(*, admission: Admission, answers: Mapping[str, Any] | None = None, actor: Actor, clock: Clock) -> Admission:
    """This will hand the application to the desk; every unanswered question is named at once."""
    at = clock.now()
    held = _held(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    held.answers = {**held.answers, **(answers or {})}
    if missing := missing_answers(held.answers):
        faults = [FieldFault(one, "required", ("请填写", "Please answer")) for one in missing]
        raise Rejected("participants.admission.incomplete", errors=faults, missing=(
            "、".join(QUESTIONS[one][0] for one in missing), ", ".join(QUESTIONS[one][1] for one in missing)))
    return _move(held, "submit", actor=actor, at=at, due_at=_term(held, "admission.accept_days", at))


@operation("participants.admission.withdraw")
def withdraw_admission(*, admission: Admission, actor: Actor, clock: Clock) -> Admission:
    """This will take the application back, or discard the draft."""
    at = clock.now()
    held = _held(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    return _move(held, "discard" if held.status == AdmissionStatus.DRAFT else "withdraw", actor=actor, at=at)


@operation("participants.admission.accept")
def accept_admission(*, admission: Admission, actor: Actor, clock: Clock) -> Admission:
    """This will take the application in for review."""
    return _decide(admission, "accept", actor, clock, due_key="admission.review_days")


@operation("participants.admission.return")
def return_admission(*, admission: Admission, missing: list[str], reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will send the application back with one list of all that is missing."""
    return _decide(admission, "return", actor, clock, due_key="admission.return_days", reason=reason, missing=missing)


@operation("participants.admission.refuse")
def refuse_admission(*, admission: Admission, reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will refuse admission, with the reason."""
    return _decide(admission, "refuse", actor, clock, reason=reason)


@covers("W3", "A1")
@operation("participants.admission.admit")
def admit(*, admission: Admission, reason: str = "", actor: Actor, clock: Clock) -> Admission:
    """This will admit the organisation in its class for ``admission.years``; an earlier admission it renews ends now."""
    at = clock.now()
    years = int(parameter("admission.years", venue=admission.organization.venue, at=at))
    for earlier in Admission.objects.filter(organization=admission.organization, role=admission.role, status=AdmissionStatus.ADMITTED):
        _move(_held(earlier), "expire", actor=actor, at=at, reason="renewed", effective_to=at)
    try:
        with transaction.atomic():
            return _decide(admission, "admit", actor, clock, reason=reason, effective_from=at, effective_to=_years_on(at, years))
    except IntegrityError as refused:
        raise Rejected("participants.admission.one_open", admission=admission.code) from refused


def _years_on(at: datetime, years: int) -> datetime:
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February
        return at.replace(year=at.year + years, day=28)


def _decide(admission: Admission, act: str, actor: Actor, clock: Clock, *, due_key: str = "", **changes: Any) -> Admission:
    at = clock.now()
    held = _held(admission)
    require(actor, "participants.admission.decide", subject=held, at=at)
    moved = _move(held, act, actor=actor, at=at, due_at=_term(held, due_key, at) if due_key else None, **changes)
    _tell(moved, act, at)
    return moved


@operation("participants.admission.leave")
def leave(*, admission: Admission, actor: Actor, clock: Clock) -> Admission:
    """This will end the party's own admission at its wish. Whether duties are open is asked by the page that joins the rooms."""
    at = clock.now()
    held = _held(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    return _move(held, "leave", actor=actor, at=at, effective_to=at)


@operation("participants.admission.revoke")
def revoke_admission(*, admission: Admission, reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will revoke an admission, on a final finding whose code the reason names."""
    at = clock.now()
    held = _held(admission)
    require(actor, "participants.admission.revoke", subject=held, at=at)
    moved = _move(held, "revoke", actor=actor, at=at, reason=reason, effective_to=at)
    _tell(moved, "revoke", at)
    return moved


# ---- deadlines ---------------------------------------------------------------------------------------------------------------

#: state -> what its deadline does (an overdue review is the desk's to escalate, it moves by nobody)
_LAPSES = {AdmissionStatus.DRAFT: "discard", AdmissionStatus.SUBMITTED: "accept", AdmissionStatus.RETURNED: "withdraw"}


def lapse_admissions(*, clock: Clock) -> int:
    """This will act for every application whose time is over, and end admissions whose term is over; returns how many."""
    at = clock.now()
    waiting = list(Admission.objects.filter(status__in=list(_LAPSES), due_at__lte=at).order_by("pk").values_list("pk", flat=True)[:200])
    ending = list(Admission.objects.filter(status=AdmissionStatus.ADMITTED, effective_to__lte=at).order_by("pk")
                  .values_list("pk", flat=True)[:200])
    return sum(_lapse_one(key, at) for key in waiting + ending)


def _lapse_one(key: int, at: datetime) -> int:
    with transaction.atomic():
        rows = Admission.objects.select_for_update(of=("self",), skip_locked=True).select_related("organization__venue")
        held = rows.filter(pk=key).first()
        if held is None:
            return 0
        act = "expire" if held.status == AdmissionStatus.ADMITTED else _LAPSES.get(AdmissionStatus(held.status), "")
        if act:
            _lapse(held=held, act=act, actor=SYSTEM, at=at)
        return bool(act)


@operation("participants.admission.lapse")
def _lapse(*, held: Admission, act: str, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    due_at = _term(held, "admission.review_days", at) if act == "accept" else None
    moved = _move(held, act, actor=actor, at=at, reason="deadline", due_at=due_at)
    if act in _NEWS:
        _tell(moved, act, at)
