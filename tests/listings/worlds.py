"""Small supply worlds: a product, a right, a registered product, a draft ready to submit, a listing on sale; by the real operations."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from compliance.taxonomy import CALLED
from evidence.models import Deposit
from kit.actors import Actor
from kit.clock import Clock, MovingClock
from kit.ids import new_code
from listings.models import (
    DataProduct,
    Listing,
    ListingVersion,
    PropertyRight,
    Registration,
    RegistrationCertificate,
    RegistrationObjection,
    Review,
)
from listings.operations import (
    accept_registration,
    apply_registration,
    certify_registration,
    claim_review,
    create_product,
    decide_condition,
    decide_review,
    declare_right,
    draft_registration,
    object_registration,
    open_listing,
    pass_registration,
    provide_condition,
    save_draft,
    submit_listing,
)
from participants.models import Organization, User
from participants.roles import Role
from tests.compliance.profiles import CLEAN
from tests.compliance.worlds import signed
from tests.factories import NOW, clock, make_actor, make_organization

#: The clean facts a seller states for a listing; what the version says elsewhere is not among them.
_DERIVED = {"subject_class", "processing_stage", "grade", "delivery_mode", "product_kind", "rights_held"}
FACTS: dict[str, Any] = {name: str(value) if isinstance(value, float) else value for name, value in CLEAN.items()
                         if name not in _DERIVED and name not in {"purpose", "counterparty_on_control_list", "party_serious_dishonest",
                                                                  "counterparty_foreign", "transaction_kind"}}
CONTENT: dict[str, Any] = {
    "title_zh": "长三角充电桩利用率日度数据", "title_en": "Daily charging pile utilisation, Yangtze delta",
    "summary_zh": "按日按站的利用率",
    "description_zh": "覆盖三省一市一万两千个公共充电站的日度利用率，按站点类型与功率分列，供产业研究使用。", "sector": "D",
    "category": "enterprise", "stage": "product", "grade": "general", "delivery_mode": "download", "price_fen": 4_800_000,
    "use_terms": {"purposes": ["industry", "research"], "regions": ["CN"], "term_days": 365}, "facts": FACTS,
}


def make_product(organization: Organization | None = None, **fields: Any) -> DataProduct:
    """A product of a merchant (made unless given), written as a row."""
    return DataProduct.objects.create(**{
        "code": new_code("PRD"), "organization": organization or make_organization(), "title_zh": "港口集装箱吞吐量日度数据",
        "title_en": "Daily container throughput", "source_statement": "自有业务系统产生", "created_at": NOW, **fields})


def make_right(product: DataProduct, right: str, *, holder: Organization | None = None, **fields: Any) -> PropertyRight:
    """An active right of the product's organisation (or ``holder``): any purpose, whole country, unless said otherwise."""
    row = PropertyRight.objects.create(**{
        "code": new_code("RGT"), "organization": holder or product.organization, "product": product, "right": right,
        "origin": "self_generated", "purposes": ["*"], "territory": ["*"], "effective_from": NOW, "created_at": NOW, **fields})
    row.status = "active"
    row.save(update_fields=["status"])
    return row


#: The one file behind every deposit of these worlds.
ONE_FILE = "one-table.csv"


def make_deposit(owner: Organization, name: str = "data.csv") -> Deposit:
    """A deposited file's row; all of them are one small table in the store, whatever the row says of it."""
    if not default_storage.exists(ONE_FILE):
        default_storage.save(ONE_FILE, ContentFile(b"day,ships\n1,12\n2,9\n"))
    return Deposit.objects.create(id=uuid.uuid4(), sha256="ab" * 32, size=1024, media_type="text/csv", name=name, storage_name=ONE_FILE,
                                  owner=owner.code, at=NOW)


@dataclass
class Seller:
    """A merchant that may list: organisation, its person, the clock, a declaration in force."""

    organization: Organization
    actor: Actor
    clock: MovingClock


def make_seller(role: str = Role.DATA_MERCHANT, *, at: datetime = NOW, **fields: Any) -> Seller:
    """A merchant admitted, declared, with a person who acts for it; its clock starts at ``at``."""
    organization = make_organization(role, **fields)
    actor = make_actor(role, organization=organization)
    moving = clock(at)
    signed(organization, actor, moving)
    return Seller(organization, actor, moving)


def make_noticed(owner: Organization, actor: Actor, at: Clock, *, regime: str = "personal", origin: str = "self_generated") -> Registration:
    """A product's three rights applied for and passed by the desk: in public notice, or certified where the regime has none before."""
    by: dict[str, Any] = {"actor": actor, "clock": at}
    product = create_product(organization=owner, title_zh="充电桩利用率", source_statement="自有设备采集", **by)
    for right in ("hold", "use", "operate"):
        declare_right(product=product, right=right, origin=origin, sublicence_depth=2, **by)
    one = draft_registration(product=product, regime=regime, statement="全部数据由自有设备采集，权属清晰。",
                             deposit=make_deposit(owner), **by)
    apply_registration(registration=one, **by)
    desk: dict[str, Any] = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": at}
    accept_registration(registration=one, **desk)
    return pass_registration(registration=one, **desk)


