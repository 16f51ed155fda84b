"""What each rule of surveillance says, by worked examples, and how well the rules do on a market whose cheats are known."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from simulation.planted import DIRECT, Market, close_area, measure, planted_market
from tests.trading.naive_surveillance import benford_suspects
from trading.surveillance.bidding import Tender, by_turns, close_bids, rotation
from trading.surveillance.direct import Deal, Mark, cycles, round_trips, same_owner, shared_sign_ins
from trading.surveillance.evasion import Copy, Elsewhere, Talk, Use, off_venue, overuse, replicas
from trading.surveillance.measuring import area, backtest, wilson
from trading.surveillance.prices import concentration, is_round, outliers, unround
from trading.surveillance.rules import MILLION, RULES, Found, above, precision_ppm
from trading.surveillance.shill import Features, Lot, Placed, features, score, shills, turns

YUAN = 100


def deal(number: int, seller: str, buyer: str, yuan: int = 1_000, day: int = 0, market: str = "m") -> Deal:
    return Deal(f"T{number}", seller, buyer, f"{seller}-thing", market, yuan * YUAN, day)


# ---- direct tests ------------------------------------------------------------------------------------------------------------


@covers("E64")
def test_two_sides_under_one_owner_are_named_and_strangers_are_not() -> None:
    deals = [deal(1, "a", "b"), deal(2, "b", "a"), deal(3, "a", "c")]
    found = list(same_owner(deals, lambda one, two: {one, two} == {"a", "b"}))
    assert [(one.parties, one.objects, one.score_ppm) for one in found] == [(("a", "b"), ("T1", "T2"), MILLION)]


@covers("E64")
def test_what_comes_back_twice_for_about_as_much_is_a_round_trip_and_once_is_not() -> None:
    once = [deal(1, "a", "b", 1_000, 0), deal(2, "b", "a", 960, 9)]
    [found] = round_trips(once)
    assert found.score_ppm == 700_000 < RULES["round_trip"].threshold_ppm, "one return is capped"
    [found] = round_trips([*once, deal(3, "a", "b", 2_000, 20), deal(4, "b", "a", 1_900, 25)])
    assert found.score_ppm == 955_000 and found.figures["returns"] == 2
    assert list(round_trips([deal(1, "a", "b", 1_000), deal(2, "b", "a", 500)])) == [], "half the value came back: it did not come back"
    assert list(round_trips([deal(1, "a", "b", day=0), deal(2, "b", "a", day=31)])) == [], "not within the window"


@covers("E64")
def test_a_circle_is_closed_in_order_and_in_time_by_like_values() -> None:
    turn = [deal(1, "a", "b", 1_000, 0), deal(2, "b", "c", 950, 3), deal(3, "c", "a", 900, 6)]
    again = [deal(4, "a", "b", 500, 40), deal(5, "b", "c", 500, 42), deal(6, "c", "a", 500, 44)]
    [found] = cycles(turn)
    assert (found.parties, found.score_ppm) == (("a", "b", "c"), 700_000), "one turn may be chance"
    [found] = cycles([*turn, *again])
    assert found.score_ppm == 950_000 and found.figures["turns"] == 2 and len(found.objects) == 6
    assert list(cycles([deal(1, "a", "b", day=5), deal(2, "b", "c", day=3), deal(3, "c", "a", day=6)])) == [], "money does not run back"
    assert list(cycles([deal(1, "a", "b", 1_000), deal(2, "b", "c", 100), deal(3, "c", "a", 1_000)])) == [], "not the same money"


@covers("H4")
def test_a_device_of_two_is_a_sign_an_address_of_two_is_half_of_one_and_an_office_block_is_none() -> None:
    met = [("a", "b", "T1")]
    pair = [Mark("a", "device", "x"), Mark("b", "device", "x")]
    [found] = shared_sign_ins(met, pair)
    assert found.score_ppm == 900_000
    [found] = shared_sign_ins(met, [Mark(party, "address", "y") for party in "ab"])
    assert found.score_ppm == 500_000 < RULES["shared_sign_in"].threshold_ppm
    [found] = shared_sign_ins(met, [*pair, *(Mark(party, "address", "y") for party in "ab")])
    assert found.score_ppm == 950_000
    assert list(shared_sign_ins(met, [Mark(party, "address", "block") for party in "abcd"])) == []
    assert list(shared_sign_ins([("a", "c", "T2")], pair)) == [], "they never met"


# ---- patterns ----------------------------------------------------------------------------------------------------------------


@covers("E62")
def test_the_average_shill_of_the_labelled_set_scores_high_and_the_average_bidder_low() -> None:
    assert score(Features(0.311, 0.344, 0.833, 0.865)) == 586_600
    assert score(Features(0.122, 0.102, 0.017, 0.308)) == 138_250


@covers("E62")
def test_a_shill_is_known_by_three_lots_of_one_seller_at_least() -> None:
    lots = [Lot(f"L{n}", "s", ("x", "b1", "x", "x", "b2", "x", "x", "b1"), "b1") for n in range(4)]
    assert [one.parties for one in shills(lots[:2])] == []
    [found] = [one for one in shills(lots) if "x" in one.parties]
    assert found.figures["lots"] == 4 and found.figures["losing"] == 4 * MILLION // 6 + 1
    assert found.score_ppm > RULES["shill"].threshold_ppm > max(one.score_ppm for one in shills(lots) if "x" not in one.parties)


@covers("H4", "E62")
def test_on_a_market_of_few_sellers_everybodys_lots_are_theirs_and_nobody_is_a_shill_for_it() -> None:
    """Two sellers, three honest bidders who come to every lot and answer each other: the plain share of a seller's lots is a half."""
    order = ("a", "b", "c", "a", "b", "c", "a")
    lots = [Lot(f"L{n}", "st"[n % 2], order[n % 3:] + order[:n % 3], "abc"[n % 3]) for n in range(12)]
    naive = max(score(its._replace(tendency=its.tendency + 0.43)) for _, _, its in features(lots))
    assert max(its.tendency for _, _, its in features(lots)) == 0 and above(shills(lots), {}) == []
    assert naive > RULES["shill"].threshold_ppm - 100_000, "with the plain share they stood at the line"


