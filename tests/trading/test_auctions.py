"""The price rules of every format, as published vectors, worked examples and properties against slow twins."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from tests.trading.naive import english_naive, step_naive, uniform_naive
from trading.auctions import call, dutch, english, multi, orders, posted, rsop, sealed, vcg
from trading.auctions.english import Book, EnglishTerms, place
from trading.auctions.formats import PRODUCTION, all_formats, auction_format, formats_of
from trading.auctions.rules import (
    EBAY_INCREMENTS,
    HOUSE_INCREMENTS,
    Closing,
    Increments,
    Order,
    Outcome,
    Refused,
    SoftClose,
)

FIVE = Increments.fixed(5)
T0 = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def run(terms, bids):
    book, rows = Book(), []
    for bidder, maximum in bids:
        answer = place(terms, book, bidder, maximum)
        if isinstance(answer, Refused):
            rows.append(("no", answer.code, answer.minimum))
        else:
            book = answer
            rows.append(("ok", book.leader, book.price))
    return book, rows


# ---- increments ----------------------------------------------------------------------------------------------------
def test_house_increments_follow_the_price_bands_of_the_parameter():
    assert [HOUSE_INCREMENTS.step(fen) for fen in (0, 999_999, 1_000_000, 10_000_000, 99_999_999, 100_000_000)] == \
        [10_000, 10_000, 100_000, 500_000, 500_000, 1_000_000]


@pytest.mark.parametrize("rows", [
    [], [(100, 5)], [(None, 5), (None, 6)], [(100, 5), (50, 6), (None, 7)], [(100, 5), (None, 4)], [(None, 0)],
])
def test_an_increment_table_that_could_let_the_price_fall_is_refused(rows):
    with pytest.raises(ValueError):
        Increments.read(rows)


@given(st.integers(0, 10**7), st.integers(1, 500), st.integers(0, 2000))
def test_a_proportional_step_rounds_up(price, step, bps):
    rows = [[None, step, bps]]
    assert Increments.read(rows).step(price % 10_000) == step_naive(rows, price % 10_000)


# ---- English with proxies --------------------------------------------------------------------------------------------
def test_the_first_bid_leads_at_the_start_price():
    assert run(EnglishTerms(100, FIVE), [("a", 300)])[1] == [("ok", "a", 100)]


def test_the_engine_bids_for_the_leader_one_step_above_the_runner_up():
    assert run(EnglishTerms(100, FIVE), [("a", 300), ("b", 200)])[1][-1] == ("ok", "a", 205)


def test_the_price_never_passes_the_winners_own_maximum():
    assert run(EnglishTerms(100, FIVE), [("a", 202), ("b", 200)])[1][-1] == ("ok", "a", 202)


def test_of_equal_maxima_the_earlier_leads_at_that_maximum():
    assert run(EnglishTerms(100, FIVE), [("a", 200), ("b", 200)])[1][-1] == ("ok", "a", 200)


def test_a_leader_ahead_by_less_than_a_step_who_raises_lifts_the_price_to_one_full_step():
    rows = run(EnglishTerms(100, FIVE), [("a", 200), ("b", 202), ("b", 300)])[1]
    assert [row[2] for row in rows] == [100, 202, 205]


def test_a_leader_may_not_lower_or_repeat_the_own_maximum():
    assert run(EnglishTerms(100, FIVE), [("a", 200), ("a", 200)])[1][-1] == ("no", "trading.bid.not_above_own", 201)


def test_a_bid_below_the_next_step_is_told_the_least_amount_that_would_do():
    assert run(EnglishTerms(100, FIVE), [("a", 200), ("b", 104)])[1][-1] == ("no", "trading.bid.too_low", 105)


def test_the_secret_reserve_lifts_the_price_once_it_is_met_and_not_before():
    terms = EnglishTerms(100, FIVE, reserve=250)
    book, rows = run(terms, [("a", 200), ("b", 240), ("c", 260), ("d", 300)])
    assert [row[2] for row in rows] == [100, 205, 250, 265]
    assert book.reserve_met


def test_a_lot_below_its_reserve_is_not_awarded():
    outcome = english.clear(EnglishTerms(100, FIVE, reserve=250), [Order("a", 200, 1), Order("b", 249, 2)])
    assert outcome.awards == () and outcome.price is None and not outcome.facts["reserve_met"]


HISTORY = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 400)), max_size=25)
TABLES = st.sampled_from([[[None, 1, 0]], [[None, 7, 0]], [[50, 2, 0], [150, 5, 0], [None, 11, 0]], [[None, 1, 1000]]])


@covers("E1", "R45")
@given(HISTORY, st.integers(1, 200), TABLES, st.integers(0, 300), st.booleans())
def test_every_history_gives_what_the_slow_twin_gives(bids, start, table, reserve, strict):
    terms = EnglishTerms(start, Increments.read(table), reserve, strict)
    book, rows = run(terms, bids)
    assert rows == english_naive(start, table, reserve, bids, strict)
    prices = [row[2] for row in rows if row[0] == "ok"]
    assert prices == sorted(prices), "the visible price never falls"
    answered = enumerate(zip(bids, rows, strict=True), 1)
    accepted = [Order(bidder, maximum, seq) for seq, ((bidder, maximum), row) in answered if row[0] == "ok"]
    assert english.refold(terms, accepted, book.seq) == book
    if book.top is not None and strict:
        assert book.price <= book.top and book.price >= start


@given(HISTORY, st.sampled_from("abcde"))
def test_after_a_bidders_bids_are_voided_the_book_is_as_if_they_had_never_bid(bids, stopped):
    terms = EnglishTerms(1, FIVE, 0, strict=False)
    numbered = [Order(bidder, maximum, seq) for seq, (bidder, maximum) in enumerate(bids, 1)]
    left = [order for order in numbered if order.bidder != stopped]
    with_others = english.refold(terms, left, len(bids))
    book, _ = run(terms, [(order.bidder, order.amount) for order in left])
    assert (with_others.leader, with_others.top, with_others.second, with_others.price) == (book.leader, book.top, book.second, book.price)


# ---- soft close ------------------------------------------------------------------------------------------------------
RULE = SoftClose(timedelta(minutes=3), timedelta(minutes=3), timedelta(minutes=60))


def test_a_leading_bid_in_the_last_three_minutes_moves_the_end_by_three():
    closing = Closing(T0, T0)
    assert RULE.after(closing, T0 - timedelta(minutes=3, microseconds=1)) == closing
    assert RULE.after(closing, T0 - timedelta(minutes=3)) == Closing(T0 + timedelta(minutes=3), T0, 1)
    assert RULE.after(closing, T0 - timedelta(milliseconds=1)).closes_at == T0 + timedelta(minutes=3)


@given(st.lists(st.integers(0, 180_000), max_size=60))
def test_the_end_never_moves_back_nor_past_the_cap(pauses):
    closing = Closing(T0, T0)
    for pause in pauses:
        moved = RULE.after(closing, closing.closes_at - timedelta(milliseconds=pause))
        assert moved.closes_at >= closing.closes_at
        assert moved.closes_at <= T0 + timedelta(minutes=60)
        closing = moved


def test_counting_from_the_last_bid_gives_the_full_extension_after_it():
    rule = SoftClose(timedelta(minutes=15), timedelta(minutes=15), timedelta(days=9), after_last=True)
    assert rule.after(Closing(T0, T0), T0 - timedelta(minutes=5)).closes_at == T0 + timedelta(minutes=10)


# ---- the published vectors -------------------------------------------------------------------------------------------
def test_vickrey_edges_of_the_published_vectors(shared):
    for case in json.loads((shared / "3-vectors/auction_examples.json").read_text())["vickrey_single"]:
        bids = [Order(name, amount, seq) for seq, (name, amount) in enumerate(case["bids"].items(), 1)]
        outcome = sealed.second_price(bids, case["reserve"])
        winner = "a" if case["winner"] == "earlier of a,b" else case["winner"]
        assert ([one.bidder for one in outcome.awards] or [None]) == [winner]
        assert outcome.price == case["price"]


def test_vcg_two_apples_a_pays_four_and_b_one(shared):
    case = json.loads((shared / "3-vectors/auction_examples.json").read_text())["vcg_two_apples"]
    outcome = orders.clear("vcg", {"bids": case["bids"]})
    assert {one["bidder"]: one["price"] for one in outcome["awards"]} == case["payments"]
    assert outcome["allocation"] == case["allocation"] and outcome["welfare"] == case["welfare"]


def test_call_auction_finds_the_greatest_volume(shared):
    case = json.loads((shared / "3-vectors/auction_examples.json").read_text())["call_auction_volume_max"]
    side = {key: [{"bidder": f"{key}{i}", "amount": p, "quantity": q} for i, (p, q) in enumerate(case[key])] for key in ("buys", "sells")}
    outcome = orders.clear("call", {"bids": side["buys"], "asks": side["sells"]})
    assert (outcome["price"], outcome["volume"], outcome["prices"]) == (9, case["max_volume"], case["prices"])


@covers("E48")
def test_the_golden_book_clears_at_ten():
    bids = [Order(f"b{p}", p, i, q) for i, (q, p) in enumerate([(5, 12), (4, 11), (6, 10), (8, 9), (3, 8)], 1)]
    asks = [Order(f"a{p}", p, i, q) for i, (q, p) in enumerate([(3, 7), (5, 8), (4, 9), (6, 10), (9, 11)], 1)]
    outcome = call.clear(bids, asks)
    assert (outcome.price, outcome.facts["volume"], outcome.facts["imbalance"]) == (10, 15, -3)
    assert sum(one.quantity for one in outcome.awards) == 15 == sum(units for _, units in outcome.facts["sold"])


# ---- the other formats -----------------------------------------------------------------------------------------------
def test_first_price_pays_the_own_bid_and_the_earlier_of_equals_wins():
    outcome = sealed.first_price([Order("a", 100, 2), Order("b", 100, 1), Order("c", 90, 3)], 50)
    assert [(one.bidder, one.price) for one in outcome.awards] == [("b", 100)]


@given(st.lists(st.integers(0, 100), min_size=2, max_size=8), st.integers(0, 100), st.integers(0, 100), st.integers(0, 120))
def test_in_a_second_price_auction_naming_ones_value_is_never_worse(values, reserve, lie, own):
    def gain(named):
        bids = [Order("me", named, 1), *[Order(f"o{i}", amount, i + 2) for i, amount in enumerate(values)]]
        outcome = sealed.second_price(bids, reserve)
        won = [one for one in outcome.awards if one.bidder == "me"]
        return own - won[0].price if won else 0
    assert gain(own) >= gain(lie)


def test_the_dutch_clock_stops_at_the_first_step_someone_takes_and_lock_order_breaks_ties():
    terms = dutch.DutchTerms(start=100, step=7, floor=40)
    outcome = dutch.clear(terms, [Order("a", 80, 2), Order("b", 85, 1), Order("c", 39, 3)])
    assert outcome.awards[0].bidder == "b" and outcome.price == 79
    assert [one.code for one in outcome.refused] == ["trading.bid.below_reserve"]
    assert dutch.clock_price(terms, 9) == 40


@given(st.integers(0, 200), st.integers(1, 30), st.integers(0, 200), st.integers(0, 250))
def test_the_dutch_price_is_the_first_of_the_clock_not_above_the_bid(start, step, floor, amount):
    terms = dutch.DutchTerms(max(start, floor), step, floor)
    outcome = dutch.clear(terms, [Order("a", amount, 1)])
    ticks = 0
    while dutch.clock_price(terms, ticks) > amount and dutch.clock_price(terms, ticks) > floor:
        ticks += 1
    asked = dutch.clock_price(terms, ticks)
    assert outcome.price == (asked if asked <= amount else None)


def test_a_posted_price_sells_first_come_first_served_until_the_stock_is_out():
    bids = [Order("a", 10, 1), Order("b", 9, 2), Order("c", 12, 3, 2), Order("d", 10, 4)]
    outcome = posted.clear(bids, price=10, supply=2)
    assert [(one.bidder, one.quantity) for one in outcome.awards] == [("a", 1), ("d", 1)]
    assert [one.code for one in outcome.refused] == ["trading.bid.too_low", "trading.bid.sold_out"]


UNITS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), max_size=9)


@given(UNITS, st.integers(1, 12), st.integers(0, 30))
def test_uniform_price_is_the_best_bid_that_went_short(units, supply, reserve):
    bids = [Order(f"b{i}", amount, i, quantity) for i, (amount, quantity) in enumerate(units)]
    outcome = multi.uniform(bids, supply, reserve)
    won, price = uniform_naive([(f"b{i}", *one) for i, one in enumerate(units)], supply, reserve)
    assert ({one.bidder: one.quantity for one in outcome.awards}, outcome.price) == (won, price)
    paid = multi.pay_as_bid(bids, supply, reserve)
    assert {one.bidder: one.quantity for one in paid.awards} == won
    assert all(one.price == units[int(one.bidder[1:])][0] for one in paid.awards)


@covers("E18")
@pytest.mark.parametrize("amounts, expected", [
    ([2, 1], Fraction(1, 2)), ([1, 1], 1), ([1, 1, 1], Fraction(9, 4)), ([3, 2, 1], Fraction(3, 2)), ([6, 3, 2], Fraction(9, 4)),
    ([12, 6, 4, 3], Fraction(21, 4)), ([5, 5, 5, 5], Fraction(35, 2)), ([60, 30, 20, 15, 12, 10], Fraction(895, 32)),
])
def test_random_sampling_earns_what_enumeration_of_all_halves_says(amounts, expected):
    bids = [Order(f"b{i}", amount, i) for i, amount in enumerate(amounts)]
    total = 0
    for size in range(len(bids) + 1):
        for left in combinations(bids, size):
            outcome = rsop.clear_halves(left, [one for one in bids if one not in left])
            total += sum(one.price for one in outcome.awards)
    assert Fraction(total, 2 ** len(bids)) == expected


def test_vcg_winners_never_pay_more_than_they_bid():
    bids = [vcg.BundleBid("a", frozenset("xy"), 7), vcg.BundleBid("b", frozenset("x"), 5), vcg.BundleBid("c", frozenset("y"), 4)]
    outcome = vcg.clear(bids)
    assert {one.bidder: one.price for one in outcome.awards} == {"b": 3, "c": 2}


# ---- which venue may use what ----------------------------------------------------------------------------------------
def test_production_refuses_call_auctions_and_multi_unit_formats_and_pilot_the_call_auction():
    assert not {"call", "order_book", "uniform", "pay_as_bid", "vcg", "rsop", "mcafee"} & set(formats_of("production"))
    assert "uniform" in formats_of("pilot") and not {"call", "order_book", "mcafee"} & set(formats_of("pilot"))
    assert {"call", "order_book", "mcafee"} <= set(formats_of("simulation"))
    assert formats_of("unknown") == ()


# ---- the replay of real auctions through the pure rule -----------------------------------------------------------------
def test_628_real_auctions_give_628_winners_and_596_published_prices(shared):
    winners = prices = strict_prices = strict_refused = 0
    rows = [json.loads(line) for line in (shared / "2-auctions/ebay_moa_628.jsonl").read_text().splitlines()]
    published_rows = (shared / "2-auctions/ebay_moa_628.expected.csv").read_text().splitlines()[1:]
    expected = {line.split(",")[0]: line.split(",")[5] for line in published_rows}
    cents = {}
    for auction in rows:
        bids = [(bid["bidder"], int(Decimal(bid["amount"]) * 100)) for bid in auction["bids"]]
        published = int(Decimal(auction["published_prices"][0]) * 100)
        start = int(Decimal(auction["open_bid"]) * 100)
        book, _ = run(EnglishTerms(start, EBAY_INCREMENTS, 0, strict=False), bids)
        winners += book.leader == expected[auction["auction"]]
        prices += book.price == published
        cents[auction["auction"]] = book.price
        book, answers = run(EnglishTerms(start, EBAY_INCREMENTS), bids)
        strict_prices += book.price == published
        strict_refused += sum(row[0] == "no" and row[1] == "trading.bid.too_low" for row in answers)
    assert (len(rows), winners, prices) == (628, 628, 596)
    assert (cents["1643903372"], cents["3019559023"]) == (2600, 21750)
    assert (strict_prices, strict_refused) == (594, 5)


# ---- the command -----------------------------------------------------------------------------------------------------
def clear_command(*arguments, text=""):
    return subprocess.run([sys.executable, "manage.py", "clear", *arguments], input=text, capture_output=True, text=True, check=False)


def test_the_command_prints_one_json_document_and_needs_no_database():
    done = clear_command("english", "--json", text='{"increment": 5, "start": 100, "bids": [{"bidder":"a","amount":"300.50"},'
                                                   '{"bidder":"b","amount":200}, {"bidder":"c","amount":201}]}')
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["awards"] == [{"bidder": "a", "price": "205.00", "quantity": 1}]
    assert outcome["refused"] == [{"bidder": "c", "bid": 3, "code": "trading.bid.too_low", "minimum": "210.00"}]


def test_the_command_refuses_unreadable_orders_with_one_line_per_fault():
    done = clear_command("uniform", text='{"bids": [{"bidder":"a","amount":1e400}]}')
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.strip().splitlines()) == 1
    assert clear_command("bazaar", text="{}").returncode == 2


@pytest.mark.parametrize("text", [
    "[]", "{", '{"bids": {}, "bids": []}', '{"bids": [{"bidder": "a"}]}', '{"bids":[{"bidder":"a","amount":true}]}',
    '{"bids":[{"bidder":"a","amount":-1}]}', '{"bids":[{"bidder":"a","amount":"１２"}]}', '{"bids":[{"bidder":"a","amount":NaN}]}',
    '{"bids":[{"bidder":"a","amount":1,"quantity":0}]}', '{"increment":[[1]],"bids":[]}',
])
def test_unclear_input_is_refused_never_guessed(text):
    with pytest.raises(orders.OrderFault):
        orders.clear("english", orders.read(text))


# ---- one file a format -------------------------------------------------------------------------------------------------
def test_a_format_is_found_by_itself_and_its_name_is_taken_once():
    shipped = {"english", "first_price", "second_price", "dutch", "posted", "uniform", "pay_as_bid", "vcg", "rsop", "call", "mcafee",
               "order_book"}
    assert set(all_formats()) == shipped
    assert "hybrid" in formats_of("production") and "hybrid" not in all_formats(), "it runs in a room only"
    with pytest.raises(AssertionError, match="english is written twice"):
        auction_format("english", venues=PRODUCTION)(lambda sheet: Outcome())
