"""Certificates 登记凭证 after issue, and objections 异议: frozen, thawed, replaced, cancelled, revoked; what objects and who decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from listings.events import CertificateMoved, named
from listings.models import PropertyRight, Registration, RegistrationCertificate, RegistrationObjection
from listings.registering import locked, move, notify_holder, tell
from listings.states import CERTIFICATE, CertificateStatus, RegistrationStatus, RightStatus
from listings.values import clean_text
from participants.models import Approval, ApprovalStatus, User
from participants.permissions import require
from participants.queries import add_working_days

__all__ = ["cancel_certificate", "decide_objection", "expire_certificate", "freeze_certificate", "freeze_for_right",
    "object_registration",
    "replace_certificate",
           "reply_objection", "revoke_certificate", "thaw_certificate",
           "thaw_for_right"]

_GROUNDS = "listings.registration.grounds_missing"
UPHOLD = "listings.registration.uphold"


# ---- certificates ----------------------------------------------------------------------------------------------------------

def _step(certificate: RegistrationCertificate, action: str, word: str, *, cause: str, actor: Actor,
          at: datetime) -> RegistrationCertificate:
    """One legal move of a certificate; what stops it stops the listings that cite it."""
    from listings.publishing import hold_for_certificate, lift_for_certificate

    held = RegistrationCertificate.objects.select_for_update(of=("self",)).select_related("registration", "product").get(pk=certificate.pk)
    held.status = advance(CERTIFICATE, CertificateStatus(held.status), action, subject=held.code, code="listings.certificate.illegal_move")
    held.cause_code = cause
    held.save(update_fields=["status", "cause_code"])
    record(named(CertificateMoved, f"listings.certificate.{word}")(
        subject=held.code, registration=held.registration.code, product=held.product.code, content_hash=held.content_hash,
        state=held.status, cause=cause), actor=actor, at=at)
    if held.status == CertificateStatus.VALID:
        lift_for_certificate(certificate=held, actor=actor, at=at)
    elif held.status != CertificateStatus.SUPERSEDED:
        hold_for_certificate(certificate=held, actor=actor, at=at)
    return held


@operation("listings.certificate.freeze")
def freeze_certificate(*, certificate: RegistrationCertificate, cause_code: str, actor: Actor, clock: Clock) -> RegistrationCertificate:
    """This will stop a certificate for a time: an objection, a stopped right, a suspicion; its listings stop with it."""
    at = clock.now()
    require(actor, "listings.certificate.freeze", at=at)
    return _step(certificate, "freeze", "frozen", cause=cause_code, actor=actor, at=at)


@operation("listings.certificate.thaw")
def thaw_certificate(*, certificate: RegistrationCertificate, actor: Actor, clock: Clock) -> RegistrationCertificate:
    """This will let a frozen certificate speak again."""
    at = clock.now()
    require(actor, "listings.certificate.thaw", at=at)
    return _step(certificate, "thaw", "thawed", cause="", actor=actor, at=at)


@operation("listings.certificate.cancel")
def cancel_certificate(*, certificate: RegistrationCertificate, actor: Actor, clock: Clock) -> RegistrationCertificate:
    """This will give a certificate back, by its holder."""
    at = clock.now()
    require(actor, "listings.certificate.cancel", subject=certificate, at=at)
    return _step(certificate, "cancel", "cancelled", cause="", actor=actor, at=at)


@operation("listings.certificate.revoke")
def revoke_certificate(*, certificate: RegistrationCertificate, cause_code: str, actor: Actor, clock: Clock) -> RegistrationCertificate:
    """This will take a certificate away: false material, tampering, misuse."""
    at = clock.now()
    require(actor, "listings.certificate.revoke", at=at)
    return _step(certificate, "revoke", "revoked", cause=cause_code, actor=actor, at=at)


def freeze_for_right(*, right: PropertyRight, actor: Actor, at: datetime) -> None:
    """This will freeze what certifies a right that has stopped, in the same transaction."""
    rows = RegistrationCertificate.objects.filter(registration__rights=right, status=CertificateStatus.VALID)
    for certificate in rows.order_by("pk"):
        _step(certificate, "freeze", "frozen", cause=right.code, actor=actor, at=at)


def thaw_for_right(*, right: PropertyRight, actor: Actor, at: datetime) -> None:
    """This will let a certificate speak again that was frozen for a right now restored, once every right in it runs."""
    rows = RegistrationCertificate.objects.filter(registration__rights=right, status=CertificateStatus.FROZEN,
                                                  cause_code__startswith="RGT-")
    for certificate in rows.order_by("pk"):
        still = certificate.registration.rights.exclude(status=RightStatus.ACTIVE).order_by("code").first()
        if still is None:
            _step(certificate, "thaw", "thawed", cause="", actor=actor, at=at)


@operation("listings.certificate.expire")
def expire_certificate(*, certificate: RegistrationCertificate, actor: Actor = SYSTEM, clock: Clock) -> RegistrationCertificate:
    """This will end a certificate whose term is over; the clock's act."""
    at = clock.now()
    require(actor, "listings.certificate.expire", at=at)
    assert certificate.effective_to <= at, "a certificate expires at the end of its term"
    return _step(certificate, "expire", "expired", cause="", actor=actor, at=at)


