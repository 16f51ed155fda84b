"""Delivery: a clean-room question against the same statement unjailed, a download against the bare server, what metering adds.

A question runs in its own process, beside it the same statement over the same file by the same engine without one. What the jail
adds is the start of a process, its libraries and its confinement: at most half a second a question. Memory is asked at
5 MB and at 200 MB (``N`` = megabytes; ``N=5000`` for five gigabytes): the file streams through, so it stays flat.

A download is the whole handing out (token, agreement, consent, count, record, then the bytes) through the same small server that serves the
bare file beside it. Metering is what reserving, counting and recording add to a question that is asked and run for real.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import statistics
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.ground import Ground
from benchmarks.harness import Figure, Goal, Report

LARGE = int(os.environ.get("N", "200"))
TURNS = 7
OFFER = {"heading": ["town", "spent", "who"], "columns": [{"name": "town", "kind": "word", "values": ["A", "B", "C"]},
                                                          {"name": "spent", "kind": "number", "scale": 2, "lower": 0, "upper": 100_000}]}
QUESTION = {"format": "room-query/1", "group_by": ["town"], "measures": [{"of": "count"}, {"of": "mean", "column": "spent"}]}


def fill(path: Path, megabytes: int) -> str:
    """A file of so many megabytes, and its hash."""
    digest, line = hashlib.sha256(), "".join(f"{'ABC'[n % 3]},{n % 900}.25,person-{n}\n" for n in range(40_000)).encode()
    with path.open("wb") as sink:
        for piece in (b"town,spent,who\n", *([line] * max(1, megabytes * 1_000_000 // len(line)))):
            sink.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def jailed(path: Path, sha256: str) -> float:
    """One question the way the house asks it; its seconds."""
    from delivery.cleanroom import jail
    from evidence.keys import public_bytes, sign, signing_key

    jail._STEP = 1e-9  # the half second that hides how long it took is no work
    job = {"format": "room-job/1", "code": "QRY-BENCH", "seconds": jail.seconds_for(path.stat().st_size), "offer": OFFER,
           "question": QUESTION,
           "epsilon_micro": 1_000_000}
    began = time.perf_counter()
    with path.open("rb") as data:
        found = jail.run_jailed(job, data, sha256=sha256, house=public_bytes(signing_key()).hex(), sign=sign)
    assert found.rows is not None and len(found.rows) == 3, "a fast wrong answer is no figure"
    return time.perf_counter() - began


def bare(path: Path) -> float:
    """The same statement by the same engine in this process, noise included."""
    import duckdb

    from delivery.cleanroom.compiler import SOURCE, statement_of
    from delivery.cleanroom.language import read_question
    from delivery.cleanroom.noise import released
    from delivery.cleanroom.offering import read_offer

    began = time.perf_counter()
    offer = read_offer(OFFER)
    question = read_question(QUESTION, offer)
    statement = statement_of(question, offer)
    engine = duckdb.connect(":memory:")
    engine.execute("SET threads = 1")
    rows = engine.execute(statement.sql.replace(SOURCE, str(path)), list(statement.values)).fetchall()
    assert len(released(question, offer, {tuple(row[:1]): [int(one) for one in row[1:]] for row in rows}, epsilon_micro=1_000_000)) == 3
    return time.perf_counter() - began


def peak(path: Path, sha256: str) -> int:
    """The memory of the question's process at its most, in MB; asked of a child of its own, whose children are counted."""
    read, write = os.pipe()
    if not (child := os.fork()):
        jailed(path, sha256)
        os.write(write, json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        found = int(json.loads(said.read()))
    os.waitpid(child, 0)
    return found


# ---- downloads -----------------------------------------------------------------------------------------------------------------------

SIZE_MB, DOWNLOADS = 60, 7


def _served(app: Any) -> tuple[Any, int]:
    """The application behind the standard library's own server, in a thread of its own."""
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.server_port


def _pulled(port: int, path: str) -> float:
    began, total = time.perf_counter(), 0
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        while piece := answer.read(1 << 20):
            total += len(piece)
    assert total > SIZE_MB * 900_000, "a fast wrong answer is no figure"
    return time.perf_counter() - began


def downloads() -> Report:
    """A file of 60 MB by token and bare, in turns; and for the record a marked copy of it."""
    from django.http import FileResponse

    from delivery.access import issue_grant
    from delivery.marking.copies import hand_out, write_copy
    from delivery.models import MarkPlan
    from evidence.clock import MARKET_CLOCK
    from evidence.files import deposit, open_deposit
    from listings.models import ListingVersion
    from tests.delivery.worlds import buyer_of, make_buyer, make_listing, make_trade, pay, seller_of
    from tests.factories import figure, venue

    figure(venue(), "delivery.token_uses", 100)
    with tempfile.NamedTemporaryFile(suffix=".csv") as raw:
        fill(Path(raw.name), SIZE_MB)
        listing = make_listing()
        with Path(raw.name).open("rb") as source:
            held = deposit(source, name="large.csv", owner=listing.organization.code, at=MARKET_CLOCK.now())
    ListingVersion.objects.filter(pk=listing.version_id).update(file_sha256=held.sha256, deposit=held)
    listing.version.refresh_from_db()
    one = _delivered(pay(make_trade(listing=listing, buyer=make_buyer())), held, seller_of(listing))
    buyer = buyer_of(one.trade)
    token = issue_grant(delivery=one, actor=buyer, clock=MARKET_CLOCK).token

    def app(environ: dict[str, Any], begin: Any) -> Any:
        if environ["PATH_INFO"] == "/bare":
            answer = FileResponse(open_deposit(held))
        else:
            answer = FileResponse(hand_out(delivery=one, token=token, actor=buyer, clock=MARKET_CLOCK).stream)
        begin("200 OK", [("Content-Length", str(held.size))])
        return answer.streaming_content

    server, port = _served(app)
    try:
        _pulled(port, "/bare"), _pulled(port, "/token")
        pairs = [(_pulled(port, "/bare"), _pulled(port, "/token")) for _ in range(DOWNLOADS)]
    finally:
        server.shutdown()
        server.server_close()
    plain, ours = [a for a, _ in pairs], [b for _, b in pairs]
    ratio = statistics.median(a / b for a, b in pairs)
    report = Report(f"delivery: a download of {SIZE_MB} MB", [_figure("the bare server", plain, plain), _figure("by token", ours, plain)],
                    {"turns": DOWNLOADS, "size_mb": SIZE_MB})
    report.goals = [Goal("download", "throughput against the bare server, at least 0.8", ratio, 0.8, ratio >= 0.8)]
    began = time.perf_counter()
    written = write_copy(held, MarkPlan(columns={"spent": "0.05"}, file_sha256=held.sha256), "0" * 32)
    report.checks = {"marked_copy_seconds": round(time.perf_counter() - began, 2), "marks": written.marks,
                     "megabytes_a_second": round(SIZE_MB / statistics.median(ours))}
    return report


def _delivered(trade: Any, held: Any, seller: Any) -> Any:
    from delivery.operations import deliver, open_delivery
    from evidence.clock import MARKET_CLOCK
    from kit.actors import SYSTEM

    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    return deliver(delivery=one, deposit=held, actor=seller, clock=MARKET_CLOCK)


# ---- metering ------------------------------------------------------------------------------------------------------------------------


def metering() -> Report:
    """A question asked, run and ended by the house, beside the same run with nothing reserved, counted or recorded."""
    from delivery.cleanroom import holder, jail
    from delivery.cleanroom.asking import ask_query
    from delivery.cleanroom.running import answer_next
    from evidence.clock import MARKET_CLOCK
    from tests.delivery.rooms import question, sold
    from tests.delivery.worlds import buyer_of

    jail._STEP = 1e-9
    one = sold()
    buyer = buyer_of(one.trade)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.csv"
        sha256 = fill(small, 5)
        jailed(small, sha256)
        runs, acts = [], []
        for turn in range(TURNS):
            runs.append(jailed(small, sha256))
            said = question(where=[{"column": "用电", "op": "ge", "value": str(turn)}])
            held, inside = jail.run_jailed, 0.0

            def timed(*given: Any, run: Any = held, **named: Any) -> Any:
                nonlocal inside
                began = time.perf_counter()
                found = run(*given, **named)
                inside = time.perf_counter() - began
                return found

            holder.run_jailed = timed
            began = time.perf_counter()
            ask_query(delivery=one, question=said, epsilon_micro=10_000, actor=buyer, clock=MARKET_CLOCK)
            assert answer_next(clock=MARKET_CLOCK) is not None
            acts.append(time.perf_counter() - began - inside)
            holder.run_jailed = held
            assert inside > 0, "the run itself is no metering"
    added = statistics.median(a / b for a, b in zip(acts, runs, strict=True))
    whole = [a + b for a, b in zip(acts, runs, strict=True)]
    report = Report("delivery: metering a question, 5 MB", [_figure("the run alone", runs, runs), _figure("with metering", whole, runs)],
                    {"turns": TURNS})
    report.goals = [Goal("metering", "time added to a question, at most 0.1 of it", added, 0.1, added <= 0.1)]
    report.checks = {"milliseconds": round(1000 * statistics.median(acts), 1)}
    return report


def _figure(name: str, seconds: list[float], floor: list[float]) -> Figure:
    rates, ratios = [1 / one for one in seconds], sorted(b / a for a, b in zip(seconds, floor, strict=True))
    return Figure(name=name, rate=statistics.median(rates), ratio=statistics.median(ratios), low=ratios[len(ratios) // 4],
                  high=ratios[3 * len(ratios) // 4], cpu_us=0.0, rates=tuple(rates))


def run(ground: Ground) -> list[Report]:
    """This will time both in turns and ask the memory at both sizes."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        hashes = {small: fill(small, 5), large: fill(large, LARGE)}
        bare(small), jailed(small, hashes[small])  # warm
        pairs = [(bare(small), jailed(small, hashes[small])) for _ in range(TURNS)]
        plain, ours = [one for one, _ in pairs], [one for _, one in pairs]
        memory = [peak(path, hashes[path]) for path in (small, large)]
        began = jailed(large, hashes[large])
        added = statistics.median(b - a for a, b in pairs)
    report = Report("delivery: a clean-room question, 5 MB",
                    [_figure("the engine, unjailed", plain, plain), _figure("the clean room", ours, plain)],
                    {"turns": TURNS, "large_mb": LARGE})
    report.goals = [Goal("clean room", "seconds added by the jail, at most 0.5", added, 0.5, added <= 0.5),
                    Goal("clean room", f"memory at {LARGE} MB over that at 5 MB, at most 1.5", memory[1] / memory[0], 1.5,
                         memory[1] <= 1.5 * memory[0])]
    report.checks = {"memory_mb": memory, "large_seconds": round(began, 2), "answer": "three groups, every run"}
    return [report, downloads(), metering()]


