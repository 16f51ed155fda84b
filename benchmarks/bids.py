"""Goal P1: the product's ``place_bid`` beside the floor, one prepared statement that inserts a bid and moves the price.

The product does everything a bid must do (lock, clock, status, membership, standing, listing, increment, proxy, soft close, bid,
tick, command, record); the floor knows none of it. Afterwards the stored bids are replayed by the reference.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

from benchmarks.ground import Ground
from benchmarks.harness import Goal, Report, Variant, Worker, rotate

FLOOR = """
WITH moved AS (
    UPDATE bench_lot SET price = $2, seq = seq + 1 WHERE id = $1 AND price < $2 RETURNING id, seq, price
) INSERT INTO bench_bid (lot, seq, amount, at) SELECT id, seq, price, clock_timestamp() FROM moved"""
TABLES = """
CREATE TABLE bench_lot (id bigint PRIMARY KEY, price bigint NOT NULL, seq bigint NOT NULL);
CREATE TABLE bench_bid (id bigserial PRIMARY KEY, lot bigint NOT NULL REFERENCES bench_lot, seq bigint NOT NULL, amount bigint NOT NULL,
                        at timestamptz NOT NULL, UNIQUE (lot, seq));
INSERT INTO bench_lot SELECT n, 0, 0 FROM generate_series(1, 64) n;
GRANT ALL ON ALL TABLES IN SCHEMA public TO dx_app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dx_app;"""
#: raises are written far apart so that the amounts of many connections keep rising together
STEP = 2_000_000


def amounts(n: int, connections: int) -> Iterator[int]:
    """Rising maxima; each connection has its own lane."""
    return (10_000_000 + (round_ * connections + n) * STEP for round_ in count(1))


def floor_worker(url: str, lot: Callable[[int], int], connections: int) -> Callable[[int], Worker]:
    def make(n: int) -> Worker:
        import psycopg

        session = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        backend = session.execute("SELECT pg_backend_pid()").fetchone()[0]
        statement = FLOOR.replace("$1", "%(lot)s").replace("$2", "%(amount)s")
        rising = amounts(n, connections)

        def act() -> int:
            session.execute(statement, {"lot": lot(n), "amount": next(rising)}, prepare=True)
            return 1

        return Worker(act, backend, session.close)

    return make


def product_worker(lots: list[str], actors: list[Any], connections: int) -> Callable[[int], Worker]:
    def make(n: int) -> Worker:
        from django.db import connection
        from django.db import connections as all_connections

        from evidence.clock import MARKET_CLOCK
        from kit.rejected import Rejected
        from trading.operations import place_bid

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = cursor.fetchone()[0]
        rising, lot, actor = amounts(n, connections), lots[n % len(lots)], actors[n]

        def act() -> int:
            with suppress(Rejected):  # outrun by another connection: a refusal walks the same road and is counted as stored or not below
                place_bid(lot=lot, maximum_fen=next(rising), actor=actor, clock=MARKET_CLOCK)
            return 1

        return Worker(act, backend, all_connections.close_all)

    return make


def stage(lots: int, buyers: int) -> tuple[list[str], list[Any]]:
    """Lots open now with every buyer registered; the market clock runs."""
    from django.db import connections

    from evidence.clock import MARKET_CLOCK, set_market_clock
    from kit.actors import SYSTEM
    from tests.trading.worlds import make_buyer, make_lot
    from trading.operations import open_auction, register_bidder

    actors = [make_buyer(10**14) for _ in range(buyers)]
    made = [make_lot(hours=240, spare=timedelta(minutes=5)) for _ in range(lots)]
    for lot in made:
        for actor in actors:
            register_bidder(lot=lot, actor=actor, clock=MARKET_CLOCK)
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=7, minutes=10), 1)
    for lot in made:
        open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    connections.close_all()  # the variants' processes are forked from here
    return [lot.code for lot in made], actors


def checked() -> dict[str, Any]:
    """What the invariants say about everything that was bid."""
    from trading import invariants
    from trading.models import Bid

    found = [text for one in (invariants.NumbersAreGapless, invariants.PricesFollowFromBids, invariants.LotsCanBeRebuilt)
             for text in one().check()]
    return {"bids stored": Bid.objects.count(), "violations of I10, I11, I27": len(found)}


def run(ground: Ground) -> Iterator[Report]:
    """One hot lot and spread lots, at 1, 4 and (FULL=1) 16 connections."""
    from django.conf import settings

    sys.path.insert(0, str(settings.BASE_DIR))
    settings.LIVE_PREFIX = ""  # the tick's publish is Redis' time, after the commit
    ground.execute(TABLES)
    most = 16 if os.environ.get("FULL") == "1" else 4
    for connections in [one for one in (1, 4, 16) if one <= most]:
        for name, lots, goal in (("hot", 1, 0.75), ("spread", connections, 0.70)):
            if connections == 1 and name == "spread":
                continue
            codes, actors = stage(lots, connections)
            hot = lots == 1
            figures = rotate([
                Variant("floor: one prepared statement", floor_worker(
                    ground.app_url, (lambda n: 1) if hot else (lambda n: n + 2), connections), is_floor=True),
                Variant("place_bid, every rule on", product_worker(codes, actors, connections)),
            ], connections=connections)
            product = next(one for one in figures if one.name.startswith("place_bid"))
            report = Report(f"bids {name} {connections}", figures, ground.facts(), checks=checked())
            report.goals.append(Goal.judged("P1", f"place_bid on {name} lots at {connections} connections", product.ratio, goal))
            report.paths = (product.name,)
            yield report
