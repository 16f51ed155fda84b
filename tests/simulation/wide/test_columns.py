"""The rules over columns are the production rules: both are handed the same values, and a rule broken on purpose is noticed."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import credit
from compliance.rules import competition
from kit import money
from simulation.wide import columns
from trading.auctions import dutch, english, sealed
from trading.auctions.rules import HOUSE_INCREMENTS, Increments, Order

FEN = st.integers(0, 9 * 10**14)
BOOK = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=25)


@given(st.lists(FEN, max_size=8), st.integers(0, 10_000))
def test_a_column_of_fees_is_the_fee_of_each(amounts, bps):
    assert columns.bps_of(np.array(amounts, dtype=np.int64), bps).tolist() == [money.bps_of(one, bps) for one in amounts]


def test_an_amount_that_would_leave_the_column_is_refused():
    for amount in (-1, 10**15):
        with pytest.raises(ValueError, match="between 0"):
            columns.bps_of(np.array([amount]), 250)


def awarded(book, reserves, second, ours=columns.sealed):
    lots, amounts = (np.array([row[place] for row in book], dtype=np.int64) for place in (0, 1))
    sold = ours(lots, amounts, np.array(reserves), second=second)
    return {lot: (winner, price) for lot, winner, price in zip(sold.lot.tolist(), sold.winner.tolist(), sold.price.tolist(), strict=True)}


def expected(book, reserves, second):
    form, found = (sealed.second_price if second else sealed.first_price), {}
    for lot, reserve in enumerate(reserves):
        outcome = form([Order(str(place), amount, place + 1) for place, (of, amount) in enumerate(book) if of == lot], reserve)
        if outcome.awards:
            found[lot] = (int(outcome.awards[0].bidder), outcome.price)
    return found


@given(BOOK, st.lists(st.integers(0, 12), min_size=4, max_size=4), st.booleans())
def test_lots_sold_by_column_go_to_the_same_bidder_at_the_same_price(book, reserves, second):
    assert awarded(book, reserves, second) == expected(book, reserves, second)


ROOMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3_000_000)), max_size=25)
TABLES = st.sampled_from([HOUSE_INCREMENTS, Increments.fixed(7), Increments.proportional(500)])


def by_lot(book, found, form):
    """What a production function awards, lot by lot; ``form`` makes the outcome of a lot from its orders."""
    told = {}
    for lot in range(found):
        outcome = form(lot, [Order(str(place), amount, place + 1) for place, (of, amount) in enumerate(book) if of == lot])
        if outcome.awards:
            told[lot] = (int(outcome.awards[0].bidder), outcome.price)
    return told


def told_of(sold):
    return {lot: (winner, price) for lot, winner, price in zip(sold.lot.tolist(), sold.winner.tolist(), sold.price.tolist(), strict=True)}


@given(ROOMS, st.lists(st.integers(1, 2_000_000), min_size=4, max_size=4), TABLES)
def test_an_english_lot_by_column_ends_as_in_the_room(book, starts, raises):
    lots, amounts = (np.array([row[place] for row in book], dtype=np.int64) for place in (0, 1))

    def room(lot, orders):
        terms = english.EnglishTerms(starts[lot], raises, strict=False)
        return english.clear(terms, [one for one in orders if one.amount >= starts[lot]])

    assert told_of(columns.english(lots, amounts, np.array(starts), raises)) == by_lot(book, 4, room)


CLOCKS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9), st.integers(0, 20)), min_size=4, max_size=4)


@given(BOOK, CLOCKS)
def test_a_dutch_clock_by_column_stops_where_the_room_s_does(book, clocks):
    lots, amounts = (np.array([row[place] for row in book], dtype=np.int64) for place in (0, 1))
    starts, steps, floors = (np.array(column) for column in zip(*[(max(start, floor), step, floor) for start, step, floor in clocks],
                                                               strict=True))

    def room(lot, orders):
        return dutch.clear(dutch.DutchTerms(int(starts[lot]), int(steps[lot]), int(floors[lot])), orders)

    assert told_of(columns.dutch(lots, amounts, starts, steps, floors)) == by_lot(book, 4, room)


def test_the_naive_english_price_that_adds_no_raise_is_another():
    lots, amounts, starts = np.array([0, 0]), np.array([2_000_000, 1_500_000]), np.array([1_000_000])
    assert columns.english(lots, amounts, starts, HOUSE_INCREMENTS).price.tolist() == [1_600_000]
    assert columns.sealed(lots, amounts, starts, second=True).price.tolist() == [1_500_000]


def test_the_four_largest_of_the_worked_examples():
    assert columns.concentration(np.array([25, 20, 15, 10, 9, 8, 7, 4, 2])) == 0.7
    assert columns.concentration(np.array([5])) == 1.0 and columns.concentration(np.zeros(3, dtype=np.int64)) == 0.0


def test_the_naive_column_that_forgets_who_came_first_awards_otherwise():
    def naive(lots, amounts, reserves, *, second):
        order = np.argsort(amounts, kind="stable")[::-1]  # equal bids: the later one first
        return columns.Sold(lots[order][:1], order[:1], amounts[order][1:2])

    book = [(0, 5), (0, 5), (0, 3)]
    assert awarded(book, [0, 0, 0, 0], True) == expected(book, [0, 0, 0, 0], True) == {0: (0, 5)}
    assert awarded(book, [0, 0, 0, 0], True, naive) == {0: (1, 5)}


def test_a_ring_leaves_only_its_highest_bid_in_each_lot():
    lots, amounts = np.array([0, 0, 0, 1, 1]), np.array([10, 30, 20, 7, 9])
    assert columns.ring_bids(lots, amounts, np.array([True, True, False, True, False])).tolist() == [-1, 30, 20, 7, 9]


@given(st.integers(-40, 40), st.integers(0, 30))
def test_points_lose_weight_as_the_credit_of_the_house_does(points, months):
    since = datetime(2026, 1, 1, tzinfo=UTC)
    at = datetime(2026 + months // 12, 1 + months % 12, 1, tzinfo=UTC)
    assert int(columns.weigh(np.array([points]), np.array([months]))[0]) == credit.weigh(points, since, at)


@given(st.lists(FEN, min_size=1, max_size=12))
def test_concentration_is_the_surveillance_desks_index(sales):
    assert columns.hhi(np.array(sales)) == competition.hhi({str(place): one for place, one in enumerate(sales)})


@pytest.mark.parametrize(("values", "expected"), [((1, 2, 3, 4), 0.25), ((0, 0, 0, 0, 1), 0.8), ((5, 5, 5), 0.0), ((), 0.0)])
def test_the_gini_coefficient_of_the_worked_examples(values, expected):
    assert columns.gini(np.array(values)) == pytest.approx(expected)


@pytest.mark.parametrize(("values", "expected"), [((40, 30, 20, 10), 3000), ((10,) * 10, 1000), ((25, 20, 15, 10, 9, 8, 7, 4, 2), 1564),
                                                  ((25, 20, 15, 10, 9, 8, 7, 6), 1580)])
def test_the_concentration_of_the_worked_examples(values, expected):
    assert columns.hhi(np.array(values)) == expected


def test_a_rate_of_none_begins_at_nought_and_one_of_all_ends_at_one():
    assert columns.wilson(0, 100)[0] == 0 and columns.wilson(100, 100)[1] == 1


def test_a_rate_from_fewer_than_thirty_is_not_told():
    assert columns.wilson(3, 29) is None
    low, high = columns.wilson(3, 30)
    assert (round(low, 3), round(high, 3)) == (0.035, 0.256)