@covers("H4", "E62")
def test_only_who_leads_outbids_himself_and_only_by_moving_the_price() -> None:
    first = Placed("a", 1, 1, 100)
    assert turns([first, Placed("a", 1, 1, 100)]) == ("a",), "the leader raised his maximum: nothing moved"
    caught = [first, Placed("b", 2, 1, 110), Placed("b", 2, 1, 120), Placed("b", 2, 2, 130)]
    assert turns(caught) == ("a", "b"), "three bids below a hidden maximum are one turn"
    assert turns([*caught, Placed("b", 2, 2, 150)]) == ("a", "b", "b"), "the leader moved the price himself"


@covers("H4", "E62")
def test_a_part_of_the_market_is_measured_against_the_whole_of_it() -> None:
    lots = [Lot(f"L{n}", "s", ("x", "b", "x"), "b") for n in range(4)]
    [alone] = {its.tendency for _, who, its in features(lots) if who == "x"}
    [among] = {its.tendency for _, who, its in features(lots, {"s": 4, "t": 96}) if who == "x"}
    assert alone == 0 and among == pytest.approx((4 / 6 - 0.04) / 0.96)


@covers("E67")
@pytest.mark.parametrize(("size", "blocks", "chance"), [(4, 3, 0.000824), (3, 4, 0.00244), (5, 2, 0.00147)])
def test_the_chance_that_everybody_wins_by_turns(size: int, blocks: int, chance: float) -> None:
    assert by_turns(size, blocks) == pytest.approx(chance, rel=0.005)


@covers("E66", "E67")
def test_taking_turns_is_evidence_equal_numbers_of_wins_are_not() -> None:
    def rounds(order: str) -> list[Tender]:
        return [Tender(f"Q{n}", "m", {one: 100 if one == winner else 120 + ord(one) % 7 * 9 for one in "abcd"}, winner, n)
                for n, winner in enumerate(order)]

    [turns] = rotation(rounds("abcdbcdadabc"))
    [equal] = rotation(rounds("aaabbbcccddd"))
    assert turns.score_ppm == 999_176 >= RULES["rotation"].threshold_ppm > equal.score_ppm == 0


