"""Registration of rights 数据产权登记 (R10): application, intake, formal review, public notice, certificate; objections on the way.

Periods are the venue's figures per regime: public data has its notice before (发改数据规〔2025〕26号 12), enterprise data is certified
at once and stays open to objection for ten working days after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from compliance.models import CaseKind
from evidence.canonical import canonical
from evidence.events import rfc3339
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.events import CertificateMoved, RegistrationMoved, named
from listings.kinds import NEEDED, PROCEDURES, certificate_before, missing_of, refuse_unfit, refuse_while_disputed, rights_for, term_of
from listings.models import DataProduct, PropertyRight, Registration, RegistrationCertificate, RegistrationKind, RightOrigin
from listings.overdue import end_late
from listings.rights import pass_on
from listings.states import REGISTRATION, CertificateStatus, RegistrationStatus, RightStatus
from listings.values import clean_text
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import add_working_days, parameter
from participants.timers import after

__all__ = ["accept_registration", "apply_registration", "certify_registration", "draft_registration", "edit_registration",
           "pass_registration", "refuse_registration", "return_registration", "withdraw_registration"]

_FAULT = "listings.registration.incomplete"
OPEN = (RegistrationStatus.DRAFT, RegistrationStatus.APPLIED, RegistrationStatus.RETURNED, RegistrationStatus.IN_REVIEW,
        RegistrationStatus.IN_NOTICE, RegistrationStatus.OBJECTED)


def tell(word: str, one: Registration, *, actor: Actor, at: datetime) -> None:
    """This will record a move of a registration."""
    record(named(RegistrationMoved, f"listings.registration.{word}")(
        subject=one.code, product=one.product.code, regime=one.regime, state=one.status, reason=one.reason,
        due=rfc3339(one.due_at) if one.due_at else "", special=one.special), actor=actor, at=at)


def move(one: Registration, action: str) -> None:
    """This will take the legal step ``action``, or refuse with the acts that are open."""
    one.status = advance(REGISTRATION, RegistrationStatus(one.status), action, subject=one.code, code="listings.registration.illegal_move")


def locked(one: Registration) -> Registration:
    """This will lock a registration's row and bring its product, holder and venue."""
    return Registration.objects.select_for_update(of=("self",), no_key=True).select_related(
        "product", "organization", "venue", "counterparty", "before").get(pk=one.pk)


def days(one: Registration, key: str, at: datetime) -> int:
    """This will read a period of the registration's regime, in working days."""
    return int(parameter(f"registration.{key}", venue=one.venue, at=at, scope=one.regime))


def notify_holder(one: Registration, text: tuple[str, str], *, tone: str, due_at: datetime | None = None, at: datetime) -> None:
    """This will tell the applicant what happened to the registration."""
    notify(organization=one.organization, kind="listings.registration.moved", text=text, tone=tone, subject=one.code,
           href="/desk/registrations/", due_at=due_at, at=at)


def _regime(stated: str, rights: Sequence[PropertyRight]) -> str:
    """Public data is under the public regime whatever the applicant ticks."""
    public = {RightOrigin.AUTHORISED, RightOrigin.OPEN}
    return "public" if any(one.origin in public for one in rights) else stated


@covers("R10", "B5")
@operation("listings.registration.draft")
def draft_registration(*, product: DataProduct, regime: str = "enterprise", kind: str = RegistrationKind.FIRST, statement: str = "",
                       rights: Sequence[PropertyRight] | None = None, counterparty: Organization | None = None,
                       deposit: Deposit | None = None, special: bool = False, actor: Actor, clock: Clock) -> Registration:
    """This will open an application for a product; all the rights it can speak of stand in it unless some are named.

    ``special``: it holds special personal data; then it stands in no public notice, nor does whatever follows on it (R30).
    """
    at = clock.now()
    require(actor, "listings.registration.draft", subject=product, at=at)
    if open_one := Registration.objects.filter(product=product, status__in=OPEN).first():
        raise Rejected("listings.registration.one_open", registration=open_one.code)
    sort = RegistrationKind(kind)
    before = certificate_before(product, sort)
    chosen = list(rights) if rights is not None else rights_for(product, sort, counterparty)
    refuse_unfit(sort, product=product, before=before, counterparty=counterparty, rights=chosen, at=at)
    one = Registration.objects.create(
        code=new_code("REG"), venue=product.organization.venue, organization=product.organization, product=product, kind=sort,
        before=before, counterparty=counterparty, regime=_regime(before.registration.regime if before else regime, chosen),
        statement=clean_text("statement", statement, 20_000, _FAULT), deposit=deposit, created_at=at,
        special=special or bool(before and before.registration.special), due_at=after("draft.idle", at))
    one.rights.set(chosen)
    tell("drafted", one, actor=actor, at=at)
    return one


