"""Worlds of services: a product sold by verification or by model, opened, handed over by its voucher, and calls of it."""

from __future__ import annotations

import io
import json
from typing import Any

from delivery.cleanroom.holding import access_paper
from delivery.computing.algorithms import approve_algorithm, secure_algorithm, submit_algorithm
from delivery.models import Algorithm, Delivery, ServiceCall
from delivery.operations import deliver, open_delivery
from delivery.scoring.calling import call_service
from delivery.scoring.offering import open_service
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger.operations import fund
from listings.models import Listing, ListingVersion
from participants.models import Organization
from participants.roles import Role
from tests.delivery.worlds import buyer_of, make_buyer, make_listing, make_trade, pay, seller_of
from tests.factories import make_actor

PURPOSE = "贷前核验"
FIELDS = ["姓名", "手机号"]
RECORDS = [[f"甲{n}", f"139{n:08d}"] for n in range(200)]
CARD: dict[str, Any] = {"format": "scorecard/1", "base": 600, "inputs": [
    {"name": "年限", "bands": [{"below": "2", "points": -40}, {"points": 15}]},
    {"name": "负债率", "bands": [{"below": "0.4", "points": 30}, {"points": -60}]}]}


def listing_by(mode: str, seller: Organization | None = None) -> Listing:
    listing = make_listing(seller)
    ListingVersion.objects.filter(pk=listing.version_id).update(delivery_mode=mode)
    return Listing.objects.select_related("version", "organization").get(pk=listing.pk)


def model_of(owner: Actor, text: str = json.dumps(CARD, ensure_ascii=False)) -> Algorithm:
    made = submit_algorithm(organization=Organization.objects.get(pk=owner.organization_id), title="评分卡", text=text, actor=owner,
                            clock=MARKET_CLOCK)
    made = secure_algorithm(algorithm=made, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    return approve_algorithm(algorithm=made, actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)


def handed_over(listing: Listing, buyer: Actor) -> Delivery:
    fund(organization=buyer.organization, amount_fen=1_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    one = open_delivery(trade=pay(make_trade(listing=listing, buyer=buyer)), actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    voucher = access_paper(one)
    assert voucher is not None
    paper = deposit(io.BytesIO(voucher), name="voucher.json", owner=one.seller.code, at=MARKET_CLOCK.now())
    return deliver(delivery=one, deposit=paper, actor=seller_of(listing), clock=MARKET_CLOCK)


def verifying(seller: Organization | None = None, buyer: Actor | None = None, **limits: Any) -> Delivery:
    """200 names with their numbers, asked for a match."""
    listing = listing_by("verification", seller)
    limits = {"most_calls": 1_000, "most_subjects": 500, **limits}
    open_service(version=listing.version, purposes=[PURPOSE], fields=FIELDS, records=RECORDS, actor=seller_of(listing), clock=MARKET_CLOCK,
                 **limits)
    return handed_over(listing, buyer or make_buyer())


def scoring(**limits: Any) -> Delivery:
    """A scorecard of two inputs."""
    listing = listing_by("model")
    seller = seller_of(listing)
    limits = {"most_calls": 1_000, "most_subjects": 500, **limits}
    open_service(version=listing.version, purposes=[PURPOSE], algorithm=model_of(seller), actor=seller, clock=MARKET_CLOCK, **limits)
    return handed_over(listing, make_buyer())


def called(one: Delivery, subject: str, inputs: dict[str, str] | None = None, **named: Any) -> ServiceCall:
    named = {"purpose": PURPOSE, "basis": "授权书 2031-001", "actor": buyer_of(one.trade), **named}
    return call_service(delivery=one, subject=subject, inputs=inputs or {"手机号": "13900000001"}, clock=MARKET_CLOCK, **named)
