"""Buying at the list price: quoted, agreed and paid in one act; licences are never oversold (trading at list price; CAP-E1, I13, I19).

Worked example: a licence at 8,000 yuan; the venue takes nothing from the buyer, so 8,000 are quoted, paid into escrow and invoiced.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing, ListingVersion
from participants.charges import Payer
from participants.models import Notice, OwnershipStake
from tests.factories import figure, venue
from tests.trading.test_pages import shown, signed_in
from tests.trading.worlds import make_buyer, make_listing, second_hand, seller_of
from trading.charging import charges_for
from trading.models import Basis, Trade
from trading.operations import buy_listing, cancel_trade, quote_for, quotes_for, unwind_trade
from trading.queries import charges_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
PRICE = 800_000


def on_sale(**terms: Any) -> Listing:
    return make_listing(**({"sale_mode": "fixed", "price_fen": PRICE} | terms))


def fresh(listing: Listing) -> Listing:
    return Listing.objects.select_related("version", "organization", "venue", "pilot").get(pk=listing.pk)


def buy(listing: Listing, buyer: Actor, **other: Any) -> Trade:
    quote = quote_for(fresh(listing), MARKET_CLOCK.now())
    return buy_listing(**({"listing": listing, "version": quote.version.code, "total_fen": quote.total_fen, "actor": buyer,
                           "clock": MARKET_CLOCK} | other))


def refused(code: str, listing: Listing, buyer: Actor, **other: Any) -> None:
    before = Trade.objects.count()
    with pytest.raises(Rejected) as caught:
        buy(listing, buyer, **other)
    assert caught.value.code == code and Trade.objects.count() == before


@covers("CAP-E1", "R45", "I19")
def test_one_act_makes_the_trade_and_pays_it_into_escrow() -> None:
    listing, buyer = on_sale(), make_buyer(1_000_000)
    trade = buy(listing, buyer)
    assert (trade.basis, trade.price_fen, trade.state.status, trade.state.due_at) == ("purchase", PRICE, "funded", None)
    assert balance(account(trade.code, AccountKind.ESCROW)).posted_fen == PRICE
    assert balance(account(buyer.organization or "", AccountKind.AVAILABLE)).available_fen == 200_000
    kinds = list(Record.objects.filter(subject=trade.code).order_by("at", "id").values_list("kind", flat=True))
    assert sorted(kinds) == ["trading.trade.executed", "trading.trade.funded"]
    assert Notice.objects.filter(kind="trading.trade.bought").count() == 2


@covers("G2", "W27")
def test_a_fee_of_the_way_of_trading_and_of_the_class_is_quoted_frozen_and_paid_and_others_pay_their_own() -> None:
    figure(venue(), "fee.match_buyer_bps", 100, scope="channel=purchase")
    figure(venue(), "fee.match_buyer_bps", 50, scope="channel=purchase;class=personal")
    figure(venue(), "fee.match_buyer_bps", 400, scope="channel=award")
    plain, personal, buyer = on_sale(category="enterprise"), on_sale(category="personal"), make_buyer(2_000_000)
    assert [quote_for(fresh(one), MARKET_CLOCK.now()).total_fen for one in (plain, personal)] == [808_000, 804_000]
    bought = buy(plain, buyer)
    figure(venue(), "fee.match_buyer_bps", 500, scope="channel=purchase", at=MARKET_CLOCK.now())
    assert charges_of(bought).total(PRICE, Payer.BUYER) == 8_000, "as it was quoted, whatever comes after"
    assert balance(account(bought.code, AccountKind.ESCROW)).posted_fen == 808_000
    lot = charges_for(fresh(plain).version, Basis.AWARD, venue=venue(), at=MARKET_CLOCK.now())
    assert lot.total(PRICE, Payer.BUYER) == 32_000


@covers("CAP-E1", "R51")
def test_the_quote_is_the_invoice_fees_and_all() -> None:
    figure(venue(), "fee.match_buyer_bps", 100)
    listing, buyer = on_sale(), make_buyer()
    quote = quote_for(fresh(listing), MARKET_CLOCK.now())
    assert (quote.total_fen, [one.fen for one in quote.fees if one.fen]) == (808_000, [8_000])
    trade = buy(listing, buyer)
    assert balance(account(trade.code, AccountKind.ESCROW)).posted_fen == 808_000
    assert [one.fen for one in charges_of(trade).of(PRICE)] == [one.fen for one in quote.charges.of(PRICE)]
    refused("trading.purchase.quote_moved", listing, buyer, total_fen=800_000)
    refused("trading.purchase.quote_moved", listing, buyer, version="LSV-ANOTHER")


@covers("R17", "CAP-E1")
def test_what_is_free_is_bought_without_money() -> None:
    trade = buy(on_sale(price_fen=0), make_buyer(0))
    assert (trade.price_fen, trade.state.status) == (0, "funded")


@covers("R18", "R42")
def test_the_purpose_is_one_of_those_licensed_and_stands_in_the_agreement() -> None:
    listing, buyer = on_sale(use_terms={"purposes": ["industry", "research"]}), make_buyer()
    refused("trading.purchase.purpose", listing, buyer, purpose="resale")
    refused("trading.purchase.purpose", listing, buyer, purpose="")
    assert buy(listing, buyer, purpose="research").agreement["purpose"] == "research"


@covers("I13", "CAP-E1")
def test_licences_are_sold_until_they_are_out_and_an_undone_trade_gives_its_own_back() -> None:
    listing, (a, b, c) = on_sale(quota=2), [make_buyer() for _ in range(3)]
    buy(listing, a)
    second = buy(listing, b)
    refused("trading.purchase.sold_out", listing, c)
    second.state.status = "unwound"
    second.state.save(update_fields=["status"])
    assert buy(listing, c).state.status == "funded"


@covers("I13")
@pytest.mark.django_db(transaction=True)
def test_the_database_counts_for_itself_and_without_its_guard_a_third_hand_oversells(as_superuser: None) -> None:
    listing, buyer = on_sale(quota=1), make_buyer()
    first = buy(listing, buyer)

    with pytest.raises(DatabaseError, match="licences of its version are sold"), transaction.atomic():
        second_hand(first, "TRD-SECOND")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_trade DISABLE TRIGGER trading_trade_within_quota")
    second_hand(first, "TRD-NAIVE")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_trade ENABLE TRIGGER trading_trade_within_quota")
    assert Trade.objects.filter(version=listing.version).count() == 2, "the naive table sells one licence twice"


@covers("R53", "CAP-E1")
def test_the_seller_and_its_affiliates_do_not_buy_from_it() -> None:
    listing = on_sale()
    seller = seller_of(listing)
    refused("participants.permission.denied", listing, seller)
    buyer = make_buyer()
    OwnershipStake.objects.create(owner=listing.organization, owned_id=buyer.organization_id, share_bps=2_500,
                                  effective_from=MARKET_CLOCK.now())
    refused("trading.purchase.affiliated", listing, buyer)


@covers("CAP-E1", "R5")
def test_what_may_not_be_traded_is_not_bought() -> None:
    auctioned, buyer = make_listing(), make_buyer()
    with pytest.raises(Rejected) as caught:
        quote_for(fresh(auctioned), MARKET_CLOCK.now())
    assert caught.value.code == "trading.purchase.not_for_sale"
    listing, poor = on_sale(), make_buyer(PRICE - 1)
    refused("ledger.insufficient_funds", listing, poor)
    held = on_sale()
    Listing.objects.filter(pk=held.pk).update(status="suspended")
    refused("listings.listing.suspended", held, buyer)


@covers("CAP-E1", "CAP-E13", "C7")
def test_the_page_quotes_before_the_order_and_the_order_is_as_quoted() -> None:
    listing, buyer = on_sale(use_terms={"purposes": ["research"]}), make_buyer()
    client = signed_in(buyer)
    page = shown(client, f"/listings/{listing.code}/")
    assert f"/listings/{listing.code}/buy/" in page
    quoted = shown(client, f"/listings/{listing.code}/buy/")
    main = re.sub(r"<[^>]+>", " ", quoted[quoted.index("<main"):quoted.index("</main>")])
    assert "签约并付款 ¥8,000" in main and "买方免收" in main, main
    version = ListingVersion.objects.get(pk=listing.version_id)
    wrong = client.post(f"/listings/{listing.code}/buy/", {"version": version.code, "total_fen": "1", "purpose": "research"})
    assert wrong.status_code == 409 and "报价已变" in wrong.content.decode()
    done = client.post(f"/listings/{listing.code}/buy/", {"version": version.code, "total_fen": str(PRICE), "purpose": "research"})
    assert done.status_code == 302 and done["Location"] == f"/desk/trades/{Trade.objects.get().code}/"
    assert "余额不足" in shown(signed_in(make_buyer(0)), f"/listings/{listing.code}/buy/")
    assert shown(client, done["Location"])


@covers("CAP-I7", "CAP-E1")
def test_programs_quote_and_buy_by_the_api() -> None:
    listing, buyer = on_sale(), make_buyer()
    client, address = signed_in(buyer), f"/api/listings/{listing.code}/purchases/"
    quote = client.get(address).json()
    assert quote["total_fen"] == PRICE
    answers = [client.post(address, {"version": quote["version"], "total_fen": PRICE}, content_type="application/json",
                           headers={"Idempotency-Key": "00000000-0000-4000-8000-00000000000a"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201] and Trade.objects.count() == 1


@covers("E10")
def test_a_purchase_is_paid_so_it_is_not_cancelled_by_both_but_unwound_by_a_refund() -> None:
    trade = buy(on_sale(), make_buyer())
    with pytest.raises(Rejected) as caught:
        cancel_trade(trade=trade, actor=seller_of(trade.listing), clock=MARKET_CLOCK)  # type: ignore[arg-type]
    assert caught.value.code == "trading.trade.illegal_move"
    assert unwind_trade(trade=trade, cause="refund", actor=SYSTEM, clock=MARKET_CLOCK).status == "unwound"


@covers("CAP-E1", "I13")
def test_many_listings_are_quoted_by_as_many_statements_as_one_and_each_as_alone() -> None:
    """The naive way asks once a listing: what a cart or a catalogue costs grows with its length."""
    at = MARKET_CLOCK.now()
    many = [fresh(on_sale(price_fen=PRICE + place)) for place in range(6)]
    auctioned = fresh(make_listing())

    def asked(work: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            work()
        return len(seen)

    assert quotes_for([*many, auctioned], at) == {one.pk: quote_for(one, at) for one in many}
    assert asked(lambda: quotes_for(many, at)) == asked(lambda: quotes_for(many[:1], at))
    assert asked(lambda: [quote_for(one, at) for one in many]) == 6 * asked(lambda: quote_for(many[0], at)), "the naive way"
    assert quotes_for([], at) == {}