def replace_certificate(*, certificate: RegistrationCertificate, by: str, actor: Actor, at: datetime) -> RegistrationCertificate:
    """This will let a newer certificate take this one's place; called inside the issue of the newer one."""
    if certificate.status == CertificateStatus.FROZEN:
        certificate = _step(certificate, "thaw", "thawed", cause=by, actor=actor, at=at)
    return _step(certificate, "replace", "replaced", cause=by, actor=actor, at=at)


# ---- objections ------------------------------------------------------------------------------------------------------------

@covers("R10")
@operation("listings.registration.object")
def object_registration(*, registration: Registration, grounds: str, deposit: Deposit | None = None, actor: Actor,
                        clock: Clock) -> RegistrationObjection:
    """This will object to a registration in notice, or to a certificate in its first ten working days: real name, grounds, evidence.

    In notice the clock of the notice stops; a certificate already issued is frozen until the objection is decided.
    """
    held = locked(registration)
    at = clock.now()
    require(actor, "listings.registration.object", at=at)
    text = clean_text("grounds", grounds, 5000, _GROUNDS)
    if len(text) < 10:
        raise Rejected(_GROUNDS)
    certificate = RegistrationCertificate.objects.filter(registration=held).first()
    if held.status == RegistrationStatus.IN_NOTICE and held.notice_to is not None and at < held.notice_to:
        move(held, "object")
        held.notice_left_seconds = int((held.notice_to - at).total_seconds())
        held.due_at = add_working_days(held.venue, at, 20)
        held.save(update_fields=["status", "notice_left_seconds", "due_at"])
        tell("objected", held, actor=actor, at=at)
    elif certificate and certificate.status == CertificateStatus.VALID and certificate.objection_to and at < certificate.objection_to:
        _step(certificate, "freeze", "frozen", cause=held.code, actor=actor, at=at)
    else:
        raise Rejected("listings.registration.no_notice", registration=held.code)
    assert actor.user_id is not None, "who objects is signed in"
    person = User.objects.select_related("person").get(pk=actor.user_id).person
    assert person is not None, "a signed-in member is a real person"
    objection = RegistrationObjection.objects.create(registration=held, objector=person, grounds=text, deposit=deposit, at=at)
    notify_holder(held, (f"登记 {held.code} 收到异议，请在 10 个工作日内答复",
        f"Registration {held.code} is objected to; reply within 10 working days"),
                  tone="bad", due_at=add_working_days(held.venue, at, 10), at=at)
    return objection


@operation("listings.registration.reply")
def reply_objection(*, objection: RegistrationObjection, reply: str, actor: Actor, clock: Clock) -> RegistrationObjection:
    """This will answer an objection, by the applicant."""
    at = clock.now()
    require(actor, "listings.registration.reply", subject=objection.registration, at=at)
    held = RegistrationObjection.objects.select_for_update(of=("self",)).select_related("registration__product").get(pk=objection.pk)
    if held.decided_at:
        raise Rejected("listings.registration.no_notice", registration=held.registration.code)
    held.reply, held.replied_at = clean_text("reply", reply, 5000, _GROUNDS), at
    held.save(update_fields=["reply", "replied_at"])
    tell("replied", held.registration, actor=actor, at=at)
    return held


@covers("R10", "I18")
@operation("listings.registration.decide_objection")
def decide_objection(*, objection: RegistrationObjection, upheld: bool, reason: str, actor: Actor, clock: Clock) -> RegistrationObjection:
    """This will decide an objection: rejected, and the rest of the notice runs; upheld, and nothing is registered.

    Upholding needs a regulator's approval on file (act ``listings.registration.uphold``).
    """
    at = clock.now()
    require(actor, "listings.registration.decide_objection", at=at)
    row = RegistrationObjection.objects.select_for_update().get(pk=objection.pk)
    held = locked(objection.registration)
    if row.decided_at:
        raise Rejected("listings.registration.no_notice", registration=held.code)
    if upheld and not Approval.objects.filter(act=UPHOLD, subject=held.code, status=ApprovalStatus.APPROVED).exists():
        raise Rejected("listings.registration.second_person")
    row.outcome, row.decided_at = ("upheld" if upheld else "rejected"), at
    row.reason = clean_text("reason", reason, 2000, _GROUNDS)
    row.save(update_fields=["outcome", "reason", "decided_at"])
    if held.status == RegistrationStatus.OBJECTED:
        _after_notice_objection(held, upheld=upheld, reason=row.reason, at=at)
    else:
        certificate = RegistrationCertificate.objects.get(registration=held)
        _step(certificate, "revoke" if upheld else "thaw", "revoked" if upheld else "thawed", cause=held.code, actor=actor, at=at)
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
