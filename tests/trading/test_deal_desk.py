"""The desk's tables of bargains, requests and quotes: to look at only, and what is sealed for the market is sealed there too."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from tests.matrix import World
from tests.trading.deals import asked, bargain, closed, quoted
from trading import admin as desk
from trading.models import Negotiation, Quote, Rfq
from trading.operations import cancel_rfq, withdraw_quote

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
PRICE, SPELLED = 812_345, ("8,123.45", "812345", "8123.45", "812,345")


def tables(row_of_quote: Quote, client: Client) -> list[str]:
    """The list and the row of a quote as the desk reads them."""
    found = [client.get("/admin/trading/quote/"), client.get(f"/admin/trading/quote/{row_of_quote.pk}/change/")]
    assert [one.status_code for one in found] == [200, 200]
    return [one.content.decode() for one in found]


@covers("CAP-E4", "R47")
def test_the_desk_reads_who_bargains_about_what_whose_turn_it_is_and_until_when() -> None:
    one, _seller, _buyer = bargain(PRICE)
    client = World().clients["regulator"]
    for path in ("/admin/trading/negotiation/", f"/admin/trading/negotiation/{one.pk}/change/"):
        page = client.get(path).content.decode()
        assert one.code in page and one.listing.code in page and "双方议价" in page and "8,123.45" in page
    assert client.get("/admin/trading/negotiation/", {"q": one.seller.code}).content.decode().count(one.code) >= 1
    assert one.code not in client.get("/admin/trading/negotiation/", {"status__exact": "accepted"}).content.decode()
    assert "Bargain" in client.get("/admin/trading/negotiation/", headers={"accept-language": "en"}).content.decode()


@covers("CAP-E4", "R103")
def test_a_quote_is_sealed_at_the_desk_too_until_the_round_is_over() -> None:
    rfq, _buyer = asked()
    quote, _seller = quoted(rfq, PRICE)
    client = World().clients["regulator"]
    for page in tables(quote, client):
        assert quote.code in page and "密封" in page and not any(word in page for word in SPELLED)
    assert client.get("/admin/trading/quote/", {"o": "7"}).status_code == 200, "nor is there an order that tells it"
    closed(rfq)
    assert all("8,123.45" in page for page in tables(quote, client))


@covers("R103")
def test_quotes_that_went_back_unread_stay_sealed_for_good() -> None:
    taken_back, _buyer = asked()
    quote, seller = quoted(taken_back, PRICE)
    withdraw_quote(quote=quote, actor=seller, clock=MARKET_CLOCK)
    quoted(taken_back, 900_000)
    closed(taken_back)
    called_off, buyer = asked()
    other, _seller = quoted(called_off, PRICE)
    cancel_rfq(rfq=called_off, reason="需求变化", actor=buyer, clock=MARKET_CLOCK)
    client = World().clients["regulator"]
    for one in (quote, other):
        assert not any(word in page for page in tables(one, client) for word in SPELLED)


@covers("R103")
def test_a_hidden_budget_and_no_salt_is_on_any_page_of_the_desk() -> None:
    rfq, _buyer = asked(budget_fen=PRICE, budget_hidden=True)
    shown, _other = asked(budget_fen=700_000)
    client = World().clients["regulator"]
    page = client.get("/admin/trading/rfq/").content.decode() + client.get(f"/admin/trading/rfq/{rfq.pk}/change/").content.decode()
    assert rfq.code in page and "未公开" in page and not any(word in page for word in SPELLED)
    assert shown.code in page and "7,000" in page
    for model in (Negotiation, Rfq, Quote):
        table = admin.site._registry[model]
        names = {getattr(one, "__name__", "") for one in table.get_fields(None)}  # type: ignore[arg-type]
        assert not {name for name in names if "salt" in name or "command" in name}


@covers("R103")
def test_a_table_that_shows_what_the_row_holds_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive desk: every column of the row, whoever may see it."""
    rfq, _buyer = asked()
    quote, _seller = quoted(rfq, PRICE)
    monkeypatch.setattr(desk.QuoteDesk, "list_display", ("code", "seller", "price_fen"))
    assert any(word in page for page in tables(quote, World().clients["regulator"]) for word in SPELLED)


@covers("T41")
def test_whoever_trades_has_no_way_in() -> None:
    world = World()
    for path in ("negotiation", "rfq", "quote"):
        assert world.clients["merchant"].get(f"/admin/trading/{path}/").status_code == 403
        assert world.clients["auditor"].get(f"/admin/trading/{path}/").status_code == 200
        assert world.clients["regulator"].get(f"/admin/trading/{path}/add/").status_code == 403
