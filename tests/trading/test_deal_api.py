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


@covers("CAP-E4", "R103", "T39")
def test_a_tender_by_programs_alone_is_seen_by_whom_it_invites_and_each_quote_by_its_seller_until_the_end() -> None:
    buyer, near, far, stranger = make_buyer(), negotiable(), negotiable(), negotiable()
    guests = [Organization.objects.get(pk=seller_of(one).organization_id).code for one in (near, far)]
    body = {"title": "航迹", "need": "逐日航迹", "purpose": "industry", "invited": guests, "seats": 5, "term_days": 365,
            "closes_at": (MARKET_CLOCK.now() + timedelta(days=2)).isoformat()}
    told = post(buyer, "/api/demands/", body)
    path = f"/api/demands/{told['code']}/"
    assert (told["public"], told["invited"], told["seats"]) == (False, sorted(guests), 5)
    assert get(buyer, "/api/demands/")["items"] == [], "a tender does not stand on the board"
    assert signed_in(seller_of(stranger)).get(path).status_code == 404
    assert signed_in(seller_of(stranger)).get(f"{path}quotes/").status_code == 404
    first = post(seller_of(near), f"{path}quotes/", {"listing": near.code, "price_fen": 812_345, "note": "含更新"})
    second = post(seller_of(far), f"{path}quotes/", {"listing": far.code, "price_fen": 798_765})
    assert get(buyer, f"{path}quotes/")["items"] == [], "sealed"
    assert [one["price_fen"] for one in get(seller_of(near), f"{path}quotes/")["items"]] == [812_345]
    assert "invited" not in get(seller_of(near), path) and "trade" not in get(seller_of(near), path)
    closed(Rfq.objects.get())
    rows = get(buyer, f"{path}quotes/")["items"]
    assert [(one["code"], one["place"], one["price_fen"], one["tied"]) for one in rows] == [
        (second["code"], 1, 798_765, []), (first["code"], 2, 812_345, [])]
    assert rows[1]["note"] == "含更新" and "place" not in get(seller_of(near), f"{path}quotes/")["items"][0]
    again = post(buyer, f"{path}rounds/", {"closes_at": (MARKET_CLOCK.now() + timedelta(days=2)).isoformat(), "target_fen": 750_000})
    assert (again["round"], again["status"], get(seller_of(near), path)["target_fen"]) == (2, "open", 750_000)
    assert get(buyer, f"{path}quotes/")["items"] == [], "a further round is sealed like the first"
    assert post(seller_of(far), f"{path}quotes/{first['code']}/withdraw/", {}, 404)["code"] == "trading.quote.absent"
    assert post(seller_of(near), f"{path}quotes/{first['code']}/withdraw/", {})["status"] == "withdrawn"
    closed(Rfq.objects.get())
    assert [one["code"] for one in get(buyer, f"{path}quotes/")["items"]] == [second["code"]]
    done = post(buyer, f"{path}award/", {"quote": second["code"]})
    assert (done["status"], done["trade"]) == ("awarded", Trade.objects.get().code)


@covers("CAP-E4")
def test_a_demand_is_called_off_while_open_and_ended_with_a_reason_once_quotes_were_read() -> None:
    rfq, buyer = asked()
    _quote, seller = quoted(rfq)
    path = f"/api/demands/{rfq.code}/end/"
    assert post(buyer, path, {"act": "cancel"}, 400)["errors"][0]["field"] == "reason"
    assert post(buyer, path, {"act": "reject", "reason": "过高"}, 409)["code"] == "trading.rfq.not_deciding"
    assert post(seller, path, {"act": "cancel", "reason": "不报了"}, 403)["code"] == "participants.permission.denied"
    closed(rfq)
    assert post(buyer, path, {"act": "reject", "reason": "过高"})["status"] == "failed"
    assert Quote.objects.get().status == "lost"
    other, asking = asked()
    quoted(other)
    assert post(asking, f"/api/demands/{other.code}/end/", {"act": "cancel", "reason": "需求变化"})["status"] == "cancelled"
    assert get(asking, f"/api/demands/{other.code}/quotes/")["items"] == [], "quotes go back unread"


@covers("CAP-E4")
def test_who_is_invited_exists_and_is_not_tied_to_the_buyer() -> None:
    buyer = make_buyer()
    body = {"title": "航迹", "need": "逐日航迹", "purpose": "industry", "closes_at": (MARKET_CLOCK.now() + timedelta(days=2)).isoformat()}
    assert post(buyer, "/api/demands/", body | {"invited": ["ORG-NOBODY"]}, 404)["code"] == "participants.organization.absent"
    assert post(buyer, "/api/demands/", body | {"invited": [f"ORG-{n}" for n in range(51)]}, 400)["errors"][0]["field"] == "invited"
    assert Rfq.objects.count() == 0


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
