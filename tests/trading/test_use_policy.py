"""The holder's own control (R35) and on what ground a right rests (R36): a new policy is for new grants, never back over paid ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.operations import draft_declaration, sign_declaration
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, OriginClass, PropertyRight, RightOrigin
from listings.operations import declare_right, draft_version, grant_right, save_draft, submit_listing
from tests.compliance.worlds import ANSWERS
from tests.factories import make_organization
from tests.listings.worlds import Seller, desk_decides, make_deposit, make_listed, make_product, make_seller
from tests.trading.worlds import bid, make_buyer, move, open_lot
from trading.books import sha256_of
from trading.models import Trade
from trading.operations import close_auction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

OPEN = {"purposes": ["research", "product_development"], "term_days": 365, "regions": ["CN"]}
NARROW = {"purposes": ["research"], "term_days": 30, "regions": ["CN"]}


def sold(listing: Listing) -> Trade:
    """A lot of what is on sale now, won by a buyer."""
    buyer = make_buyer()
    lot = open_lot(buyer, listing=listing)
    bid(lot, buyer, 90_000_000)
    move(days=2)
    close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    return Trade.objects.get(award__auction=lot)


def changed(listing: Listing, seller: Seller, use_terms: dict[str, Any]) -> Listing:
    """The holder's new policy as a version of its own, declared anew, reviewed and published."""
    draft = draft_version(listing=listing, actor=seller.actor, clock=MARKET_CLOCK)
    draft = save_draft(version=draft, edit_version=draft.edit_version, changes={"use_terms": use_terms}, actor=seller.actor,
                       clock=MARKET_CLOCK)
    move(seconds=1)
    declared = draft_declaration(organization=seller.organization, answers=ANSWERS, subject=listing.code, actor=seller.actor,
                                 clock=MARKET_CLOCK)
    sign_declaration(declaration=declared, actor=seller.actor, clock=MARKET_CLOCK)
    version = submit_listing(version=draft, actor=seller.actor, clock=MARKET_CLOCK)
    if version.status == "submitted":
        desk_decides(version, "approve", MARKET_CLOCK)
    return Listing.objects.select_related("version", "organization", "product", "certificate").get(pk=listing.pk)


@covers("R35")
def test_a_new_use_policy_holds_for_the_next_grant_and_changes_nothing_that_was_paid_for() -> None:
    seller = make_seller(at=MARKET_CLOCK.now())
    listing = make_listed(seller, use_terms=OPEN, sale_mode="auction", auction_terms={"format": "english", "days": 7})
    first = sold(listing)
    before = (first.version_id, first.agreement, first.agreement_hash)
    second = sold(changed(listing, seller, NARROW))
    first.refresh_from_db()
    assert (first.version_id, first.agreement, first.agreement_hash) == before
    assert first.agreement["object"]["use_terms"]["purposes"] == OPEN["purposes"] and sha256_of(first.agreement) == first.agreement_hash
    assert second.agreement["object"]["use_terms"]["purposes"] == NARROW["purposes"] and second.version_id != first.version_id


@covers("R35")
def test_the_database_lets_nobody_reach_back_into_a_paid_grant() -> None:
    seller = make_seller(at=MARKET_CLOCK.now())
    trade = sold(make_listed(seller, use_terms=OPEN, sale_mode="auction", auction_terms={"format": "english", "days": 7}))
    with pytest.raises(IntegrityError), transaction.atomic():
        ListingVersion.objects.filter(pk=trade.version_id).update(use_terms=NARROW)
    with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
        Trade.objects.filter(pk=trade.pk).update(agreement={})


@covers("R35", "R37")
@pytest.mark.parametrize("change", [{"purposes": ["research"]}, {"territory": ["CN-31"]}, {"sublicence_depth": 0}, {"exclusive": True},
                                    {"origin": "statute"}])
def test_a_granted_right_keeps_the_scope_it_was_given_with(change: dict[str, Any]) -> None:
    seller = make_seller(at=MARKET_CLOCK.now())
    by: dict[str, Any] = {"actor": seller.actor, "clock": MARKET_CLOCK}
    own = declare_right(product=make_product(seller.organization), right="use", origin="self_generated", sublicence_depth=3, **by)
    given = grant_right(parent=own, to=make_organization(), sublicence_depth=1, **by)
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        PropertyRight.objects.filter(pk=given.pk).update(**change)
    later = grant_right(parent=own, to=make_organization(), purposes=["research"], **by)
    given.refresh_from_db()
    assert (later.purposes, given.purposes) == (["research"], ["*"]), "the next grant may be narrower"


@covers("R36")
@pytest.mark.parametrize(("origin", "strength"), [
    ("statute", OriginClass.STATUTORY), ("authorised_operation", OriginClass.STATUTORY), ("open_data", OriginClass.STATUTORY),
    ("contract", OriginClass.AGREED), ("device_contract", OriginClass.AGREED),
    ("self_generated", OriginClass.DECLARED), ("collected", OriginClass.DECLARED)])
def test_each_right_says_on_what_ground_it_was_obtained(origin: str, strength: OriginClass) -> None:
    seller = make_seller(at=MARKET_CLOCK.now())
    row = declare_right(product=make_product(seller.organization), right="use", origin=origin,
                        proof=make_deposit(seller.organization, "契约.pdf"), actor=seller.actor, clock=MARKET_CLOCK)
    assert (row.origin, row.origin_class) == (origin, strength)


@covers("R36")
def test_no_other_ground_is_known_a_grant_rests_on_its_contract_and_a_device_on_its_deed() -> None:
    assert {str(one) for one in RightOrigin} == {"self_generated", "collected", "contract", "statute", "authorised_operation", "open_data",
                                                 "device_contract"}
    seller = make_seller(at=MARKET_CLOCK.now())
    by: dict[str, Any] = {"actor": seller.actor, "clock": MARKET_CLOCK}
    product = make_product(seller.organization)
    with pytest.raises(Rejected, match="proof_missing"):
        declare_right(product=product, right="use", origin="device_contract", **by)
    own = declare_right(product=product, right="use", origin="statute", sublicence_depth=2, **by)
    assert grant_right(parent=own, to=make_organization(), **by).origin == RightOrigin.CONTRACT
    with pytest.raises(IntegrityError), transaction.atomic():
        PropertyRight.objects.create(code="RGT-X", organization=seller.organization, product=product, right="use", origin="finders",
                                     purposes=["*"], territory=["*"], effective_from=MARKET_CLOCK.now(), created_at=MARKET_CLOCK.now())
