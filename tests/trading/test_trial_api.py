"""Challenges for programs: criteria with the demand, answers with the quote, entries by number, an award by number (R112).

Worked example, as on the pages: A errs twice and asks 9,000 (94 points), C errs once and asks 12,000 (87), B stays below the least mark.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from tests.factories import make_organization
from tests.trading.deals import closed, negotiable
from tests.trading.test_deal_api import get, post
from tests.trading.test_pages import signed_in
from tests.trading.trials import KEYS, TRUTH, wrong_in
from tests.trading.worlds import make_buyer, seller_of
from trading.models import Challenge, Rfq

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def csv(rows: dict[str, str], headings: str = "key,answer") -> str:
    return "\n".join([headings, *(f"{key},{value}" for key, value in rows.items())]) + "\n"


def body(**more: Any) -> dict[str, Any]:
    terms = {"measure": "accuracy", "weight": 60, "least_ppm": 600_000, "questions": csv(dict.fromkeys(KEYS, "40"), "key,length"),
             "answers": csv(TRUTH)}
    return {"title": "船型识别", "need": "按雷达回波识别船型", "purpose": "industry", "challenge": terms | more,
            "closes_at": (MARKET_CLOCK.now() + timedelta(hours=48)).isoformat()}


def opened_by_program() -> tuple[str, Any]:
    buyer = make_buyer()
    return f"/api/demands/{post(buyer, '/api/demands/', body())['code']}/", buyer


def quote(path: str, price_fen: int, wrong: int) -> tuple[dict[str, Any], Any]:
    listing = negotiable(seller=make_organization())
    seller = seller_of(listing)
    return post(seller, f"{path}quotes/", {"listing": listing.code, "price_fen": price_fen, "answers": csv(wrong_in(wrong))}), seller


@covers("R112", "T39")
def test_a_challenge_by_programs_alone() -> None:
    path, buyer = opened_by_program()
    assert get(None, path)["challenge"] is True
    told = get(None, f"{path}trial/")
    assert (told["measure"], told["weight"], told["least_ppm"], told["items"], told["entries"], told["salt"]) == (
        "accuracy", 60, 600_000, 20, [], None)
    questions = get(None, f"{path}trial/questions/")
    assert questions["csv"].startswith("key,length\nS00,40\n")
    assert hashlib.sha256(questions["csv"].encode()).hexdigest() == questions["sha256"] == told["questions_sha256"]
    (first, seller), _, _ = quote(path, 900_000, 2), quote(path, 500_000, 9), quote(path, 1_200_000, 1)
    closed(Rfq.objects.get())
    rows = get(buyer, f"{path}trial/")["entries"]
    assert [(row["mark_ppm"], row["points"], row["place"], row["price_fen"]) for row in rows] == [
        (900_000, "94.00", 1, 900_000), (950_000, "87.00", 2, 1_200_000), (550_000, "", None, 500_000)]
    assert not any({"quote", "seller", "listing"} & set(row) for row in rows) and first["code"] not in json.dumps(rows)
    assert get(seller, f"{path}trial/")["entries"] == [] == get(None, f"{path}trial/")["entries"]
    assert post(buyer, f"{path}award/", {}, 400)["errors"][0]["field"] == "quote"
    assert post(buyer, f"{path}award/", {"entry": rows[2]["entry"]}, 422)["code"] == "trading.challenge.below_least"
    assert post(buyer, f"{path}award/", {"entry": rows[1]["entry"]}, 422)["code"] == "trading.challenge.reason_due"
    done = post(buyer, f"{path}award/", {"entry": rows[0]["entry"]})
    assert done["status"] == "awarded" and done["trade"]
    after = get(None, f"{path}trial/")
    assert after["salt"] == Challenge.objects.get().salt_told
    assert [row.get("quote") for row in after["entries"]] == [first["code"], None, None], "who lost is not named to the public"
    assert get(seller, f"{path}trial/answers/")["csv"] == csv(TRUTH)


@covers("R112", "T39")
def test_the_true_answers_are_the_buyers_until_the_decision_and_no_code_finds_an_entry() -> None:
    """The naive endpoint awards whatever code it is given: a buyer who learnt it elsewhere would pass the comparison by."""
    path, buyer = opened_by_program()
    answer, seller = quote(path, 900_000, 2)
    assert get(buyer, f"{path}trial/answers/")["csv"] == csv(TRUTH)
    for who in (Client(), signed_in(seller), signed_in(make_buyer())):
        no = who.get(f"{path}trial/answers/")
        assert (no.status_code, no.json()["code"]) == (404, "trading.challenge.absent")
        assert who.get(f"{path}trial/truth/").status_code == 404
    closed(Rfq.objects.get())
    assert post(buyer, f"{path}award/", {"quote": answer["code"]}, 404)["code"] == "trading.challenge.no_entry"
    plain = post(buyer, "/api/demands/", {key: value for key, value in body().items() if key != "challenge"})
    assert signed_in(buyer).get(f"/api/demands/{plain['code']}/trial/").status_code == 404


@covers("R112")
@pytest.mark.parametrize(("faulty", "code"), [
    ({"weight": 95}, "exchange.request.invalid"), ({"questions": csv(TRUTH)}, "trading.challenge.file"),
    ({"answers": csv({key: TRUTH[key] for key in KEYS[1:]})}, "trading.challenge.file"),
    ({"questions": "x" * 400_001}, "exchange.request.invalid")])
def test_faulty_criteria_are_refused_and_nothing_is_published(faulty: dict[str, Any], code: str) -> None:
    assert post(make_buyer(), "/api/demands/", body(**faulty), 400)["code"] == code
    assert not Rfq.objects.exists()


@covers("R112")
def test_a_quote_without_answers_and_answers_without_a_trial_are_refused() -> None:
    path, _buyer = opened_by_program()
    listing = negotiable(seller=make_organization())
    said = {"listing": listing.code, "price_fen": 900_000}
    assert post(seller_of(listing), f"{path}quotes/", said, 422)["code"] == "trading.challenge.answers_due"
    plain = post(make_buyer(), "/api/demands/", {key: value for key, value in body().items() if key != "challenge"})
    no = post(seller_of(listing), f"/api/demands/{plain['code']}/quotes/", said | {"answers": csv(TRUTH)}, 422)
    assert no["code"] == "trading.challenge.no_trial"