@operation("listings.registration.edit")
def edit_registration(*, registration: Registration, statement: str | None = None, deposit: Deposit | None = None,
                      rights: Sequence[PropertyRight] | None = None, actor: Actor, clock: Clock) -> Registration:
    """This will change an application while it lies with the applicant."""
    at = clock.now()
    require(actor, "listings.registration.draft", subject=registration, at=at)
    held = locked(registration)
    if held.status not in {RegistrationStatus.DRAFT, RegistrationStatus.RETURNED}:
        advance(REGISTRATION, RegistrationStatus(held.status), "edit", subject=held.code, code="listings.registration.illegal_move")
    if statement is not None:
        held.statement = clean_text("statement", statement, 20_000, _FAULT)
    if deposit is not None:
        held.deposit = deposit
    held.save(update_fields=["statement", "deposit"])
    if rights is not None:
        held.rights.set(rights)
    tell("edited", held, actor=actor, at=at)
    return held


@covers("R10", "B5")
@operation("listings.registration.apply")
def apply_registration(*, registration: Registration, actor: Actor, clock: Clock) -> Registration:
    """This will hand an application in; incomplete ones are refused with one list of all that is missing."""
    at = clock.now()
    require(actor, "listings.registration.apply", subject=registration, at=at)
    held = locked(registration)
    move(held, "apply")
    if missing := missing_of(held):
        raise Rejected(_FAULT, missing=("、".join(NEEDED[one][0] for one in missing), ", ".join(NEEDED[one][1] for one in missing)))
    refuse_unfit(RegistrationKind(held.kind), product=held.product, before=held.before, counterparty=held.counterparty,
                 rights=list(held.rights.select_related("parent")), at=at)
    held.applied_at, held.missing, held.reason = at, [], ""
    held.due_at = add_working_days(held.venue, at, days(held, "accept_days", at))
    held.save(update_fields=["status", "applied_at", "missing", "reason", "due_at"])
    tell("applied", held, actor=actor, at=at)
    return held


@operation("listings.registration.accept")
def accept_registration(*, registration: Registration, actor: Actor, clock: Clock) -> Registration:
    """This will take an application in; by silence after three working days the clock does."""
    at = clock.now()
    require(actor, "listings.registration.accept", subject=registration, at=at)
    held = locked(registration)
    move(held, "accept")
    held.due_at = (after("registration.cancellation", held.applied_at or at, venue=held.venue)
                   if held.kind == RegistrationKind.CANCELLATION else add_working_days(held.venue, at, days(held, "review_days", at)))
    held.escalated_at = None
    held.save(update_fields=["status", "due_at", "escalated_at"])
    tell("accepted", held, actor=actor, at=at)
    notify_holder(held, (f"登记申请 {held.code} 已受理", f"Registration {held.code} is accepted for review"), tone="info", at=at)
    return held


