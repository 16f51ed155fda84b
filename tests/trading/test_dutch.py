"""Dutch lots: the clock falls, the first to take has it at the clock's price (competition rules 15; CAP-E7, T1, T17).

Worked example: start 10,000 yuan, lowest 9,000, one per cent of the start (100 yuan) each 60 seconds: ten steps and the floor, eleven
minutes. After two minutes and a half the clock asks 9,800.
"""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.roles import Role
from tests.factories import make_actor
from tests.threads import together
from tests.trading.test_pages import room, shown, signed_in
from tests.trading.worlds import bid, make_buyer, make_listing, make_lot, move, open_lot, stand
from trading import tasks
from trading.auctions.dutch import DutchTerms, clear
from trading.auctions.rules import Order
from trading.clock import asked_at, next_step_at, steps_of, terms_of_clock
from trading.models import Auction, Award, Bid, Trade
from trading.operations import halt_auction, resume_auction, take_price
from trading.room import clock_chart

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def dutch_lot(*buyers: Actor) -> Auction:
    listing = make_listing(auction_terms={"format": "dutch", "floor_fen": 9_000 * YUAN})
    return open_lot(*buyers, listing=listing)


def take(lot: Auction, buyer: Actor, at_most_yuan: int = 10_000) -> Auction:
    return take_price(lot=lot, at_most_fen=at_most_yuan * YUAN, actor=buyer, clock=MARKET_CLOCK)


def refused(code: str, act: Any, *args: Any) -> None:
    with pytest.raises(Rejected) as caught:
        act(*args)
    assert caught.value.code == code


@covers("CAP-E7", "R45")
def test_the_first_to_take_has_it_at_the_clocks_price_and_the_lot_is_over() -> None:
    a, b = make_buyer(), make_buyer()
    lot = dutch_lot(a, b)
    assert (lot.closes_at - lot.opens_at, asked_at(lot, lot.opens_at)) == (timedelta(minutes=11), 10_000 * YUAN)
    move(seconds=150)
    now = MARKET_CLOCK.now()
    assert asked_at(lot, now) == 9_800 * YUAN and next_step_at(lot, now) == lot.opens_at + timedelta(minutes=3)
    done = take(lot, b, 9_800)
    assert (done.status, done.price_fen, done.seq) == ("awarded", 9_800 * YUAN, 1)
    trade = Trade.objects.get(award__auction=lot)
    assert (trade.buyer_id, trade.price_fen) == (b.organization_id, 9_800 * YUAN)
    assert balance(account(a.organization or "", AccountKind.AVAILABLE)).reserved_fen == 0
    refused("trading.bid.closed", take, lot, a)


@covers("CAP-E7")
def test_the_clock_stops_at_its_lowest_price_and_a_lot_nobody_takes_fails() -> None:
    lot = dutch_lot(make_buyer())
    move(seconds=659)
    assert asked_at(lot, MARKET_CLOCK.now()) == 9_000 * YUAN
    move(seconds=1)
    assert tasks.close_due() == 1
    lot.refresh_from_db()
    assert (lot.status, lot.status_reason) == ("failed", "trading.auction.no_bid")


@covers("CAP-E7")
def test_nobody_pays_more_than_was_seen_and_what_is_not_ones_to_take_is_refused() -> None:
    a, stranger, stopped = make_buyer(), make_buyer(), make_buyer()
    english = open_lot(a)
    lot = dutch_lot(a, stopped)
    refused("trading.bid.clock_asks_more", take, lot, a, 9_999)
    refused("trading.bid.not_registered", take, lot, stranger)
    refused("trading.bid.other_format", bid, lot, a, 2_000_000)
    refused("trading.bid.other_format", take, english, a)
    stand(stopped, "suspended", "D")
    with pytest.raises(Rejected):
        take(lot, stopped)
    assert not Bid.objects.exists() and take(lot, a).price_fen == 10_000 * YUAN


@covers("CAP-E7", "R57")
def test_a_halt_stops_the_clock_and_its_price_never_rises() -> None:
    buyer = make_buyer()
    lot = dutch_lot(buyer)
    desk = make_actor(Role.SURVEILLANCE)
    move(seconds=330)
    before = asked_at(lot, MARKET_CLOCK.now())
    halt_auction(lot=lot, reason_code="x", reason="核查", actor=desk, clock=MARKET_CLOCK)
    move(days=1)
    refused("trading.bid.halted", take, lot, buyer)
    lot = resume_auction(lot=lot, actor=desk, clock=MARKET_CLOCK)
    assert asked_at(lot, MARKET_CLOCK.now()) == before == 9_500 * YUAN
    assert take(lot, buyer, 9_500).price_fen == before


@covers("CAP-E7")
def test_a_clock_needs_its_lowest_price_and_has_no_secret_reserve() -> None:
    for terms in ({"auction_terms": {"format": "dutch"}}, {"auction_terms": {"format": "dutch", "floor_fen": 1_000_001}},
                  {"auction_terms": {"format": "dutch", "floor_fen": 900_000}, "reserve_price_fen": 1_000_000}):
        refused("trading.auction.clock", make_lot, make_listing(**terms))
    lot = make_lot(make_listing(auction_terms={"format": "dutch", "floor_fen": 900_000}))
    with pytest.raises(DatabaseError, match="terms are fixed"), transaction.atomic():
        Auction.objects.filter(pk=lot.pk).update(clock_floor_fen=1)


