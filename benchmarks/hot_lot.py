"""A hot lot where it hurts: beside a reader who keeps an old snapshot open (P3), and by HTTP with key, token and record (P4).

P3 counts the rate of bids before, under and after the snapshot, on one lot each, so that no lot inherits another's dead rows. P4's floor
is the empty view of the same server process.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from benchmarks.bids import amounts, checked, stage
from benchmarks.board import Asking, _granian, asking, serving
from benchmarks.ground import HOUSE, Ground
from benchmarks.harness import Figure, Goal, Report, Variant, Worker, ratio_of, rotate

#: How long the snapshot stays open; the goal asks for a minute.
SNAPSHOT_S = 60 if os.environ.get("FULL") == "1" else 20
CLIENTS = 2
EMPTY, BID = "floor: the empty view", "POST /api/lots/<LOT>/bids/"


def _rate(lot: str, actor: Any, seconds: float) -> list[float]:
    """Bids a second, second by second."""
    from evidence.clock import MARKET_CLOCK
    from trading.operations import place_bid

    rising, rates = amounts(0, 1), []
    while len(rates) < seconds:
        end, done = time.monotonic() + 1, 0
        while time.monotonic() < end:
            place_bid(lot=lot, maximum_fen=next(rising), actor=actor, clock=MARKET_CLOCK)
            done += 1
        rates.append(float(done))
    return rates


def _figure(name: str, rates: list[float], floor: float) -> Figure:
    low, middle, high = statistics.quantiles(rates, n=4)
    return Figure(name, middle, middle / floor, low / floor, high / floor, 0.0, tuple(rates))


def long_reader(ground: Ground) -> Report:
    """P3: the last third of the snapshot's time beside as much time without it."""
    import psycopg

    tail = max(5, SNAPSHOT_S // 3)
    (before_lot, under_lot, after_lot), (actor,) = stage(3, 1)
    before = _rate(before_lot, actor, tail)
    with psycopg.connect(ground.app_url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM trading_auction")
        under = _rate(under_lot, actor, SNAPSHOT_S)[-tail:]
        reader.rollback()
    after = _rate(after_lot, actor, tail)
    floor = statistics.median(before + after)
    report = Report("bids under a long reader", [
        _figure("floor: no snapshot open", before + after, floor), _figure(f"after {SNAPSHOT_S - tail} s of one", under, floor)],
        {**ground.facts(), "snapshot seconds": SNAPSHOT_S}, checks=checked())
    report.goals.append(Goal.judged("P3", "bids beside an open snapshot to bids without one", statistics.median(under) / floor, 0.8))
    return report


class Posting(Asking):
    """One socket that bids more each time, under a new key."""

    def __init__(self, port: int, lot: str, token: str) -> None:
        super().__init__(port, "/", status=201)
        self.rising, self.lot, self.token, self.sent = amounts(0, 1), lot, token, count(1)

    def __call__(self) -> bytes:
        body = b'{"maximum_fen": %d}' % next(self.rising)
        head = (f"POST /api/lots/{self.lot}/bids/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {self.token}\r\n"
                f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        self.request = head.encode() + body
        return super().__call__()


def _posting(port: int, family: tuple[int, ...], lots: list[str], tokens: list[str]) -> Callable[[int], Worker]:
    def make(n: int) -> Worker:
        ask = Posting(port, lots[n], tokens[n])

        def act() -> int:
            ask()
            return 1

        return Worker(act, () if n else family, ask.socket.close, counts_client=False)

    return make


def _tokens(actors: list[Any]) -> list[str]:
    from evidence.clock import MARKET_CLOCK
    from participants.models import Organization, User
    from participants.people import TOKEN_SCOPES, issue_token

    return [issue_token(user=User.objects.get(pk=one.user_id), organization=Organization.objects.get(pk=one.organization_id), name="bench",
                        scopes=sorted(TOKEN_SCOPES), days=30, actor=one, clock=MARKET_CLOCK)[1] for one in actors]


def by_http(ground: Ground) -> Report:
    """P4: a bid over a socket that stays open beside the empty view, on the same server."""
    from django.db import connections

    from exchange.local_servers import free_port

    lots, actors = stage(CLIENTS, CLIENTS)
    tokens = _tokens(actors)
    connections.close_all()
    os.environ |= {"API_WRITES_PER_MINUTE": str(10**9), "API_READS_PER_MINUTE": str(10**9)}
    port = free_port()
    with serving(_granian("wsgi", port), port) as family:
        figures = rotate([Variant(EMPTY, asking(port, family, "/floor/empty/"), is_floor=True),
                          Variant(BID, _posting(port, family, lots, tokens))], connections=CLIENTS)
    report = Report("bids by http", figures, {**ground.facts(), "clients": CLIENTS}, checks=checked())
    report.goals.append(Goal.judged("P4", "a bid by HTTP to the empty view", ratio_of(figures, BID), 0.35))
    report.paths = (BID,)
    return report


def run(ground: Ground) -> Iterator[Report]:
    """The long reader, then HTTP."""
    from django.conf import settings

    sys.path.insert(0, str(HOUSE))
    settings.LIVE_PREFIX = ""  # the tick's publish is Redis' time, after the commit
    assert timedelta(seconds=SNAPSHOT_S) < timedelta(minutes=5), "a lot stays open"
    yield long_reader(ground)
    yield by_http(ground)
