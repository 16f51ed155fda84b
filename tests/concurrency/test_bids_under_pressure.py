"""Bids at the same instant, equal bids, bids across the close: each beside the naive way that fails."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.coverage import covers
from kit.rejected import Rejected
from tests import clones
from tests.concurrency.floors import closing_soon, held_across_the_close, opened, violations
from tests.threads import together
from tests.trading.worlds import START, bid, make_buyer
from trading.models import Auction, Bid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

FULL = os.environ.get("FULL") == "1"
ROUNDS = 150 if FULL else 15
PAIRS = 1000 if FULL else 100
WORKERS = 8


@pytest.fixture(autouse=True)
def running_clock() -> None:
    """The market clock runs, years ahead, so that it never has to go back."""
    set_market_clock(START, 1)


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
Row = tuple[int, int, int, int]  # seq, maximum, leader after it, price after it


def faults_of_equal_bids(pairs: dict[int, list[tuple[int, Row]]]) -> list[str]:
    """What is wrong with the stored bids of each maximum, given as (bidder, row) in the order of their numbers."""
    faults = []
    for maximum, rows in pairs.items():
        if not 1 <= len(rows) <= 2:
            faults.append(f"{maximum}: {len(rows)} bids")
        numbers = [row[0] for _, row in rows]
        if len(set(numbers)) < len(numbers):
            faults.append(f"{maximum}: the number {numbers[0]} stands twice")
        if len(rows) == 2 and (rows[1][1][2] != rows[0][0] or rows[1][1][3] != maximum):
            faults.append(f"{maximum}: the earlier of equals does not lead at that maximum")
    return faults


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
    pairs: dict[int, list[tuple[int, Row]]] = {pair * 20_000_000: [] for pair in range(1, PAIRS + 1)}
    for row in Bid.objects.select_related("bidder").order_by("seq"):
        pairs[row.maximum_fen].append((row.bidder.paddle, (row.seq, row.maximum_fen, int(row.leader_after), row.price_after_fen)))
    assert faults_of_equal_bids(pairs) == []
    assert violations() == []


@covers("T2")
def test_control_two_equal_bids_that_each_look_first_both_lead() -> None:
    """The naive way: look who leads, think, write. Both find the lot as it was, so both take its number and its lead."""
    url, barrier = clones.mine().database_owner_url, threading.Barrier(2)
    with psycopg.connect(url, autocommit=True) as c:
        c.execute("CREATE TABLE naive_lot (leader int, maximum bigint, price bigint, seq int);"
                  "INSERT INTO naive_lot VALUES (0, 0, 1, 0);"
                  "CREATE TABLE naive_bid (seq int, maximum bigint, leader int, price bigint, bidder int)")

    def press(bidder: int, maximum: int) -> None:
        with psycopg.connect(url) as c:
            leader, best, price, seq = c.execute("SELECT leader, maximum, price, seq FROM naive_lot").fetchone()  # type: ignore[misc]
            barrier.wait()
            if maximum > best:
                leader, price, best = bidder, max(price, best), maximum
            elif maximum == best:
                price = maximum
            c.execute("INSERT INTO naive_bid VALUES (%s, %s, %s, %s, %s)", [seq + 1, maximum, leader, price, bidder])
            c.execute("UPDATE naive_lot SET leader = %s, maximum = %s, price = %s, seq = %s", [leader, best, price, seq + 1])

    assert together([lambda: press(1, 500), lambda: press(2, 500)]) == [None, None]
    with psycopg.connect(url) as c:
        rows = [(bidder, (seq, maximum, leader, price)) for seq, maximum, leader, price, bidder in c.execute(
            "SELECT seq, maximum, leader, price, bidder FROM naive_bid ORDER BY seq, bidder")]
    assert len(faults_of_equal_bids({500: rows})) == 2, "the same check must find both faults of the naive way"


# ---- T16: a bid that waits across the close ------------------------------------------------------------------------------------
HOLDS = [
    ("a lock that changes nothing", "SELECT 1 FROM trading_auction WHERE id = %s FOR UPDATE"),
    ("a lock that changes the row", "UPDATE trading_auction SET extensions = extensions WHERE id = %s"),
    ("a lock for another bid", "SELECT 1 FROM trading_auction WHERE id = %s FOR NO KEY UPDATE"),
]


@covers("T16", "I12")
@pytest.mark.parametrize(("name", "statement"), HOLDS)
def test_a_bid_that_waits_on_the_lot_across_its_end_is_refused(name: str, statement: str) -> None:
    a = make_buyer()
    lot = closing_soon(a)
    answer = held_across_the_close(lot, statement, lambda: bid(lot, a, 5_000_000))
    assert isinstance(answer, Rejected) and answer.code == "trading.bid.closed", answer
    assert not Bid.objects.exists()


BEGAN = "(SELECT anchor_market + (now() - anchor_wall) * rate FROM evidence_marketclock)"
TAKE = "UPDATE trading_auction SET extensions = extensions + 1 WHERE id = %s AND status = 'open'"


def judged_before_asking(lot: Auction) -> int:
    """The naive way of M3 that asks the clock in the program, before the row is locked."""
    with transaction.atomic(), connection.cursor() as cursor:
        if MARKET_CLOCK.now() >= Auction.objects.get(pk=lot.pk).closes_at:
            return 0
        cursor.execute(TAKE, [lot.pk])
        return int(cursor.rowcount)


def judged_in_the_condition(clock: str) -> Callable[[Auction], int]:
    """The naive ways of M3 that ask a clock in the statement's own condition."""

    def run(lot: Auction) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{TAKE} AND closes_at > {clock}", [lot.pk])
            return int(cursor.rowcount)

    return run


#: naive way -> whether it takes the late bid, for each of HOLDS
NAIVE: dict[str, tuple[Callable[[Auction], int], tuple[int, int, int]]] = {
    "the program's clock before the lock": (judged_before_asking, (1, 1, 1)),
    "the transaction's clock": (judged_in_the_condition(BEGAN), (1, 1, 1)),
    # only where the holder changed the row is the condition looked at again after the wait
    "the running clock in the condition": (judged_in_the_condition("market_now()"), (1, 0, 1)),
}


@covers("T16", "M3")
@pytest.mark.parametrize("name", NAIVE)
def test_control_a_condition_judged_before_the_lock_takes_the_late_bid(name: str) -> None:
    """M3, three naive ways: each takes a bid 0.5 s after the end. They must, or the test above shows nothing."""
    naive, expected = NAIVE[name]
    taken = []
    for _, statement in HOLDS:
        lot = closing_soon()
        taken.append(held_across_the_close(lot, statement, lambda lot=lot: naive(lot)))
        set_market_clock(MARKET_CLOCK.now() + timedelta(minutes=1), 1)
    assert tuple(taken) == expected
