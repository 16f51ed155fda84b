"""How the demo's agents choose: same name same interest, no bid above a limit, ends spread over time, acts in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from simulation.agents.auctioneer import wanted_end
from simulation.agents.buyer import LotBook, bid_times, interests, next_bidder, proposal
from simulation.heap import Heap
from simulation.times import Window, office_hours

AT = datetime(2026, 11, 18, 3, tzinfo=UTC)


def book(seed: int) -> LotBook:
    made = LotBook("LOT-1", 1, 1, 2_000_000, AT, AT + timedelta(hours=30), interests("table/1", seed, 2_000_000, lively=True))
    made.paddles = {one.key: number for number, one in enumerate(made.interests, 1)}
    return made


def test_the_same_lot_interests_the_same_buyers() -> None:
    assert interests("stocks/3", 7, 1_000_000) == interests("stocks/3", 7, 1_000_000)
    assert interests("stocks/3", 7, 1_000_000, lively=True, barred=frozenset({"jianghai"})) != []
    assert "jianghai" not in {one.key for one in interests("stocks/3", 7, 1_000_000, lively=True, barred=frozenset({"jianghai"}))}


@given(st.integers(0, 10_000))
def test_nobody_bids_above_what_the_lot_is_worth_to_him_nor_below_what_is_asked(seed: int) -> None:
    lot, chance = book(seed), Random(seed)
    for _ in range(60):
        one = next_bidder(chance, lot)
        if one is None:
            return
        assert lot.paddles[one.key] != lot.leader
        maximum = proposal(chance, lot, one)
        assert lot.asked_fen <= maximum <= one.limit_fen
        lot.leader, lot.minimum_fen = lot.paddles[one.key], maximum + 100_000


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_bids_come_while_the_lot_is_open(seed: int, count: int) -> None:
    times = bid_times(Random(seed), AT, AT + timedelta(hours=30), count)
    assert len(times) == count and times == sorted(times)
    assert all(AT < one < AT + timedelta(hours=30) for one in times)


def test_a_wanted_end_keeps_the_notice_and_its_distance() -> None:
    present, taken = AT + timedelta(days=40), []
    for _ in range(60):
        end = wanted_end(AT, present, taken)
        assert end > AT + timedelta(days=7)
        assert all(abs(end - one) >= timedelta(minutes=8) for one in taken)
        taken.append(end)


def test_six_lots_end_within_a_day_of_the_present() -> None:
    present, taken = AT + timedelta(days=8), []
    for _ in range(6):
        taken.append(wanted_end(AT, present, taken))
    assert sorted(end - present for end in taken) == [timedelta(minutes=one) for one in (10, 40, 120, 300, 720, 1440)]


def test_acts_run_in_order_of_time_and_of_planning() -> None:
    heap, done = Heap(), []
    for name, minutes in (("late", 9), ("first", 1), ("second", 1)):
        heap.plan(AT + timedelta(minutes=minutes), lambda name=name: done.append(name))
    while item := heap.next_before(AT + timedelta(minutes=5)):
        item[1]()
    assert done == ["first", "second"] and len(heap) == 1


def test_a_window_draws_instants_inside_it() -> None:
    opens, closes = office_hours(AT)
    window = Window(Heap(), Random(1), opens, closes)
    assert all(opens <= window.instant() < closes for _ in range(100))
    assert (opens.hour, closes.hour) == (1, 10)
