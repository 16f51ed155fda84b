"""Closings by two workers, late, or never, against bids of the same instant: each beside the naive way that fails (T17, T18)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from tests import clones
from tests.concurrency.floors import opened, violations
from tests.threads import together
from tests.trading.worlds import START, bid, make_buyer, open_lot
from trading import tasks
from trading.books import book_of
from trading.models import Auction, Award, Bid, Trade
from trading.operations import close_auction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

FULL = os.environ.get("FULL") == "1"


@pytest.fixture(autouse=True)
def running_clock() -> None:
    """The market clock runs, years ahead, so that it never has to go back."""
    set_market_clock(START, 1)


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


def naive_close(url: str, barrier: threading.Barrier, at: int) -> None:
    """The naive way: read what is due, then write the awards; nobody holds the lot in between."""
    with psycopg.connect(url) as c:
        due = c.execute("SELECT id, leader FROM naive_lot WHERE status = 'open' AND closes_at <= %s", [at]).fetchall()
        barrier.wait()
        for key, leader in due:
            c.execute("INSERT INTO naive_award VALUES (%s, %s)", [key, leader])
            c.execute("UPDATE naive_lot SET status = 'awarded' WHERE id = %s", [key])


@covers("T17")
def test_control_closing_without_holding_the_lot_awards_it_twice() -> None:
    url, barrier = clones.mine().database_owner_url, threading.Barrier(2)
    with psycopg.connect(url, autocommit=True) as c:
        c.execute("CREATE TABLE naive_lot (id int PRIMARY KEY, status text, closes_at int, leader int);"
                  "INSERT INTO naive_lot VALUES (1, 'open', 10, 7); CREATE TABLE naive_award (lot int, bidder int)")
    assert together([lambda: naive_close(url, barrier, 11)] * 2) == [None, None]
    with psycopg.connect(url) as c:
        assert c.execute("SELECT count(*) FROM naive_award WHERE lot = 1").fetchone() == (2,), "the naive way was expected to award twice"


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


def closed_by_their_instant(before: datetime, now: datetime) -> int:
    """The naive way (edge-triggered, as an alarm set for the end): closes what ends between two ticks, and never looks back."""
    due = Auction.objects.filter(status="open", closes_at__gt=before, closes_at__lte=now)
    for lot in due:
        close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    return len(due)


@covers("T17")
def test_control_an_alarm_set_for_the_end_never_rings_again() -> None:
    a = make_buyer()
    lot = opened(a)
    bid(lot, a, 2_000_000)
    set_market_clock(lot.closes_at + timedelta(days=3), 1)
    at = MARKET_CLOCK.now()
    for tick in range(100):
        assert closed_by_their_instant(at + timedelta(seconds=tick - 1), at + timedelta(seconds=tick)) == 0
    assert Auction.objects.get(pk=lot.pk).status == "open", "the naive way was expected to leave the lot open for ever"


@covers("T17")
def test_between_the_end_and_the_award_no_bid_is_taken_where_the_naive_way_takes_one() -> None:
    """The lot still says *open*: nobody has closed it yet. The clock decides, not the word."""
    a = make_buyer()
    lot = opened(a)
    set_market_clock(lot.closes_at, 1)
    with pytest.raises(Rejected) as refused:
        bid(lot, a, 2_000_000)
    assert refused.value.code == "trading.bid.closed" and not Bid.objects.exists()
    with connection.cursor() as cursor:  # the naive way asks the word only
        cursor.execute("UPDATE trading_auction SET extensions = extensions + 1 WHERE id = %s AND status = 'open'", [lot.pk])
        assert cursor.rowcount == 1


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
