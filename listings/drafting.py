"""Drafts of what is offered: opened, saved by field (a stale save is refused, T8), discarded; a later version starts from the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet

from compliance.rules.circulation import circulation
from compliance.rules.vocabulary import FactFault, read_facts, vocabulary
from compliance.taxonomy import CirculationMode, DataCategory, DataGrade, DeliveryMode, ProcessingStage, Purpose
from evidence.operations import operation, record
from evidence.prepared import prepared
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.classifying import note_grade
from listings.content import salt_for_reserve
from listings.events import ContributorsSet, DraftEdited, DraftOpened, VersionMoved, named
from listings.interfaces import read_interface
from listings.licensing import ALLOWANCES, RECIPROCAL, AgreementTemplate
from listings.minimums import read_minimum
from listings.models import Authorisation, Contributor, DataProduct, Listing, ListingVersion, Part, PricingMode, SaleMode
from listings.plans import read_bands, read_plan
from listings.sectors import SECTORS
from listings.states import VERSION, ListingStatus, VersionStatus
from listings.trials import read_trial
from listings.values import clean_choice, clean_fen, clean_text, clean_whole, clean_words
from participants.models import Organization, Venue
from participants.permissions import require
from participants.timers import after

__all__ = ["EDITABLE", "FORMATS", "discard_version", "draft_version", "open_listing", "save_draft", "set_contributors"]

_FAULT = "listings.version.field_faulty"
#: Auction formats a seller may ask for; the venue's profile has the last word when a lot is announced.
FORMATS = ("english", "first_price", "second_price", "dutch", "hybrid")
_TERMS = ("purposes", "forbidden", "regions", "term_days", "seats", "sublicence", "export", "derivatives", "licence", "note", "interface",
          "template", "calls", "rows", "columns", "plan", "trial", "min_order", "train", "fine_tune", "publish_weights", "own_outputs",
          RECIPROCAL)
_PURPOSES = [one for one in Purpose.values if one not in {"reidentification", "discriminatory_pricing", "fraud"}]


def _use_terms(field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Rejected(_FAULT, errors=[FieldFault(field, "not_an_object", ("应为条款", "Terms are expected"))])
    _known(field, value, _TERMS)
    terms: dict[str, Any] = {
        "purposes": clean_words(field, value.get("purposes", []), _FAULT, known=_PURPOSES),
        "forbidden": clean_words(field, value.get("forbidden", []), _FAULT),
        "regions": clean_words(field, value.get("regions", []), _FAULT),
        "term_days": clean_whole(field, value.get("term_days"), _FAULT, most=36_500, least=1),
        "columns": clean_words(field, value.get("columns") or [], _FAULT),
        "seats": clean_whole(field, value.get("seats"), _FAULT, most=100_000, least=1),
        "calls": clean_whole(field, value.get("calls"), _FAULT, most=1_000_000, least=1),
        "rows": clean_whole(field, value.get("rows"), _FAULT, most=1_000_000_000, least=1),
        "template": clean_choice(field, value.get("template"), AgreementTemplate.values, _FAULT),
        "licence": clean_choice(field, value.get("licence"), circulation().licences, _FAULT),
        "note": clean_text(field, value.get("note", ""), 2000, _FAULT), "interface": _interface(value.get("interface", "")),
        "plan": _plan(value.get("plan")), "trial": _trial(value.get("trial")),
        "min_order": _minimum(value.get("min_order")),
    }
    for name in ("sublicence", "export", "derivatives"):
        terms[name] = value.get(name) is True
    terms |= {name: True for name in (*ALLOWANCES, RECIPROCAL) if value.get(name) is True}
    return {name: one for name, one in terms.items() if one not in (None, [], "")}


def _plan(value: Any) -> dict[str, Any] | None:
    """The price plan as it is kept; bands may come as they are typed, and a fault stands at the plan's field."""
    if value in (None, "", {}):
        return None
    try:
        if isinstance(value, Mapping) and isinstance(value.get("bands"), str):
            value = {**value, "bands": read_bands(value["bands"])}
        return read_plan(value).written()
    except ValueError as fault:
        zh, en = fault.args
        raise Rejected(_FAULT, errors=[FieldFault("use_terms.plan", "not_a_plan", (zh, en))]) from fault


