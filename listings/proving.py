"""Proving a condition 限制性条件 (R84): handed in by the seller, decided by a reviewer, ended on its day.

Renewing a proof that still holds leaves the listing on sale by the old one; one that ends takes it off until the next is decided.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evidence.models import Deposit
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.anonymity import TEST, counts_as_personal
from listings.conditions import HOLD, WAY_BACK, ask, asked_note, decide, decide_by, move, note_to_seller, tell, unmet
from listings.models import Condition, Hold, Listing, ListingVersion
from listings.publishing import hold_listing, lift_hold, publish_or_wait
from listings.rescreening import rejudge_product
from listings.reviewing import refuse_conflict
from listings.states import ConditionStatus, ListingStatus, VersionStatus
from listings.values import clean_text
from participants.notices import Note, notify_all
from participants.permissions import require

__all__ = ["MINIMUM", "OPEN", "UNDER_WAY", "WEAK", "decide_condition", "lapse_condition", "locked_condition", "provide_condition",
           "refuse_moot", "release"]

#: States of a version whose conditions are still dealt with.
UNDER_WAY = (VersionStatus.SUBMITTED, VersionStatus.APPROVED, VersionStatus.PUBLISHED)
OPEN = (ConditionStatus.OPEN, ConditionStatus.PROVIDED, ConditionStatus.RETURNED)
_FAULT = "listings.condition.proof_missing"
WEAK = "listings.condition.reason_missing"
MINIMUM = 4


# ---- proven ----------------------------------------------------------------------------------------------------------------

def locked_condition(condition: Condition) -> Condition:
    """The version's row first, as a review does: a decision and a publication of one version never cross."""
    ListingVersion.objects.select_for_update(no_key=True).get(pk=condition.version_id)
    rows = Condition.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__listing__venue", "version__listing__product", "version__organization", "version__certificate",
                               "deposit").get(pk=condition.pk)


def refuse_moot(one: Condition) -> None:
    retest = one.condition == TEST and one.version.status == VersionStatus.DRAFT
    if one.version.status not in UNDER_WAY and not retest:
        raise Rejected("listings.condition.moot", version=one.version.code, state=str(one.version.get_status_display()),
                       listing=one.version.listing.code)


@covers("R84", "R88")
@operation("listings.condition.provide")
def provide_condition(*, condition: Condition, statement: str, deposit: Deposit | None = None, until: datetime | None = None, actor: Actor,
                      clock: Clock) -> Condition:
    """This will hand in the proof of a condition: what it shows, in words the seller answers for, with the paper where one is asked.

    A proof that still holds is renewed beside it: the listing stays on sale by the old one until the new one is decided.
    """
    at = clock.now()
    held = locked_condition(condition)
    require(actor, "listings.condition.provide", subject=held, at=at)
    refuse_moot(held)
    if held.proof == "record":
        raise Rejected("listings.condition.by_record", condition=held.text, listing=held.version.listing.code)
    if held.status == ConditionStatus.MET:
        held = _renewal(held, at)
    else:
        move(held, "provide")
    said = clean_text("statement", statement, 2000, _FAULT)
    faults = [FieldFault("statement", "too_short", ("说明不少于 5 个字", "At least 5 characters"))] if len(said) < 5 else []
    if held.proof == "document" and deposit is None:
        faults.append(FieldFault("proof", "missing", ("请附上文件", "Attach the paper")))
    if until is not None and until <= at:
        faults.append(FieldFault("until", "past", ("有效期已过", "It has ended already")))
    if faults:
        raise Rejected(_FAULT, condition=held.text, listing=held.version.listing.code, errors=faults)
    held.status, held.statement, held.deposit, held.proof_until = ConditionStatus.PROVIDED, said, deposit, until
    held.file_sha256 = held.version.file_sha256 if held.condition == TEST else ""
    held.provided_by_id, held.provided_at, held.due_at, held.reason = actor.user_id, at, decide_by(held, at), ""
    held.save()
    tell("provided", held, actor=actor, at=at)
    return held


def _renewal(met: Condition, at: datetime) -> Condition:
    """A row of its own for the next proof; one that is under way already says so."""
    under_way = Condition.objects.filter(version=met.version_id, condition=met.condition, status__in=OPEN).first()
    if under_way is not None:
        move(met, "provide")  # refused: what is open stands in the other row
    made = ask(met.version, met.condition, met.rules, at=at)
    made.save()
    tell("asked", made, actor=SYSTEM, at=at)
    return made


