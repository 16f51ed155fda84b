"""Bargains and demands for programs: each side its own, hidden budgets and sealed quotes nobody's, every act under its key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from exchange.todo import waiting
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Organization
from tests.trading.deals import asked, bargain, closed, negotiable, quoted, terms
from tests.trading.test_pages import signed_in
from tests.trading.worlds import make_buyer, seller_of
from trading.models import Negotiation, Quote, Rfq, Trade
from trading.operations import counter_offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
_COUNT = iter(range(1_000_000))


def post(who: Actor, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = signed_in(who).post(path, json.dumps(body), content_type="application/json",
                                 headers={"idempotency-key": f"deals-api-{next(_COUNT):08d}"})
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def get(who: Actor | None, path: str) -> dict[str, Any]:
    answer = (signed_in(who) if who else Client()).get(path)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


@covers("CAP-E4", "R103")
def test_a_bargain_by_programs_alone() -> None:
    listing, buyer = negotiable(), make_buyer()
    seller = seller_of(listing)
    one = post(buyer, "/api/negotiations/", {"listing": listing.code, "price_fen": 600_000, "seats": 5})
    path = f"/api/negotiations/{one['code']}/"
    assert (one["turn"], one["price_fen"], one["seats"], one["trade"]) == ("seller", 600_000, 5, None)
    assert post(seller, f"{path}answers/", {"act": "counter"}, 400)["code"] == "trading.negotiation.no_terms"
    post(seller, f"{path}answers/", {"act": "counter", "terms": {"price_fen": 700_000}})
    assert post(buyer, f"{path}answers/", {"act": "accept", "seen": 1}, 409)["code"] == "trading.negotiation.moved_on"
    done = post(buyer, f"{path}answers/", {"act": "accept", "seen": 2})
    assert done["status"] == "accepted" and done["trade"] == Trade.objects.get().code
    assert [row["code"] for row in get(seller, "/api/negotiations/")["items"]] == [one["code"]]
    assert get(make_buyer(), "/api/negotiations/")["items"] == []
    assert post(make_buyer(), f"{path}answers/", {"act": "decline"}, 404)["code"] == "trading.negotiation.absent"
    other, seller, buyer = bargain()
    assert post(buyer, f"/api/negotiations/{other.code}/answers/", {"act": "withdraw"})["status"] == "withdrawn"


@covers("CAP-E4", "R103", "T39")
def test_a_demand_by_programs_alone() -> None:
    buyer, listing = make_buyer(), negotiable()
    body = {"title": "航迹", "need": "逐日航迹", "purpose": "industry", "budget_fen": 900_000, "budget_hidden": True,
            "closes_at": (MARKET_CLOCK.now() + timedelta(days=2)).isoformat()}
    path = f"/api/demands/{post(buyer, '/api/demands/', body)['code']}/"
    assert get(buyer, path)["budget_fen"] == 900_000 and get(None, path)["budget_fen"] is None
    quote = post(seller_of(listing), f"{path}quotes/", {"listing": listing.code, "price_fen": 812_345})
    assert quote["price_fen"] == 812_345 and "812345" not in json.dumps(get(buyer, path))
    assert post(buyer, f"{path}award/", {"quote": quote["code"]}, 409)["code"] == "trading.rfq.not_deciding"
    closed(Rfq.objects.get())
    assert post(buyer, f"{path}award/", {"quote": "QTE-NOBODY"}, 404)["code"] == "trading.quote.absent"
    assert post(buyer, f"{path}award/", {"quote": quote["code"]})["status"] == "awarded"
    assert Quote.objects.get().status == "won"


@covers("CAP-E4", "H1")
def test_what_waits_is_told_to_whose_turn_it_is_and_to_nobody_once_it_is_answered() -> None:
    one, seller, buyer = bargain()
    desks = {who: Organization.objects.get(pk=actor.organization_id) for who, actor in (("seller", seller), ("buyer", buyer))}
    assert [note.subject for note in waiting(desks["seller"])] == [one.code] and waiting(desks["buyer"]) == []
    counter_offer(negotiation=one, terms=terms(900_000), actor=seller, clock=MARKET_CLOCK)
    assert [note.subject for note in waiting(desks["buyer"])] == [one.code] and waiting(desks["seller"]) == []
    rfq, asking = asked()
    quoted(rfq)
    closed(rfq)
    assert [note.subject for note in waiting(Organization.objects.get(pk=asking.organization_id))] == [rfq.code]
    assert Negotiation.objects.get().status == "offered"
