"""On sale and off: approval, publication, suspension by Hold, resumption, delisting (R4, R87).

A listing is suspended while any Hold is open. Who ordered a hold lifts it; the way back stands on the hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from compliance.queries import list_version_at
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from listings import conditions
from listings.events import ListingMoved, VersionMoved, named
from listings.models import Hold, Listing, ListingVersion, PropertyRight, RegistrationCertificate
from listings.redeclaring import declare_anew
from listings.science import refuse_early_end
from listings.search import index_listing
from listings.states import LISTING, VERSION, ListingStatus, VersionStatus
from listings.values import clean_text
from listings.whitelist import is_special
from participants.operations import notify
from participants.permissions import require
from participants.predicates import roles_of
from participants.roles import Role
from participants.timers import after

__all__ = ["approve_version", "cite_new_certificate", "delist", "hold_for_certificate", "hold_for_right", "hold_listing",
           "lift_for_certificate", "lift_hold",
           "publish_or_wait", "publish_version", "suspend_listing"]

_REASON = "listings.hold.reason_missing"
#: Who spoke when a hold was ordered, strongest first.
_SPEAKERS = (Role.REGULATOR, Role.SURVEILLANCE, Role.COMPLIANCE_OFFICER, Role.VENUE_OPERATOR, Role.TRUSTEE)


def locked_listing(listing: Listing) -> Listing:
    """This will lock a listing's row and bring seller, product and version."""
    rows = Listing.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "product", "version", "venue")
    held: Listing = rows.get(pk=listing.pk)
    return held


def _tell(word: str, listing: Listing, *, actor: Actor, at: datetime, **payload: Any) -> None:
    record(named(ListingMoved, f"listings.listing.{word}")(subject=listing.code, state=listing.status, **payload), actor=actor, at=at)


def _tell_version(word: str, version: ListingVersion, *, actor: Actor, at: datetime, reason: str = "", rules: Sequence[str] = ()) -> None:
    record(named(VersionMoved, f"listings.listing.{word}")(
        subject=version.listing.code, version_code=version.code, content_hash=version.content_hash, reason=reason, rules=list(rules)),
        actor=actor, at=at)


# ---- approval and publication ----------------------------------------------------------------------------------------------

def approve_version(*, version: ListingVersion, conditions: Sequence[str], rules: Sequence[str] = (), reason: str = "", actor: Actor,
                    at: datetime) -> ListingVersion:
    """This will approve a submitted version and publish it at once, unless the seller named a later date. Called inside a decision."""
    version.status = advance(VERSION, VersionStatus(version.status), "approve", subject=version.code, code="listings.version.illegal_move")
    version.conditions, version.reason, version.approved_at = list(conditions), reason, at
    version.due_at = version.publish_at or after("listing.publish_window", at)
    version.save(update_fields=["status", "conditions", "reason", "approved_at", "due_at"])
    _tell_version("approved", version, actor=actor, at=at, reason=reason, rules=rules)
    if version.publish_at is None or version.publish_at <= at:
        publish_or_wait(version, at=at)
    return version


def publish_or_wait(version: ListingVersion, *, at: datetime) -> None:
    """This will publish an approved version; what came in the way since submit does not undo the approval: the seller is told, and it
    is published when that is mended."""
    if code := _obstacle_to(version, at):
        refused = Rejected(code, listing=version.listing.code, organization=version.organization.code)
        notify(organization=version.organization, kind="listings.listing.not_published", subject=version.listing.code, tone="wait",
               href=f"/desk/listings/{version.listing.code}/edit/", due_at=version.due_at, at=at,
               text=(f"已通过审核，但暂不能挂牌：{refused.text('title', 'zh')}",
                     f"Approved, not yet listed: {refused.text('title', 'en')}"))
        return
    _publish(version, actor=SYSTEM, at=at)


@operation("listings.version.publish")
def publish_version(*, version: ListingVersion, actor: Actor, clock: Clock) -> ListingVersion:
    """This will publish an approved version: at the seller's date by the clock, or earlier by the seller."""
    at = clock.now()
    require(actor, "listings.version.publish", subject=version, at=at)
    held = (ListingVersion.objects.select_for_update(of=("self",), no_key=True)
            .select_related("listing__venue", "organization", "certificate")
            .get(pk=version.pk))
    advance(VERSION, VersionStatus(held.status), "publish", subject=held.code, code="listings.version.illegal_move")
    if code := _obstacle_to(held, at):
        raise Rejected(code, listing=held.listing.code, organization=held.organization.code)
    return _publish(held, actor=actor, at=at)