def _trial(value: Any) -> dict[str, Any] | None:
    """The offer of a trial as it is kept; a fault stands at its field."""
    if value in (None, "", {}):
        return None
    try:
        return read_trial(value).written()
    except ValueError as fault:
        zh, en = fault.args
        raise Rejected(_FAULT, errors=[FieldFault("use_terms.trial", "not_a_trial", (zh, en))]) from fault


def _minimum(value: Any) -> dict[str, Any] | None:
    """The minimum order as it is kept; a fault stands at its field."""
    if value in (None, "", {}):
        return None
    try:
        return read_minimum(value).written()
    except ValueError as fault:
        zh, en = fault.args
        raise Rejected(_FAULT, errors=[FieldFault("use_terms.min_order", "not_a_minimum", (zh, en))]) from fault


def _interface(value: Any) -> str:
    """The description of the interface as it was given; one that describes none is refused with what is wrong."""
    text = clean_text("use_terms.interface", value, 20_000, _FAULT)
    if text:
        try:
            read_interface(text)
        except ValueError as fault:
            zh, en = fault.args
            raise Rejected(_FAULT, errors=[FieldFault("use_terms.interface", "not_an_interface", (zh, en))]) from fault
    return text


def _auction_terms(field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Rejected(_FAULT, errors=[FieldFault(field, "not_an_object", ("应为条款", "Terms are expected"))])
    _known(field, value, ("format", "days", "floor_fen", "note"))
    terms = {"format": clean_choice(field, value.get("format"), FORMATS, _FAULT),
             "days": clean_whole(field, value.get("days"), _FAULT, most=90, least=1),
             "floor_fen": clean_fen(field, value.get("floor_fen"), _FAULT), "note": clean_text(field, value.get("note", ""), 400, _FAULT)}
    return {name: one for name, one in terms.items() if one not in (None, "")}


def _facts(field: str, value: Any) -> dict[str, Any]:
    """Facts as stated: read strictly by the rules' own vocabulary; what the version says elsewhere is not stated twice."""
    if not isinstance(value, Mapping):
        raise Rejected(_FAULT, errors=[FieldFault(field, "not_an_object", ("应为事实", "Facts are expected"))])
    stated = {str(name): one for name, one in value.items() if one is not None}
    derived = {"subject_class", "processing_stage", "grade", "delivery_mode", "product_kind", "rights_held"}
    _known(field, stated, set(vocabulary().facts) - derived)
    try:
        read_facts(stated)
    except FactFault as fault:
        raise Rejected(_FAULT, errors=[FieldFault(f"{field}.{fault.fact}", fault.code, fault.text)]) from fault
    return {name: str(one) if isinstance(one, float) else one for name, one in stated.items()}


def _authorisation(field: str, value: Any) -> Authorisation | None:
    """The entry of the public register that a product of public data rests on, by its code; '' takes it off."""
    if value in ("", None) or isinstance(value, Authorisation):
        return value or None
    found = Authorisation.objects.filter(code=value).first() if isinstance(value, str) else None
    if found is None:
        raise Rejected(_FAULT, errors=[FieldFault(field, "unknown", ("登记簿中没有这项授权", "No such authorisation in the register"))])
    return found


def _known(field: str, value: Mapping[str, Any], names: Any) -> None:
    if unknown := [name for name in value if name not in set(names)]:
        raise Rejected(_FAULT,
                       errors=[FieldFault(f"{field}.{name}", "unknown", ("没有这一项", "There is no such item")) for name in unknown])


def _day(field: str, value: Any) -> date | None:
    """A day, as such or as ISO writes it."""
    if value in ("", None) or isinstance(value, date):
        return value or None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as fault:
        raise Rejected(_FAULT, errors=[FieldFault(field, "not_a_day", ("应为日期", "A date is expected"))]) from fault


def _text(longest: int) -> Callable[[str, Any], Any]:
    return lambda field, value: clean_text(field, value, longest, _FAULT)


def _choice(*values: str) -> Callable[[str, Any], Any]:
    return lambda field, value: clean_choice(field, value, values, _FAULT)


#: Every field a seller may change of a draft, with its reader; nothing else is writable from outside (T40).
EDITABLE: dict[str, Callable[[str, Any], Any]] = {
    "title_zh": _text(200), "title_en": _text(240), "summary_zh": _text(400), "summary_en": _text(600),
    "description_zh": _text(20_000), "description_en": _text(20_000), "keywords": _text(400), "update_frequency": _text(40),
    "class_note": _text(2000),
    "sector": _choice(*SECTORS), "category": _choice(*DataCategory.values), "stage": _choice(*ProcessingStage.values),
    "grade": _choice(*DataGrade.values), "delivery_mode": _choice(*DeliveryMode.values),
    "circulation": lambda field, value: clean_choice(field, value, CirculationMode.values, _FAULT) or CirculationMode.TRADE,
    "scientific": lambda field, value: value is True, "transport_fen": lambda field, value: clean_fen(field, value, _FAULT),
    "kept_until": _day,
    "sale_mode": lambda field, value: clean_choice(field, value, SaleMode.values, _FAULT) or SaleMode.FIXED,
    "pricing_mode": lambda field, value: clean_choice(field, value, PricingMode.values, _FAULT) or PricingMode.MARKET,
    "price_fen": lambda field, value: clean_fen(field, value, _FAULT),
    "reserve_price_fen": lambda field, value: clean_fen(field, value, _FAULT),
    "quota": lambda field, value: clean_whole(field, value, _FAULT, most=1_000_000, least=1),
    "authorisation": _authorisation,
    "use_terms": _use_terms, "auction_terms": _auction_terms, "facts": _facts,
}


@covers("R6")
@operation("listings.listing.open")
def open_listing(*, product: DataProduct, venue: Venue | None = None, actor: Actor, clock: Clock) -> ListingVersion:
    """This will open a listing of a product at a venue, with its first draft."""
    at = clock.now()
    require(actor, "listings.listing.open", subject=product, at=at)
    venue = venue or product.organization.venue
    taken = Listing.objects.filter(venue=venue, product=product).exclude(status=ListingStatus.DELISTED).first()
    if taken:
        raise Rejected("listings.listing.exists", listing=taken.code)
    listing = Listing.objects.create(code=new_code("LST"), venue=venue, organization=product.organization, product=product, created_at=at)
    version = ListingVersion.objects.create(
        code=new_code("LSV"), organization=product.organization, listing=listing, number=1, title_zh=product.title_zh,
        title_en=product.title_en, created_at=at, updated_at=at, due_at=after("draft.idle", at))
    Contributor.objects.create(version=version, organization=product.organization, weight=1, part=Part.PROCESSING)
    record(DraftOpened(subject=listing.code, version_code=version.code, number=1, product=product.code), actor=actor, at=at)
    return version


_CARRIED = [*EDITABLE, "reserve_salt", "deposit_id", "file_sha256", "file_name", "file_bytes", "row_count", "columns", "sample", "quality",
            "hints", "scan"]


@operation("listings.version.revise")
def draft_version(*, listing: Listing, actor: Actor, clock: Clock) -> ListingVersion:
    """This will open a new draft from the latest version; an open draft is returned as it is."""
    at = clock.now()
    require(actor, "listings.version.edit", subject=listing, at=at)
    held = Listing.objects.select_for_update(no_key=True).get(pk=listing.pk)
    last: ListingVersion | None = held.versions.order_by("-number").first()
    assert last is not None, "a listing has a version"
    if last.status == VersionStatus.DRAFT:
        record(DraftOpened(subject=held.code, version_code=last.code, number=last.number, product=held.product.code), actor=actor, at=at)
        return last
    draft = ListingVersion.objects.create(
        code=new_code("LSV"), organization_id=held.organization_id, listing=held, number=last.number + 1, revises=last, created_at=at,
        updated_at=at, due_at=after("draft.idle", at), **{name: getattr(last, name) for name in _CARRIED})
    Contributor.objects.bulk_create([Contributor(version=draft, organization_id=one.organization_id, weight=one.weight, part=one.part)
                                     for one in last.contributors.all()])
    record(DraftOpened(subject=held.code, version_code=draft.code, number=draft.number, product=held.product.code), actor=actor, at=at)
    return draft


@prepared
def _locked(pk: int) -> QuerySet[ListingVersion]:
    rows = ListingVersion.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk)
    return rows.select_related("listing__product", "listing__venue", "organization__venue")