@covers("E66")
def test_losing_bids_that_lie_close_while_the_winner_stands_apart_are_looked_at() -> None:
    ring = [Tender(f"Q{n}", "m", {"a": 1_000, "b": 1_050, "c": 1_052, "d": 1_049}, "a", n) for n in range(5)]
    honest = [Tender(f"Q{n}", "m", {"a": 1_000, "b": 1_010, "c": 1_180, "d": 1_090}, "a", n) for n in range(5)]
    assert next(close_bids(ring)).score_ppm > RULES["close_bids"].threshold_ppm > next(close_bids(honest)).score_ppm


@covers("E63")
def test_a_price_is_far_by_the_medians_of_its_own_market() -> None:
    prices = [100, 110, 90, 105, 95] * 6
    rows = [deal(n, f"s{n}", f"b{n}", yuan) for n, yuan in enumerate(prices)]
    scores = {one.objects[0]: one.score_ppm for one in outliers([*rows, deal(99, "x", "y", 1_000)])}
    assert scores["T99"] == MILLION and max(value for code, value in scores.items() if code != "T99") < 200_000
    assert list(outliers(rows[:19])) == [], "no history, no outlier"


@covers("E64")
def test_machines_do_not_round() -> None:
    assert [is_round(yuan * YUAN) for yuan in (4_500, 100, 4_512, 99)] == [True, True, False, True]
    honest = [deal(n, f"s{n % 30}", f"b{n % 40}", 4_500 if n % 3 else 4_512) for n in range(300)]
    wash = [deal(1_000 + n, "x", "y", 4_501 + n) for n in range(25)]
    assert [one.parties for one in above(unround([*honest, *wash]), {})] == [("x", "y")]


@covers("R85")
def test_a_share_that_jumps_is_looked_at_and_a_large_share_as_ever_is_not() -> None:
    before = [deal(n, f"s{n % 20}", f"b{n}", day=n % 60) for n in range(200)]
    late = [deal(500 + n, "s1" if n % 2 else f"s{n % 20}", f"b{n}", day=80 + n % 10) for n in range(60)]
    assert [one.parties for one in above(concentration([*before, *late], today=90), {})] == [("s1",)]
    steady = [deal(n, "s1" if n % 2 else f"s{n % 20}", f"b{n}", day=n % 90) for n in range(260)]
    assert above(concentration(steady, today=90), {}) == []


@covers("R47")
def test_talks_that_end_here_and_trades_that_follow_elsewhere() -> None:
    talks = [Talk(f"N{n}", "s", "b", f"thing{n}", 10 * n) for n in range(3)]
    trades = [Elsewhere(f"T{n}", "s", "b", f"thing{n}", 10 * n + 20) for n in range(3)]
    assert next(off_venue(talks[:1], trades[:1])).score_ppm == 500_000
    assert next(off_venue(talks, trades)).score_ppm == 875_000
    assert list(off_venue(talks, [Elsewhere("T9", "s", "b", "thing0", 46)])) == [], "too late to be theirs"
    assert list(off_venue(talks, [Elsewhere("T9", "s", "other", "thing0", 20)])) == []


@covers("CAP-E9")
def test_the_later_listing_repeats_the_earlier_one_and_its_own_seller_may_repeat_itself() -> None:
    pieces = [f"p{n}" for n in range(100)]
    copies = [Copy("L1", "a", 1, pieces), Copy("L2", "a", 2, pieces), Copy("L3", "b", 3, [*pieces[:90], "own"])]
    [found] = replicas(copies)
    assert (found.parties[0], found.objects[0], found.score_ppm) == ("b", "L3", 90 * MILLION // 91)


@covers("R40")
def test_uses_beyond_the_grant() -> None:
    found = list(overuse([Use("T1", "b", 100, 100), Use("T2", "b", 100, 130), Use("T3", "b", 0, 9)]))
    assert [(one.objects, one.score_ppm) for one in found] == [(("T2",), 300_000)]


# ---- figures of the figures ----------------------------------------------------------------------------------------------------


@covers("E60")
def test_of_a_rare_thing_most_alerts_of_a_good_test_are_wrong() -> None:
    assert precision_ppm(3_000, 950_000, 50_000) == 54_079


@covers("H4")
def test_a_threshold_is_tried_on_past_decisions() -> None:
    decided = [(900_000, True), (850_000, True), (820_000, False), (760_000, True), (750_000, False)]
    now, higher = backtest(decided, 750_000), backtest(decided, 840_000)
    assert (now.precision_ppm, now.recall_ppm) == (600_000, MILLION)
    assert (higher.raised, higher.precision_ppm, higher.recall_ppm) == (2, MILLION, 666_666)
    assert backtest([], 1).precision_ppm is None and wilson(8, 10) == (490_157, 943_319)


@covers("H4")
@given(st.lists(st.tuples(st.integers(0, MILLION), st.booleans())), st.integers(0, MILLION), st.integers(0, MILLION))
def test_a_higher_threshold_never_raises_more_nor_finds_more(decided: list[tuple[int, bool]], one: int, two: int) -> None:
    low, high = backtest(decided, min(one, two)), backtest(decided, max(one, two))
    assert high.raised <= low.raised and high.confirmed <= low.confirmed and high.missed >= low.missed


@covers("H4")
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), st.integers(1, 9), st.integers(0, 60)), max_size=14),
       st.randoms())
