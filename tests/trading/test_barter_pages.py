"""Pages and addresses of barters: proposed from a listing's page, both sides' view, agreed by forms alone; programs the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from exchange.todo import waiting
from kit.actors import Actor
from kit.coverage import covers
from tests.trading.barters import World, agreed, merchant, party, proposed, swap
from tests.trading.test_pages import shown, signed_in
from trading.models import Barter, Trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
_COUNT = iter(range(1_000_000))


def english(client: Client, path: str) -> str:
    return client.get(path, headers={"accept-language": "en"}).content.decode()


@covers("R12", "CAP-E4")
def test_a_barter_from_the_listing_to_two_trades_by_forms_alone() -> None:
    world = World(use_terms={"purposes": ["industry"]})
    a, b = signed_in(world.one), signed_in(world.two)
    assert f"/desk/barters/?listing={world.gets.code}" in shown(a, f"/listings/{world.gets.code}/")
    assert world.gives.code in shown(a, f"/desk/barters/?listing={world.gets.code}"), "first which licence of ours to give"
    begun = f"/desk/barters/?listing={world.gets.code}&gives={world.gives.code}"
    assert "我方许可的公允价值" in shown(a, begun)
    given = {"listing": world.gets.code, "gives": world.gives.code, "ours_value": "10,000", "ours_purpose": "industry",
             "theirs_value": "8,000", "theirs_purpose": "industry", "note": "<b>互通有无</b>"}
    assert a.post("/desk/barters/", given | {"difference": "paid", "ours_value": ""}).status_code == 400
    assert a.post("/desk/barters/", given | {"difference": "none"}).status_code == 400, "a difference is dealt with in so many words"
    answer = a.post("/desk/barters/", given | {"difference": "waived"})
    one = Barter.objects.get()
    page = f"/desk/barters/{one.code}/"
    assert answer.status_code == 302 and answer["Location"] == page
    assert "等待对方答复" in shown(a, page)
    seen = shown(b, page)
    assert "轮到您答复" in seen and "&lt;b&gt;互通有无" in seen and "两项都验收之前" in seen and "我方以款支付" in seen
    assert [notice.subject for notice in waiting(party(world.two))] == [one.code]
    counter = {"act": "counter", "ours_value": "9,000", "ours_purpose": "industry", "theirs_value": "10,000", "theirs_purpose": "industry"}
    assert b.post(page, counter | {"difference": "paid", "theirs_value": ""}).status_code == 400
    assert b.post(page, counter | {"difference": "paid"}).status_code == 302
    assert a.post(page, {"act": "accept", "seen": "1"}).status_code == 409
    assert a.post(page, {"act": "nonsense"}).status_code == 409
    assert a.post(page, {"act": "accept", "seen": "2"})["Location"] == page
    assert sorted(Trade.objects.values_list("price_fen", flat=True)) == [900_000, 1_000_000]
    done = shown(b, page)
    assert all(code in done for code in Trade.objects.values_list("code", flat=True)) and "互换中" in done
    assert signed_in(merchant()).get(page).status_code == 404


@covers("R12")
def test_a_barter_is_read_in_english_and_the_tape_marks_its_values() -> None:
    one, world = agreed(terms=swap(1_000_000, 800_000, "waived"))
    page = english(signed_in(world.one), f"/desk/barters/{one.code}/")
    assert "We pay in money" in page and "If one of them falls" in page and "Difference waived" in page
    assert "One of them" not in page
    assert "barter, declared value" in english(Client(), "/trading/trades/")
    trade = one.legs.get(side="proposer").trade
    assert one.code in shown(signed_in(world.one), f"/desk/trades/{trade.code}/")


@covers("R12")
def test_declining_and_taking_back_by_forms_and_an_empty_desk() -> None:
    assert "还没有互换" in shown(signed_in(merchant()), "/desk/barters/")
    one, world = proposed()
    page = f"/desk/barters/{one.code}/"
    assert signed_in(world.two).post(page, {"act": "withdraw"}).status_code == 409
    assert signed_in(world.two).post(page, {"act": "decline"}).status_code == 302
    again, _ = proposed(world)
    assert signed_in(world.one).post(f"/desk/barters/{again.code}/", {"act": "withdraw"}).status_code == 302
    assert sorted(Barter.objects.values_list("status", flat=True)) == ["declined", "withdrawn"]
    assert shown(signed_in(world.one), "/desk/barters/").count("BRT-") >= 2


def post(who: Actor, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = signed_in(who).post(path, json.dumps(body), content_type="application/json",
                                 headers={"idempotency-key": f"barters-api-{next(_COUNT):08d}"})
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


@covers("R12", "T5")
def test_programs_propose_counter_and_accept_and_read_their_own_money_alone() -> None:
    world = World()
    body = {"gives_listing": world.gives.code, "gets_listing": world.gets.code, "gives": {"value_fen": 1_000_000},
            "gets": {"value_fen": 800_000}, "difference": "paid"}
    one = post(world.one, "/api/barters/", body)
    assert (one["turn"], one["pays"]["total_fen"], one["trades"]) == ("partner", 35_000, {})
    path = f"/api/barters/{one['code']}/"
    assert signed_in(merchant()).get(path).status_code == 404
    assert post(world.two, f"{path}answers/", {"act": "counter"}, 400)["code"] == "trading.barter.no_terms"
    terms = {"gives": {"value_fen": 900_000}, "gets": {"value_fen": 900_000}, "difference": "none"}
    assert post(world.two, f"{path}answers/", {"act": "counter", "terms": terms})["round"] == 2
    done = post(world.one, f"{path}answers/", {"act": "accept", "seen": 2})
    assert done["status"] == "agreed" and set(done["trades"]) == {"proposer", "partner"}
    assert signed_in(world.two).get("/api/barters/").json()["items"][0]["pays"]["total_fen"] == 31_500
