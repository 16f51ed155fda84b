"""What happens here when something changes below: a party's standing or capability falls, the negative list is revised."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from compliance.declared import withholds
from compliance.engaging.subjects import Subject, subjects
from compliance.events import declaration_moved
from compliance.models import Declaration
from compliance.queries import list_version_at
from evidence.subscriptions import SealedFact, subscriber
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected, refusal
from listings.finding import declaration_thing, drop, keep, organization_thing, resource_things
from listings.models import Correction, DataProduct, DataResource, Hold, Listing, ListingVersion
from listings.operations import begin_rescreening, hold_listing, lift_hold, mend_corrections
from listings.queries import obstacle
from listings.redeclaring import HOLD as CHANGED
from listings.states import CorrectionStatus, ListingStatus
from listings.tasks import ring
from listings.watching import tell_watchers, words_of_version
from participants.models import Organization
from participants.queries import holding_organization, may
from participants.roles import Capability, Standing

__all__ = [
    "engaged_listing",
    "follow_capability",
    "follow_declaration",
    "follow_negative_list",
    "follow_publication",
    "follow_standing",
    "make_findable",
    "tell_of_listing",
    "withheld_listings",
]

log = logging.getLogger(__name__)
#: answers of the gate that standing gives: what is held for it is held by ``follow_standing``
_BY_STANDING = {"participants.standing.restricted", "participants.standing.suspended"}
_STOPPED = {Standing.RESTRICTED, Standing.SUSPENDED}
_ON_SALE = (ListingStatus.LISTED, ListingStatus.SUSPENDED)


@covers("R61")
@subjects("LST")
def engaged_listing(code: str) -> Subject | None:
    """What a third party is engaged about: a listing, whose other side is its seller; once public, anyone may have it looked at."""
    one = Listing.objects.select_related("version", "product").filter(code=code).first()
    if one is None:
        return None
    said = one.version or one.product
    return Subject(code, (said.title_zh, said.title_en or said.title_zh), (one.organization_id,), f"/listings/{code}/",
                   open_to_all=one.status != ListingStatus.UNLISTED and not one.closed)


@covers("R30", "R115")
@withholds
def withheld_listings(user: Any) -> QuerySet[Any, Any]:
    """The listings whose declarations a reader may not come upon."""
    return Listing.objects.filter(product__in=DataProduct.objects.withheld_from(user)).values("code")


@covers("R4", "R67", "R86", "CAP-E8")
@subscriber("listings.standing", "participants.standing.changed")
def follow_standing(fact: SealedFact, *, clock: Clock) -> None:
    """This will hold every listing of a party that fell to restricted or suspended, and lift those holds when it stands well again."""
    at = clock.now()
    cause = str(fact.payload.get("cause", ""))
    if fact.payload.get("to_standing") in _STOPPED:
        for listing in Listing.objects.filter(organization__code=fact.subject, status__in=_ON_SALE).order_by("pk"):
            hold_listing(listing=listing, reason_code="standing", cause_code=cause[:20], actor=SYSTEM, at=at,
                         reason=(f"卖方信用状态变为“{Standing(fact.payload['to_standing']).label}”（{cause}）",
                                 f"The seller's standing is {fact.payload['to_standing']} ({cause})"),
                         way_back=("信用修复或认定撤销后自动恢复", "Back on sale once standing is restored or the finding annulled"))
        return
    rows = Hold.objects.filter(listing__organization__code=fact.subject, reason_code="standing", lifted_at__isnull=True)
    for hold in rows.select_related("listing").order_by("listing_id", "pk"):
        _lift_if_clear(hold, clock)


@covers("R117")
@subscriber("listings.corrections", "listings.listing.published")
def follow_publication(fact: SealedFact, *, clock: Clock) -> None:
    """This will note in which version the corrections that were accepted before it are mended, and tell who suggested them."""
    version = ListingVersion.objects.get(code=str(fact.payload["version_code"]))
    if Correction.objects.filter(listing=version.listing_id, status=CorrectionStatus.ACCEPTED).exists():
        mend_corrections(version=version, actor=SYSTEM, clock=clock)


@covers("A1", "A3", "A4", "A5", "R48", "R53", "R87")
@subscriber("listings.capability", "participants.capability.held", "participants.capability.lifted", "participants.affiliation.changed",
            "participants.admission.admitted", "participants.admission.expired", "participants.admission.revoked",
            "participants.admission.withdrawn", "participants.proof.accepted", "participants.proof.expired", "participants.proof.lacking",
            "participants.proof.refused", "participants.proof.replaced")
def follow_capability(fact: SealedFact, *, clock: Clock) -> None:
    """This will hold what a party has on sale while it may not list, whatever took that away, and lift those holds when it may again."""
    at = clock.now()
    organization = Organization.objects.get(code=str(fact.payload.get("organization") or fact.subject))
    code = may(organization, Capability.LIST, at=at)
    if code in _BY_STANDING:
        return
    if code:
        refused = refusal(code)
        for listing in Listing.objects.filter(organization=organization, status__in=_ON_SALE).order_by("pk"):
            if not Hold.objects.filter(listing=listing, reason_code="capability", lifted_at__isnull=True).exists():
                hold_listing(listing=listing, reason_code="capability", cause_code=fact.subject[:20], actor=SYSTEM, at=at,
                             reason=refused.title, way_back=_WAY_BACK.get(code, ("权能恢复后自动恢复",
                                                                                 "Back on sale once the capability is restored")))
        return
    rows = Hold.objects.filter(listing__organization=organization, reason_code="capability", lifted_at__isnull=True)
    for hold in rows.select_related("listing").order_by("listing_id", "pk"):
        _lift_if_clear(hold, clock)


#: What brings a listing back, where it is something that its seller does.
_WAY_BACK = {
    "participants.capability.not_admitted": ("重新获得准入后自动恢复", "Back on sale once the seller is admitted again"),
    "participants.capability.proof_expired": ("新的材料核实后自动恢复", "Back on sale once a new document is accepted"),
}


def _lift_if_clear(hold: Hold, clock: Clock) -> None:
    """A listing that another thing still keeps off sale keeps its hold too; the next change looks again."""
    at = clock.now()
    assert hold.listing is not None
    others = Hold.objects.filter(listing=hold.listing, lifted_at__isnull=True).exclude(pk=hold.pk).exists()
    with transaction.atomic():
        if not others and obstacle(hold.listing, at=at) not in {"", "listings.listing.suspended"}:
            return
        lift_hold(hold=hold, actor=SYSTEM, at=at)


@covers("R88", "R4")
@subscriber("listings.declared", declaration_moved["sign"].kind)
def follow_declaration(fact: SealedFact, *, clock: Clock) -> None:
    """This will lift what waited for a new declaration after a material change: of the product it names, or of all where it names none."""
    about = str(fact.payload.get("about", ""))
    rows = Hold.objects.filter(listing__organization__code=str(fact.payload["organization"]), reason_code=CHANGED, lifted_at__isnull=True)
    for hold in (rows.filter(listing__code=about) if about else rows).select_related("listing").order_by("listing_id", "pk"):
        try:
            with transaction.atomic():
                lift_hold(hold=hold, actor=SYSTEM, at=clock.now())
        except Rejected as other:
            log.info("listing %s stays off sale: %s", about, other.code)


@covers("R4", "R84", "T48")
@subscriber("listings.negative_list", "compliance.negative_list.revised")
def follow_negative_list(fact: SealedFact, *, clock: Clock) -> None:
    """This will set the revised list going through everything on sale; the worker does it slice by slice (``rescreening``)."""
    version = list_version_at(clock.now())
    if version.code == fact.subject:
        begin_rescreening(version=version, clock=clock)
        transaction.on_commit(ring)


@covers("D5", "D8")
@subscriber("listings.watchers", "listings.listing.published", "listings.listing.suspended", "listings.listing.resumed",
            "listings.listing.delisted")
def tell_of_listing(fact: SealedFact, *, clock: Clock) -> None:
    """This will tell everyone who watches a listing of its new version and price, of a halt with its reason, of its return or end."""
    listing = Listing.objects.select_related("version", "product").get(code=fact.subject)
    zh, en = listing.titles
    word = fact.kind.rpartition(".")[2]
    if word == "published":
        version = ListingVersion.objects.select_related("listing").get(code=fact.payload["version_code"])
        if said := words_of_version(version):
            tell_watchers(listing, said, kind="listings.watch.version", at=clock.now())
        return
    hold = listing.holds.filter(lifted_at__isnull=True).order_by("-placed_at").first() if word == "suspended" else None
    why = (f"：{hold.reason_zh}", f": {hold.reason_en or hold.reason_zh}") if hold else ("", "")
    said_of = {"suspended": ("停牌", "is halted", "held"), "resumed": ("恢复交易", "is on sale again", "ok"),
               "delisted": ("已摘牌", "was delisted", "held")}
    did_zh, did_en, tone = said_of[word]
    tell_watchers(listing, (f"您关注的《{zh}》{did_zh}{why[0]}", f"“{en}”, which you watch, {did_en}{why[1]}"), tone=tone,
                  kind=f"listings.watch.{word}", at=clock.now())


_DECLARED = tuple(sorted({shape.kind for shape in declaration_moved.values()}))


@covers("D1")
@subscriber("listings.findable", "listings.resource.imported", "listings.resource.edited", "participants.admission.admitted", *_DECLARED)
def make_findable(fact: SealedFact, *, clock: Clock) -> None:
    """This will keep the public search in step: open catalogues, admitted organisations, declarations in force."""
    room, thing, _ = fact.kind.split(".")
    if thing == "resource":
        held = DataResource.objects.filter(organization=holding_organization())
        known = held.filter(code=fact.subject) if fact.kind.endswith("edited") else held.filter(
            organization__code=fact.subject, region=str(fact.payload["region"]), created_at=fact.at)
        keep(resource_things(known.iterator()))
    elif room == "participants":
        keep(organization_thing(one) for one in Organization.objects.filter(code=fact.payload["organization"]))
    else:
        declared = Declaration.objects.select_related("organization").filter(code=fact.subject).first()
        found = declaration_thing(declared) if declared else None
        if found:
            keep([found])
        else:
            drop([fact.subject])