def objected(registration: Registration, *, actor: Actor, clock: Clock, grounds: str = "本机构是来源方，从未授权，附声明。",
             **more: Any) -> RegistrationObjection:
    """An objection by whoever acts, signed with the real name, its evidence as a row."""
    person = User.objects.get(pk=actor.user_id).person
    assert person is not None
    fields: dict[str, Any] = {"name": person.name, "deposit": make_deposit(registration.organization, "evidence.pdf"), **more}
    return object_registration(registration=registration, grounds=grounds, actor=actor, clock=clock, **fields)


def make_registered(seller: Seller, *, regime: str = "enterprise", origin: str = "self_generated") -> tuple[DataProduct,
    RegistrationCertificate]:
    """A product with its three rights registered and certified (the clock moves over the notice where the regime has one)."""
    held = make_noticed(seller.organization, seller.actor, seller.clock, regime=regime, origin=origin)
    if held.notice_to:
        seller.clock.move_to(held.notice_to)
        certify_registration(registration=held, clock=seller.clock)
    return held.product, RegistrationCertificate.objects.get(registration=held)


#: An interface as a product delivered by a call describes it.
INTERFACE = """{"openapi": "3.1.0", "info": {"title": "利用率", "version": "1"}, "paths": {"/utilisation": {"get":
{"summary": "按站点和日期查询利用率", "responses": {"200": {"description": "利用率"}}}}}}"""


def callable_as(**changes: Any) -> dict[str, Any]:
    """Changes of a draft; a product that is delivered by a call describes its interface with them."""
    called = changes.get("delivery_mode") in CALLED
    return {**changes, "use_terms": {"interface": INTERFACE, **changes.get("use_terms", CONTENT["use_terms"])}} if called else changes


def make_draft(seller: Seller, product: DataProduct | None = None, **changes: Any) -> ListingVersion:
    """A draft that is complete (its file as a row), of a registered product."""
    product = product or make_registered(seller)[0]
    draft = open_listing(product=product, actor=seller.actor, clock=seller.clock)
    draft.deposit, draft.file_sha256, draft.file_name, draft.file_bytes, draft.row_count = (
        make_deposit(seller.organization), "ab" * 32, "data.csv", 1024, 60)
    draft.columns = [
        {"name": "日期", "type": "date", "missing": 0, "distinct": 60, "distinct_capped": False, "min": "2026-01-01", "max": "2026-03-01",
         "bins": [30, 30]},
        {"name": "利用率", "type": "number", "missing": 1, "distinct": 55, "distinct_capped": False, "min": "0.1", "max": "0.9",
         "bins": [20, 39]}]
    draft.sample = [["2026-01-01", "0.31"], ["2026-01-02", "0.28"]]
    draft.quality = {"completeness": 992, "uniqueness": 1000, "consistency": 1000}
    draft.save()
    return save_draft(version=draft, edit_version=draft.edit_version, changes=callable_as(**{**CONTENT, **changes}), actor=seller.actor,
                      clock=seller.clock)


def conditions_met(version: ListingVersion, at: Clock) -> None:
    """Each condition of a restricted version proven by the seller and decided by the desk."""
    by = make_actor(Role.DATA_MERCHANT, organization=version.organization)
    for one in version.asked.filter(status="open"):
        proof = make_deposit(version.organization, "proof.pdf") if one.proof == "document" else None
        provide_condition(condition=one, statement="已按要求办理，附证明。", deposit=proof, actor=by, clock=at)
    for one in version.asked.filter(status="provided").exclude(proof="record"):
        decide_condition(condition=one, met=True, reason="已核对凭据", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=at)


def desk_decides(version: ListingVersion, verdict: str, at: Clock, actor: Actor | None = None, *, prove: bool = True,
                 **fields: Any) -> Review:
    """The version's open row claimed and decided by somebody who holds what it needs, its conditions met before unless ``prove`` is off."""
    if prove and verdict.startswith("approve"):
        conditions_met(version, at)
    row = Review.objects.get(version=version, status="waiting")
    if actor is None:
        actor = (make_actor(Role.COMPLIANCE_OFFICER) if row.needs == "compliance_officer"
                 else make_actor(Role.REGULATOR, capabilities=(row.needs,)))
    claim_review(review=row, actor=actor, clock=at)
    return decide_review(review=row, verdict=verdict, **{"rules": ["NL-R-06"], "reason": "材料齐备，依据充分", **fields}, actor=actor,
                         clock=at)


def make_listed(seller: Seller | None = None, **changes: Any) -> Listing:
    """A listing on sale: amber, decided by the compliance officer."""
    seller = seller or make_seller()
    version = submit_listing(version=make_draft(seller, **changes), actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    return Listing.objects.select_related("version", "organization", "product", "certificate").get(pk=version.listing_id)
