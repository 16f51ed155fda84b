"""Settling beside its floors: one trade at a time (P5), whole cycles beside COPY (P6, P7). Six entries per trade.

Floors run on copies of the ledger's tables with the same columns and indexes and no triggers or foreign keys: what a bare
prepared statement, or COPY of ready rows, costs on this machine in the same slots with the same durability.
``BIG=1`` adds cycles of a hundred thousand and a million trades.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import peers
from benchmarks.ground import Ground
from benchmarks.harness import FORK, Figure, Goal, Report, Variant, Worker, ratio_of, rotate

AT = "2031-03-03T02:00:00Z"
PRICE = 1_000_000
SELLERS = 2_000
PER_SLOT = 60_000
#: 2.5 % fee and 1 % levy, as a schedule of charges is stored
CHARGES = {"cap_bps": 500, "charges": [
    {"key": key, "bps": bps, "min_fen": 0, "max_fen": None, "name_zh": "", "name_en": ""}
    for key, bps in (("fee.match_seller_bps", 250), ("levy.public_interest_bps", 100))]}

FLOOR_TABLES = """
CREATE TABLE bench_transfer (LIKE ledger_transfer INCLUDING ALL);
CREATE TABLE bench_posting (LIKE ledger_posting INCLUDING ALL);
CREATE TABLE bench_balance (LIKE ledger_balance INCLUDING ALL);
CREATE TABLE bench_trade (id bigint PRIMARY KEY, status text NOT NULL, escrow bigint NOT NULL, seller bigint NOT NULL);
GRANT ALL ON bench_transfer, bench_posting, bench_balance, bench_trade TO dx_app;
"""

FLOOR = """
WITH moved AS (UPDATE bench_trade SET status = 'settled' WHERE id = %(trade)s AND status = 'due' RETURNING id, escrow, seller),
 legs AS (SELECT v.* FROM moved m, LATERAL (VALUES (1, m.escrow, -1000000), (2, 1::bigint, 25000), (3, 2::bigint, 10000),
                                        (4, 3::bigint, 30000),
                                        (5, m.seller, 600000), (6, 4::bigint, 335000)) AS v(leg, account, amount)),
 head AS (INSERT INTO bench_transfer (uuid, phase, kind, subject, legs, command, at, hash)
          SELECT gen_random_uuid(), 'single', 'settlement', 'TRD-BENCH', 6, gen_random_uuid(), %(at)s, repeat('0', 64) FROM moved
          RETURNING id),
 entries AS (INSERT INTO bench_posting (transfer_id, leg, account_id, amount_fen)
             SELECT h.id, l.leg, l.account, l.amount FROM head h, legs l)
