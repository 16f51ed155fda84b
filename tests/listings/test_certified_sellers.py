"""What a seller's certificates, self-assessment and past projects do to its listings (R48, R91, R111, A3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.depth import DepthFacts, depth_of
from listings.models import Listing
from listings.operations import submit_listing
from listings.queries import tradable
from participants.models import Parameter, ProofNeed
from participants.operations import (
    accept_proof,
    assess_compliance,
    declare_stake,
    end_stake,
    hold_capability,
    lapse_admissions,
    lift_capability,
    note_contractor,
    refuse_proof,
    revoke_admission,
    set_standing,
)
from participants.proofs import look_for_proofs
from participants.queries import venue_organization
from participants.roles import Role
from tests.factories import NOW, hand_in, make_actor, venue
from tests.listings.worlds import FACTS, make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db


def certified(seller, item: str, **more) -> None:
    [proof] = hand_in(seller.organization, seller.actor, item, at=seller.clock.now(), **more)
    accept_proof(proof=proof, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)


def submitted(seller, **changes):
    return submit_listing(version=make_draft(seller, **changes), actor=seller.actor, clock=seller.clock)


@covers("R48")
def test_a_certified_newcomer_is_reviewed_like_a_known_seller_until_the_certificate_ends() -> None:
    plain, trusted, late = make_seller(), make_seller(), make_seller()
    assert submitted(plain).depth == "amber"
    certified(trusted, "security_certification")
    assert submitted(trusted).depth == "green"
    certified(late, "security_certification", days=10)
    draft = make_draft(late)
    late.clock.advance(timedelta(days=10))
    held = submit_listing(version=draft, actor=late.actor, clock=late.clock)
    assert (held.depth, held.depth_reasons) == ("amber", ["first_listing"])


@covers("R111")
def test_a_weak_self_assessment_is_looked_at_more_closely() -> None:
    seller = make_seller()
    certified(seller, "security_certification")
    assess_compliance(organization=seller.organization, answers={"officer": True}, actor=seller.actor, clock=seller.clock)
    held = submitted(seller)
    assert (held.depth, held.depth_reasons) == ("amber", ["compliance_weak"])


@covers("R48")
def test_the_certificate_opens_no_short_way_for_what_must_be_looked_at_by_two() -> None:
    facts = DepthFacts("restricted", 0, "personal", "important", True, False, False, "good", "A", True, trusted=True)
    assert depth_of(facts)[0] == "red"


@covers("R48")
def test_how_many_products_are_on_sale_is_bounded_and_rises_with_certificates() -> None:
    Parameter.objects.filter(key="limit.listings").update(value={"0": 1, "1": 2, "2": 3})
    seller = make_seller()
    make_listed(seller)
    with pytest.raises(Rejected) as caught:
        submitted(seller)
    assert caught.value.code == "listings.version.over_limit" and "1" in caught.value.text("detail", "zh")
    certified(seller, "mlps")
    assert submitted(seller).status in {"submitted", "published"}


@covers("R91")
def test_a_contractor_may_not_list_what_comes_from_its_government_project() -> None:
    seller = make_seller()
    silent = {name: value for name, value in FACTS.items() if name != "from_government_project"}
    note_contractor(organization=seller.organization, authority="某市数据局", project="城市运行平台", source="中标公告", effective_from=NOW,
                    actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected) as asked:
        submitted(seller, facts=silent)
    assert asked.value.code == "listings.version.contractor_asked" and asked.value.errors[0].field == "facts.from_government_project"
    with pytest.raises(Rejected) as banned:
        submitted(seller, facts=silent | {"from_government_project": True})
    assert banned.value.code == "listings.version.contractor" and "城市运行平台" in banned.value.text("detail", "zh")
    assert submitted(seller, facts=silent | {"from_government_project": False}).status in {"submitted", "published"}
    assert submitted(make_seller(), facts=silent).status == "submitted", "whoever has no project on file is not asked"


@covers("A3", "R87")
def test_a_cut_of_listing_takes_products_off_sale_and_its_lift_brings_them_back() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    at = seller.clock.now()
    hold = hold_capability(organization=seller.organization, capability="list", reason_code="desk", reason="核查", actor=SYSTEM, at=at)
    drain(clock=seller.clock)
    listing.refresh_from_db()
    assert listing.status == "suspended" and listing.holds.get(lifted_at__isnull=True).reason_code == "capability"
    lift_capability(hold=hold, reason="核查完毕", actor=SYSTEM, at=at)
    drain(clock=seller.clock)
    assert tradable(Listing.objects.get(pk=listing.pk), at=at) == ""


@covers("R53", "A4")
def test_a_seller_that_comes_to_the_venues_side_is_off_sale_with_the_rule_named() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    stake = declare_stake(owner=venue_organization(venue()), owned=seller.organization, share_bps=5_001, actor=SYSTEM, clock=seller.clock)
    drain(clock=seller.clock)
    listing.refresh_from_db()
    assert listing.status == "suspended" and "场所" in listing.holds.get(lifted_at__isnull=True).reason_zh
    with pytest.raises(Rejected) as caught:
        submitted(seller)
    assert caught.value.code == "listings.right.venue_side" and "R53" in caught.value.article
    end_stake(stake=stake, actor=SYSTEM, clock=seller.clock)
    drain(clock=seller.clock)
    assert Listing.objects.get(pk=listing.pk).status == "listed"


def ended_admission(seller) -> None:
    seller.organization.admissions.filter(status="admitted").update(effective_to=seller.clock.now())
    assert lapse_admissions(clock=seller.clock) == 1


def revoked_admission(seller) -> None:
    held = seller.organization.admissions.get(status="admitted", role=Role.DATA_MERCHANT)
    revoke_admission(admission=held, basis="FND-TEST", reason="冒用资质", actor=make_actor(Role.REGULATOR), clock=seller.clock)


def document_that_never_came(seller) -> None:
    held = seller.organization.admissions.get(status="admitted", role=Role.DATA_MERCHANT)
    seller.organization.admissions.filter(pk=held.pk).update(basis="declaration", declaration_hash="f" * 64)
    ProofNeed.objects.create(admission=held, item="business_licence", capabilities=["list"], needed_from=seller.clock.now())
    assert look_for_proofs(clock=seller.clock) == 1


def false_document(seller) -> None:
    held = seller.organization.admissions.get(status="admitted", role=Role.DATA_MERCHANT)
    certified(seller, "business_licence")
    ProofNeed.objects.create(admission=held, item="business_licence", capabilities=["list"], needed_from=seller.clock.now())
    proof = seller.organization.proofs.get(item="business_licence")
    refuse_proof(proof=proof, reason="伪造", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)


@covers("A1", "A3", "A5", "R48")
@pytest.mark.parametrize(("ends", "says", "back"), [
    (ended_admission, "尚未准入", "重新获得准入"), (revoked_admission, "尚未准入", "重新获得准入"),
    (document_that_never_came, "材料", "新的材料"), (false_document, "材料", "新的材料")])
def test_what_ends_the_right_to_list_takes_products_off_sale_with_reason_and_way_back(ends, says: str, back: str) -> None:
    """The gate refused already; the board and the search showed the product as on sale until somebody tried to buy it."""
    seller = make_seller()
    listing = make_listed(seller)
    ends(seller)
    drain(clock=seller.clock)
    listing.refresh_from_db()
    hold = listing.holds.get(lifted_at__isnull=True)
    assert listing.status == "suspended" and hold.reason_code == "capability" and says in hold.reason_zh and back in hold.way_back_zh


@covers("A5", "R48")
def test_a_new_document_brings_the_products_back() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    document_that_never_came(seller)
    drain(clock=seller.clock)
    certified(seller, "business_licence")
    drain(clock=seller.clock)
    assert tradable(Listing.objects.get(pk=listing.pk), at=seller.clock.now()) == ""


@covers("A3")
def test_a_cut_that_stands_under_a_fallen_standing_is_not_lifted_by_it() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    at = seller.clock.now()
    hold_capability(organization=seller.organization, capability="list", reason_code="desk", reason="核查", actor=SYSTEM, at=at)
    drain(clock=seller.clock)
    set_standing(organization=seller.organization, standing="restricted", band="D", cause_code="CND-TEST", reason="认定", actor=SYSTEM,
                 at=at)
    hold_capability(organization=seller.organization, capability="list", reason_code="desk", reason="再核查", actor=SYSTEM, at=at)
    drain(clock=seller.clock)
    assert set(listing.holds.filter(lifted_at__isnull=True).values_list("reason_code", flat=True)) == {"capability", "standing"}