@operation("listings.registration.return")
def return_registration(*, registration: Registration, missing: Sequence[str], reason: str, actor: Actor, clock: Clock) -> Registration:
    """This will send an application back once, with one list of all that is missing."""
    at = clock.now()
    require(actor, "listings.registration.return", subject=registration, at=at)
    held = locked(registration)
    move(held, "return")
    _caught_up(held, actor, at)
    held.missing, held.reason = list(missing), clean_text("reason", reason, 2000, _FAULT)
    held.due_at = add_working_days(held.venue, at, 20)
    held.save(update_fields=["status", "missing", "reason", "due_at"])
    tell("returned", held, actor=actor, at=at)
    notify_holder(held, (f"登记申请 {held.code} 待补正：{held.reason}", f"Registration {held.code} needs correction: {held.reason}"),
                  tone="wait", due_at=held.due_at, at=at)
    return held


def _caught_up(held: Registration, actor: Actor, at: datetime) -> None:
    """A late review that is over needs nobody's eyes any more."""
    if held.escalated_at is not None:
        end_late(CaseKind.REGISTRATION, held.code, actor=actor, at=at)


@covers("R10")
@operation("listings.registration.decide")
def pass_registration(*, registration: Registration, actor: Actor, clock: Clock) -> Registration:
    """This will end the formal review well: into public notice, or straight to the certificate where the regime has none before."""
    at = clock.now()
    require(actor, "listings.registration.decide", subject=registration, at=at)
    held = locked(registration)
    length = days(held, "notice_days", at) if PROCEDURES[RegistrationKind(held.kind)].noticed else 0
    if length == 0:
        return _certify(held, actor=actor, at=at)
    move(held, "pass")
    _caught_up(held, actor, at)
    held.notice_from, held.notice_to = at, add_working_days(held.venue, at, length)
    held.due_at = held.notice_to
    held.save(update_fields=["status", "notice_from", "notice_to", "due_at"])
    tell("passed", held, actor=actor, at=at)
    notify_holder(held, (f"登记 {held.code} 开始公示",
        f"Registration {held.code} is in public notice"), tone="info", due_at=held.notice_to, at=at)
    return held


@operation("listings.registration.refuse")
def refuse_registration(*, registration: Registration, reason: str, actor: Actor, clock: Clock) -> Registration:
    """This will end the formal review with a refusal and its reason."""
    at = clock.now()
    require(actor, "listings.registration.decide", subject=registration, at=at)
    held = locked(registration)
    move(held, "refuse")
    _caught_up(held, actor, at)
    held.reason, held.decided_at, held.due_at = clean_text("reason", reason, 2000, _FAULT), at, None
    held.save(update_fields=["status", "reason", "decided_at", "due_at"])
    tell("refused", held, actor=actor, at=at)
    notify_holder(held, (f"登记申请 {held.code} 不予登记：{held.reason}",
        f"Registration {held.code} is refused: {held.reason}"), tone="bad", at=at)
    return held


@operation("listings.registration.withdraw")
def withdraw_registration(*, registration: Registration, actor: Actor, clock: Clock) -> Registration:
    """This will take an application back, by the applicant or by the clock when it lay idle."""
    at = clock.now()
    require(actor, "listings.registration.withdraw", subject=registration, at=at)
    held = locked(registration)
    move(held, "withdraw")
    held.due_at, held.decided_at = None, at
    held.save(update_fields=["status", "due_at", "decided_at"])
    tell("withdrawn", held, actor=actor, at=at)
    return held


@covers("R10")
@operation("listings.registration.certify")
def certify_registration(*, registration: Registration, actor: Actor = SYSTEM, clock: Clock) -> Registration:
    """This will issue the certificate when the notice is over without an open objection; the clock's act."""
    at = clock.now()
    require(actor, "listings.registration.certify", at=at)
    held = locked(registration)
    if held.status == RegistrationStatus.IN_NOTICE and (held.notice_to is None or at < held.notice_to):
        raise Rejected("listings.registration.notice_running", notice_to=rfc3339(held.notice_to) if held.notice_to else "-")
    return _certify(held, actor=actor, at=at)