UPDATE bench_balance b SET posted_fen = b.posted_fen + l.amount FROM legs l WHERE b.account_id = l.account
"""


def run(ground: Ground) -> Iterator[Report]:
    """This will measure one trade at a time at 1 and 4 connections, then whole cycles of growing size."""
    _admin(ground, FLOOR_TABLES)
    accounts = _parties(ground)
    for connections in (1, 4):
        yield one_by_one(ground, accounts, connections)
    yield hot_and_spread(ground, accounts, 16 if os.environ.get("FULL") == "1" else 4)
    yield cycles(ground, accounts)


# ---- preparing ----------------------------------------------------------------------------------------------------------


def _admin(ground: Ground, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    """As superuser with foreign keys and triggers off: preparing is not what is measured."""
    with psycopg.connect(ground.admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET ROLE dx_owner") if statement.lstrip().startswith("CREATE") else None
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _parties(ground: Ground) -> dict[str, Any]:
    """Sellers with an available and a holdback account each, the venue's accounts, and the floor's own balances."""
    from participants.models import Organization
    from participants.queries import house_venue, venue_organization

    house = venue_organization(house_venue())
    venue = house.venue_id
    rows = [Organization(code=f"ORG-B{n:08d}", venue_id=venue, name=f"b{n}", short_name=f"b{n}", name_key=f"bench{n}", kind="enterprise",
                         created_at=AT) for n in range(SELLERS)]
    Organization.objects.bulk_create(rows, ignore_conflicts=True)
    sellers = list(Organization.objects.filter(code__startswith="ORG-B").order_by("id").values_list("id", "code"))
    _admin(ground, "INSERT INTO ledger_account (owner, kind, currency) SELECT o.code, k, 'CNY' FROM participants_organization o, "
                   "unnest(ARRAY['available', 'holdback']) k WHERE o.code LIKE 'ORG-B%' ON CONFLICT DO NOTHING")
    _admin(ground, "INSERT INTO ledger_account (owner, kind, currency) SELECT %s, k, 'CNY' "
                   "FROM unnest(ARRAY['venue_fees', 'tax', 'public_interest']) k ON CONFLICT DO NOTHING", [house.code])
    _admin(ground, "INSERT INTO ledger_account (owner, kind, currency) VALUES ('BENCH', 'bank', 'CNY') ON CONFLICT DO NOTHING")
    _balances(ground)
    return {"house": house.code, "venue": venue, "sellers": sellers, "next_trade": 1_000_000}


def _balances(ground: Ground) -> None:
    _admin(ground, "INSERT INTO ledger_balance (account_id, posted_fen, reserved_fen, may_overdraw) SELECT a.id, "
                   "CASE WHEN a.kind = 'escrow' THEN 1000000 ELSE 0 END, 0, a.kind IN ('bank', 'suspense') FROM ledger_account a "
                   "WHERE NOT EXISTS (SELECT 1 FROM ledger_balance b WHERE b.account_id = a.id)")


def _due(ground: Ground, parties: dict[str, Any], count: int) -> int:
    """This will make a frozen cycle of ``count`` due settlements with money in their escrows, and return its id."""
    first = parties["next_trade"]
    parties["next_trade"] += count
    cycle = int(_admin(ground, "INSERT INTO settlement_settlementcycle (code, venue_id, status, opened_at, due_at, lines, settled, parked, "
                               "total_fen, lines_root, differences) VALUES (%s, %s, 'frozen', %s, %s, %s, 0, 0, 0, '', '[]') RETURNING id",
                       [f"CYC-{uuid.uuid4().hex[:10]}", parties["venue"], AT, AT, count])[0][0])
    _admin(ground, "INSERT INTO ledger_account (owner, kind, currency) SELECT 'T' || n, 'escrow', 'CNY' "
                   "FROM generate_series(%s::bigint, %s) n", [first, first + count - 1])
    _balances(ground)
    _admin(ground, """
        INSERT INTO settlement_settlement (code, trade_id, cycle_id, status, tries, fault, seller_id, buyer_id, subject, price_fen,
          charges, seller_fee_fen, buyer_fee_fen, levy_fen, shared_fen, holdback_bps, escrow_id, holdback_id, parties, organizations,
          accounts, weights, pair, accepted_at, transfer_hash, release_at)
        SELECT 'S' || n, n, %(cycle)s, 'due', 0, '', s.id, s.id, 'T' || n, 1000000, %(charges)s, 25000, 0, 10000, 965000, 500, e.id, h.id,
          ARRAY[s.code, o.code], ARRAY[s.id, o.id], ARRAY[sa.id, oa.id], ARRAY[2, 1], '', %(at)s, '', %(at)s
        FROM generate_series(%(first)s::bigint, %(last)s) n
        JOIN participants_organization s ON s.code = 'ORG-B' || lpad((n %% %(sellers)s)::text, 8, '0')
        JOIN participants_organization o ON o.code = 'ORG-B' || lpad(((n + 7) %% %(sellers)s)::text, 8, '0')
        JOIN ledger_account e ON e.owner = 'T' || n AND e.kind = 'escrow'
        JOIN ledger_account sa ON sa.owner = s.code AND sa.kind = 'available'
        JOIN ledger_account oa ON oa.owner = o.code AND oa.kind = 'available'
        JOIN ledger_account h ON h.owner = s.code AND h.kind = 'holdback'
    """, {"cycle": cycle, "first": first, "last": first + count - 1, "at": AT, "sellers": SELLERS, "charges": json.dumps(CHARGES)})
    _admin(ground, "ANALYZE settlement_settlement; ANALYZE ledger_account; ANALYZE ledger_balance")
    return cycle


# ---- one trade at a time ------------------------------------------------------------------------------------------------


def one_by_one(ground: Ground, parties: dict[str, Any], connections: int) -> Report:
    """P5: settle one trade (6 entries) beside one bare prepared statement, all on one venue account."""
    _admin(ground, "TRUNCATE bench_trade, bench_balance, bench_transfer, bench_posting")
    _admin(ground, "INSERT INTO bench_balance SELECT account_id, 0, 0, true FROM ledger_balance "
                   "UNION SELECT n, 0, 0, true FROM generate_series(1, 4) n ON CONFLICT DO NOTHING")
    share = PER_SLOT // connections
    _admin(ground, "INSERT INTO bench_trade SELECT n, 'due', 100 + n %% 1500, 1600 + n %% 1500 FROM generate_series(1, %s) n", [PER_SLOT])
    _admin(ground, "INSERT INTO bench_balance SELECT n, 0, 0, true FROM generate_series(100, 3200) n ON CONFLICT DO NOTHING")
    one = [_due(ground, parties, 12_000) for _ in range(connections)]
    fifty = [_due(ground, parties, 40_000) for _ in range(connections)]
    figures = rotate([
        Variant("floor: one prepared statement", lambda n: _floor(ground, n * share), is_floor=True),
        Variant("settlement_post, one trade a statement", lambda n: _post(ground, parties, one[n], 1)),
        Variant("settlement_post, 50 trades a statement", lambda n: _post(ground, parties, fifty[n], 50)),
        Variant("ledger_transfer, 6 legs", lambda n: _transfer(ground, parties, n)),
        *([peers.hordak(ground)] if peers.asked() and connections == 1 else []),
    ], connections=connections, cycles=8)
    report = Report(f"settlement one by one {connections} conn", figures, ground.facts())
    report.paths = tuple(one.name for one in figures if not one.name.startswith(("floor", "django-hordak")))
    report.goals.append(Goal.judged("P5", "settle one trade against the one-statement floor",
                                    ratio_of(figures, "settlement_post, one trade a statement"), 0.75))
    if any(one.name == peers.HORDAK for one in figures):
        report.goals.append(Goal.judged("P5", "settle one trade against django-hordak's six legs",
                                        ratio_of(figures, "settlement_post, one trade a statement", peers.HORDAK), 4.0))
    report.checks = _sound(ground)
    return report


def _connect(ground: Ground) -> psycopg.Connection[Any]:
    return psycopg.connect(ground.app_url, autocommit=True, prepare_threshold=0)


def _floor(ground: Ground, first: int) -> Worker:
    connection, at = _connect(ground), first

    def act() -> int:
        nonlocal at
        at += 1
        connection.execute(FLOOR, {"trade": at, "at": AT})
        return 1

    return Worker(act, connection.info.backend_pid, connection.close)


def _post(ground: Ground, parties: dict[str, Any], cycle: int, most: int, house: str = "") -> Worker:
    connection, last = _connect(ground), 0
    fees, taxes, levies = (_account(connection, house or parties["house"], kind) for kind in ("venue_fees", "tax", "public_interest"))

    def act() -> int:
        nonlocal last
        row = connection.execute("SELECT last, settled FROM settlement_post(%s, %s, %s, %s, %s, %s, %s, %s)",
                                 [cycle, last, most, fees, taxes, levies, AT, uuid.uuid4()]).fetchone()
        assert row is not None and row[0] is not None, "the prepared cycle is used up; prepare more"
        last = row[0]
        return int(row[1])

    return Worker(act, connection.info.backend_pid, connection.close)


def _transfer(ground: Ground, parties: dict[str, Any], n: int) -> Worker:
    connection, dice = _connect(ground), random.Random(n)
    house = [_account(connection, parties["house"], kind) for kind in ("venue_fees", "public_interest")]
    bank = _account(connection, "BENCH", "bank")
    named = [_account(connection, code, kind) for _, code in parties["sellers"][:200] for kind in ("available", "holdback")]

    def act() -> int:
        seller, other = dice.sample(range(0, len(named), 2), 2)
        legs = json.dumps([{"account": account, "amount_fen": fen} for account, fen in (
            (bank, -PRICE), (house[0], 25_000), (house[1], 10_000), (named[seller + 1], 32_167), (named[seller], 611_166),
            (named[other], 321_667))])
        row = connection.execute("SELECT code FROM ledger_transfer('bench', %s, 'TRD-BENCH', %s, %s)", [legs, AT, uuid.uuid4()]).fetchone()
        assert row == ("",), row
        return 1

    return Worker(act, connection.info.backend_pid, connection.close)


def _account(connection: psycopg.Connection[Any], owner: str, kind: str) -> int:
    row = connection.execute("SELECT id FROM ledger_account WHERE owner = %s AND kind = %s", [owner, kind]).fetchone()
    assert row is not None
    return int(row[0])


# ---- one venue account for all, or one each ------------------------------------------------------------------------------


def hot_and_spread(ground: Ground, parties: dict[str, Any], connections: int) -> Report:
    """P9: batches of fifty by many connections, all on the venue's one fee account, beside batches with a fee account each."""
    _admin(ground, "INSERT INTO ledger_account (owner, kind, currency) SELECT 'HOUSE-' || n, k, 'CNY' FROM generate_series(0, %s) n, "
                   "unnest(ARRAY['venue_fees', 'tax', 'public_interest']) k ON CONFLICT DO NOTHING", [connections - 1])
    _balances(ground)
    spread = [_due(ground, parties, 20_000) for _ in range(connections)]
    hot = [_due(ground, parties, 20_000) for _ in range(connections)]
    figures = rotate([
        Variant("50 a statement, a fee account each", lambda n: _post(ground, parties, spread[n], 50, f"HOUSE-{n}"), is_floor=True),
        Variant("50 a statement, one fee account", lambda n: _post(ground, parties, hot[n], 50)),
    ], connections=connections, cycles=8)
    report = Report(f"settlement hot {connections} conn", figures, ground.facts())
    report.goals.append(Goal.judged("P9", "all on one venue account against one each",
                                    ratio_of(figures, "50 a statement, one fee account"), 0.9))
    report.checks = _sound(ground)
    return report


