"""Special personal data for the units that are authorised by law 特殊个人信息 (R30, Data Twenty item 6): a regulator admits.

A listing of such data is closed: its seller and the units admitted now see that it exists; it is in no list, search, feed, count or
catalogue, and it is not sold where everyone looks on.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from compliance.taxonomy import CirculationMode
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from listings.events import BuyerAdmitted, named
from listings.models import AdmittedBuyer, DataProduct, Listing, ListingVersion, SaleMode
from listings.states import RegistrationStatus
from listings.values import clean_text
from participants.models import Organization
from participants.notices import Note, notify_all
from participants.permissions import require

__all__ = ["admit_buyer", "end_buyer", "is_special", "refuse_special_in_public", "registered_special"]

_FAULT = "listings.whitelist.faulty"


def is_special(version: ListingVersion) -> bool:
    """This will tell whether a version states personal data that touches national security."""
    return version.facts.get("special_pi") is True


def registered_special(product: DataProduct) -> bool:
    """This will tell whether a registration that stands, or is under way, says that the product holds special personal data."""
    gone = {RegistrationStatus.REFUSED, RegistrationStatus.WITHDRAWN}
    return product.registrations.filter(special=True).exclude(status__in=gone).exists()


@covers("R30")
def refuse_special_in_public(version: ListingVersion) -> None:
    """This will refuse to sell special personal data by auction, or to open or share it: everyone would look on.

    What was registered as special is offered as special: else the listing would tell in public what the notice withheld.
    """
    if not is_special(version) and registered_special(version.listing.product):
        raise Rejected("listings.whitelist.registered_special", listing=version.listing.code, errors=[
            FieldFault("facts.special_pi", "registered_special", ("登记时已声明含特殊个人信息", "Registered as special personal data"))])
    public = version.sale_mode == SaleMode.AUCTION or version.circulation in {CirculationMode.OPEN, CirculationMode.SHARE}
    if is_special(version) and public:
        raise Rejected("listings.whitelist.in_public", listing=version.listing.code, errors=[
            FieldFault("sale_mode", "in_public", ("改为定价或协商", "Choose a fixed price or negotiation"))])


def _tell(word: str, one: AdmittedBuyer, *, reason: str = "", actor: Actor, at: datetime) -> None:
    record(named(BuyerAdmitted, f"listings.whitelist.{word}")(
        subject=one.code, listing=one.listing.code, buyer=one.organization.code, effective_to=one.effective_to.isoformat(),
        document_sha256=one.deposit.sha256, reason=reason), actor=actor, at=at)


def _say(one: AdmittedBuyer, said: tuple[str, str], tone: str, at: datetime) -> None:
    seller, listing = one.listing.organization, one.listing.code
    notify_all([Note(one.organization, "listings.whitelist.moved", said, tone, one.code, f"/listings/{listing}/"),
                Note(seller, "listings.whitelist.moved", said, tone, one.code, f"/desk/listings/{listing}/buyers/")], at=at)


@covers("R30")
@operation("listings.whitelist.admit")
def admit_buyer(*, listing: Listing, organization: Organization, issuer: str, number: str, document: Deposit | None, until: datetime | None,
                actor: Actor, clock: Clock) -> AdmittedBuyer:
    """This will let an authorised unit see a closed listing until the document's end; both sides are told."""
    at = clock.now()
    require(actor, "listings.whitelist.admit", at=at)
    assert actor.user_id is not None, "a regulator is signed in"
    held = Listing.objects.select_for_update(no_key=True, of=("self",)).select_related("organization").get(pk=listing.pk)
    said = {"issuer": clean_text("issuer", issuer, 120, _FAULT), "number": clean_text("number", number, 80, _FAULT)}
    faults = [FieldFault(name, "missing", ("请填写", "Please fill in")) for name, text in said.items() if not text]
    if document is None:
        faults.append(FieldFault("proof", "missing", ("请附上授权文件", "Attach the authorisation document")))
    if until is None or until <= at:
        faults.append(FieldFault("until", "missing", ("写明授权的终止日，须在今天之后", "State the day it ends, later than today")))
    if organization.pk == held.organization_id:
        faults.append(FieldFault("organization", "seller", ("卖方自己无须授权", "The seller needs no admission")))
    if faults or document is None or until is None:
        raise Rejected(_FAULT, listing=held.code, errors=faults)
    try:
        with transaction.atomic():
            made = AdmittedBuyer.objects.create(code=new_code("WLB"), listing=held, organization=organization, deposit=document,
                                                effective_from=at, effective_to=until, admitted_by_id=actor.user_id, **said)
    except IntegrityError as twice:
        raise Rejected("listings.whitelist.known", listing=held.code, buyer=organization.code) from twice
    _tell("admitted", made, actor=actor, at=at)
    day = until.date().isoformat()
    _say(made, (f"{organization.short_name} 依授权文件 {said['number']} 可见 {held.code}，至 {day}",
                f"{organization.called} may see {held.code} by document {said['number']} until {day}"), "ok", at)
    return made


@covers("R30")
@operation("listings.whitelist.end")
def end_buyer(*, admitted: AdmittedBuyer, reason: str, actor: Actor, clock: Clock) -> AdmittedBuyer:
    """This will end an admission before its day; from now on the listing does not exist for that unit."""
    at = clock.now()
    require(actor, "listings.whitelist.admit", at=at)
    one = AdmittedBuyer.objects.select_for_update(of=("self",), no_key=True).select_related(
        "listing__organization", "organization", "deposit").get(pk=admitted.pk)
    if one.ended_at is not None:
        raise Rejected("listings.whitelist.ended", listing=one.listing.code)
    one.end_reason = clean_text("reason", reason, 400, _FAULT)
    if len(one.end_reason) < 4:
        raise Rejected(_FAULT, listing=one.listing.code, errors=[FieldFault("reason", "missing", ("请写明原因", "State the reason"))])
    one.ended_at = at
    one.save(update_fields=["ended_at", "end_reason"])
    _tell("ended", one, reason=one.end_reason, actor=actor, at=at)
    _say(one, (f"{one.organization.short_name} 对 {one.listing.code} 的授权已终止：{one.end_reason}",
               f"The admission of {one.organization.called} to {one.listing.code} has ended: {one.end_reason}"), "held", at)
    return one
