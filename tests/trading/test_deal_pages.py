"""Pages of bargains and demands: both sides' thread, the board, one demand for each reader, and acts through forms without scripts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from tests.trading.deals import PRICE, asked, bargain, closed, negotiable, quoted
from tests.trading.test_pages import shown
from tests.trading.test_pages import signed_in as as_user
from tests.trading.worlds import make_buyer, make_listing, seller_of
from trading.models import Negotiation, Quote, Rfq, Trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def signed_in(who: Actor | None) -> Client:
    return as_user(who) if who else Client()


def local(**by: float) -> str:
    return f"{MARKET_CLOCK.now() + timedelta(hours=8) + timedelta(**by):%Y-%m-%dT%H:%M}"


@covers("CAP-E4")
def test_a_bargain_from_the_offer_to_the_trade_by_forms_alone() -> None:
    listing, buyer = negotiable(use_terms={"purposes": ["industry"]}), make_buyer()
    b, s = signed_in(buyer), signed_in(seller_of(listing))
    assert "提出报价" in shown(b, f"/desk/negotiations/?listing={listing.code}")
    answer = b.post("/desk/negotiations/", {"listing": listing.code, "price": "6,000", "purpose": "industry", "note": "<b>长期</b>"})
    one = Negotiation.objects.get()
    page = f"/desk/negotiations/{one.code}/"
    assert answer.status_code == 302 and answer["Location"] == page
    assert "等待对方答复" in shown(b, page)
    seen = shown(s, page)
    assert "轮到您答复" in seen and "&lt;b&gt;长期" in seen
    assert s.post(page, {"act": "counter", "price": "", "purpose": "industry"}).status_code == 400
    assert s.post(page, {"act": "counter", "price": "7,000", "purpose": "industry"}).status_code == 302
    assert b.post(page, {"act": "accept", "seen": "1"}).status_code == 409
    assert b.post(page, {"act": "nonsense"}).status_code == 409
    assert b.post(page, {"act": "accept", "seen": "2"})["Location"].startswith("/desk/trades/TRD-")
    assert Trade.objects.get().price_fen == 700_000 and "达成" in shown(s, page)
    assert signed_in(make_buyer()).get(page).status_code == 404


@covers("CAP-E4", "CAP-E1")
def test_a_seller_offers_privately_and_a_buyer_holds_the_list_price() -> None:
    listing, buyer = make_listing(sale_mode="fixed", price_fen=PRICE), make_buyer()
    s, b = signed_in(seller_of(listing)), signed_in(buyer)
    assert "定向报价" in shown(s, f"/desk/negotiations/?listing={listing.code}")
    given = {"listing": listing.code, "price": "5,000", "to": buyer.organization}
    assert s.post("/desk/negotiations/", given | {"to": "ORG-NOBODY"}).status_code == 404
    assert s.post("/desk/negotiations/", given).status_code == 302
    assert "5,000" in shown(b, "/desk/negotiations/")
    other = signed_in(make_buyer())
    assert "保价三个工作日" in shown(other, f"/listings/{listing.code}/buy/")
    held = other.post("/desk/negotiations/", {"listing": listing.code, "act": "hold", "price_fen": str(PRICE)})
    assert held.status_code == 302 and "谢绝" in shown(other, held["Location"])
    assert other.post("/desk/negotiations/", {"listing": listing.code, "act": "hold", "price_fen": "x"}).status_code == 409


@covers("CAP-E4")
def test_a_demand_from_the_board_to_the_award_by_forms_alone() -> None:
    buyer = make_buyer()
    b = signed_in(buyer)
    given = {"title": "港口航迹", "need": "逐日", "purpose": "industry", "budget": "9,000", "budget_hidden": "1",
             "closes_at": local(days=2)}
    assert b.post("/desk/demands/new/", given | {"title": ""}).status_code == 400
    assert b.post("/desk/demands/new/", given | {"closes_at": local(days=90)}).status_code == 400
    page = b.post("/desk/demands/new/", given)["Location"]
    listing = negotiable()
    s, stranger = signed_in(seller_of(listing)), signed_in(None)
    assert "港口航迹" in shown(stranger, "/trading/demands/?q=航迹") and "9,000" not in shown(stranger, page)
    assert "9,000" in shown(b, page)
    quote = {"act": "quote", "listing": listing.pk, "price": "8,000", "note": "含更新"}
    assert s.post(f"{page}quote/", quote | {"price": ""}).status_code == 400
    assert s.post(f"{page}quote/", quote).status_code == 302
    assert "8,000" in shown(s, page) and "8,000" not in shown(b, page)
    closed(Rfq.objects.get(), hours=49)
    assert "报价比较" in shown(b, page) and "8,000" in shown(b, page)
    one = Quote.objects.get()
    assert s.post(f"{page}quote/", {"act": "withdraw", "quote": one.code}).status_code == 409
    assert b.post(f"{page}decide/", {"act": "award", "quote": "QTE-NOBODY"}).status_code == 404
    assert b.post(f"{page}decide/", {"act": "award", "quote": one.code})["Location"].startswith("/desk/trades/TRD-")
    assert "入选" in shown(s, "/desk/demands/")


@covers("CAP-E4")
def test_another_round_and_an_end_without_an_award() -> None:
    rfq, buyer = asked()
    _, seller = quoted(rfq)
    closed(rfq)
    page, b = f"/trading/demands/{rfq.code}/", signed_in(buyer)
    again = {"act": "next_round", "target": "7,500", "message": "请降价", "closes_at": local(days=1)}
    assert b.post(f"{page}decide/", again | {"closes_at": ""}).status_code == 400
    assert b.post(f"{page}decide/", again).status_code == 302
    assert re.search("7,500", shown(signed_in(seller), page)) and "请降价" in shown(signed_in(seller), page)
    closed(rfq, hours=24)
    assert b.post(f"{page}decide/", {"act": "reject", "reason": ""}).status_code == 400
    assert b.post(f"{page}decide/", {"act": "reject", "reason": "预算调整"}).status_code == 302
    assert "预算调整" in shown(signed_in(seller), page)


@covers("CAP-E4")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_deals_is_shown_in_both_languages(language: str) -> None:
    one, seller, buyer = bargain()
    rfq, _ = asked(buyer)
    talk = f"/desk/negotiations/{one.code}/"
    for who, path in ((seller, talk), (buyer, talk), (buyer, "/desk/negotiations/"), (buyer, "/desk/demands/"),
                      (buyer, "/desk/demands/new/"), (seller, f"/trading/demands/{rfq.code}/"),
                      (None, "/trading/demands/?sector=G&purpose=industry")):
        answer = signed_in(who).get(path, headers={"accept-language": language})
        assert answer.status_code == 200, path
