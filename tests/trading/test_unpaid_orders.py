"""Orders that wait for payment stay under the cap of their buyer's credit band (CAP-E10; economics E55).

Worked example: band B may have 10,000 yuan unpaid. Two bargains of 6,000 and 4,000 are agreed and nothing is paid: a third of one fen is
refused with the cap, what waits and what is left. Once 6,000 are paid, 6,000 may be agreed again.
"""

from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from tests.factories import figure, venue
from tests.threads import together
from tests.trading.deals import bargain, negotiable, offered, terms
from tests.trading.test_pages import shown, signed_in
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, second_hand, seller_of, stand, stand_still
from trading import tasks
from trading.models import Negotiation, Trade
from trading.operations import (
    accept_offer,
    buy_listing,
    cancel_trade,
    counter_offer,
    default_trade,
    open_auction,
    pay_trade,
    quote_for,
    register_bidder,
)
from trading.operations import dealing as room
from trading.unpaid import unpaid_of

YUAN = 100
CAP = 10_000 * YUAN
floor = pytest.mark.usefixtures("floor")


@pytest.fixture
def capped(db: None) -> None:
    cap(B=CAP)


def cap(**by_band: int) -> None:
    figure(venue(), "orders.unpaid_cap_fen", {"A": 5 * CAP, "B": CAP, "C": CAP // 5, "D": 0} | by_band)


def agreed(buyer: Actor, yuan: int) -> Trade:
    """A private offer that the buyer takes: a trade that waits for payment."""
    return taken(offered(negotiable(), buyer, yuan * YUAN), buyer)


def taken(one: Negotiation, actor: Actor) -> Trade:
    trade = accept_offer(negotiation=one, seen=one.round, actor=actor, clock=MARKET_CLOCK).trade
    assert trade is not None
    return trade


def waits(buyer: Actor) -> int:
    return unpaid_of(Organization.objects.get(pk=buyer.organization_id), venue=venue(), at=MARKET_CLOCK.now()).waiting_fen


def refused(code: str, act: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        act()
    assert caught.value.code == code
    return caught.value


@covers("CAP-E10", "E55")
@pytest.mark.django_db
@floor
def test_the_worked_example_is_refused_with_its_figures_and_goes_on_once_something_is_paid(capped: None) -> None:
    buyer = make_buyer()
    first, _ = agreed(buyer, 6_000), agreed(buyer, 4_000)
    no = refused("trading.deal.over_unpaid_cap", lambda: bargain(1, buyer=buyer))
    assert (no.params["cap_fen"], no.params["waiting_fen"], no.params["left_fen"]) == (CAP, CAP, 0)
    assert "¥10,000" in no.text("detail", "zh") and "Band B" in no.text("detail", "en") and no.next_href == "/desk/"
    pay_trade(trade=first, actor=buyer, clock=MARKET_CLOCK)
    assert waits(buyer) == 4_000 * YUAN
    assert agreed(buyer, 6_000).state.status == "executed"


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_the_cap_is_the_bands_of_the_day(capped: None) -> None:
    buyer = make_buyer()
    stand(buyer, band="C")
    no = refused("trading.deal.over_unpaid_cap", lambda: agreed(buyer, 2_001))
    assert (no.params["band"], no.params["cap_fen"]) == ("C", 2_000 * YUAN)
    assert agreed(buyer, 2_000)
    stand(buyer, band="A")
    assert agreed(buyer, 48_000), "a better band has room for more at once"


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_a_cancelled_or_defaulted_deal_waits_for_nobody_any_more(capped: None) -> None:
    buyer = make_buyer()
    trade = agreed(buyer, 6_000)
    cancel_trade(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    late = agreed(buyer, 9_000)
    assert waits(buyer) == 9_000 * YUAN
    move(days=14)
    default_trade(trade=late, actor=SYSTEM, clock=MARKET_CLOCK)
    assert waits(buyer) == 0


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_a_seller_who_takes_an_offer_learns_that_it_cannot_be_and_nothing_of_the_buyers_affairs(capped: None) -> None:
    buyer, listing = make_buyer(), negotiable()
    asked, seller, _ = bargain(6_000 * YUAN, buyer=buyer, listing=listing)
    agreed(buyer, 5_000)
    no = refused("trading.deal.buyer_over_cap", lambda: taken(asked, seller))
    assert set(no.params) == {"buyer"} and "5,000" not in no.text("detail", "zh")
    asked.refresh_from_db()
    assert asked.status == "offered", "the offer stands until its deadline"


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_an_offer_a_counter_offer_and_an_acceptance_of_the_buyer_each_ask(capped: None) -> None:
    buyer = make_buyer()
    refused("trading.deal.over_unpaid_cap", lambda: bargain(10_001 * YUAN, buyer=buyer))
    high = offered(negotiable(), buyer, 10_001 * YUAN)
    refused("trading.deal.over_unpaid_cap", lambda: taken(high, buyer))
    more = terms(10_002 * YUAN)
    refused("trading.deal.over_unpaid_cap", lambda: counter_offer(negotiation=high, terms=more, actor=buyer, clock=MARKET_CLOCK))
    lower = counter_offer(negotiation=high, terms=terms(10_000 * YUAN), actor=buyer, clock=MARKET_CLOCK)
    assert taken(lower, seller_of(high.listing)).price_fen == CAP


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_what_is_paid_in_the_act_and_what_is_free_are_not_capped(capped: None) -> None:
    cap(B=0)
    buyer, listing = make_buyer(), make_listing(sale_mode="fixed", price_fen=50_000 * YUAN)
    quote = quote_for(listing, MARKET_CLOCK.now())
    assert buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, actor=buyer, clock=MARKET_CLOCK)
    assert agreed(buyer, 0).price_fen == 0


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_an_award_counts_beyond_its_deposit_and_whoever_is_full_registers_for_no_further_lot(capped: None) -> None:
    cap(B=30_000 * YUAN)
    buyer, lot = make_buyer(), make_lot()  # from 10,000 yuan, a deposit of 1,000
    register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7)
    open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    rival = make_buyer()
    register_bidder(lot=lot, actor=rival, clock=MARKET_CLOCK)
    bid(lot, rival, 29_500 * YUAN)
    bid(lot, buyer, 60_000 * YUAN)
    move(hours=24)
    tasks.close_due()
    won = Trade.objects.get(award__auction=lot)
    assert waits(buyer) == won.price_fen - 1_000 * YUAN > 28_000 * YUAN
    no = refused("trading.bidder.over_unpaid_cap", lambda: register_bidder(lot=make_lot(), actor=buyer, clock=MARKET_CLOCK))
    assert no.params["price_fen"] == 9_000 * YUAN and no.params["waiting_fen"] == waits(buyer)
    pay_trade(trade=won, actor=buyer, clock=MARKET_CLOCK)
    assert register_bidder(lot=make_lot(), actor=buyer, clock=MARKET_CLOCK)


@covers("CAP-E10")
@pytest.mark.django_db
@floor
def test_a_venue_without_the_figure_caps_nothing() -> None:
    figure(venue(), "orders.unpaid_cap_fen", {})
    assert agreed(make_buyer(), 50_000_000).state.status == "executed"


@covers("CAP-E10", "R51")
@pytest.mark.django_db
@floor
def test_the_caps_stand_among_the_fees_beside_the_bands_and_at_the_buyers_own_desk(capped: None) -> None:
    client = signed_in(make_buyer())
    assert "10,000" in shown(client, "/desk/credit/")
    page = shown(client, "/rules/standing/")
    assert "未付款委托上限" in page and "50,000" in page
    assert "未付款委托合计上限" in shown(client, "/rules/fees/")


# ---- the database itself, and at the same instant ------------------------------------------------------------------------------


@covers("CAP-E10")
@pytest.mark.django_db(transaction=True)
def test_the_database_adds_up_for_itself_and_without_its_guard_a_second_hand_goes_over(as_superuser: None) -> None:
    stand_still()
    cap(B=CAP)
    first = agreed(make_buyer(), 6_000)

    with pytest.raises(DatabaseError, match="of unpaid orders"), transaction.atomic():
        second_hand(first, "TRD-SECOND")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_trade DISABLE TRIGGER trading_trade_within_unpaid")
    try:
        second_hand(first, "TRD-NAIVE")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE trading_trade ENABLE TRIGGER trading_trade_within_unpaid")
    assert Trade.objects.filter(buyer=first.buyer, price_fen=6_000 * YUAN).count() == 2, "the naive table takes what it is given"


def both_take(buyer: Actor) -> list[Any]:
    """Two offers of 6,000 yuan each, of two sellers, taken at once by a buyer who may owe 10,000."""
    talks = [offered(negotiable(), buyer, 6_000 * YUAN) for _ in range(2)]
    return together([lambda one=one: taken(one, buyer) for one in talks])


@covers("CAP-E10", "T9")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_deals_at_once_never_share_what_is_left() -> None:
    stand_still()
    cap(B=CAP)
    for _ in range(5):
        buyer = make_buyer()
        results = both_take(buyer)
        assert sorted(type(one).__name__ for one in results) == ["Rejected", "Trade"], results
        assert waits(buyer) == 6_000 * YUAN


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_guard_both_deals_go_over(monkeypatch: pytest.MonkeyPatch, as_superuser: None) -> None:
    """The mutant: add up, wait for the other to have added up as well, write."""
    stand_still()
    cap(B=CAP)
    buyer, barrier, asks = make_buyer(), Barrier(2, timeout=60), room.unpaid_gate

    def asked_by_both(*given: Any, **named: Any) -> Any:
        gate = asks(*given, **named)
        barrier.wait()
        return gate

    monkeypatch.setattr(room, "lock_buyer", lambda _: None)
    monkeypatch.setattr(room, "unpaid_gate", asked_by_both)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_trade DISABLE TRIGGER trading_trade_within_unpaid")
    try:
        results = both_take(buyer)
        assert waits(buyer) == 12_000 * YUAN, results
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE trading_trade ENABLE TRIGGER trading_trade_within_unpaid")