# ---- whole cycles -------------------------------------------------------------------------------------------------------


def cycles(ground: Ground, parties: dict[str, Any]) -> Report:
    """P6: a cycle by the real operation (records, hashes, root and reconciling included) beside COPY of the ready rows."""
    sizes = [1_000, 10_000, *([100_000, 1_000_000] if os.environ.get("BIG") == "1" else [])]
    figures, rates, peak = [], {}, 0.0
    for size in sizes:
        turns = 3 if size <= 20_000 else 2 if size <= 100_000 else 1
        mine, copy = [], []
        for _ in range(turns):
            _admin(ground, "TRUNCATE bench_transfer, bench_posting")
            copy.append(size / _apart(_copying, ground, size))
            cycle = _due(ground, parties, size)
            took, grown = _apart(_settling, cycle)
            mine.append(size / took)
            peak = max(peak, grown)
        ratio = statistics.median(a / b for a, b in zip(mine, copy, strict=True))
        rates[size] = statistics.median(mine)
        figures += [Figure(f"COPY of ready rows, {size:,} trades", statistics.median(copy), 1.0, 1.0, 1.0, 0.0, tuple(copy)),
                    Figure(f"a cycle of {size:,} trades", rates[size], ratio, min(a / b for a, b in zip(mine, copy, strict=True)),
                           max(a / b for a, b in zip(mine, copy, strict=True)), 0.0, tuple(mine))]
    report = Report("settlement cycles", figures, ground.facts())
    biggest = sizes[-1]
    report.goals += [
        Goal.judged("P6", "a cycle against COPY into the same tables without foreign keys", min(
            one.ratio for one in figures if one.name.startswith("a cycle of") and not one.name.startswith("a cycle of 1,000 ")), 0.5),
        Goal.judged("P6", f"rate at {biggest:,} against 10,000", rates[biggest] / rates[10_000], 0.9),
        Goal.judged("P7", "10,000 trades in a second: trades a second", rates[10_000], 10_000),
        Goal.judged("P6", "client memory that a cycle does not need of 100 MiB", 100 - peak, 0),
    ]
    report.checks = _sound(ground)
    return report


