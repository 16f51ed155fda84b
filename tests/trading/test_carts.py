"""The cart: licences at list prices ordered together; each line becomes a trade by the purchase itself, or none does (CAP-E1, I13).

Worked example: three licences at 8,000, 5,000 and 1,000 yuan are ordered as one: 14,000 yuan leave the buyer, into three escrows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing, ListingVersion
from participants.models import Organization, OwnershipStake, Person, SpendingLimit
from participants.roles import Role
from participants.spending import ask_spending, decide_spending, set_spending_limit
from tests.factories import figure, make_user, venue
from tests.threads import together
from tests.trading.test_pages import shown, signed_in
from tests.trading.test_public_uses import free
from tests.trading.test_purchases import buy, on_sale
from tests.trading.worlds import make_buyer, make_listing, move, stand_still
from trading import carting
from trading.carting import checkout_cart, lapse_carts, open_cart, put_in_cart, shown_lines, take_from_cart
from trading.models import Cart, CartLine, Trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
PRICES = (800_000, 500_000, 100_000)


def filled(buyer: Actor, *listings: Listing) -> Cart:
    for one in listings:
        put_in_cart(listing=fresh(one), actor=buyer, clock=MARKET_CLOCK)
    cart = open_cart(buyer.organization_id)
    assert cart is not None
    return cart


def fresh(listing: Listing) -> Listing:
    return Listing.objects.select_related("version", "organization", "venue", "pilot").get(pk=listing.pk)


def three() -> list[Listing]:
    return [on_sale(price_fen=price) for price in PRICES]


def order(cart: Cart, buyer: Actor, total_fen: int | None = None, **more: Any) -> list[Trade]:
    total = sum(cart.lines.values_list("total_fen", flat=True)) if total_fen is None else total_fen
    return checkout_cart(cart=cart, total_fen=total, actor=buyer, clock=MARKET_CLOCK, **more)


def refused(act: Callable[[], Any]) -> Rejected:
    before = Trade.objects.count(), Record.objects.count()
    with pytest.raises(Rejected) as no:
        act()
    assert (Trade.objects.count(), Record.objects.count()) == before, "a refusal leaves nothing"
    return no.value


def repriced(listing: Listing, price_fen: int) -> None:
    """A later version of the listing at another price, on sale."""
    later = ListingVersion.objects.get(listing=listing)
    later.pk, later.code, later.number, later.status, later.price_fen = None, new_code("LSV"), 2, "draft", price_fen
    later.save(force_insert=True)
    for status in ("submitted", "approved"):
        later.status = status
        later.save(update_fields=["status"])
    ListingVersion.objects.filter(listing=listing, number=1).update(status="superseded")
    later.status = "published"
    later.save(update_fields=["status"])
    Listing.objects.filter(pk=listing.pk).update(version=later)


@covers("CAP-E1", "R45", "I19")
def test_the_worked_example_is_three_trades_of_one_order() -> None:
    buyer = make_buyer(2_000_000)
    cart = filled(buyer, *three())
    trades = order(cart, buyer, papers={"po_number": "PO-7"})
    assert sorted(one.price_fen for one in trades) == sorted(PRICES)
    assert {one.state.status for one in trades} == {"funded"} and {one.papers.po_number for one in trades} == {"PO-7"}
    assert sum(balance(account(one.code, AccountKind.ESCROW)).posted_fen for one in trades) == 1_400_000
    assert balance(account(buyer.organization or "", AccountKind.AVAILABLE)).available_fen == 600_000
    cart.refresh_from_db()
    assert (cart.status, cart.due_at) == ("ordered", None)
    told = Record.objects.get(subject=cart.code, kind="trading.cart.ordered")
    assert told.payload["trades"] == [one.code for one in trades]
    assert set(CartLine.objects.filter(cart=cart).values_list("trade", flat=True)) == {one.pk for one in trades}


@covers("CAP-E1")
def test_one_refused_line_is_named_and_none_is_bought() -> None:
    buyer = make_buyer()
    first, sold, tied = three()
    cart = filled(buyer, first, sold, tied)
    Listing.objects.filter(pk=sold.pk).update(status="suspended")
    OwnershipStake.objects.create(owner=tied.organization, owned_id=buyer.organization_id, share_bps=2_500,
                                  effective_from=MARKET_CLOCK.now())
    no = refused(lambda: order(cart, buyer))
    assert no.code == "trading.cart.refused" and no.params["count"] == 2
    assert {one.field: one.code for one in no.errors} == {
        sold.code: "listings.listing.suspended", tied.code: "trading.purchase.affiliated"}
    cart.refresh_from_db()
    assert cart.status == "open" and not CartLine.objects.filter(cart=cart, trade__isnull=False).exists()


@covers("CAP-E1", "I13")
def test_the_last_licence_gone_meanwhile_stops_the_order() -> None:
    one, buyer = on_sale(quota=1), make_buyer()
    cart = filled(buyer, one, on_sale())
    buy(one, make_buyer())
    assert [fault.code for fault in refused(lambda: order(cart, buyer)).errors] == ["trading.purchase.sold_out"]


@covers("CAP-E1", "R51")
def test_a_price_that_moved_is_shown_and_must_be_accepted() -> None:
    buyer = make_buyer()
    listing, steady = on_sale(), on_sale(price_fen=5_000)
    cart = filled(buyer, listing, steady)
    repriced(listing, 900_000)
    rows = {one.line.listing_id: one for one in shown_lines(cart, actor=buyer, at=MARKET_CLOCK.now())}
    assert rows[listing.pk].moved and not rows[steady.pk].moved
    assert [one.code for one in refused(lambda: order(cart, buyer)).errors] == ["trading.purchase.quote_moved"]
    page = shown(signed_in(buyer), "/desk/cart/")
    assert "价格已变动" in page and "9,000" in page and "签约并付款（" not in page
    put_in_cart(listing=fresh(listing), actor=buyer, clock=MARKET_CLOCK)
    assert refused(lambda: order(cart, buyer, 805_000)).code == "trading.cart.moved", "the sum that was shown is no more"
    assert sorted(one.price_fen for one in order(cart, buyer)) == [5_000, 900_000]


@covers("CAP-E1", "R51")
def test_fees_that_rose_are_a_price_that_moved() -> None:
    buyer = make_buyer()
    cart = filled(buyer, on_sale())
    figure(venue(), "fee.match_buyer_bps", 100)
    assert [one.code for one in refused(lambda: order(cart, buyer)).errors] == ["trading.purchase.quote_moved"]


@covers("CAP-E1")
def test_the_sum_is_afforded_as_a_whole_or_not_at_all() -> None:
    buyer = make_buyer(1_300_000)
    cart = filled(buyer, *three())
    no = refused(lambda: order(cart, buyer))
    assert (no.code, no.params["needed_fen"]) == ("ledger.insufficient_funds", 1_400_000)


@covers("R42", "CAP-E1")
def test_the_persons_limit_is_asked_of_the_whole_order() -> None:
    """Each line is within 9,000 yuan; the order of 14,000 is not, until another person says yes to it."""
    buyer = make_buyer()
    ours = Organization.objects.get(pk=buyer.organization_id)
    from participants.actors import actor_of

    lead = actor_of(make_user(Role.BUYER, organization=ours))
    set_spending_limit(organization=ours, person=Person.objects.get(code=buyer.person), limit_fen=900_000, actor=lead, clock=MARKET_CLOCK)
    cart = filled(buyer, *three())
    assert SpendingLimit.objects.count() == 1
    assert refused(lambda: order(cart, buyer)).code == "participants.spending.over_limit"
    asked = ask_spending(about=cart.code, amount_fen=1_400_000, actor=buyer, clock=MARKET_CLOCK)
    decide_spending(approval=asked, approve=True, reason="", actor=lead, clock=MARKET_CLOCK)
    assert len(order(cart, buyer)) == 3


@covers("CAP-E1", "T36")
def test_a_cart_is_its_organisations_and_only_while_it_is_open() -> None:
    buyer, other = make_buyer(), make_buyer()
    cart = filled(buyer, *three())
    assert refused(lambda: order(cart, other)).code == "trading.cart.absent"
    with pytest.raises(Rejected, match=r"cart\.not_in"):
        take_from_cart(listing=cart.lines.all()[0].listing, actor=other, clock=MARKET_CLOCK)
    for line in cart.lines.all():
        take_from_cart(listing=line.listing, actor=buyer, clock=MARKET_CLOCK)
    assert refused(lambda: order(cart, buyer, 0)).code == "trading.cart.empty"
    with pytest.raises(Rejected, match=r"purchase\.not_for_sale"):
        put_in_cart(listing=fresh(make_listing()), actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match=r"purchase\.purpose"):
        put_in_cart(listing=fresh(on_sale(use_terms={"purposes": ["research"]})), actor=buyer, clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match=r"cart\.asks_proof"):
        put_in_cart(listing=fresh(free()), purpose="public_governance", actor=buyer, clock=MARKET_CLOCK)


@covers("CAP-E1")
def test_a_cart_nobody_touches_lapses() -> None:
    buyer = make_buyer()
    cart = filled(buyer, on_sale())
    move(days=20)
    put_in_cart(listing=fresh(on_sale()), actor=buyer, clock=MARKET_CLOCK)
    move(days=20)
    assert lapse_carts(clock=MARKET_CLOCK) == 0, "whoever uses it keeps it"
    move(days=11)
    assert lapse_carts(clock=MARKET_CLOCK) == 1
    cart.refresh_from_db()
    assert cart.status == "lapsed" and refused(lambda: order(cart, buyer)).code == "trading.cart.illegal_move"
    assert filled(buyer, on_sale()).pk != cart.pk


@covers("CAP-E1")
def test_the_database_keeps_an_ordered_cart_whole() -> None:
    buyer = make_buyer()
    cart = filled(buyer, on_sale(), on_sale())
    with pytest.raises(DatabaseError, match="every line has a trade"), transaction.atomic():
        Cart.objects.filter(pk=cart.pk).update(status="ordered", due_at=None, ended_at=MARKET_CLOCK.now())
    order(cart, buyer)
    for change in ({"trade": None}, {"total_fen": 1}):
        with pytest.raises(DatabaseError, match="is no open cart"), transaction.atomic():
            CartLine.objects.filter(cart=cart).update(**change)
    with pytest.raises(DatabaseError, match="is no open cart"), transaction.atomic():
        CartLine.objects.filter(cart=cart).delete()


@covers("CAP-E1", "C7")
def test_the_page_takes_a_licence_says_what_its_gates_say_and_orders_with_papers() -> None:
    buyer = make_buyer()
    client, listing = signed_in(buyer), on_sale(use_terms={"purposes": ["research"]})
    assert "放入购物车" in shown(client, f"/listings/{listing.code}/")
    assert client.post("/desk/cart/", {"act": "put", "listing": listing.code, "purpose": "research"}).status_code == 302
    page = shown(client, "/desk/cart/")
    assert "可以购买" in page and "8,000" in page and 'name="po_number"' in page
    cart = open_cart(buyer.organization_id)
    assert cart is not None
    given = {"act": "order", "cart": cart.code, "total_fen": "800000", "po_number": "PO-2031-008"}
    assert client.post("/desk/cart/", given | {"tax_number": "1"}).status_code == 422
    assert client.post("/desk/cart/", given).status_code == 302
    trade = Trade.objects.get(listing=listing)
    assert trade.papers.po_number == "PO-2031-008" and trade.agreement["purpose"] == "research"
    assert client.post("/desk/cart/", given).status_code == 302, "pressed twice, ordered once"
    assert Trade.objects.filter(listing=listing).count() == 1
    assert "购物车是空的" in shown(client, "/desk/cart/")


# ---- at the same instant -------------------------------------------------------------------------------------------------------


def both_order(cart: Cart, buyer: Actor) -> list[Any]:
    total = sum(cart.lines.values_list("total_fen", flat=True))
    return together([lambda: checkout_cart(cart=cart, total_fen=total, actor=buyer, clock=MARKET_CLOCK)] * 2)


@covers("T9", "CAP-E1")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_checkouts_at_once_are_one_order() -> None:
    stand_still()
    for _ in range(5):
        buyer = make_buyer()
        cart = filled(buyer, *three())
        one, other = both_order(cart, buyer)
        assert {trade.code for trade in one} == {trade.code for trade in other}, (one, other)
        assert Trade.objects.filter(buyer_id=buyer.organization_id).count() == 3


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_guard_two_checkouts_buy_everything_twice(monkeypatch: pytest.MonkeyPatch, as_superuser: None) -> None:
    """The mutant: the cart is read without a lock, and the table takes what it is given."""
    stand_still()
    buyer = make_buyer()
    cart = filled(buyer, *three())
    from threading import Barrier

    barrier = Barrier(2, timeout=60)

    def unlocked(cart: Cart) -> Cart:
        found = Cart.objects.select_related("buyer").get(pk=cart.pk)
        barrier.wait()
        return found

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_cartline DISABLE TRIGGER trading_cart_line_open")
        cursor.execute("ALTER TABLE trading_cart DISABLE TRIGGER USER")
    try:
        monkeypatch.setattr(carting, "lock_cart", unlocked)
        results = both_order(cart, buyer)
        assert Trade.objects.filter(buyer_id=buyer.organization_id).count() == 6, results
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE trading_cartline ENABLE TRIGGER trading_cart_line_open")
            cursor.execute("ALTER TABLE trading_cart ENABLE TRIGGER USER")


@covers("T9")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_carts_over_the_same_licences_wait_in_one_order_and_the_last_licence_is_sold_once() -> None:
    """Put in from opposite ends; each locks its listings by their key, so neither waits for the other for ever."""
    stand_still()
    for _ in range(5):
        a, b = on_sale(quota=1), on_sale()
        first, second = make_buyer(), make_buyer()
        carts = [(filled(first, a, b), first), (filled(second, b, a), second)]
        results = together([lambda cart=cart, buyer=buyer: order(cart, buyer) for cart, buyer in carts])
        assert sum(isinstance(one, list) for one in results) == 1, results
        (no,) = [one for one in results if isinstance(one, Exception)]
        assert isinstance(no, Rejected) and [one.code for one in no.errors] == ["trading.purchase.sold_out"]
