"""A declaration ends when the product it declares changes materially; what is material is data (R88; rules, section K)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Declaration
from compliance.operations import draft_declaration, sign_declaration
from evidence.operations import drain
from kit.coverage import covers
from listings.models import Listing, ListingVersion
from listings.operations import draft_version, save_draft, submit_listing
from listings.queries import product_page, tradable
from listings.redeclaring import material_changes, material_fields
from participants.models import Notice
from tests.compliance.worlds import ANSWERS
from tests.listings.worlds import Seller, callable_as, desk_decides, make_listed, make_seller

pytestmark = pytest.mark.django_db


def own_declaration(seller: Seller, listing: Listing) -> Declaration:
    """A declaration of this product alone, signed a second later (the general one before it ends)."""
    seller.clock.advance(timedelta(seconds=1))
    made = draft_declaration(organization=seller.organization, answers=ANSWERS, subject=listing.code, actor=seller.actor,
                             clock=seller.clock)
    return sign_declaration(declaration=made, actor=seller.actor, clock=seller.clock)


def edited(seller: Seller, listing: Listing, **changes: Any) -> ListingVersion:
    seller.clock.advance(timedelta(seconds=1))
    draft = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    return save_draft(version=draft, edit_version=draft.edit_version, changes=callable_as(**changes), actor=seller.actor,
                      clock=seller.clock)


def published(seller: Seller, draft: ListingVersion) -> Listing:
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    return Listing.objects.select_related("version", "organization", "product", "certificate").get(pk=version.listing_id)


@covers("R88")
def test_what_is_material_is_a_list_of_fields_that_versions_hold() -> None:
    listing = make_listed()
    assert listing.version is not None and len(material_fields()) > 10
    assert material_changes(listing.version, listing.version) == [] and material_changes(None, listing.version) == []


@covers("R88", "R4")
def test_a_material_change_ends_the_declaration_and_takes_the_listing_off_sale_until_the_next() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    old = own_declaration(seller, listing)
    listing = published(seller, edited(seller, listing, delivery_mode="api", update_frequency="每日"))
    old.refresh_from_db()
    hold = listing.holds.get(lifted_at__isnull=True)
    assert (old.status, listing.status, hold.reason_code) == ("outdated", "suspended", "declaration.changed")
    assert "交付方式" in hold.reason_zh and "更新频率" in hold.reason_zh and hold.way_back_zh and hold.way_back_en
    assert old.answers and old.document_hash, "the old one stays readable"
    assert listing.version is not None and listing.version.number == 2
    own_declaration(seller, listing)
    drain()
    listing.refresh_from_db()
    assert listing.status == "listed" and tradable(listing, at=seller.clock.now()) == ""


@covers("R88")
def test_a_general_declaration_goes_on_for_the_other_products_and_not_for_the_changed_one() -> None:
    seller = make_seller()
    other, listing = make_listed(seller), make_listed(seller)
    listing = published(seller, edited(seller, listing, delivery_mode="api"))
    at = seller.clock.now()
    assert listing.status == "suspended" and Declaration.objects.get(organization=seller.organization).status == "in_force"
    assert tradable(Listing.objects.get(pk=other.pk), at=at) == ""
    page = product_page(listing, at=at)
    assert page is not None and not any("已承诺" in fact.text[0] for part in page.report for fact in part.facts)


@covers("R88")
def test_a_change_that_is_not_material_ends_nothing() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    declared = own_declaration(seller, listing)
    listing = published(seller, edited(seller, listing, price_fen=5_000_000, keywords="充电 利用率"))
    declared.refresh_from_db()
    assert (declared.status, listing.status) == ("in_force", "listed")


@covers("R88")
def test_who_declares_the_new_version_before_it_is_published_never_leaves_the_floor() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    draft = edited(seller, listing, delivery_mode="api")
    own_declaration(seller, listing)
    listing = published(seller, draft)
    assert listing.status == "listed" and not listing.holds.filter(lifted_at__isnull=True).exists()


@covers("R88", "I16")
def test_the_database_refuses_the_changed_listing_while_it_is_not_declared_anew() -> None:
    seller = make_seller()
    listing = published(seller, edited(seller, make_listed(seller), delivery_mode="api"))
    listing.holds.update(lifted_at=seller.clock.now())
    with pytest.raises(IntegrityError, match=r"listings\.declaration\.outdated"), transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(status="listed")


@covers("R88", "C7")
def test_the_seller_is_told_with_the_submit_what_changed_and_what_happens() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    submitted = submit_listing(version=edited(seller, listing, stage="raw"), actor=seller.actor, clock=seller.clock)
    told = Notice.objects.get(organization=seller.organization, kind="listings.declaration.anew")
    assert "加工程度" in told.text_zh and "stage" in told.text_en and told.due_at == submitted.due_at