def _apart(act: Callable[..., Any], *given: Any) -> Any:
    """What ``act`` returns, out of a process of its own: neither side's memory and connections are the other's."""
    from django.db import connections

    connections.close_all()
    near, far = FORK.Pipe()
    process = FORK.Process(target=lambda: far.send(act(*given)))
    process.start()
    far.close()
    try:
        answer = near.recv()
    finally:
        process.join()
    return answer


def _memory_mib() -> float:
    """Resident now; the highest mark of a forked process is its parent's."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _timed(act: Callable[[], None]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _settling(cycle: int) -> tuple[float, float]:
    """Seconds that the whole cycle takes, and by how much its process grew at most, in MiB."""
    peak, start, ended = _memory_mib(), _memory_mib(), threading.Event()

    def look() -> None:
        nonlocal peak
        while not ended.wait(0.02):
            peak = max(peak, _memory_mib())

    watch = threading.Thread(target=look)
    watch.start()
    try:
        took = _timed(lambda: _whole(cycle))
    finally:
        ended.set()
        watch.join()
    return took, max(peak, _memory_mib()) - start


def _copying(ground: Ground, size: int) -> float:
    """Seconds of COPY of headers and legs, made ready beforehand, in one durable transaction."""
    dice = random.Random(size)
    heads = "".join(f"{n}\t{uuid.UUID(int=dice.getrandbits(128))}\tsingle\tsettlement\tT{n}\t6\t{uuid.UUID(int=n)}\t{AT}\t{'0' * 64}\n"
                    for n in range(1, size + 1))
    legs = "".join(f"{n}\t1\t{10_000 + n}\t-1000000\n{n}\t2\t1\t25000\n{n}\t3\t2\t10000\n{n}\t4\t{3 + n % SELLERS}\t32167\n"
                   f"{n}\t5\t{5_000 + n % SELLERS}\t611166\n{n}\t6\t{5_000 + (n + 7) % SELLERS}\t321667\n" for n in range(1, size + 1))

    def act() -> None:
        with psycopg.connect(ground.app_url) as connection, connection.cursor() as cursor:
            with cursor.copy("COPY bench_transfer (id, uuid, phase, kind, subject, legs, command, at, hash) FROM STDIN") as into:
                into.write(heads)
            with cursor.copy("COPY bench_posting (transfer_id, leg, account_id, amount_fen) FROM STDIN") as into:
                into.write(legs)

    return _timed(act)


def _whole(cycle: int) -> None:
    from evidence.clock import MARKET_CLOCK
    from settlement.models import SettlementCycle
    from settlement.tasks import move_cycle

    move_cycle(cycle=SettlementCycle.objects.get(pk=cycle), clock=MARKET_CLOCK)
    done = SettlementCycle.objects.get(pk=cycle)
    assert done.status == "closed", (done.status, done.differences)


def _sound(ground: Ground) -> dict[str, Any]:
    """A fast wrong answer is not a figure: sums, counts and empty escrows of all that was settled."""
    one = _admin(ground, """
        SELECT (SELECT sum(amount_fen) FROM ledger_posting), (SELECT count(*) FROM settlement_settlement WHERE status = 'settled'),
               (SELECT count(*) FROM ledger_transfer WHERE kind = 'settlement'),
               (SELECT count(*) FROM settlement_settlement s JOIN ledger_balance b ON b.account_id = s.escrow_id
                 WHERE s.status = 'settled' AND b.posted_fen <> 0)""")[0]
    assert one[0] in (0, None) and one[1] == one[2] and one[3] == 0, one
    return {"ledger sum": int(one[0] or 0), "trades settled": one[1], "transfers": one[2], "escrows left": one[3]}