@covers("CAP-E7", "I14")
def test_histories_end_as_the_pure_clock_says() -> None:
    """Bidders with limits that take as soon as the clock is at or below them, against the pure function on the same limits."""
    rnd = random.Random(20261129)
    for _ in range(4):
        buyers = [make_buyer() for _ in range(3)]
        lot = dutch_lot(*buyers)
        limits = [rnd.randrange(890_000, 1_010_000) for _ in buyers]
        outcome = clear(DutchTerms(1_000_000, 10_000, 900_000), [Order(str(n), limit, n) for n, limit in enumerate(limits)])
        while MARKET_CLOCK.now() < lot.closes_at and not Award.objects.filter(auction=lot).exists():
            asked = asked_at(lot, MARKET_CLOCK.now())
            for buyer, limit in zip(buyers, limits, strict=True):
                if limit >= asked and not Award.objects.filter(auction=lot).exists():
                    take_price(lot=lot, at_most_fen=asked, actor=buyer, clock=MARKET_CLOCK)
            move(seconds=60)
        award = Award.objects.filter(auction=lot).first()
        assert (award and award.price_fen) == outcome.price
        if award:
            assert award.bidder.organization_id == buyers[int(outcome.awards[0].bidder)].organization_id


@covers("CAP-E7", "CAP-E13", "C7")
def test_the_room_shows_the_clock_and_takes_without_scripts() -> None:
    buyer, other = make_buyer(), make_buyer()
    lot = dutch_lot(buyer, other)
    client = signed_in(buyer)
    move(seconds=60)
    page = shown(client, room(lot))
    assert "应价，不高于 ¥9,900" in page and 'name="at_most_fen" value="990000"' in page
    assert "荷式时钟" in shown(client, room(lot) + "why/")
    row = client.get(f"/api/lots/{lot.code}/").json()
    assert row["clock"]["asked_fen"] == 990_000 and row["price_fen"] is None
    move(seconds=60)
    assert client.post(room(lot) + "take/", {"at_most_fen": "990000"}).status_code == 302
    assert Trade.objects.get().price_fen == 980_000, "the price of the instant, not of the page"
    assert "您已竞得" in shown(client, room(lot)) and "9,800" in shown(signed_in(other), room(lot))
    assert "重算一致" in shown(client, room(lot) + "replay/")
    late = signed_in(other).post(room(lot) + "take/", {"at_most_fen": "990000"})
    assert late.status_code == 409 and "已截标" in late.content.decode()
    told = Record.objects.get(subject=lot.code, kind="trading.bid.taken").payload
    assert told["price_fen"] == 980_000


@covers("CAP-I7", "CAP-E7")
def test_programs_take_by_the_api() -> None:
    buyer = make_buyer()
    lot = dutch_lot(buyer)
    answer = signed_in(buyer).post(f"/api/lots/{lot.code}/takes/", {"at_most_fen": 1_000_000}, content_type="application/json",
                                   headers={"Idempotency-Key": "00000000-0000-4000-8000-00000000000b"})
    assert (answer.status_code, answer.json()["price_fen"]) == (201, 1_000_000)


@covers("CAP-E7", "T1")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_at_once_exactly_one_has_it() -> None:
    """The lot's row is locked before the clock is read, so the second to come finds it ended."""
    buyers = [make_buyer() for _ in range(6)]
    lot = dutch_lot(*buyers)

    def act(buyer: Actor) -> str:
        try:
            take(lot, buyer)
        except Rejected as no:
            return no.code
        return "mine"

    answers = together([partial(act, buyer) for buyer in buyers])
    assert sorted(answers) == ["mine", *["trading.bid.closed"] * 5] and Award.objects.filter(auction=lot).count() == 1


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_control_who_asks_before_the_lock_is_told_six_times_over_that_the_lot_is_free() -> None:
    """The naive taking looks whether the lot is open, and locks it only to write: all six have it."""
    lot, barrier = dutch_lot(*[make_buyer() for _ in range(6)]), Barrier(6)

    def naive() -> str:
        with transaction.atomic():
            free = Auction.objects.get(pk=lot.pk).status == "open"
            barrier.wait()
            Auction.objects.select_for_update().get(pk=lot.pk)
            return "mine" if free else "trading.bid.closed"

    assert together([naive] * 6) == ["mine"] * 6


@covers("CAP-E7")
def test_the_room_draws_the_stairs_of_the_clock_and_where_it_was_taken() -> None:
    """From 10,000 to 9,000 yuan: every step is drawn once, those gone by dark, those ahead light; a take is a dot on the line."""
    buyer = make_buyer()
    lot = open_lot(buyer, listing=make_listing(auction_terms={"format": "dutch", "floor_fen": 900_000}))
    terms = terms_of_clock(lot)
    steps = steps_of(terms.start, terms.floor, terms.step)
    for gone in (0, 3, steps):
        at = lot.opens_at + timedelta(seconds=(lot.clock_seconds or 0) * gone)
        assert clock_chart(lot, at).count(" V") == steps
        assert clock_chart(lot, at).count("stroke-opacity") == 1
    assert clock_chart(lot, lot.closes_at).count("stroke-opacity") == 0 and "dot-me" not in clock_chart(lot, lot.closes_at)
    move(seconds=(lot.clock_seconds or 0) * 2 + 1)
    take_price(lot=lot, at_most_fen=terms.start, actor=buyer, clock=MARKET_CLOCK)
    lot.refresh_from_db()
    assert "dot-me" in clock_chart(lot, MARKET_CLOCK.now())
