"""Bids at the same instant, equal bids, bids across the close, closings by two workers: each beside the naive way that fails."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from tests import clones
from tests.threads import together
from tests.trading.worlds import START, bid, make_buyer, make_lot, open_lot
from trading import invariants, tasks
from trading.books import book_of
from trading.models import Auction, Award, Bid, Trade
from trading.operations import close_auction, open_auction, register_bidder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

FULL = os.environ.get("FULL") == "1"
ROUNDS = 150 if FULL else 15
PAIRS = 1000 if FULL else 100
WORKERS = 8


@pytest.fixture(autouse=True)
def running_clock() -> None:
    """The market clock runs, years ahead, so that it never has to go back."""
    set_market_clock(START, 1)


def violations() -> list[str]:
    return [text for one in (invariants.NumbersAreGapless, invariants.PricesFollowFromBids, invariants.EndsMoveForward,
                             invariants.LotsCanBeRebuilt, invariants.AwardsFollowFromBids) for text in one().check()]


def opened(*buyers: Any) -> Auction:
    """A lot open now on the running clock, closing in a day."""
    lot = make_lot(spare=timedelta(minutes=1))
    for buyer in buyers:
        register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=7, minutes=2), 1)
    return open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)


# ---- T1: eight workers on one lot ------------------------------------------------------------------------------------------
@covers("T1", "I10", "I11")
def test_bids_at_the_same_instant_leave_one_leader_and_gapless_numbers() -> None:
    buyers = [make_buyer(10**12) for _ in range(WORKERS)]
    lot = opened(*buyers)
    barrier = threading.Barrier(WORKERS)

    def worker(n: int) -> Callable[[], Counter[str]]:
        def run() -> Counter[str]:
            answers: Counter[str] = Counter()
            for round_ in range(ROUNDS):
                barrier.wait()
                try:
                    bid(lot, buyers[n], 1_000_000 + round_ * 700_000 + (n * 7919 + round_ * 31) % 8 * 60_000)
                    answers["taken"] += 1
                except Rejected as refused:
                    answers[refused.code] += 1
            return answers
        return run

    answers = together([worker(n) for n in range(WORKERS)])
    print(f"T1: {WORKERS} workers x {ROUNDS} bids")
    total = sum((one for one in answers), Counter())
    assert sum(total.values()) == WORKERS * ROUNDS and total["taken"] > ROUNDS
    assert Bid.objects.count() == total["taken"], "every accepted bid has its row, a refused one none"
    assert violations() == []


@covers("T1")
def test_control_reading_before_writing_loses_bids_and_repeats_numbers() -> None:
    """The naive way (M1): read the price, then write it, without the lot's lock. It must fail, or the test above shows nothing."""
    url = clones.mine().database_owner_url
    with psycopg.connect(url, autocommit=True) as c:
        c.execute("CREATE TABLE naive_lot (id int PRIMARY KEY, price bigint, seq int); INSERT INTO naive_lot VALUES (1, 0, 0);"
                  "CREATE TABLE naive_bid (seq int, price bigint)")

    def worker() -> None:
        with psycopg.connect(url) as c:
            for _ in range(40):
                seq, price = c.execute("SELECT seq, price FROM naive_lot").fetchone()  # type: ignore[misc]
                c.execute("INSERT INTO naive_bid VALUES (%s, %s)", [seq + 1, price + 1])
                c.execute("UPDATE naive_lot SET seq = %s, price = %s", [seq + 1, price + 1])
                c.commit()

    together([worker] * WORKERS)
    with psycopg.connect(url) as c:
        last, = c.execute("SELECT seq FROM naive_lot").fetchone()  # type: ignore[misc]
        rows, numbers = c.execute("SELECT count(*), count(DISTINCT seq) FROM naive_bid").fetchone()  # type: ignore[misc]
    assert rows == 40 * WORKERS and (last < rows or numbers < rows), "the naive variant was expected to lose numbers"


