"""A person's consent 个人同意 (R27, R28): for one purpose, for a term; withdrawn, it stops what rests on it in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.events import ConsentMoved, named
from listings.models import Consent, DataProduct, Listing
from listings.publishing import hold_listing
from listings.states import CONSENT, ConsentStatus, ListingStatus
from participants.models import Person, User
from participants.permissions import require

__all__ = ["expire_consent", "give_consent", "withdraw_consent"]


def _tell(word: str, one: Consent, *, actor: Actor, at: datetime) -> None:
    record(named(ConsentMoved, f"listings.consent.{word}")(
        subject=one.code, product=one.product.code, purpose=one.purpose, recipient=one.organization.code), actor=actor, at=at)


def _person_of(actor: Actor) -> Person:
    assert actor.user_id is not None, "who consents is signed in"
    person = User.objects.select_related("person").get(pk=actor.user_id).person
    assert person is not None, "who consents is a real person"
    return person


@covers("R27", "R28", "R33")
@operation("listings.consent.give")
def give_consent(*, product: DataProduct, purpose: str, kinds: Sequence[str], recipients: Sequence[str], effective_to: datetime,
                 actor: Actor,
                 clock: Clock) -> Consent:
    """This will put a person's consent on file: one purpose each, named recipients, a term; never bundled."""
    at = clock.now()
    require(actor, "listings.consent.give", at=at)
    if not purpose or not kinds or effective_to <= at:
        raise Rejected("listings.consent.incomplete")
    one = Consent.objects.create(code=new_code("CNS"), organization=product.organization, product=product, subject=_person_of(actor),
                                 purpose=purpose, kinds=list(kinds), recipients=list(recipients), effective_from=at,
                                 effective_to=effective_to)
    _tell("given", one, actor=actor, at=at)
    return one


@covers("R4", "R27", "R29")
@operation("listings.consent.withdraw")
def withdraw_consent(*, consent: Consent, actor: Actor, clock: Clock) -> Consent:
    """This will take a consent back, by the person; listings that rest on it are held at once, past lawful use stays valid."""
    at = clock.now()
    require(actor, "listings.consent.withdraw", at=at)
    held = Consent.objects.select_for_update(of=("self",)).select_related("product", "organization").get(pk=consent.pk)
    if held.subject_id != _person_of(actor).pk:
        raise Rejected("participants.object.absent")
    return _end(held, "withdraw", "withdrawn", actor=actor, at=at)


@operation("listings.consent.expire")
def expire_consent(*, consent: Consent, actor: Actor = SYSTEM, clock: Clock) -> Consent:
    """This will end a consent whose term is over; the clock's act."""
    at = clock.now()
    held = Consent.objects.select_for_update(of=("self",)).select_related("product", "organization").get(pk=consent.pk)
    assert held.effective_to <= at, "a consent ends with its term"
    return _end(held, "expire", "expired", actor=actor, at=at)


def _end(held: Consent, action: str, word: str, *, actor: Actor, at: datetime) -> Consent:
    held.status = advance(CONSENT, ConsentStatus(held.status), action, subject=held.code, code="listings.consent.illegal_move")
    held.withdrawn_at = at
    held.save(update_fields=["status", "withdrawn_at"])
    _tell(word, held, actor=actor, at=at)
    for listing in Listing.objects.filter(product=held.product, status__in=[ListingStatus.LISTED, ListingStatus.SUSPENDED]).order_by("pk"):
        hold_listing(listing=listing, reason_code="consent.ended", cause_code=held.code, actor=SYSTEM, at=at,
                     reason=("所依据的个人同意已撤回或到期", "A consent it rests on was withdrawn or has ended"),
                     way_back=("移除相关个人的数据并提交新版，或重新取得同意",
                               "Remove the person's data in a new version, or obtain consent anew"))
    return held
