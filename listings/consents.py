"""A person's consent 个人同意 (R27, R28): for one purpose, for a term; withdrawn, it stops what rests on it in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.taxonomy import Purpose
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.anonymity import counts_as_personal
from listings.events import ConsentMoved, named
from listings.models import Consent, DataProduct, Listing, ListingVersion, Principal
from listings.states import CONSENT, ConsentStatus, MandateStatus
from participants.models import Person, User
from participants.operations import notify
from participants.permissions import require

__all__ = ["end_with_holder", "expire_consent", "give_consent", "refuse_outside_consent", "tell_consent", "withdraw_consent"]


def tell_consent(word: str, one: Consent, *, actor: Actor, at: datetime) -> None:
    """This will record what became of a consent; ``recipient`` is who holds the data now."""
    record(named(ConsentMoved, f"listings.consent.{word}")(
        subject=one.code, product=one.product.code, purpose=one.purpose, recipient=one.organization.code,
        trustee=one.trustee.code if one.trustee else ""), actor=actor, at=at)


def person_of(actor: Actor) -> Person:
    """This will return the real person who acts."""
    assert actor.user_id is not None, "who consents is signed in"
    person = User.objects.select_related("person").get(pk=actor.user_id).person
    assert person is not None, "who consents is a real person"
    return person


def _one_purpose(purposes: str | Sequence[str]) -> str:
    """One acceptance serves one purpose: several at once are no basis in law (R28)."""
    asked = [purposes] if isinstance(purposes, str) else list(purposes)
    if len(asked) > 1:
        raise Rejected("listings.consent.bundled")
    if not asked or asked[0] not in Purpose.values:
        raise Rejected("listings.consent.incomplete")
    return asked[0]


@covers("R27", "R28", "R29", "R33", "B9")
@operation("listings.consent.give")
def give_consent(*, product: DataProduct, purpose: str | Sequence[str], kinds: Sequence[str], recipients: Sequence[str],
                 effective_to: datetime, principal: Principal | None = None, minor: bool = False, guardian: bool = False,
                 service_tied: bool = False, actor: Actor, clock: Clock) -> Consent:
    """This will put a person's consent on file: one purpose each, named recipients, a term; never bundled, never forced.

    A trustee gives it for a ``principal``; for a child under fourteen the guardian gives it.
    """
    at = clock.now()
    require(actor, "listings.consent.give", at=at)
    if service_tied:
        raise Rejected("listings.consent.bundled")
    if minor and not guardian:
        raise Rejected("listings.consent.guardian_missing")
    named_purpose = _one_purpose(purpose)
    if not kinds or effective_to <= at:
        raise Rejected("listings.consent.incomplete")
    if principal is not None and not acts_for(principal, actor, at):
        raise Rejected("listings.principal.no_mandate")
    subject = principal.subject if principal else person_of(actor)
    if running := Consent.objects.filter(subject=subject, product=product, purpose=named_purpose, status=ConsentStatus.ACTIVE).first():
        raise Rejected("listings.consent.given_already", consent=running.code)
    one = Consent.objects.create(code=new_code("CNS"), organization=product.organization, product=product, subject=subject,
                                 trustee=principal.organization if principal else None, purpose=named_purpose, kinds=list(kinds),
                                 recipients=list(recipients), effective_from=at, effective_to=effective_to, minor=minor, guardian=guardian)
    tell_consent("given", one, actor=actor, at=at)
    return one


def acts_for(principal: Principal, actor: Actor, at: datetime) -> bool:
    """This will tell whether a trustee holds a person's mandate now."""
    return (principal.organization_id == actor.organization_id and principal.status == MandateStatus.ACTIVE
            and principal.effective_from <= at < principal.effective_to)


def _may_withdraw(held: Consent, actor: Actor, at: datetime) -> bool:
    """The person, or the trustee who has the person's mandate now."""
    if held.subject_id == person_of(actor).pk:
        return True
    mandates = Principal.objects.filter(subject=held.subject_id, organization_id=actor.organization_id or 0, status=MandateStatus.ACTIVE)
    return any(acts_for(one, actor, at) for one in mandates)


def locked_consent(consent: Consent) -> Consent:
    """This will lock a consent's row and bring product, holder and trustee."""
    rows = Consent.objects.select_for_update(of=("self",), no_key=True).select_related("product", "organization", "trustee", "subject")
    held: Consent = rows.get(pk=consent.pk)
    return held


@covers("R4", "R27", "R29", "B9")
@operation("listings.consent.withdraw")
def withdraw_consent(*, consent: Consent, actor: Actor, clock: Clock) -> Consent:
    """This will take a consent back, by the person or its trustee; what rests on it is held at once, past lawful use stays valid."""
    at = clock.now()
    require(actor, "listings.consent.withdraw", at=at)
    held = locked_consent(consent)
    if not _may_withdraw(held, actor, at):
        raise Rejected("participants.object.absent")
    return _end(held, "withdraw", "withdrawn", actor=actor, at=at)


@operation("listings.consent.expire")
def expire_consent(*, consent: Consent, actor: Actor = SYSTEM, clock: Clock) -> Consent:
    """This will end a consent whose term is over; the clock's act."""
    at = clock.now()
    held = locked_consent(consent)
    assert held.effective_to <= at, "a consent ends with its term"
    return _end(held, "expire", "expired", actor=actor, at=at)


def end_with_holder(*, consent: Consent, at: datetime) -> Consent:
    """This will end a consent whose holder is no more and has no successor, in the act that closes it (R39)."""
    return _end(locked_consent(consent), "expire", "expired", actor=SYSTEM, at=at)


def _end(held: Consent, action: str, word: str, *, actor: Actor, at: datetime) -> Consent:
    from listings.publishing import hold_listing

    held.status = advance(CONSENT, ConsentStatus(held.status), action, subject=held.code, code="listings.consent.illegal_move")
    held.withdrawn_at = at
    held.save(update_fields=["status", "withdrawn_at"])
    tell_consent(word, held, actor=actor, at=at)
    for listing in Listing.objects.filter(product=held.product).order_by("pk"):  # what is not on sale yet must not go on sale either
        hold_listing(listing=listing, reason_code="consent.ended", cause_code=held.code, actor=SYSTEM, at=at,
                     reason=("所依据的个人同意已撤回或到期", "A consent it rests on was withdrawn or has ended"),
                     way_back=("移除相关个人的数据并提交新版，或重新取得同意",
                               "Remove the person's data in a new version, or obtain consent anew"))
    notify(organization=held.organization, kind="listings.consent.ended", subject=held.code, tone="held", href="/desk/listings/", at=at,
           text=(f"同意 {held.code} 已终止：停止提供并删除该个人的数据",
                 f"Consent {held.code} has ended: stop supplying and delete that person's data"))
    return held


@covers("R27", "B9")
def refuse_outside_consent(version: ListingVersion) -> None:
    """This will refuse terms of use that go beyond what people consented to, where their consents are on file here."""
    on_file = Consent.objects.filter(product=version.listing.product)
    if not on_file.exists() or (version.facts.get("contains_pi") is False and not counts_as_personal(version)):
        return
    given = set(on_file.filter(status=ConsentStatus.ACTIVE).values_list("purpose", flat=True))
    if beyond := [one for one in version.use_terms.get("purposes", []) if one not in given]:
        words = dict(Purpose.choices)
        raise Rejected("listings.consent.purpose_beyond", listing=version.listing.code, errors=[
            FieldFault("use_terms.purposes", "beyond_consent", (f"没有人同意：{words[one]}",
                                                                f"Nobody consented to: {one}")) for one in beyond])
