"""Objections to a refused admission 对不予准入的异议: filed in ten working days, decided by the authority, never by who refused (A1, R40).

Upheld, the refusal is annulled and the desk examines the application anew; rejected, the refusal stands. Silence does neither: an
objection that nobody decided in its time is flagged for the authority and stays open.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.admission_moves import locked, move, tell, term_from
from participants.deputies import stands_between
from participants.models import Admission, AdmissionObjection, AdmissionObjectionStatus, AdmissionStatus, User
from participants.notices import notify
from participants.objection_events import objection_moved
from participants.permissions import require
from participants.states import ADMISSION_OBJECTION
from participants.timers import after

__all__ = ["LEAST", "decide_admission_objection", "flag_objections", "object_to_refusal", "objects_until", "open_objection",
           "withdraw_admission_objection"]

#: What grounds say at least, and at most.
LEAST, MOST = 10, 5000


def objects_until(held: Admission) -> datetime | None:
    """This will return until when the refusal in force may be objected to; None where the application is not refused."""
    if held.status != AdmissionStatus.REFUSED or held.ended_at is None:
        return None
    return after("admission.objection", held.ended_at, venue=held.organization.venue)


def open_objection(held: Admission) -> AdmissionObjection | None:
    """This will return the objection that waits for its decision."""
    return held.objections.filter(status=AdmissionObjectionStatus.OPEN).select_related("filed_by__person", "deposit").first()


def _note(row: AdmissionObjection, act: str, *, actor: Actor, at: datetime) -> AdmissionObjection:
    record(objection_moved(act)(
        subject=row.admission.code, organization=row.admission.organization.code, objection=str(row.pk), to_status=row.status,
        reason=row.reason,
        grounds_sha256=hashlib.sha256(row.grounds.encode()).hexdigest(), evidence_sha256=row.deposit.sha256 if row.deposit else "",
        due_at=row.due_at if row.status == AdmissionObjectionStatus.OPEN else None), actor=actor, at=at)
    return row


def _say(row: AdmissionObjection, word: str, tone: str, text: tuple[str, str], *, due_at: datetime | None = None, at: datetime) -> None:
    held = row.admission
    notify(organization=held.organization, kind=f"participants.admission.{word}", tone=tone, text=text, subject=held.code,
           href=f"/desk/organisation/admission/{held.code}/", due_at=due_at, at=at)


@covers("A1", "R40")
@operation("participants.admission.object")
def object_to_refusal(*, admission: Admission, grounds: str, deposit: Deposit | None = None, actor: Actor, clock: Clock
                      ) -> AdmissionObjection:
    """This will object to a refusal within its ten working days; once for each refusal, while nothing newer runs for the class."""
    held = locked(admission)
    at = clock.now()
    require(actor, "participants.admission.file", subject=held, at=at)
    until = objects_until(held)
    if until is None or held.ended_at is None:
        raise Rejected("participants.admission.not_refused", admission=held.code)
    if at >= until:
        raise Rejected("participants.admission.objection_over", until=until.date().isoformat())
    text = grounds.strip()
    if not LEAST <= len(text) <= MOST:
        raise Rejected("participants.admission.grounds_missing", errors=[
            FieldFault("grounds", "length", (f"写明理由，{LEAST} 至 {MOST} 字", f"State the grounds in {LEAST} to {MOST} characters"))])
    newer = Admission.objects.filter(organization=held.organization, role=held.role, category=held.category, created_at__gt=held.created_at
                                     ).exclude(status__in=[AdmissionStatus.REFUSED, AdmissionStatus.WITHDRAWN]).first()
    if newer is not None:
        raise Rejected("participants.admission.one_open", admission=newer.code)
    try:
        with transaction.atomic():
            row = AdmissionObjection.objects.create(
                admission=held, refused_at=held.ended_at, grounds=text, deposit=deposit, filed_by_id=actor.user_id or 0, filed_at=at,
                due_at=after("admission.objection_decided", at, venue=held.organization.venue))
    except IntegrityError as twice:
        raise Rejected("participants.admission.objected_already", admission=held.code) from twice
    return _note(row, "file", actor=actor, at=at)


@operation("participants.admission.withdraw_objection")
def withdraw_admission_objection(*, objection: AdmissionObjection, actor: Actor, clock: Clock) -> AdmissionObjection:
    """This will take an objection back; the refusal stands, and a new application may be opened."""
    row, at = _locked(objection), clock.now()
    require(actor, "participants.admission.file", subject=row.admission, at=at)
    return _end(row, "withdraw", reason="", actor=actor, at=at)


@covers("A1", "R40", "I18")
@operation("participants.admission.decide_objection")
def decide_admission_objection(*, objection: AdmissionObjection, uphold: bool, reason: str, actor: Actor, clock: Clock
                               ) -> AdmissionObjection:
    """This will decide an objection by the authority, with words: upheld, the application is back under review with a new term."""
    row, at = _locked(objection), clock.now()
    require(actor, "participants.admission.decide_objection", subject=row.admission, at=at)
    said = reason.strip()
    if not said:
        raise Rejected("participants.admission.reason_needed")
    _refuse_who_refused(row.admission, actor, at)
    row.decided_by_id = actor.user_id
    ended = _end(row, "uphold" if uphold else "reject", reason=said[:MOST], actor=actor, at=at)
    if uphold:
        held = locked(row.admission)
        tell(move(held, "annul", actor=actor, at=at, reason=said[:MOST], due_at=term_from(held, "admission.review_days", at)), "annul", at)
    else:
        _say(row, "objection_rejected", "bad", (f"对不予准入的异议不成立：{said}", f"The objection to the refusal was rejected: {said}"),
             at=at)
    return ended


def _refuse_who_refused(held: Admission, actor: Actor, at: datetime) -> None:
    """Whoever refused, under whatever account, and whoever stands in for him, does not judge it."""
    first = User.objects.filter(pk=held.refused_by_id or 0).first()
    mine = User.objects.filter(pk=actor.user_id or 0).first()
    if first is None or mine is None:
        return
    if mine.pk == first.pk or (mine.person_id is not None and mine.person_id == first.person_id):
        raise Rejected("participants.approval.same_person")
    if mine.person_id and first.person_id and stands_between(mine.person_id, first.person_id, at):
        raise Rejected("participants.approval.deputy")


def _locked(objection: AdmissionObjection) -> AdmissionObjection:
    return AdmissionObjection.objects.select_for_update(of=("self",), no_key=True).select_related(
        "admission__organization__venue", "deposit").get(pk=objection.pk)


def _end(row: AdmissionObjection, act: str, *, reason: str, actor: Actor, at: datetime) -> AdmissionObjection:
    row.status = advance(ADMISSION_OBJECTION, AdmissionObjectionStatus(row.status), act, subject=row.admission.code,
                         code="participants.admission.illegal_move")
    row.reason, row.decided_at = reason, at
    try:
        with transaction.atomic():
            row.save(update_fields=["status", "reason", "decided_by", "decided_at"])
    except IntegrityError as refused:
        raise Rejected("participants.approval.same_person") from refused
    return _note(row, act, actor=actor, at=at)


def flag_objections(*, clock: Clock) -> int:
    """This will flag every objection that was not decided in its time, once, and tell the applicant; returns how many."""
    at = clock.now()
    late = AdmissionObjection.objects.filter(status=AdmissionObjectionStatus.OPEN, flagged_at__isnull=True, due_at__lte=at)
    return sum(_flag_one(key, at) for key in list(late.order_by("pk").values_list("pk", flat=True)[:200]))


def _flag_one(key: int, at: datetime) -> int:
    with transaction.atomic():
        rows = AdmissionObjection.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related(
            "admission__organization__venue", "deposit")
        row = rows.filter(pk=key, status=AdmissionObjectionStatus.OPEN, flagged_at__isnull=True).first()
        if row is None:
            return 0
        _flag(row=row, actor=SYSTEM, at=at)
        return 1


@operation("participants.admission.flag_objection")
def _flag(*, row: AdmissionObjection, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    row.flagged_at = at
    row.save(update_fields=["flagged_at"])
    _note(row, "flag", actor=actor, at=at)
    _say(row, "objection_late", "wait", ("对不予准入的异议逾期未决，已标记并提请监管机构办理。",
                                         "The objection was not decided in its time; it is flagged for the authority."), at=at)
