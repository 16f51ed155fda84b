"""A buyer reads the tax inside a price before ordering, and reads the same amount on every paper after (G2: quote equals invoice)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from exchange.accounting import pack_of
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization, TaxStatement
from participants.tax import kind_of, state_taxpayer, tax_on
from tests.trading.test_pages import signed_in
from tests.trading.worlds import make_buyer, make_listing, move, open_lot, seller_of
from trading.operations import buy_listing
from trading.operations.purchasing import quote_for
from trading.queries import tax_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def general(listing: Any) -> None:
    state_taxpayer(organization=listing.organization, kind="general", actor=seller_of(listing), clock=MARKET_CLOCK)
    move(days=1)


@covers("G2", "I7")
def test_listing_quote_order_and_pack_show_one_tax_at_the_sellers_rate() -> None:
    """8,480.00 of a general taxpayer holds 480.00: 8,000 and 6 %."""
    listing, buyer = make_listing(sale_mode="fixed", price_fen=848_000), make_buyer()
    general(listing)
    browser = signed_in(buyer)
    for path in (f"/listings/{listing.code}/", f"/listings/{listing.code}/buy/"):
        shown = browser.get(path).content.decode()
        assert "其中增值税" in shown, path
        assert "一般纳税人" in shown and "480<small>" in shown, shown[shown.index("其中增值税"):][:300]
    told = browser.get(f"/api/listings/{listing.code}/purchases/").json()
    assert (told["tax_fen"], told["tax_bps"]) == (48_000, 600)
    quote = quote_for(listing, MARKET_CLOCK.now())
    trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, actor=buyer, clock=MARKET_CLOCK)
    assert tax_of(trade) == quote.tax
    assert "480<small>" in browser.get(f"/desk/trades/{trade.code}/").content.decode()
    assert any(value == "480.00 (6%)" for _name, value in pack_of(trade, buying=True).papers)


@covers("G2")
def test_a_change_of_standing_leaves_what_was_ordered_as_it_was_quoted() -> None:
    listing, buyer = make_listing(sale_mode="fixed", price_fen=848_000), make_buyer()
    quote = quote_for(listing, MARKET_CLOCK.now())
    trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, actor=buyer, clock=MARKET_CLOCK)
    general(listing)
    after = quote_for(listing, MARKET_CLOCK.now())
    assert quote.tax is not None and after.tax is not None and (quote.tax.fen, after.tax.fen) == (24_699, 48_000)
    assert tax_of(trade) == quote.tax and quote.total_fen == after.total_fen, "a price with tax does not move with its tax"


@covers("G2")
def test_a_bidder_reads_the_tax_and_the_deposit_before_bidding() -> None:
    buyer = make_buyer()
    lot = open_lot(buyer)
    page = signed_in(buyer).get(f"/trading/lots/{lot.code}/").content.decode()
    assert "价款含税，其中增值税" in page and "报价与成交价均含税" in page
    listing = signed_in(buyer).get(f"/listings/{lot.listing.code}/").content.decode()
    assert "其中增值税" in listing and "参拍保证金" in listing


@covers("G2")
def test_the_cart_adds_the_taxes_of_its_sellers_up() -> None:
    buyer = make_buyer()
    browser = signed_in(buyer)
    for price in (103_000, 206_000):
        listing = make_listing(sale_mode="fixed", price_fen=price)
        browser.post("/desk/cart/", {"act": "put", "listing": listing.code})
    shown = browser.get("/desk/cart/").content.decode()
    assert all(f"{fen}<small>" in shown for fen in (30, 60, 90)) and "其中增值税" in shown


@covers("G2")
def test_the_billing_page_states_a_standing_and_says_from_when() -> None:
    actor = make_buyer()
    browser = signed_in(actor)
    assert "尚未声明" in browser.get("/desk/organisation/billing/").content.decode()
    assert browser.post("/desk/organisation/billing/", {"act": "taxpayer", "kind": "x"}).status_code == 400
    assert browser.post("/desk/organisation/billing/", {"act": "taxpayer", "kind": "general"}).status_code == 302
    assert "一般纳税人" in browser.get("/desk/organisation/billing/").content.decode()
    ours = Organization.objects.get(pk=actor.organization_id or 0)
    assert ours.tax_statements.get().effective_from - MARKET_CLOCK.now() <= timedelta(days=1)


@covers("G2")
def test_a_standing_holds_from_the_next_day_and_never_reaches_back() -> None:
    actor = make_buyer()
    ours = Organization.objects.get(pk=actor.organization_id or 0)
    now = MARKET_CLOCK.now()
    assert kind_of(ours.pk, now) == "small", "who has not registered as a general taxpayer is small-scale"
    made = state_taxpayer(organization=ours, kind="general", actor=actor, clock=MARKET_CLOCK)
    assert made is not None and made.effective_from > MARKET_CLOCK.now() and kind_of(ours.pk, MARKET_CLOCK.now()) == "small"
    before = tax_on(10_600, seller_id=ours.pk, at=now)
    move(days=1)
    after = tax_on(10_600, seller_id=ours.pk, at=MARKET_CLOCK.now())
    assert before is not None and after is not None and (before.fen, after.fen) == (309, 600)
    assert tax_on(10_600, seller_id=ours.pk, at=now) == before, "what was sold keeps its rate"
    assert Record.objects.filter(kind="participants.taxpayer.stated", subject=ours.code).count() == 1
    state_taxpayer(organization=ours, kind="general", actor=actor, clock=MARKET_CLOCK)
    assert TaxStatement.objects.count() == 1, "the same again is no change"
    with pytest.raises(Rejected, match=r"taxpayer\.unknown"):
        state_taxpayer(organization=ours, kind="huge", actor=actor, clock=MARKET_CLOCK)


@covers("G2", "I3")
def test_the_database_refuses_to_rewrite_or_to_backdate_a_standing() -> None:
    actor = make_buyer()
    ours = Organization.objects.get(pk=actor.organization_id or 0)
    state_taxpayer(organization=ours, kind="general", actor=actor, clock=MARKET_CLOCK)
    for statement in ("UPDATE participants_taxstatement SET kind = 'exempt'", "DELETE FROM participants_taxstatement"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    at = MARKET_CLOCK.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        TaxStatement.objects.create(organization=ours, kind="exempt", effective_from=at - timedelta(days=1), stated_at=at,
                                    stated_by_id=actor.user_id or 0)