def test_what_is_found_does_not_depend_on_the_order_in_which_it_is_read(rows: list[tuple[str, str, int, int]], order: Random) -> None:
    deals = [deal(n, seller, buyer, yuan * 100, day) for n, (seller, buyer, yuan, day) in enumerate(rows)]
    mixed = order.sample(deals, len(deals))

    def told(its: Iterator[Found]) -> list[tuple[tuple[str, ...], int]]:
        return sorted((one.parties, one.score_ppm) for one in its)

    assert told(round_trips(deals)) == told(round_trips(mixed))
    for rule in (round_trips, cycles):
        assert all(0 <= one.score_ppm <= MILLION and len(set(one.objects)) == len(one.objects) for one in rule(deals))


# ---- how well they do ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def market() -> Market:
    return planted_market(50_000)


@covers("E64", "H4")
def test_of_fifty_thousand_trades_the_direct_tests_find_nine_planted_groups_in_ten_and_are_right_four_times_in_five(market: Market) -> None:
    measured, curve = measure(market)
    for one in measured:
        if one.rule in DIRECT:
            assert one.recall >= 0.9 and one.precision >= 0.8, one
    assert len(market.deals) == 50_000 and curve >= 0.85
    assert close_area(market) >= 0.95


@covers("E63", "T56")
def test_a_law_of_first_digits_accuses_honest_markets_and_finds_no_washer(market: Market) -> None:
    """The naive variant: it rejects honest sellers whose prices lie close together, and cannot tell who washes."""
    planted = {party for group in market.truth["same_owner"] | market.truth["round_trip"] for party in group}
    suspects = benford_suspects(market.deals, least=40)
    right = len(suspects & planted)
    assert suspects and right / len(suspects) < 0.8


@covers("E62")
def test_shill_features_separate_the_labelled_shills(shared: Path) -> None:
    scores: dict[str, list[int]] = {"0": [], "1": []}
    with gzip.open(shared / "2-auctions/uci_shill_bidding.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            told = (row["Bidder_Tendency"], row["Bidding_Ratio"], row["Successive_Outbidding"], row["Winning_Ratio"])
            scores[row["Class"]].append(score(Features(*map(float, told))))
    assert (len(scores["1"]), len(scores["0"])) == (675, 5_646)
    assert area(scores["1"], scores["0"]) >= 0.98
    line = RULES["shill"].threshold_ppm
    assert sum(one >= line for one in scores["1"]) / 675 >= 0.85 and sum(one >= line for one in scores["0"]) / 5_646 <= 0.04


@covers("E60", "E62")
@pytest.mark.parametrize("sellers", [30, 60, 157])
def test_of_honest_auctions_one_in_a_hundred_is_flagged_at_most(shared: Path, sellers: int) -> None:
    """The log names no seller: the 628 lots are dealt to so many at random, so that no bidder belongs to any of them."""
    with (shared / "2-auctions/ebay_moa_628.jsonl").open() as file:
        rows = [json.loads(line) for line in file]
    for seed in range(3):
        chance, lots = Random(seed), []
        for row in rows:
            bids = sorted(row["bids"], key=lambda one: float(one["t_days"]))
            winner = max(bids, key=lambda one: float(one["amount"]))["bidder"]
            lots.append(Lot(row["auction"], f"s{chance.randrange(sellers)}", tuple(one["bidder"] for one in bids), winner))
        flagged = {code for one in above(shills(lots), {}) for code in one.objects}
        assert len(lots) == 628 and len(flagged) <= 6, f"{len(flagged)} of 628"
        assert sum(1 for _ in features(lots)) > 3_000
