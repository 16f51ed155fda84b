"""R81 at the registers: each list and each page of a party's object shows a supervisor what its field takes in, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin

from compliance.models import ExportCase
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from participants.desk import DeskAdmin
from participants.models import (
    Admission,
    CapabilityHold,
    Membership,
    Organization,
    PartyProfile,
    Proof,
    SecurityReview,
    StandingChange,
    Succession,
)
from participants.roles import Role
from tests.exchange.test_supervision import text
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_organization
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.test_alerts import raised
from tests.trading.worlds import bought, make_listing
from trading.models import Barter, Negotiation, Quote, Rfq

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def party(region: str, sector: str) -> Organization:
    one = make_organization()
    PartyProfile.objects.create(organization=one, region=region, sector=sector, updated_at=MARKET_CLOCK.now())
    return one


def supervisor(*, sectors: tuple[str, ...] = (), regions: tuple[str, ...] = ()) -> Actor:
    actor = make_actor(Role.REGULATOR)
    Membership.objects.filter(organization_id=actor.organization_id, person__users=actor.user_id).update(sectors=list(sectors),
                                                                                                         regions=list(regions))
    return actor


# ---- which registers are bounded -------------------------------------------------------------------------------------------

#: registers of what belongs to no party: the law, the house's figures, the record of approvals and refused attempts, courses over all
NOBODYS = {"controllist", "jurisdictionstance", "exportrecognition", "negativelistversion", "rulecheck", "parameter", "calendarday",
           "venue", "approval", "deniedattempt", "rescreening", "leakcheck", "referral"}
PARTIES = {Organization, Membership, StandingChange, CapabilityHold, Admission, Proof, SecurityReview, Succession, ExportCase, Negotiation,
           Barter, Rfq, Quote}


@covers("R81", "T41")
def test_every_register_of_the_desk_says_whose_its_rows_are() -> None:
    """A new register of parties' objects that names no path to them fails here."""
    desks = {model: one for model, one in admin.site._registry.items() if isinstance(one, DeskAdmin)}
    bounded = {model for model, one in desks.items() if one.parties}
    assert bounded == PARTIES
    assert {model._meta.model_name for model in desks.keys() - bounded} == NOBODYS


@covers("R81")
@pytest.mark.parametrize("model", sorted(PARTIES, key=lambda one: one.__name__))
def test_a_path_to_a_party_leads_to_one_and_a_bounded_list_is_asked_of_the_database(model: Any) -> None:
    one: Any = admin.site._registry[model]
    request: Any = type("Request", (), {"actor": supervisor(sectors=("I",), regions=("31",))})()
    assert list(one.get_queryset(request)) == [], "nothing is in a field that takes nobody in"
    for path in one.parties:
        at = model
        for step in path.split("__") if path else []:
            at = at._meta.get_field(step).related_model
        assert at is Organization


# ---- list and page alike -----------------------------------------------------------------------------------------------------


def _admission(one: Organization) -> Admission:
    return Admission.objects.filter(organization=one).get()


#: register -> how a row of a party is made, and its own page
ROWS: dict[str, tuple[Callable[[Organization], Any], str]] = {
    "participants/organization": (lambda one: one, "capabilities"),
    "participants/admission": (_admission, "decide"),
}


@covers("R81", "T41")
@pytest.mark.parametrize("register", sorted(ROWS))
def test_list_search_and_page_of_a_register_draw_the_field_alike(register: str) -> None:
    made, own = ROWS[register]
    near, far = made(party("310115", "I")), made(party("440300", "J"))
    bounded, whole = (signed_in(supervisor(**field)) for field in ({"sectors": ("I",), "regions": ("310000",)}, {}))
    listed = text(bounded.get(f"/admin/{register}/"))
    assert near.code in listed and far.code not in listed
    found = [re.search(rf">\s*{one.code}\s*<", text(bounded.get(f"/admin/{register}/?q={one.code}"))) for one in (near, far)]
    assert found[0] and not found[1], "a search finds no stranger"
    for key, status in ((near.pk, 200), (far.pk, 403)):
        assert bounded.get(f"/admin/{register}/{key}/{own}/").status_code == status
    assert bounded.post(f"/admin/{register}/{far.pk}/{own}/", {"act": "admit", "reason": "越界"}).status_code == 403
    both = text(whole.get(f"/admin/{register}/"))
    assert near.code in both and far.code in both and whole.get(f"/admin/{register}/{far.pk}/{own}/").status_code == 200


