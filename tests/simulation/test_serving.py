"""The demo's services: a model handed in, reviewed by two desks and opened, records opened for verification, both handed over and asked."""

from __future__ import annotations

import pytest

from delivery.models import Service, ServiceCall
from delivery.operations import open_delivery
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.ids import new_code
from ledger.operations import fund
from listings.models import ListingVersion
from participants.models import Organization
from participants.roles import Role
from simulation.agents.serving import hand_over_access, next_calls, next_services
from simulation.market import Market
from tests.delivery.services import listing_by
from tests.delivery.worlds import make_buyer, make_trade, pay, seller_of, stand_still
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


@covers("C6", "R14", "W14")
def test_a_model_is_reviewed_opened_and_asked_and_records_are_verified() -> None:
    stand_still()
    buyer, market = make_buyer(), Market(clock=MARKET_CLOCK)
    market.actors = {"compliance": make_actor(Role.COMPLIANCE_OFFICER), "regulator": make_actor(Role.REGULATOR), "buying": buyer}
    sold = {}
    for seller, mode, name in (("zhiche", "model", "cars_europe"), ("xiaoman", "verification", "world_2007")):
        listing = listing_by(mode)
        ListingVersion.objects.filter(pk=listing.version_id).update(file_name=f"{name}.csv")
        market.actors[seller], market.organizations[seller] = seller_of(listing), listing.organization
        sold[name] = listing
    for _ in range(4):
        for act in next_services(market):
            act()
    assert sorted(Service.objects.values_list("kind", flat=True)) == ["model", "verification"] and not market.refused
    market.organizations["buying"] = Organization.objects.get(pk=buyer.organization_id)
    for listing in sold.values():
        fund(organization=buyer.organization, amount_fen=1_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
        one = open_delivery(trade=pay(make_trade(listing=listing, buyer=buyer)), actor=SYSTEM, clock=MARKET_CLOCK)
        assert one is not None
        hand_over_access(market, one, seller_of(listing))
    for _ in range(5):
        for act in next_calls(market):
            act()
    told = [list(ServiceCall.objects.filter(service__kind=kind).values_list("outcome", flat=True)) for kind in ("model", "verification")]
    assert [len(one) for one in told] == [8, 8] and set(told[1]) == {"yes", "no"}
    assert all(10 < float(one) < 50 for one in told[0]), "miles a gallon"
