"""A clean-room question in its own process against the same statement over the same file by the same engine without one.

What the jail adds is the start of a process, its libraries and its confinement: at most half a second a question. Memory is asked at
5 MB and at 200 MB (``N`` = megabytes; ``N=5000`` for five gigabytes): the file streams through, so it stays flat.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

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
    return [report]


