"""Certificates 登记凭证 after issue: frozen, thawed, replaced, cancelled, revoked, expired, and the listings that cite them."""

from __future__ import annotations

from datetime import datetime

from compliance.models import CaseKind
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from listings.events import CertificateMoved, named
from listings.models import PropertyRight, Registration, RegistrationCertificate
from listings.overdue import end_late
from listings.registering import notify_holder
from listings.states import CERTIFICATE, CertificateStatus, RightStatus
from listings.values import clean_text
from participants.permissions import require
from participants.timers import after

__all__ = ["GROUNDS", "cancel_by_registration", "expire_certificate", "freeze_certificate", "freeze_for_right", "replace_certificate",
           "revoke_certificate", "step", "thaw_certificate", "thaw_for_right"]

_REVOKE = "listings.certificate.ground_missing"


def step(certificate: RegistrationCertificate, action: str, word: str, *, cause: str, reason: str = "", actor: Actor,
         at: datetime) -> RegistrationCertificate:
    """One legal move of a certificate; what stops it stops the listings that cite it."""
    from listings.publishing import hold_for_certificate, lift_for_certificate

    held = RegistrationCertificate.objects.select_for_update(of=("self",), no_key=True).select_related(
        "registration__organization", "product").get(pk=certificate.pk)
    held.status = advance(CERTIFICATE, CertificateStatus(held.status), action, subject=held.code, code="listings.certificate.illegal_move")
    held.cause_code = cause
    held.due_at = after("certificate.frozen", at) if held.status == CertificateStatus.FROZEN else None
    held.save(update_fields=["status", "cause_code", "due_at"])
    record(named(CertificateMoved, f"listings.certificate.{word}")(
        subject=held.code, registration=held.registration.code, product=held.product.code, content_hash=held.content_hash,
        state=held.status, cause=cause, reason=reason), actor=actor, at=at)
    end_late(CaseKind.REGISTRATION, held.code, actor=actor, at=at)
    if held.status == CertificateStatus.VALID:
        lift_for_certificate(certificate=held, actor=actor, at=at)
    elif held.status != CertificateStatus.SUPERSEDED:
        hold_for_certificate(certificate=held, actor=actor, at=at)
    return held


@operation("listings.certificate.freeze")
def freeze_certificate(*, certificate: RegistrationCertificate, cause_code: str, actor: Actor, clock: Clock) -> RegistrationCertificate:
    """This will stop a certificate for a time: an objection, a stopped right, a suspicion; its listings stop with it."""
    at = clock.now()
    require(actor, "listings.certificate.freeze", subject=certificate, at=at)
    return step(certificate, "freeze", "frozen", cause=cause_code, actor=actor, at=at)


@operation("listings.certificate.thaw")
def thaw_certificate(*, certificate: RegistrationCertificate, actor: Actor, clock: Clock) -> RegistrationCertificate:
    """This will let a frozen certificate speak again."""
    at = clock.now()
    require(actor, "listings.certificate.thaw", subject=certificate, at=at)
    return step(certificate, "thaw", "thawed", cause="", actor=actor, at=at)


def cancel_by_registration(*, certificate: RegistrationCertificate, registration: Registration, actor: Actor,
                           at: datetime) -> RegistrationCertificate:
    """This will end a certificate its holder gives back; called inside the registration that cancels it."""
    notify_holder(registration, (f"登记凭证 {certificate.code} 已注销", f"Certificate {certificate.code} is cancelled"), tone="ok", at=at)
    return step(certificate, "cancel", "cancelled", cause=registration.code, actor=actor, at=at)


#: Grounds on which a certificate is taken away (26号 20).
GROUNDS: dict[str, tuple[str, str]] = {
    "false_material": ("提供虚假材料", "false material"),
    "tampering": ("伪造、变造登记结果", "a forged or altered result"),
    "misuse": ("违规使用登记结果", "misuse of the result"),
}


@covers("R10", "B5")
@operation("listings.certificate.revoke")
def revoke_certificate(*, certificate: RegistrationCertificate, ground: str, reason: str, actor: Actor,
                       clock: Clock) -> RegistrationCertificate:
    """This will take a certificate away for one of the three grounds of the rule, with the facts; its holder is told."""
    at = clock.now()
    require(actor, "listings.certificate.revoke", subject=certificate, at=at)
    text = clean_text("reason", reason, 2000, _REVOKE)
    if ground not in GROUNDS or len(text) < 10:
        raise Rejected(_REVOKE)
    held = step(certificate, "revoke", "revoked", cause=ground, reason=text, actor=actor, at=at)
    zh, en = GROUNDS[ground]
    notify_holder(held.registration, (f"登记凭证 {held.code} 被撤销（{zh}）：{text}", f"Certificate {held.code} is revoked ({en}): {text}"),
                  tone="bad", at=at)
    return held


def freeze_for_right(*, right: PropertyRight, actor: Actor, at: datetime) -> None:
    """This will freeze what certifies a right that has stopped, in the same transaction."""
    rows = RegistrationCertificate.objects.filter(registration__rights=right, status=CertificateStatus.VALID)
    for certificate in rows.order_by("pk"):
        step(certificate, "freeze", "frozen", cause=right.code, actor=actor, at=at)


def thaw_for_right(*, right: PropertyRight, actor: Actor, at: datetime) -> None:
    """This will let a certificate speak again that was frozen for a right now restored, once every right in it runs."""
    rows = RegistrationCertificate.objects.filter(registration__rights=right, status=CertificateStatus.FROZEN,
                                                  cause_code__startswith="RGT-")
    for certificate in rows.order_by("pk"):
        still = certificate.registration.rights.exclude(status__in=[RightStatus.ACTIVE, RightStatus.TRANSFERRED]).first()
        if still is None:
            step(certificate, "thaw", "thawed", cause="", actor=actor, at=at)


@operation("listings.certificate.expire")
def expire_certificate(*, certificate: RegistrationCertificate, actor: Actor = SYSTEM, clock: Clock) -> RegistrationCertificate:
    """This will end a certificate whose term is over; the clock's act."""
    at = clock.now()
    require(actor, "listings.certificate.expire", at=at)
    assert certificate.effective_to <= at, "a certificate expires at the end of its term"
    return step(certificate, "expire", "expired", cause="", actor=actor, at=at)


def replace_certificate(*, certificate: RegistrationCertificate, by: str, actor: Actor, at: datetime) -> RegistrationCertificate:
    """This will let a newer certificate take this one's place; called inside the issue of the newer one."""
    if certificate.status == CertificateStatus.FROZEN:
        certificate = step(certificate, "thaw", "thawed", cause=by, actor=actor, at=at)
    return step(certificate, "replace", "replaced", cause=by, actor=actor, at=at)