def _certify(held: Registration, *, actor: Actor, at: datetime) -> Registration:
    """The register changes in one transaction: rights move, the certificate before ends, the new one begins."""
    from listings.certificates import cancel_by_registration

    move(held, "certify")
    _caught_up(held, actor, at)
    held.decided_at, held.due_at = at, None
    held.save(update_fields=["status", "decided_at", "due_at"])
    tell("certified", held, actor=actor, at=at)
    if held.kind == RegistrationKind.CANCELLATION:
        assert held.before is not None, "a cancellation names its certificate"
        cancel_by_registration(certificate=held.before, registration=held, actor=actor, at=at)
        return held
    rights = list(held.rights.filter(status=RightStatus.ACTIVE).select_related("product", "organization", "parent").order_by("code"))
    if held.kind == RegistrationKind.TRANSFER:
        assert held.counterparty is not None, "a transfer names who receives it"
        rights = [pass_on(right=one, to=held.counterparty, cause=held.code, actor=actor, at=at) for one in rights]
        held.rights.add(*rights)
    if not rights:
        raise Rejected("listings.registration.rights_stopped", registration=held.code)
    certificate = _issue(held, rights, actor=actor, at=at)
    for party in filter(None, (held.organization, held.counterparty)):
        notify(organization=party, kind="listings.registration.moved", subject=held.code, href="/desk/registrations/", tone="ok", at=at,
               text=(f"登记凭证 {certificate.code} 已签发", f"Certificate {certificate.code} is issued"))
    return held


def _issue(held: Registration, rights: list[PropertyRight], *, actor: Actor, at: datetime) -> RegistrationCertificate:
    """One certificate in force for a product and holder: an earlier one is replaced; a transfer replaces that of who gave the rights."""
    from listings.certificates import replace_certificate
    from listings.publishing import cite_new_certificate

    refuse_while_disputed(held.product)
    code, holder = new_code("CRT"), held.counterparty or held.organization
    ended = {holder.pk, held.organization_id} if held.kind == RegistrationKind.TRANSFER else {holder.pk}
    for earlier in RegistrationCertificate.objects.select_for_update(no_key=True).filter(
            product=held.product, organization_id__in=ended, status__in=[CertificateStatus.VALID, CertificateStatus.FROZEN]):
        replace_certificate(certificate=earlier, by=code, actor=actor, at=at)
    effective_to = term_of(held, rights, at)
    objection_to = None
    if held.notice_from is None:  # the figure of the regime that certifies first holds for whatever had no notice before
        open_days = int(parameter("registration.objection_days", venue=held.venue, at=at, scope="enterprise"))
        objection_to = add_working_days(held.venue, at, open_days)
    content = _content(held, rights, code, at, effective_to)
    certificate = RegistrationCertificate.objects.create(
        code=code, registration=held, organization=holder, product=held.product, content=content,
        content_hash=hashlib.sha256(canonical(content)).hexdigest(), issued_at=at, effective_to=effective_to, objection_to=objection_to)
    record(named(CertificateMoved, "listings.certificate.issued")(
        subject=code, registration=held.code, product=held.product.code, content_hash=certificate.content_hash, state="valid"),
        actor=actor, at=at)
    cite_new_certificate(certificate=certificate, actor=actor, at=at)
    return certificate


def _content(held: Registration, rights: list[PropertyRight], code: str, at: datetime, effective_to: datetime) -> dict[str, Any]:
    holder = held.counterparty or held.organization
    return {
        "certificate": code, "registration": held.code, "venue": held.venue.code, "kind": held.kind, "regime": held.regime,
        "holder": holder.code, "holder_name": holder.name, "product": held.product.code,
        "title_zh": held.product.title_zh, "title_en": held.product.title_en,
        "evidence_sha256": held.deposit.sha256 if held.deposit else "",
        "rights": [{"code": one.code, "right": one.right, "origin": one.origin, "purposes": one.purposes, "territory": one.territory,
                    "sublicence_depth": one.sublicence_depth, "effective_from": rfc3339(one.effective_from),
                    "effective_to": rfc3339(one.effective_to) if one.effective_to else None} for one in rights],
        "issued_at": rfc3339(at), "effective_to": rfc3339(effective_to),
    }