def _obstacle_to(version: ListingVersion, at: datetime) -> str:
    """What keeps a version from being published. A hold by the negative list falls with the version that the list in force lets pass,
    one for conditions with the version whose own are met; they stand again if anything else is in the way."""
    from listings.queries import obstacle

    try:
        with transaction.atomic():
            judged = version.screening.get("rule_set") == list_version_at(at).version
            _lift_holds(version, [conditions.HOLD, *(["negative_list"] if judged else [])], at)
            if code := obstacle(version.listing, version=version, certificate=version.certificate, at=at):
                raise Rejected(code)
    except Rejected as no:
        return no.code
    return ""


def _lift_holds(version: ListingVersion, reasons: Sequence[str], at: datetime) -> None:
    listing = locked_listing(version.listing)
    for hold in Hold.objects.select_for_update(no_key=True).filter(listing=listing, reason_code__in=reasons, lifted_at__isnull=True):
        hold.lifted_at, hold.lifted_by = at, SYSTEM.code
        hold.save(update_fields=["lifted_at", "lifted_by"])
        _tell("hold_lifted", listing, actor=SYSTEM, at=at, reason_code=hold.reason_code, cause=hold.cause_code, ordered_as=hold.ordered_as)


def _publish(version: ListingVersion, *, actor: Actor, at: datetime) -> ListingVersion:
    """The version takes the place of the one before; a listing not yet on sale goes on sale, its trigger judging (I16)."""
    listing = locked_listing(version.listing)
    if is_special(version) and not listing.closed:  # before anything of it can be read in public
        listing.closed = True
        listing.save(update_fields=["closed"])
    declare_anew(listing, version, at=at)
    listing = locked_listing(listing)
    following = advance(VERSION, VersionStatus(version.status), "publish", subject=version.code, code="listings.version.illegal_move")
    if listing.version is not None:
        before = listing.version
        before.status = advance(VERSION, VersionStatus(before.status), "supersede", subject=before.code,
                                code="listings.version.illegal_move")
        before.save(update_fields=["status"])
    version.status, version.published_at, version.due_at = following, at, None
    version.save(update_fields=["status", "published_at", "due_at"])
    listing.version, listing.certificate, listing.closed = version, version.certificate, is_special(version)
    listing.screened_by = str(version.screening.get("rule_set", ""))[:24]
    if listing.status == ListingStatus.UNLISTED:
        listing.status = advance(LISTING, ListingStatus(listing.status), "list", subject=listing.code, code="listings.listing.illegal_move")
        listing.listed_at, listing.review_at = at, after("listing.review", at)
    listing.save(update_fields=["version", "certificate", "closed", "status", "screened_by", "listed_at", "review_at"])
    version.listing = listing
    index_listing(listing)
    _tell_version("published", version, actor=actor, at=at)
    notify(organization=listing.organization, kind="listings.listing.published", subject=listing.code, href=f"/listings/{listing.code}/",
           tone="ok", at=at, text=(f"《{version.title_zh}》已挂牌", f"“{version.title_en or version.title_zh}” is listed"))
    if listing.status == ListingStatus.SUSPENDED and not listing.holds.filter(lifted_at__isnull=True).exists():
        _resume(listing, actor=actor, at=at)
    if listing.screened_by != list_version_at(at).version:  # reviewed under a former list
        from listings.rescreening import rescreen_listing

        rescreen_listing(listing=listing, at=at)
    return version


# ---- holds -----------------------------------------------------------------------------------------------------------------

def _speaks_as(actor: Actor, at: datetime) -> str:
    if actor.is_system:
        return "system"
    roles = roles_of(actor, at)
    return next((str(role) for role in _SPEAKERS if role in roles), "seller")