# ---- decided ---------------------------------------------------------------------------------------------------------------

@covers("R84", "I18", "C3")
@operation("listings.condition.decide")
def decide_condition(*, condition: Condition, met: bool, reason: str, actor: Actor, clock: Clock) -> Condition:
    """This will decide on a proof: met, until it ends, or returned with what is wrong. The last one met puts the listing on sale."""
    at = clock.now()
    require(actor, "listings.condition.decide", subject=condition, at=at)
    held = locked_condition(condition)
    refuse_moot(held)
    refuse_conflict(held.version.organization, actor, at)
    if held.provided_by_id == actor.user_id:
        raise Rejected("listings.condition.same_person")
    said = clean_text("reason", reason, 2000, WEAK)
    if len(said) < MINIMUM:
        raise Rejected(WEAK, minimum=MINIMUM, errors=[FieldFault("reason", "missing", ("请填写", "Please fill in"))])
    turns = met and held.condition == TEST and counts_as_personal(held.version)
    decide(held, met=met, reason=said, actor=actor, at=at)
    if turns:
        rejudge_product(held.version.listing.product, at=at)
    zh, en = held.text
    word = ("核定满足", "is met") if met else ("退回补正", "was returned")
    text = (f"条件“{zh}”{word[0]}：{said}", f"Condition “{en}” {word[1]}: {said}")
    notify_all([note_to_seller(held, text, "ok" if met else "wait")], at=at)
    if met:
        _carry_on(held.version, at=at)
    return held


def _carry_on(version: ListingVersion, *, at: datetime) -> None:
    """What waited for its conditions alone goes on: an approved version is published, a listing they kept off sale returns."""
    if unmet(version, at=at):
        return
    if version.status == VersionStatus.APPROVED and (version.publish_at is None or version.publish_at <= at):
        publish_or_wait(version, at=at)
    elif version.listing.version_id == version.pk:
        release(version.listing, at=at)


def release(listing: Listing, *, at: datetime) -> None:
    """This will lift the hold for conditions; where another thing still stands in the way the seller is told which."""
    hold = Hold.objects.select_related("listing").filter(listing=listing, reason_code=HOLD, lifted_at__isnull=True).first()
    if hold is None:
        return
    try:
        with transaction.atomic():
            lift_hold(hold=hold, actor=SYSTEM, at=at)
    except Rejected as other:
        text = (f"条件已满足，但 {listing.code} 仍不能复牌：{other.text('title', 'zh')}",
                f"The conditions are met, but {listing.code} stays off sale: {other.text('title', 'en')}")
        notify_all([Note(listing.organization, "listings.listing.suspended", text, "held", listing.code,
                         f"/desk/listings/{listing.code}/edit/")], at=at)


# ---- come to an end --------------------------------------------------------------------------------------------------------

@covers("R84", "R4")
@operation("listings.condition.lapse")
def lapse_condition(*, condition: Condition, actor: Actor = SYSTEM, clock: Clock) -> Condition:
    """This will end a proof on its day. Without another in force the condition is asked anew and the listing is off sale until then."""
    held = locked_condition(condition)
    at = clock.now()
    require(actor, "listings.condition.lapse", at=at)
    assert held.effective_to is not None and held.effective_to <= at, "a proof lapses at its end"
    move(held, "lapse")
    held.save(update_fields=["status"])
    tell("lapsed", held, actor=actor, at=at)
    if held.version.status not in UNDER_WAY or held.condition not in {one.condition for one in unmet(held.version, at=at)}:
        return held
    if not Condition.objects.filter(version=held.version, condition=held.condition, status__in=OPEN).exists():
        made = ask(held.version, held.condition, held.rules, at=at)
        made.save()
        tell("asked", made, actor=actor, at=at)
        notify_all(asked_note(made), at=at)
    listing = held.version.listing
    if listing.version_id == held.version_id and listing.status in {ListingStatus.LISTED, ListingStatus.SUSPENDED}:
        zh, en = held.text
        hold_listing(listing=listing, reason_code=HOLD, actor=SYSTEM, at=at, way_back=WAY_BACK,
                     reason=(f"限制性条件的凭据已到期：{zh}", f"The proof of a condition has come to its end: {en}"))
    return held