# ---- T2: equal bids ----------------------------------------------------------------------------------------------------------
@covers("T2")
def test_equal_maxima_at_the_same_instant_are_both_kept_or_one_is_outbid_and_the_earlier_leads() -> None:
    a, b = make_buyer(10**12), make_buyer(10**12)
    lot = opened(a, b)
    barrier, outcome = threading.Barrier(2), Counter()

    def worker(buyer: Any) -> Callable[[], Counter[str]]:
        def run() -> Counter[str]:
            answers: Counter[str] = Counter()
            for pair in range(1, PAIRS + 1):
                barrier.wait()
                try:
                    bid(lot, buyer, pair * 20_000_000)
                    answers["taken"] += 1
                except Rejected as refused:
                    answers[f"{refused.status} {refused.code}"] += 1
            return answers
        return run

    for one in together([worker(a), worker(b)]):
        assert isinstance(one, Counter), one
        outcome += one
    print(f"T2: {PAIRS} pairs, {dict(outcome)}")
    assert set(outcome) <= {"taken", "409 trading.bid.too_low", "409 trading.bid.not_above_own"}
    assert sum(outcome.values()) == 2 * PAIRS
    for maximum in range(20_000_000, PAIRS * 20_000_000 + 1, 20_000_000):
        rows = list(Bid.objects.filter(maximum_fen=maximum).order_by("seq"))
        assert 1 <= len(rows) <= 2
        if len(rows) == 2:
            assert rows[1].price_after_fen == maximum and rows[1].leader_after == rows[0].bidder.paddle
    assert violations() == []


# ---- T16: a bid that waits across the close ------------------------------------------------------------------------------------
HOLDS = [
    ("a lock that changes nothing", "SELECT 1 FROM trading_auction WHERE id = %s FOR UPDATE"),
    ("a lock that changes the row", "UPDATE trading_auction SET extensions = extensions WHERE id = %s"),
    ("a lock for another bid", "SELECT 1 FROM trading_auction WHERE id = %s FOR NO KEY UPDATE"),
]


def closing_soon(*buyers: Any) -> Auction:
    lot = opened(*buyers)
    set_market_clock(lot.closes_at - timedelta(milliseconds=700), 1)
    return lot


def held_across_the_close(lot: Auction, statement: str, act: Callable[[], Any]) -> Any:
    """Holds the lot's row from before the end until after it while ``act`` waits; returns its result or exception."""
    holding = threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [lot.pk])
            holding.set()
            time.sleep(1.2)

    def wait() -> Any:
        holding.wait()
        return act()

    return together([hold, wait])[1]


@covers("T16", "I12")
@pytest.mark.parametrize(("name", "statement"), HOLDS)
def test_a_bid_that_waits_on_the_lot_across_its_end_is_refused(name: str, statement: str) -> None:
    a = make_buyer()
    lot = closing_soon(a)
    answer = held_across_the_close(lot, statement, lambda: bid(lot, a, 5_000_000))
    assert isinstance(answer, Rejected) and answer.code == "trading.bid.closed", answer
    assert not Bid.objects.exists()


NAIVE = {
    "the transaction's clock": "UPDATE trading_auction SET extensions = extensions + 1 WHERE id = %s AND status = 'open' AND "
                               "closes_at > (SELECT anchor_market + (now() - anchor_wall) * rate FROM evidence_marketclock)",
    "the statement's condition": "UPDATE trading_auction SET extensions = extensions + 1 WHERE id = %s AND status = 'open' AND "
                                 "closes_at > (SELECT anchor_market + (statement_timestamp() - anchor_wall) * rate "
                                 "FROM evidence_marketclock)",
}


@covers("T16")
@pytest.mark.parametrize("name", NAIVE)
def test_control_a_condition_judged_before_the_lock_takes_the_late_bid(name: str) -> None:
    """M3: a clock read before the wait accepts after the close. It must, or the test above shows nothing."""
    lot = closing_soon()

    def late() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(NAIVE[name], [lot.pk])
            return cursor.rowcount

    assert held_across_the_close(lot, HOLDS[0][1], late) == 1


