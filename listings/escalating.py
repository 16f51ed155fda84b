"""Who is late at the desk: a formal review, a listing's review, a frozen certificate. The state stays, a deadline decides nothing."""

from __future__ import annotations

from compliance.models import CaseKind
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from listings.events import CertificateMoved, ReviewMoved, named
from listings.models import Registration, RegistrationCertificate, Review
from listings.overdue import put_up
from listings.registering import locked, tell
from listings.states import CertificateStatus, RegistrationStatus, ReviewStatus
from participants.permissions import require

__all__ = ["escalate_registration", "escalate_review", "flag_certificate"]


@covers("R10", "B5")
@operation("listings.registration.escalate_review")
def escalate_registration(*, registration: Registration, actor: Actor = SYSTEM, clock: Clock) -> Registration:
    """This will put an application whose formal review is past its working days before the head of the desk, once; it stays in review."""
    at = clock.now()
    require(actor, "listings.registration.escalate", at=at)
    held = locked(registration)
    if held.status != RegistrationStatus.IN_REVIEW or held.escalated_at is not None or held.due_at is None or at < held.due_at:
        unchanged(at=at)
        return held
    held.escalated_at = at
    held.save(update_fields=["escalated_at"])
    tell("late", held, actor=actor, at=at)
    put_up(CaseKind.REGISTRATION, held.code, "registration", party=held.organization, venue=held.venue,
            title=("登记审核逾期", "The formal review of a registration is past its time"), href="/desk/registrations/", at=at,
            told=(f"登记 {held.code} 的形式审核已逾期，已督办；逾期不等于通过或不予登记。",
                  f"The formal review of {held.code} is past its time and followed up; that neither passes nor refuses it."))
    return held


@covers("C3", "R3")
@operation("listings.review.escalate")
def escalate_review(*, review: Review, actor: Actor = SYSTEM, clock: Clock) -> Review:
    """This will put a review row that is past its working days before the head of the desk, once; who holds it holds it on."""
    at = clock.now()
    require(actor, "listings.registration.escalate", at=at)
    row = Review.objects.select_for_update(of=("self",), no_key=True).select_related(
        "version__listing__venue", "version__organization").get(pk=review.pk)
    version = row.version
    if row.status not in {ReviewStatus.WAITING, ReviewStatus.ASSIGNED} or row.escalated_at is not None or at < row.due_at:
        unchanged(at=at)
        return row
    row.escalated_at = at
    row.save(update_fields=["escalated_at"])
    record(named(ReviewMoved, "listings.listing.review_late")(
        subject=version.listing.code, version_code=version.code, order=row.order), actor=actor, at=at)
    put_up(CaseKind.VERSION_REVIEW, version.code, "version", party=version.organization, venue=version.listing.venue,
            title=("挂牌审核逾期", "The review of a listing is past its time"), href="/desk/listings/", at=at,
            told=(f"《{version.title_zh}》的审核已逾期，已督办；逾期不等于通过。",
                  f"The review of “{version.title_en or version.title_zh}” is past its time and followed up; that approves nothing."))
    return row


@covers("R10", "B5")
@operation("listings.certificate.flag")
def flag_certificate(*, certificate: RegistrationCertificate, actor: Actor = SYSTEM, clock: Clock) -> RegistrationCertificate:
    """This will put a certificate frozen for sixty days before the desk as a case, once: it is thawed or revoked by a person."""
    at = clock.now()
    require(actor, "listings.certificate.expire", at=at)
    held = RegistrationCertificate.objects.select_for_update(of=("self",), no_key=True).select_related(
        "registration__venue", "organization", "product").get(pk=certificate.pk)
    if held.status != CertificateStatus.FROZEN or held.due_at is None or at < held.due_at:
        unchanged(at=at)
        return held
    held.due_at = None
    held.save(update_fields=["due_at"])
    record(named(CertificateMoved, "listings.certificate.overdue")(
        subject=held.code, registration=held.registration.code, product=held.product.code, content_hash=held.content_hash,
        state=held.status, cause=held.cause_code), actor=actor, at=at)
    put_up(CaseKind.REGISTRATION, held.code, "certificate", party=held.organization, venue=held.registration.venue,
            title=("登记凭证冻结已满 60 日", "A certificate frozen for sixty days"), href="/desk/registrations/", at=at,
            told=(f"登记凭证 {held.code} 冻结已满 60 日，已提请复查：恢复或撤销，由人决定。",
                  f"Certificate {held.code} has been frozen for sixty days and is put up again: a person thaws or revokes it."))
    return held