@covers("R4", "R87")
@operation("listings.listing.suspend")
def hold_listing(*, listing: Listing, reason_code: str, reason: tuple[str, str], way_back: tuple[str, str] = ("", ""), cause_code: str = "",
                 until: datetime | None = None, actor: Actor, at: datetime) -> Hold:
    """This will place a hold: the listing is off sale until every hold is lifted. The same hold twice is one hold."""
    require(actor, "listings.listing.suspend", subject=listing, at=at)
    held = locked_listing(listing)
    if known := held.holds.filter(reason_code=reason_code, cause_code=cause_code, lifted_at__isnull=True).first():
        unchanged(at=at)
        return known
    if not reason[0].strip():
        raise Rejected(_REASON)
    hold = Hold.objects.create(
        listing=held, reason_code=reason_code, reason_zh=clean_text("reason", reason[0], 2000, _REASON), cause_code=cause_code, until=until,
        reason_en=clean_text("reason", reason[1] or reason[0], 2000, _REASON), way_back_zh=way_back[0], way_back_en=way_back[1],
        ordered_by=actor.code[:40], ordered_as=_speaks_as(actor, at), placed_at=at)
    if held.status == ListingStatus.LISTED:
        held.status = advance(LISTING, ListingStatus(held.status), "suspend", subject=held.code, code="listings.listing.illegal_move")
        held.status_reason = hold.reason_zh[:400]
        held.save(update_fields=["status", "status_reason"])
        _tell("suspended", held, actor=actor, at=at, reason_code=reason_code, cause=cause_code, ordered_as=hold.ordered_as)
    else:
        _tell("held", held, actor=actor, at=at, reason_code=reason_code, cause=cause_code, ordered_as=hold.ordered_as)
    zh, en = held.titles
    notify(organization=held.organization, kind="listings.listing.suspended", tone="held", subject=held.code, href="/desk/listings/",
           due_at=until, at=at, text=(f"《{zh}》停牌：{hold.reason_zh}", f"“{en}” is suspended: {hold.reason_en or hold.reason_zh}"))
    return hold


def suspend_listing(*, listing: Listing, reason: tuple[str, str], until: datetime | None = None, actor: Actor, clock: Clock) -> Hold:
    """This will take a listing off sale by a person's own order, with the reason."""
    at = clock.now()
    return hold_listing(listing=listing, reason_code=f"ordered.{_speaks_as(actor, at)}", reason=reason, until=until, actor=actor, at=at,
                        way_back=("由作出停牌的一方解除", "Lifted by the side that ordered it"))


@operation("listings.listing.lift_hold")
def lift_hold(*, hold: Hold, actor: Actor, at: datetime) -> Listing:
    """This will lift a hold by the side that ordered it (a regulator may lift any); the last one lifted puts the listing back on sale."""
    assert hold.listing is not None
    require(actor, "listings.listing.resume", subject=hold.listing, at=at)
    held = locked_listing(hold.listing)
    row = Hold.objects.select_for_update(no_key=True).get(pk=hold.pk)
    speaker = _speaks_as(actor, at)
    if speaker not in {row.ordered_as, Role.REGULATOR.value} or (row.ordered_as == "system" and speaker not in {"system",
        Role.REGULATOR.value}):
        raise Rejected("listings.hold.not_yours", ordered_as=row.ordered_as)
    if row.lifted_at is None:
        row.lifted_at, row.lifted_by = at, actor.code[:40]
        row.save(update_fields=["lifted_at", "lifted_by"])
    still_held = held.holds.filter(lifted_at__isnull=True).exists()
    if held.status == ListingStatus.SUSPENDED and not still_held:
        _resume(held, actor=actor, at=at)
    else:
        _tell("hold_lifted", held, actor=actor, at=at, reason_code=row.reason_code, cause=row.cause_code, ordered_as=row.ordered_as)
    return held


def _resume(held: Listing, *, actor: Actor, at: datetime) -> None:
    from listings.queries import obstacle

    if code := obstacle(held, at=at):
        raise Rejected(code, listing=held.code, organization=held.organization.code)
    held.status = advance(LISTING, ListingStatus(held.status), "resume", subject=held.code, code="listings.listing.illegal_move")
    held.status_reason = ""
    held.save(update_fields=["status", "status_reason"])
    _tell("resumed", held, actor=actor, at=at)
    notify(organization=held.organization, kind="listings.listing.resumed", tone="ok", subject=held.code, href=f"/listings/{held.code}/",
           at=at,
           text=(f"《{held.titles[0]}》恢复交易", f"“{held.titles[1]}” is on sale again"))


