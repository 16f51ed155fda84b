"""A sale of personal information: a named person, an impact assessment, a guardian, a tested anonymisation (R31, R32)."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.rules.personal_conditions import personal_rules
from kit.coverage import covers
from listings.models import Listing, ListingVersion
from listings.operations import submit_listing
from listings.queries import product_page
from tests.listings.worlds import FACTS, conditions_met, desk_decides, make_draft, make_seller

pytestmark = pytest.mark.django_db
PERSONAL: dict[str, Any] = {**FACTS, "contains_pi": True, "legal_basis": "separate_consent", "consent_scope_covers_use": True}


def submitted(**facts: Any) -> ListingVersion:
    seller = make_seller()
    return submit_listing(version=make_draft(seller, facts={**PERSONAL, **facts}), actor=seller.actor, clock=seller.clock)


def asked(version: ListingVersion) -> dict[str, list[str]]:
    return {one.condition: one.rules for one in version.asked.all()}


@covers("R31")
def test_every_sale_of_personal_information_has_a_named_person_and_an_impact_assessment() -> None:
    version = submitted()
    assert version.screening["verdict"] == "pass", "asked of every sale, not only where the negative list restricts"
    assert asked(version) == {"responsible_person_named": ["PI-01"], "pipia_report": ["PI-01"]}
    assert {one.proof for one in version.asked.all()} == {"document"}


@covers("R31", "I16")
def test_it_is_not_on_sale_before_both_are_decided_and_its_report_says_so() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller, facts=PERSONAL), actor=seller.actor, clock=seller.clock)
    for _ in range(2):
        desk_decides(version, "approve", seller.clock, prove=False)
    assert Listing.objects.get(pk=version.listing_id).status == "unlisted"
    conditions_met(version, seller.clock)
    listing = Listing.objects.select_related("version", "organization", "product", "certificate").get(pk=version.listing_id)
    page = product_page(listing, at=seller.clock.now())
    assert listing.status == "listed" and page is not None
    privacy = {fact.text[1]: fact.holds for part in page.report if part.name == "privacy" for fact in part.facts}
    assert privacy["A personal information impact assessment is done (decided on)"] is True


@covers("R31")
def test_information_on_minors_needs_the_guardians_consent_shown() -> None:
    assert asked(submitted(contains_minor_u14=True, guardian_consent=True, contains_spi=True))["guardian_consent_proof"] == ["PI-02"]


@covers("R32", "W6")
def test_anonymised_data_needs_the_test_report_and_counts_as_personal_without_it() -> None:
    version = submitted(pi_anonymised=True)
    assert asked(version)["reidentification_test_report"] == ["NL-R-05", "PI-03"] and "pipia_report" not in asked(version)
    listing = Listing.objects.select_related("version", "organization", "product", "certificate").get(pk=version.listing_id)
    assert listing.status == "unlisted"


@covers("R31")
def test_what_is_no_personal_information_is_asked_for_none_of_it() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    assert asked(version) == {} and [rule.id for rule in personal_rules()] == ["PI-01", "PI-02", "PI-03"]
    assert all(len(zh) > 3 and len(en) > 3 for rule in personal_rules() for zh, en in (rule.name, *rule.basis))