# ---- T17: closings ---------------------------------------------------------------------------------------------------------------
@covers("T17", "I13")
def test_two_workers_close_a_lot_once() -> None:
    a, b = make_buyer(), make_buyer()
    lots = []
    for _ in range(5):
        lot = opened(a, b)
        bid(lot, a, 5_000_000), bid(lot, b, 3_000_000)
        lots.append(lot)
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=40), 1)
    closed = together([tasks.close_due] * 4 + [lambda: close_auction(lot=lots[0], actor=SYSTEM, clock=MARKET_CLOCK)] * 2)
    faults = [one for one in closed if isinstance(one, Exception)]
    tasks.close_due()
    assert faults == [] and Award.objects.count() == Trade.objects.count() == 5
    assert violations() == []


@covers("T17")
def test_a_closing_and_bids_at_the_same_instant_agree_on_the_end() -> None:
    a, b = make_buyer(10**12), make_buyer(10**12)
    for _ in range(5 if FULL else 2):
        lot = opened(a, b)
        set_market_clock(lot.closes_at - timedelta(milliseconds=150), 1)

        def press(buyer: Any, lot: Auction = lot) -> Callable[[], int]:
            def run() -> int:
                taken = 0
                for step in range(60):
                    try:
                        bid(lot, buyer, 1_000_000 + step * 300_000)
                        taken += 1
                    except Rejected as refused:
                        if refused.code == "trading.bid.closed":
                            break
                return taken
            return run

        def close(lot: Auction = lot) -> None:
            set_again = Auction.objects.get(pk=lot.pk).closes_at
            end = time.monotonic() + 5
            while time.monotonic() < end and MARKET_CLOCK.now() < set_again:
                tasks.close_due()

        together([press(a), press(b), close])
        set_market_clock(Auction.objects.get(pk=lot.pk).closes_at + timedelta(seconds=1), 1)
        tasks.close_due()
        ended = Auction.objects.get(pk=lot.pk)
        assert ended.status in ("awarded", "failed")
        if ended.status == "awarded":
            award = Award.objects.get(auction=ended)
            assert str(award.bidder.paddle) == book_of(ended).leader
    assert violations() == []


@covers("T17")
def test_a_worker_that_was_down_closes_at_its_first_tick() -> None:
    a = make_buyer()
    lot = opened(a)
    bid(lot, a, 2_000_000)
    set_market_clock(lot.closes_at + timedelta(days=3), 1)
    assert Auction.objects.get(pk=lot.pk).status == "open", "nobody closed it"
    tasks.tick()
    assert Auction.objects.get(pk=lot.pk).status == "awarded"


# ---- T18: the last second --------------------------------------------------------------------------------------------------------
@covers("T18", "I12")
def test_bids_around_the_end_extend_within_the_cap_and_the_end_never_moves_back() -> None:
    a, b = make_buyer(10**12), make_buyer(10**12)
    set_market_clock(START + timedelta(days=1), 0)
    lot = open_lot(a, b)
    announced = lot.closes_at

    def at_the_end(buyer: Any, maximum: int, ms: int) -> str:
        end = Auction.objects.get(pk=lot.pk).closes_at
        set_market_clock(end + timedelta(milliseconds=ms), 0)
        try:
            return str(bid(lot, buyer, maximum).kind)
        except Rejected as refused:
            return refused.code

    ends = []
    for step in range(30):
        assert at_the_end((a, b)[step % 2], 5_000_000 * (step + 1), -1) in {"extended", "price"}
        ends.append(Auction.objects.get(pk=lot.pk).closes_at)
    assert ends == sorted(ends) and ends[-1] == announced + timedelta(minutes=60)
    assert at_the_end(a, 10**10, 0) == "trading.bid.closed"
    assert violations() == []

