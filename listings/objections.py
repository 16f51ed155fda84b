"""Objections 异议 to a registration in notice or just issued: by real name and with evidence, answered, decided by two when upheld."""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.models import Deposit
from evidence.operations import operation, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.certificates import step
from listings.models import OriginClass, Registration, RegistrationCertificate, RegistrationObjection
from listings.registering import locked, move, notify_holder, tell
from listings.signing import real_name
from listings.states import CertificateStatus, RegistrationStatus
from listings.values import clean_choice, clean_text
from participants.models import Approval, ApprovalStatus
from participants.operations import ask_approval, decide_approval, notify
from participants.permissions import require
from participants.queries import add_working_days
from participants.timers import after

__all__ = ["UPHOLD", "decide_objection", "escalate_objection", "object_registration", "propose_uphold", "reply_objection", "second_uphold"]

_GROUNDS = "listings.registration.grounds_missing"
UPHOLD = "listings.registration.uphold"


@covers("R10", "B6")
@operation("listings.registration.object")
def object_registration(*, registration: Registration, grounds: str, name: str, deposit: Deposit | None, claim: str = "", actor: Actor,
                        clock: Clock) -> RegistrationObjection:
    """This will object to a registration in notice, or to a certificate in its first ten working days: real name, grounds, evidence.

    In notice the clock of the notice stops; a certificate already issued is frozen until the objection is decided.
    """
    held = locked(registration)
    at = clock.now()
    require(actor, "listings.registration.object", at=at)
    person = real_name(actor, name, code="listings.registration.name_differs")
    if actor.organization_id in {held.organization_id, held.counterparty_id}:
        raise Rejected("listings.registration.own_objection", registration=held.code)
    text = clean_text("grounds", grounds, 5000, _GROUNDS)
    if len(text) < 10:
        raise Rejected(_GROUNDS)
    if deposit is None:
        raise Rejected("listings.registration.evidence_missing")
    certificate = RegistrationCertificate.objects.filter(registration=held).first()
    if held.status == RegistrationStatus.IN_NOTICE and held.notice_to is not None and at < held.notice_to:
        move(held, "object")
        held.notice_left_seconds = int((held.notice_to - at).total_seconds())
        held.due_at = after("registration.objection", at)
        held.save(update_fields=["status", "notice_left_seconds", "due_at"])
        tell("objected", held, actor=actor, at=at)
    elif certificate and certificate.status == CertificateStatus.VALID and certificate.objection_to and at < certificate.objection_to:
        step(certificate, "freeze", "frozen", cause=held.code, actor=actor, at=at)
        held.due_at = after("registration.objection", at)
        held.save(update_fields=["due_at"])
    else:
        raise Rejected("listings.registration.no_notice", registration=held.code)
    objection = RegistrationObjection.objects.create(
        registration=held, objector=person, grounds=text, deposit=deposit, at=at,
        claim=clean_choice("claim", claim, OriginClass.values, _GROUNDS))
    notify_holder(held, (f"登记 {held.code} 收到异议，请在 10 个工作日内答复",
        f"Registration {held.code} is objected to; reply within 10 working days"),
                  tone="bad", due_at=add_working_days(held.venue, at, 10), at=at)
    return objection


@operation("listings.registration.reply")
def reply_objection(*, objection: RegistrationObjection, reply: str, actor: Actor, clock: Clock) -> RegistrationObjection:
    """This will answer an objection, by the applicant."""
    at = clock.now()
    require(actor, "listings.registration.reply", subject=objection.registration, at=at)
    held = RegistrationObjection.objects.select_for_update(of=("self",), no_key=True).select_related("registration__product").get(
        pk=objection.pk)
    if held.decided_at:
        raise Rejected("listings.registration.no_notice", registration=held.registration.code)
    held.reply, held.replied_at = clean_text("reply", reply, 5000, _GROUNDS), at
    held.save(update_fields=["reply", "replied_at"])
    tell("replied", held.registration, actor=actor, at=at)
    return held


@covers("R10", "B6")
@operation("listings.registration.decide_objection")
def decide_objection(*, objection: RegistrationObjection, upheld: bool, reason: str, actor: Actor, clock: Clock) -> RegistrationObjection:
    """This will decide an objection: rejected, and the rest of the notice runs; upheld, and nothing is registered.

    Upholding needs a regulator's approval on file (act ``listings.registration.uphold``).
    """
    at = clock.now()
    require(actor, "listings.registration.decide_objection", subject=objection.registration, at=at)
    if upheld and not Approval.objects.filter(act=UPHOLD, subject=objection.registration.code, status=ApprovalStatus.APPROVED).exists():
        raise Rejected("listings.registration.second_person")
    return _decide(objection, upheld=upheld, reason=reason, actor=actor, at=at)


