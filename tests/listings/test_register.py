"""The public register: only what is in force, counted anew, by scenario, sector, kind and right; one holder's inventory (R92, R118)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evidence.clock import set_market_clock
from kit.coverage import covers
from listings.models import Listing, RegistrationCertificate
from listings.operations import freeze_certificate
from listings.register import register
from participants.roles import Role
from tests.factories import NOW, make_actor
from tests.listings.worlds import Seller, make_listed, make_registered, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Seller, Seller, Listing]:
    """A merchant with a listed product (enterprise data, sector D) and one with personal data registered only."""
    first, second = make_seller(), make_seller()
    listing = make_listed(first)
    make_registered(second, regime="personal")
    return first, second, listing


def codes(seller: Seller, **taken: Any) -> set[str]:
    return {one.code for one in register(taken, at=seller.clock.now()).rows}


@covers("R92", "R118")
def test_the_census_counts_what_is_in_force_by_every_facet_and_each_facet_narrows_to_its_count(two: tuple[Seller, Seller, Listing]) -> None:
    _, second, listing = two
    at = second.clock.now()
    whole = register({}, at=at)
    assert (whole.total, whole.holders) == (2, 2)
    assert whole.counts == {"regime": [("enterprise", 1), ("personal", 1)], "right": [("hold", 2), ("operate", 2), ("use", 2)],
                            "purpose": [("*", 2)], "sector": [("D", 1)]}
    for name, pairs in whole.counts.items():
        for value, number in pairs:
            assert register({name: value}, at=at).total == number, (name, value)
    assert [one.product_id for one in register({"sector": "D"}, at=at).rows] == [listing.product_id]


@covers("R118")
def test_one_holders_inventory_is_the_register_narrowed_to_it(two: tuple[Seller, Seller, Listing]) -> None:
    first, second, listing = two
    found = register({}, holder=first.organization.code, at=second.clock.now())
    assert [one.product_id for one in found.rows] == [listing.product_id] and found.holders == 1
    assert register({}, query="充电桩", at=second.clock.now()).total == 2
    assert register({"regime": "made-up"}, at=second.clock.now()).total == 2, "an unknown value narrows nothing"


@covers("R92")
def test_what_is_frozen_or_over_is_not_in_the_register(two: tuple[Seller, Seller, Listing]) -> None:
    first, second, listing = two
    paper = RegistrationCertificate.objects.get(pk=listing.certificate_id)
    freeze_certificate(certificate=paper, cause_code="CASE-1", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=first.clock)
    assert paper.code not in codes(second)
    other = RegistrationCertificate.objects.exclude(pk=paper.pk).get()
    second.clock.move_to(other.effective_to)
    assert codes(second) == set()


@covers("R92", "R118")
def test_anyone_reads_the_register_and_follows_a_holder_to_the_certificate(client: Client, two: tuple[Seller, Seller, Listing]) -> None:
    first, second, _ = two
    set_market_clock(max(NOW, second.clock.now()), 0)
    page = client.get("/listings/register/").content.decode()
    paper = RegistrationCertificate.objects.get(organization=first.organization)
    assert f"/verify/{paper.code}" in page and f"?holder={first.organization.code}" in page
    mine = client.get(f"/listings/register/?holder={first.organization.code}").content.decode()
    assert paper.code in mine and RegistrationCertificate.objects.get(organization=second.organization).code not in mine
    assert client.get("/listings/register/?after=x&regime=zzz&purpose=*").status_code == 200
