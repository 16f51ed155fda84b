"""McAfee's double auction: worked examples, the rule said plainly on random orders, and what makes it worth having."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from trading.auctions import orders
from trading.auctions.mcafee import clear
from trading.auctions.rules import Order


def named(prefix, amounts):
    return [Order(f"{prefix}{place}", amount, place) for place, amount in enumerate(amounts)]


def mcafee_naive(bids, asks):
    """(buyers, sellers, paid, received) by trying every number of trades on lists sorted by hand."""
    buys, sells = list(enumerate(bids)), list(enumerate(asks))
    buys.sort(key=lambda one: (-one[1], one[0]))
    sells.sort(key=lambda one: (one[1], one[0]))
    most = max((k for k in range(min(len(buys), len(sells)) + 1) if all(buys[i][1] >= sells[i][1] for i in range(k))), default=0)
    if most == 0:
        return [], [], None, None
    if most < len(buys) and most < len(sells):
        price = (buys[most][1] + sells[most][1]) // 2
        if all(buys[i][1] >= price >= sells[i][1] for i in range(most)):
            return [f"b{i}" for i, _ in buys[:most]], [f"s{i}" for i, _ in sells[:most]], price, price
    kept = most - 1
    paid, got = (buys[kept][1], sells[kept][1]) if kept else (None, None)
    return [f"b{i}" for i, _ in buys[:kept]], [f"s{i}" for i, _ in sells[:kept]], paid, got


SIDE = st.lists(st.integers(0, 30), max_size=7)


@covers("E49")
@given(SIDE, SIDE)
def test_it_is_what_the_plain_rule_gives(bids, asks):
    outcome = clear(named("b", bids), named("s", asks))
    found = [one.bidder for one in outcome.awards], outcome.facts["sold"], outcome.price, outcome.facts["sellers_get"]
    assert found == mcafee_naive(bids, asks)


@covers("E49")
@given(SIDE, SIDE)
def test_the_house_never_pays_in_nobody_loses_and_at_most_one_trade_is_lost(bids, asks):
    outcome = clear(named("b", bids), named("s", asks))
    assert outcome.facts["house_gets"] >= 0 and len(outcome.awards) == len(outcome.facts["sold"]) == outcome.facts["volume"]
    assert all(bids[int(one.bidder[1:])] >= one.price for one in outcome.awards)
    assert all(asks[int(name[1:])] <= outcome.facts["sellers_get"] for name in outcome.facts["sold"])
    possible = sum(buy >= sell for buy, sell in zip(sorted(bids, reverse=True), sorted(asks), strict=False))
    assert possible - 1 <= len(outcome.awards) <= possible


@given(SIDE, SIDE, st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_naming_the_own_value_is_never_worse_on_either_side(bids, asks, own, lie, buying):
    def gain(amount):
        mine = Order("me", amount, 99)
        outcome = clear([*named("b", bids), mine], named("s", asks)) if buying else clear(named("b", bids), [*named("s", asks), mine])
        if buying:
            return sum(own - one.price for one in outcome.awards if one.bidder == "me")
        return outcome.facts["sellers_get"] - own if "me" in outcome.facts["sold"] else 0
    assert gain(own) >= gain(lie)


def test_of_equal_bids_the_earlier_trades():
    outcome = clear([Order("late", 10, 2), Order("early", 10, 1)], [Order("s", 4, 1), Order("t", 12, 2)])
    assert [one.bidder for one in outcome.awards] == [], "one pair gains, the middle is above the bid: that pair stays out"
    asks = [Order("s", 4, 1), Order("t", 5, 2), Order("u", 9, 3)]
    outcome = clear([Order("late", 10, 3), Order("early", 10, 2), Order("first", 11, 1)], asks)
    assert [one.bidder for one in outcome.awards] == ["first", "early"]


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_an_order_of_several_units_is_refused(side):
    document = {"bids": [{"bidder": "a", "amount": 5}], "asks": [{"bidder": "s", "amount": 1}]}
    document[side][0]["quantity"] = 2
    with pytest.raises(orders.OrderFault, match="one unit"):
        orders.clear("mcafee", document)
