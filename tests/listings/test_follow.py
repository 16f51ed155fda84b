"""Listings follow what changes below: the negative list revised, a consent withdrawn, deadlines passed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.operations import drain
from kit.coverage import covers
from listings.models import Listing, Review
from listings.operations import give_consent, open_listing, submit_listing, withdraw_consent
from listings.queries import tradable
from listings.tasks import run_deadlines
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.worlds import desk_decides, make_draft, make_listed, make_product, make_seller

pytestmark = pytest.mark.django_db


@covers("R27", "R29")
def test_a_withdrawn_consent_holds_what_rests_on_it_at_once() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    person = make_actor(Role.DATA_SUBJECT)
    consent = give_consent(product=listing.product, purpose="research", kinds=["location"], recipients=[seller.organization.code],
                           effective_to=seller.clock.now() + timedelta(days=100), actor=person, clock=seller.clock)
    assert tradable(listing, at=seller.clock.now()) == ""
    withdraw_consent(consent=consent, actor=person, clock=seller.clock)
    assert tradable(listing, at=seller.clock.now()) == "listings.listing.suspended"
    assert Listing.objects.get(pk=listing.pk).holds.get().cause_code == consent.code


@covers("T17")
def test_deadlines_discard_idle_drafts_and_withdraw_what_was_returned_and_left() -> None:
    seller = make_seller()
    idle = open_listing(product=make_product(seller.organization), actor=seller.actor, clock=seller.clock)
    returned = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    desk_decides(returned, "return", seller.clock)
    seller.clock.advance(timedelta(days=30))
    assert run_deadlines(clock=seller.clock) == 1
    assert run_deadlines(clock=seller.clock) == 0, "the same deadline acts once"
    returned.refresh_from_db()
    assert returned.status == "withdrawn"
    seller.clock.advance(timedelta(days=61))
    run_deadlines(clock=seller.clock)
    idle.refresh_from_db()
    assert idle.status == "discarded"


def test_a_version_waits_for_the_sellers_date_and_is_then_published_by_the_clock() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), publish_at=seller.clock.now() + timedelta(days=5), actor=seller.actor,
                             clock=seller.clock)
    desk_decides(version, "approve", seller.clock)
    version.refresh_from_db()
    assert version.status == "approved" and Listing.objects.get(pk=version.listing_id).status == "unlisted"
    seller.clock.advance(timedelta(days=5))
    assert run_deadlines(clock=seller.clock) == 1
    version.refresh_from_db()
    assert version.status == "published"


def test_an_approval_stands_though_the_seller_fell_meanwhile_and_is_published_once_mended() -> None:
    from kit.actors import SYSTEM
    from listings.operations import publish_version
    from participants.operations import set_standing

    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    at = seller.clock.now()
    set_standing(organization=seller.organization, standing="restricted", band="C", cause_code="FND-1", reason="失信", actor=SYSTEM, at=at)
    desk_decides(version, "approve", seller.clock)
    version.refresh_from_db()
    assert version.status == "approved"
    set_standing(organization=seller.organization, standing="good", band="B", cause_code="RST-1", reason="修复", actor=SYSTEM, at=at)
    publish_version(version=version, actor=seller.actor, clock=seller.clock)
    assert tradable(Listing.objects.get(pk=version.listing_id), at=at) == ""
    drain(clock=seller.clock)


def test_the_clock_releases_nothing_that_is_still_in_time() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    assert run_deadlines(clock=seller.clock) == 0
    assert Review.objects.get(version=version).status == "waiting"
