"""T19: a web node whose clock is wrong decides nothing by it. T23: a flood of one account meets its cap exactly, and no one else's."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from evidence.clock import MARKET_CLOCK
from exchange.limits import Rate, take
from kit.coverage import covers
from kit.rejected import Rejected
from tests.exchange.worlds import signed_in
from tests.threads import in_threads
from tests.trading.worlds import bid, make_buyer, move, open_lot, stand_still
from trading.models import Auction, Bid, Tick

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
CAP = 30


# ---- T19: clocks of nodes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def skewed(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> timedelta:
    """Every clock the program could ask is off; so is its time zone of the moment."""
    off: timedelta = request.param
    real, now = time.time, timezone.now
    monkeypatch.setattr(time, "time", lambda: real() + off.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: now() + off)
    return off


SKEWS = [timedelta(minutes=5), timedelta(minutes=-5), timedelta(hours=1), timedelta(seconds=-2)]


@covers("T19", "T16", "I12")
@pytest.mark.parametrize("skewed", SKEWS, indirect=True, ids=["5 min fast", "5 min slow", "an hour's summer time", "2 s back"])
def test_a_node_with_a_wrong_clock_takes_and_refuses_bids_as_the_database_does(skewed: timedelta) -> None:
    stand_still()
    one, other = make_buyer(), make_buyer()
    lot = open_lot(one, other)
    bid(lot, one, 1_200_000)
    move(seconds=(lot.closes_at - MARKET_CLOCK.now() - timedelta(milliseconds=1)).total_seconds())
    bid(lot, other, 2_000_000)
    row = Auction.objects.get(pk=lot.pk)
    assert (row.seq, row.extensions) == (2, 1), "a leading bid a millisecond before the end moves it, whatever the node thinks"
    move(seconds=(row.closes_at - MARKET_CLOCK.now()).total_seconds())
    with pytest.raises(Rejected) as late:
        bid(lot, one, 3_000_000)
    assert late.value.code == "trading.bid.closed"
    times = list(Bid.objects.filter(auction=lot).order_by("seq").values_list("at", flat=True))
    ticks = list(Tick.objects.filter(auction=lot).order_by("seq").values_list("at", flat=True))
    assert times == sorted(times) and ticks == sorted(ticks), "no time runs backwards"


@pytest.mark.parametrize("skewed", SKEWS[:2], indirect=True, ids=["5 min fast", "5 min slow"])
def test_control_a_node_that_asks_its_own_clock_is_wrong_both_ways(skewed: timedelta) -> None:
    """The naive node compares the end with its own time: fast, it refuses what is in time; slow, it takes what is late."""
    stand_still(datetime.now(UTC))  # wall clock: the naive node's subject
    before, after = MARKET_CLOCK.now() - timedelta(seconds=1), MARKET_CLOCK.now() + timedelta(seconds=1)

    def naive(closes_at: datetime) -> bool:
        return timezone.now() < closes_at

    fast = skewed > timedelta()
    assert (naive(after), naive(before)) == ((False, False) if fast else (True, True)), "the one or the other is decided wrongly"


# ---- T23: a flood on the hot lot -----------------------------------------------------------------------------------------------


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """All calls fall into one window of the limit, so that its count can be told exactly."""
    settings.API_WRITES_PER_MINUTE = CAP
    at = time.time() + 86_400 * 400  # a window nobody else counts in
    monkeypatch.setattr("exchange.limits.time.time", lambda: at)

def press(client: Client, lot: Auction, maximum_fen: int, key: str) -> Any:
    return client.post(f"/api/lots/{lot.code}/bids/", json.dumps({"maximum_fen": maximum_fen}), content_type="application/json",
                       headers={"Idempotency-Key": key})


@covers("T23", "T46", "I10")
@pytest.mark.usefixtures("one_window")
def test_a_flood_from_one_account_passes_its_cap_exactly_and_the_others_bid_on() -> None:
    """Eight connections of one account send 160 bids; thirty are heard. Somebody else bids meanwhile and is heard each time."""
    stand_still()
    bot, person = make_buyer(10**12), make_buyer(10**12)
    lot = open_lot(bot, person)
    clients, calm = [signed_in(bot) for _ in range(8)], signed_in(person)

    def flood(number: int) -> Counter[int]:
        if number == 8:
            return Counter(press(calm, lot, 500_000_000 + 10_000_000 * n, f"person-{n:08}").status_code for n in range(10))
        return Counter(press(clients[number], lot, 1_000_000 + 100_000 * (number + 8 * n), f"bot-{number}-{n:08}").status_code
                       for n in range(20))

    answers = in_threads(9, flood)
    heard: Counter[int] = sum(answers[:8], Counter())
    assert heard[429] == 160 - CAP and sum(heard.values()) == 160
    assert 429 not in answers[8] and answers[8][201] >= 1
    row = Auction.objects.get(pk=lot.pk)
    assert row.seq == Bid.objects.filter(auction=lot).count() == heard[201] + answers[8][201]
    assert row.leader is not None and row.leader.organization_id == person.organization_id


@covers("T23")
@pytest.mark.usefixtures("one_window")
def test_many_accounts_are_capped_each_on_its_own() -> None:
    """A thousand keys of a flood: each passes exactly its cap, none spends another's."""
    accounts = [f"user:{number}:write" for number in range(1000)]
    passed: list[Counter[str]] = in_threads(8, lambda worker: Counter(
        one for one in accounts[worker::8] for _ in range(5) if take(f"flood:{one}", Rate(3)) == 0))
    whole: Counter[str] = sum(passed, Counter())
    assert set(whole.values()) == {3} and len(whole) == 1000


@covers("T23")
@pytest.mark.usefixtures("one_window")
def test_over_its_cap_a_flood_stands_in_nobodys_way_at_the_lot() -> None:
    """What makes others wait is the lot's lock. It is held here by somebody: a call over its cap is refused without asking for it, and
    so takes nobody's turn however many come; the naive limit, asked within the bid, would queue at the lot before it refuses."""
    import psycopg

    from tests import clones

    stand_still()
    bot, person = make_buyer(10**12), make_buyer(10**12)
    lot = open_lot(bot, person)
    flooding, calm = signed_in(bot), signed_in(person)
    for number in range(CAP):
        press(flooding, lot, 1_000_000 + 100_000 * number, f"spent-{number:08}")
    with psycopg.connect(clones.mine().admin_url) as other:
        other.execute("SELECT 1 FROM trading_auction WHERE id = %s FOR UPDATE", [lot.pk])
        answers = [press(flooding, lot, 500_000_000 + number, f"over-{number:08}").status_code for number in range(20)]
        assert answers == [429] * 20, "refused at the door, while the lot is held"
        assert press(calm, lot, 900_000_000, "calm-00000001").status_code in {409, 503}, "a bid that counts asks for the lot"
        other.rollback()
    assert press(calm, lot, 900_000_000, "calm-00000002").status_code == 201


def test_control_a_limit_that_reads_and_then_writes_lets_more_through() -> None:
    """The naive limit (M27): look how many there were, then write one more."""
    def naive(key: str) -> bool:
        count = cache.get(key, 0)
        cache.set(key, count + 1, 60)
        return bool(count < CAP)

    through = sum(in_threads(16, lambda _: sum(naive("flood-naive") for _ in range(20))))
    assert through > CAP