def locked_draft(version: ListingVersion, edit_version: int | None = None) -> ListingVersion:
    """This will lock a draft; ``listings.version.not_draft`` when submitted, ``listings.version.stale`` when saved meanwhile (T8)."""
    held = _locked.get(version.pk)
    if held.status != VersionStatus.DRAFT:
        raise Rejected("listings.version.not_draft", version=held.code, state=held.status, listing=held.listing.code)
    if edit_version is not None and edit_version != held.edit_version:
        raise Rejected("listings.version.stale", sent=edit_version, held=held.edit_version, listing=held.listing.code)
    return held


@covers("T8", "T11", "T40")
@operation("listings.version.edit")
def save_draft(*, version: ListingVersion, edit_version: int, changes: Mapping[str, Any], actor: Actor, clock: Clock) -> ListingVersion:
    """This will save the named fields of a draft. ``edit_version`` is the save the editor had opened; an older one is refused.

    All faults of all fields come back at once; nothing is saved then.
    """
    at = clock.now()
    require(actor, "listings.version.edit", subject=version, at=at)
    held = locked_draft(version, edit_version)
    read = _read_all(changes, held)
    for name, value in read.items():
        setattr(held, name, value)
    if "reserve_price_fen" in read:
        held.reserve_salt = salt_for_reserve() if held.reserve_price_fen is not None else ""
    held.edit_version += 1
    held.updated_at, held.due_at = at, after("draft.idle", at)
    held.save(update_fields=[*read, "reserve_salt", "edit_version", "updated_at", "due_at"])
    note_grade(held, actor=actor, at=at)
    record(DraftEdited(subject=held.listing.code, version_code=held.code, edit_version=held.edit_version, changed=sorted(read)),
           actor=actor, at=at)
    return held