@operation("listings.listing.delist")
def delist(*, listing: Listing, reason: str, actor: Actor, clock: Clock) -> Listing:
    """This will take a listing off for good; its page stays, with the reason."""
    at = clock.now()
    require(actor, "listings.listing.delist", subject=listing, at=at)
    held = locked_listing(listing)
    text = clean_text("reason", reason, 400, _REASON)
    if not text:
        raise Rejected(_REASON)
    if _speaks_as(actor, at) == "seller":
        refuse_early_end(held, at=at)
    held.status = advance(LISTING, ListingStatus(held.status), "delist", subject=held.code, code="listings.listing.illegal_move")
    held.status_reason, held.delisted_at = text, at
    held.save(update_fields=["status", "status_reason", "delisted_at"])
    _tell("delisted", held, actor=actor, at=at, reason_code="delisted")
    return held


# ---- what stops with a right, a certificate, a rule ------------------------------------------------------------------------

def _held_listings(right: PropertyRight) -> QuerySet[Listing]:
    return Listing.objects.filter(product_id=right.product_id, organization_id=right.organization_id,
                                  status__in=[ListingStatus.LISTED, ListingStatus.SUSPENDED]).order_by("pk")


def hold_for_right(*, right: PropertyRight, cause: str, actor: Actor, at: datetime) -> None:
    """This will hold the holder's listings of the right's product, in the transaction that stopped the right or its source."""
    for listing in _held_listings(right):
        hold_listing(listing=listing, reason_code="right.stopped", cause_code=cause, actor=SYSTEM, at=at,
                     reason=(f"所依据的权利或来源 {cause} 已停止", f"The right or source {cause} it rests on has stopped"),
                     way_back=("恢复该权利，或以新的权利重新登记", "Restore the right, or register anew on another"))


def lift_for_right(*, right: PropertyRight, cause: str, actor: Actor, at: datetime) -> None:
    """This will lift what a stopped right had held. A listing that something else keeps off sale stays so, and its seller is told:
    one party's lapsed paper never stands in the way of another's restored right.
    """
    for listing in _held_listings(right):
        hold = listing.holds.filter(reason_code="right.stopped", cause_code=cause, lifted_at__isnull=True).first()
        if hold is None:
            continue
        try:
            with transaction.atomic():
                lift_hold(hold=hold, actor=SYSTEM, at=at)
        except Rejected as other:
            why = (other.text("title", "zh"), other.text("title", "en"))
            notify(organization=listing.organization, kind="listings.listing.suspended", tone="held", subject=listing.code,
                   href="/desk/listings/", at=at,
                   text=(f"权利已恢复，但 {listing.code} 仍不能复牌：{why[0]}",
                         f"The right is restored, but {listing.code} stays off sale: {why[1]}"))


def hold_for_certificate(*, certificate: RegistrationCertificate, actor: Actor, at: datetime) -> None:
    """This will hold the listings that cite a certificate which no longer speaks."""
    for listing in Listing.objects.filter(certificate=certificate, status__in=[ListingStatus.LISTED,
        ListingStatus.SUSPENDED]).order_by("pk"):
        hold_listing(listing=listing, reason_code="certificate.stopped", cause_code=certificate.code, actor=SYSTEM, at=at,
                     reason=(f"登记凭证 {certificate.code} 现为“{certificate.get_status_display()}”",
                             f"Certificate {certificate.code} is {certificate.status}"),
                     way_back=("凭证恢复有效或换发后自动恢复", "Back on sale once the certificate is valid again or replaced"))


def lift_for_certificate(*, certificate: RegistrationCertificate, actor: Actor, at: datetime) -> None:
    """This will lift what a frozen certificate had stopped."""
    for hold in Hold.objects.filter(reason_code="certificate.stopped", cause_code=certificate.code,
                                    lifted_at__isnull=True).order_by("listing_id"):
        lift_hold(hold=hold, actor=SYSTEM, at=at)


def cite_new_certificate(*, certificate: RegistrationCertificate, actor: Actor, at: datetime) -> None:
    """This will let the product's listings cite a certificate just issued, and release what the old one had stopped."""
    rows = Listing.objects.filter(product_id=certificate.product_id, organization_id=certificate.organization_id).exclude(
        status=ListingStatus.DELISTED).exclude(certificate=None)
    for listing in rows.order_by("pk"):
        held = locked_listing(listing)
        held.certificate = certificate
        held.save(update_fields=["certificate"])
        _tell("recited", held, actor=actor, at=at, cause=certificate.code)
        for hold in held.holds.filter(reason_code__in=["certificate.stopped", "right.stopped"], lifted_at__isnull=True):
            lift_hold(hold=hold, actor=SYSTEM, at=at)
