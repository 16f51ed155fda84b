"""A minimum order: so many licences, or so much, of one seller in one order; asked at order and cart, not of small buyers (R1).

Worked example: A at 5,000 asks for two licences of its seller, B of the same seller is 3,000. Alone, A is refused; with B it is ordered.
"""

from __future__ import annotations

from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.minimums import MOST_LICENCES, Minimum, minimum_in, read_minimum
from participants.models import Organization
from tests.factories import make_organization
from tests.trading.test_pages import shown, signed_in
from tests.trading.test_purchases import buy
from tests.trading.worlds import make_buyer, make_listing, seller_of
from trading.carting import checkout_cart, open_cart, put_in_cart, take_from_cart
from trading.models import Trade
from trading.operations import buy_listing
from trading.operations.purchasing import quote_for
from trading.trials import take_trial

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
A, B = 500_000, 300_000


def on_sale(price_fen: int, seller: Organization, **terms: Any) -> Any:
    return make_listing(seller, sale_mode="fixed", price_fen=price_fen, use_terms=terms)


def cart_of(buyer: Any, *listings: Any) -> Any:
    for one in listings:
        put_in_cart(listing=one, actor=buyer, clock=MARKET_CLOCK)
    return open_cart(buyer.organization_id)


def order(buyer: Any) -> list[Trade]:
    cart = open_cart(buyer.organization_id)
    assert cart is not None
    return checkout_cart(cart=cart, total_fen=sum(one.total_fen for one in cart.lines.all()), actor=buyer, clock=MARKET_CLOCK)


@covers("R1", "CAP-E1")
def test_the_worked_example() -> None:
    seller, buyer = make_organization(), make_buyer()
    a, b = on_sale(A, seller, min_order={"licences": 2, "fen": 0}), on_sale(B, seller)
    with pytest.raises(Rejected, match=r"purchase\.too_few"):
        buy(a, buyer)
    assert not Trade.objects.exists()
    cart_of(buyer, a)
    with pytest.raises(Rejected) as whole:
        order(buyer)
    assert whole.value.code == "trading.cart.refused" and whole.value.errors[0].code == "trading.purchase.too_few"
    cart_of(buyer, b)
    assert sorted(one.price_fen for one in order(buyer)) == [B, A]


@covers("R1", "CAP-E1")
def test_a_sum_is_counted_by_the_prices_of_the_same_seller_alone() -> None:
    seller, buyer = make_organization(), make_buyer()
    a, b = on_sale(A, seller, min_order={"licences": 0, "fen": A + B}), on_sale(B, seller)
    strange = on_sale(9_000_000, make_organization())
    cart_of(buyer, a, strange)
    with pytest.raises(Rejected) as no:
        order(buyer)
    assert [one.code for one in no.value.errors] == ["trading.purchase.too_little"]
    assert not Trade.objects.exists(), "the other line is not ordered either"
    cart_of(buyer, b)
    assert len(order(buyer)) == 3


@covers("R1")
def test_micro_and_small_buyers_have_no_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    a, buyer = on_sale(A, make_organization(), min_order={"licences": 5, "fen": 90_000_000}), make_buyer()
    monkeypatch.setattr("trading.gates.size_of", lambda party, *, at: "medium")
    with pytest.raises(Rejected):
        buy(a, buyer)
    monkeypatch.setattr("trading.gates.size_of", lambda party, *, at: "small")
    assert buy(a, buyer).price_fen == A


@covers("R1")
def test_a_trial_asks_for_no_minimum_and_taking_a_line_out_makes_the_rest_too_few() -> None:
    seller, buyer = make_organization(), make_buyer()
    a = on_sale(A, seller, min_order={"licences": 2, "fen": 0}, trial={"days": 7, "seats": 1, "rows": None, "price_fen": 0})
    assert a.version is not None
    assert take_trial(listing=a, version=a.version.code, actor=buyer, clock=MARKET_CLOCK).price_fen == 0
    b = on_sale(B, seller)
    cart_of(buyer, a, b)
    take_from_cart(listing=b, actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected):
        order(buyer)


@covers("R1", "CAP-E1")
def test_listing_order_page_and_cart_say_the_minimum_and_the_reason() -> None:
    seller, buyer = make_organization(), make_buyer()
    a, b = on_sale(A, seller, min_order={"licences": 2, "fen": 0}), on_sale(B, seller)
    browser = signed_in(buyer)
    assert "本卖方 2 份" in shown(browser, f"/listings/{a.code}/")
    assert "未达起订份数" in shown(browser, f"/listings/{a.code}/buy/")
    cart_of(buyer, a)
    page = shown(browser, "/desk/cart/")
    assert "未达起订份数" in page and "本单有 1 份" in page and 'value="order"' not in page
    cart_of(buyer, b)
    page = shown(browser, "/desk/cart/")
    assert "未达起订份数" not in page and 'value="order"' in page


@covers("R1")
def test_what_is_typed_is_a_minimum_or_says_why_not() -> None:
    assert read_minimum({"licences": 2, "fen": 5}) == Minimum(2, 5) and minimum_in({}) is None
    assert minimum_in({"min_order": {"licences": 1, "fen": 0}}) is None, "one licence is no minimum"
    for wrong in (3, {"licences": MOST_LICENCES + 1}, {"licences": True}, {"fen": -1}, {"pieces": 2}):
        with pytest.raises(ValueError):
            read_minimum(wrong)


@covers("R1")
def test_the_naive_order_asks_each_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what lies beside it no line ever meets a minimum: an order that is large enough is refused."""
    seller, buyer = make_organization(), make_buyer()
    a, b = on_sale(A, seller, min_order={"licences": 2, "fen": 0}), on_sale(B, seller, min_order={"licences": 2, "fen": 0})
    cart_of(buyer, a, b)
    monkeypatch.setattr("trading.carting._beside", lambda line, lines: (0, 0))
    with pytest.raises(Rejected):
        order(buyer)
    monkeypatch.undo()
    assert len(order(buyer)) == 2
    quote = quote_for(a, MARKET_CLOCK.now())
    with pytest.raises(Rejected):
        buy_listing(listing=a, version=quote.version.code, total_fen=quote.total_fen, actor=make_buyer(), clock=MARKET_CLOCK)
    assert seller_of(a).organization == seller.code