def _read_all(changes: Mapping[str, Any], held: ListingVersion) -> dict[str, Any]:
    read: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for name, value in changes.items():
        reader = EDITABLE.get(name)
        if reader is None:
            faults.append(FieldFault(name, "unknown", ("不可修改", "This field is not changed here")))
            continue
        try:
            read[name] = reader(name, value)
        except Rejected as fault:
            faults.extend(fault.errors)
    if faults:
        raise Rejected(_FAULT, errors=faults, listing=held.listing.code)
    return read


@covers("R9", "R23")
@operation("listings.version.set_contributors")
def set_contributors(*, version: ListingVersion, weights: Mapping[Organization, int], parts: Mapping[Organization, str] | None = None,
                     actor: Actor, clock: Clock) -> ListingVersion:
    """This will state who contributed with what weight; frozen with the version, read by settlement (Data Twenty item 12)."""
    at = clock.now()
    require(actor, "listings.version.edit", subject=version, at=at)
    held = locked_draft(version)
    whole = all(isinstance(weight, int) and not isinstance(weight, bool) and 0 < weight < 2**53 for weight in weights.values())
    if not whole or held.organization not in weights or len(weights) > 50:
        raise Rejected("listings.version.contributors")
    if held.share_agreements.filter(status__in=["proposed", "disputed", "answered"]).exists():
        raise Rejected("listings.share.under_way", listing=held.listing.code)
    held.contributors.all().delete()
    Contributor.objects.bulk_create([
        Contributor(version=held, organization=party, weight=weight, part=(parts or {}).get(party, Part.PROCESSING))
        for party, weight in weights.items()])
    held.edit_version += 1
    held.updated_at = at
    held.save(update_fields=["edit_version", "updated_at"])
    record(ContributorsSet(subject=held.listing.code, version_code=held.code, weights={one.code: weight for one,
        weight in weights.items()}),
           actor=actor, at=at)
    return held


@operation("listings.version.discard")
def discard_version(*, version: ListingVersion, actor: Actor, clock: Clock) -> ListingVersion:
    """This will give a draft up; its row is kept."""
    at = clock.now()
    require(actor, "listings.version.discard", subject=version, at=at)
    held = locked_draft(version)
    held.status = advance(VERSION, VersionStatus(held.status), "discard", subject=held.code, code="listings.version.illegal_move")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    record(named(VersionMoved, "listings.listing.discarded")(subject=held.listing.code, version_code=held.code, content_hash=""),
           actor=actor, at=at)
    return held