@covers("R81")
def test_the_naive_register_lists_what_its_reader_may_not_open() -> None:
    """A register that names no path to a party lists a stranger; the same one with its path does not."""
    far = party("440300", "J")
    desk: Any = admin.site._registry[Organization]
    request: Any = type("Request", (), {"actor": supervisor(sectors=("I",))})()
    naive: Any = type("Naive", (type(desk),), {"parties": ()})(Organization, admin.site)
    assert far in naive.get_queryset(request) and far not in desk.get_queryset(request)


# ---- concentration -----------------------------------------------------------------------------------------------------------


@covers("R81", "H5")
def test_concentration_is_read_by_the_markets_of_ones_field_each_of_them_whole() -> None:
    buyer = make_organization(Role.BUYER)
    sellers = [party("310115", "D"), party("440300", "D"), party("440300", "J")]
    for seller, sector, fen in zip(sellers, ("D", "D", "J"), (6_000_000, 4_000_000, 9_000_000), strict=True):
        bought(buyer, fen, MARKET_CLOCK.now(), listing=make_listing(seller, sector=sector))
    page = "/admin/watch/concentration/"
    energy, finance = "5,200", "10,000"
    whole = text(signed_in(supervisor()).get(page))
    assert energy in whole and finance in whole and "只列您的行业与地区" not in whole
    by_sector = text(signed_in(supervisor(sectors=("D",))).get(page))
    assert energy in by_sector and finance not in by_sector and sellers[2].code not in by_sector and "只列您的行业与地区" in by_sector
    by_region = text(signed_in(supervisor(regions=("31",))).get(page))
    assert energy in by_region and finance not in by_region, "both sellers count in the market, or its index would be no index"
    asked = f"?one={sellers[0].code}&two={sellers[2].code}"
    assert "没有共同的市场" in text(signed_in(supervisor(sectors=("D",))).get(page + asked))


# ---- alerts ------------------------------------------------------------------------------------------------------------------


@covers("R81", "H4")
@pytest.mark.parametrize(("field", "sees"), [
    ({"sectors": ("I",)}, True), ({"regions": ("310000",)}, True), ({"sectors": ("I",), "regions": ("31",)}, True),
    ({"sectors": ("A",)}, False), ({"regions": ("33",)}, False), ({}, True)])
def test_every_page_of_the_desk_opens_to_a_bounded_supervisor_and_alerts_follow_one_of_their_parties(field: dict[str, Any], sees: bool
                                                                                                      ) -> None:
    alert = raised(parties=(party("310115", "I").code, party("440300", "J").code))
    browser = signed_in(supervisor(**field))
    for page in ("/admin/queue/alerts/", "/admin/alerts/"):
        assert (alert.code in text(browser.get(page))) is sees
    assert browser.get(f"/admin/alerts/{alert.code}/").status_code == (200 if sees else 403)
    for page in ("", "watch/", "watch/trades/", "watch/concentration/", "letters/", "deputies/", "queue/cases/", "queue/trades/",
                 "queue/complaints/", "queue/reviews/", "queue/admissions/", "queue/registrations/", "queue/conditions/", "queue/filings/",
                 "queue/conduct/", "queue/restorations/", "queue/disputes/"):
        assert browser.get(f"/admin/{page}").status_code == 200, page