@covers("I18", "B6")
@operation("listings.registration.propose_uphold")
def propose_uphold(*, objection: RegistrationObjection, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will ask a regulator to agree that an objection holds; the officer's reason goes with the question."""
    at = clock.now()
    require(actor, "listings.registration.decide_objection", subject=objection.registration, at=at)
    text = clean_text("reason", reason, 2000, _GROUNDS)
    if objection.decided_at:
        raise Rejected("listings.registration.no_notice", registration=objection.registration.code)
    if len(text) < 2:
        raise Rejected(_GROUNDS)
    return ask_approval(act=UPHOLD, subject=objection.registration.code, payload={"reason": text}, actor=actor, at=at)


@covers("I18", "B6")
@operation("listings.registration.second_uphold")
def second_uphold(*, objection: RegistrationObjection, agree: bool, reason: str, actor: Actor, clock: Clock) -> RegistrationObjection:
    """This will write the regulator's decision on a proposal to uphold; agreed, the objection is upheld in the same transaction."""
    at = clock.now()
    require(actor, UPHOLD, subject=objection.registration, at=at)
    asked = Approval.objects.filter(act=UPHOLD, subject=objection.registration.code, status=ApprovalStatus.PENDING).first()
    if asked is None:
        raise Rejected("listings.registration.second_person")
    decide_approval(approval=asked, approve=agree, reason=reason or str(asked.payload["reason"]), actor=actor, at=at)
    if not agree:
        return objection
    return _decide(objection, upheld=True, reason=str(asked.payload["reason"]), actor=actor, at=at)


@covers("R10", "B6")
@operation("listings.registration.escalate")
def escalate_objection(*, objection: RegistrationObjection, actor: Actor = SYSTEM, clock: Clock) -> RegistrationObjection:
    """This will put an objection that nobody decided in its time before the desk as a case, and tell applicant and objector; once.

    It stays open, and what it froze stays frozen: silence neither upholds nor rejects.
    """
    at = clock.now()
    require(actor, "listings.registration.escalate", at=at)
    row = RegistrationObjection.objects.select_for_update(of=("self",), no_key=True).get(pk=objection.pk)
    held = locked(row.registration)
    if row.decided_at or row.escalated_at or held.due_at is None or at < held.due_at:
        unchanged(at=at)
        return row
    row.escalated_at = at
    row.save(update_fields=["escalated_at"])
    tell("escalated", held, actor=actor, at=at)
    open_case(kind=CaseKind.REGISTRATION, subject_kind="registration", subject_code=held.code, organization=held.organization,
              title=("登记异议逾期未决", "An objection to a registration was not decided in time"), flags=["overdue"], priority=80,
              actor=SYSTEM, clock=clock)
    _tell_both(row, held, at)
    return row


def _tell_both(row: RegistrationObjection, held: Registration, at: datetime) -> None:
    """Applicant and objector, in the order of their keys."""
    sides = {held.organization_id: held.organization}
    for user in row.objector.users.filter(acting_for__isnull=False).select_related("acting_for"):
        if user.acting_for is not None:
            sides[user.acting_for.pk] = user.acting_for
    for _, one in sorted(sides.items()):
        notify(organization=one, kind="listings.registration.escalated", tone="wait", subject=held.code, href="/desk/registrations/", at=at,
               text=(f"登记 {held.code} 的异议 20 个工作日内未决，已报监管机构督办；在决定前现状不变。",
                     f"The objection to {held.code} was not decided in 20 working days; the authority now follows it up. Until it is "
                     "decided nothing changes."))


def _decide(objection: RegistrationObjection, *, upheld: bool, reason: str, actor: Actor, at: datetime) -> RegistrationObjection:
    row = RegistrationObjection.objects.select_for_update(no_key=True).get(pk=objection.pk)
    held = locked(objection.registration)
    if row.decided_at:
        raise Rejected("listings.registration.no_notice", registration=held.code)
    row.reason = clean_text("reason", reason, 2000, _GROUNDS)
    if not row.reason:
        raise Rejected(_GROUNDS)
    row.outcome, row.decided_at = ("upheld" if upheld else "rejected"), at
    row.save(update_fields=["outcome", "reason", "decided_at"])
    if held.status == RegistrationStatus.OBJECTED:
        _after_notice_objection(held, upheld=upheld, reason=row.reason, at=at)
    else:
        held.due_at = None
        held.save(update_fields=["due_at"])
        certificate = RegistrationCertificate.objects.get(registration=held)
        step(certificate, "revoke" if upheld else "thaw", "revoked" if upheld else "thawed", cause=held.code, actor=actor, at=at)
    tell("decided", held, actor=actor, at=at)
    notify_holder(held, (f"登记 {held.code} 的异议{'成立' if upheld else '不成立'}：{row.reason}",
                         f"The objection to {held.code} is {row.outcome}: {row.reason}"), tone="bad" if upheld else "ok", at=at)
    return row


def _after_notice_objection(held: Registration, *, upheld: bool, reason: str, at: datetime) -> None:
    move(held, "uphold" if upheld else "reject")
    if upheld:
        held.reason, held.decided_at, held.due_at = reason, at, None
    else:
        held.notice_to = at + timedelta(seconds=held.notice_left_seconds or 0)
        held.notice_left_seconds, held.due_at = None, held.notice_to
    held.save(update_fields=["status", "reason", "decided_at", "due_at", "notice_to", "notice_left_seconds"])
