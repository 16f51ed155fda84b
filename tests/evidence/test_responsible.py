"""Whoever is responsible for a step stands in its fact (R89): collect and register, process and list, trade, deliver, settle."""

from __future__ import annotations

import re

import pytest

from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from participants.models import Organization
from settlement.tasks import move_cycle
from tests.delivery.worlds import delivered
from tests.listings.worlds import make_listed, make_seller
from tests.settlement.worlds import accepted, frozen

pytestmark = pytest.mark.django_db
#: An organisation and its person, or the house's own clock; a desk's person acts for the desk's organisation.
NAMED = re.compile(r"ORG-[0-9A-Z]{10}/PSN-[0-9A-Z]{10}")


@covers("R89")
def test_every_fact_of_collecting_processing_and_listing_names_an_organisation_and_its_person() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    facts = Record.objects.filter(kind__startswith="listings.")
    codes = set(Organization.objects.values_list("code", flat=True))
    told = {one.kind: one.actor for one in facts}
    assert {"listings.registration.applied", "listings.listing.submitted", "listings.listing.published"} <= set(told)
    for kind, actor in told.items():
        assert actor == SYSTEM.code or (NAMED.fullmatch(actor) and actor.split("/")[0] in codes), (kind, actor)
    assert told["listings.listing.submitted"].split("/")[0] == seller.organization.code == listing.organization.code
    assert told["listings.listing.approved"].split("/")[0] != seller.organization.code, "the desk answers for what it decided"


@covers("R89")
def test_every_fact_of_trading_delivering_and_settling_names_who_answers_or_the_party_it_is_about() -> None:
    set_market_clock(MARKET_CLOCK.now(), 0)
    delivered()
    accepted(price_fen=1_000_000)
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    parties = set(Organization.objects.values_list("code", flat=True))
    rooms = ("trading.", "delivery.", "settlement.")
    facts = [one for one in Record.objects.all() if one.kind.startswith(rooms)]
    assert {one.kind.split(".")[0] for one in facts} == {"trading", "delivery", "settlement"}
    for one in facts:
        assert one.actor == SYSTEM.code or NAMED.fullmatch(one.actor), (one.kind, one.actor)
        if NAMED.fullmatch(one.actor):
            assert one.actor.split("/")[0] in parties, one.kind
    opened = next(one for one in facts if one.kind == "delivery.delivery.opened")
    assert opened.actor == SYSTEM.code and {opened.payload["seller"], opened.payload["buyer"]} <= parties, "the clock, for these two"


@covers("R89")
@pytest.mark.parametrize("actor", ["", "PSN-0000000000", "-/PSN-0000000000", "somebody"])
def test_a_fact_without_an_organisation_would_be_noticed(actor: str) -> None:
    """The mutant: an actor that names no organisation."""
    assert actor != SYSTEM.code and not NAMED.fullmatch(actor)
