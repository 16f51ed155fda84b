"""The program that runs one question over one file and prints one answer with noise in it; the exact numbers die with its process.

It reads a signed job, then opens nothing but its standard input, which is the data, and gives up what it could be abused with before it
reads a byte of it. It prints ``opened`` before it does: whoever waits knows by that whether anything can have been learnt. Any fault
ends it without a word. The data is a file rather than a pipe: what the engine has read of a pipe it keeps. A holder can run it beside its
data, the house's own room is the same program::

    python delivery/cleanroom/runner.py --house PUBLIC-KEY --job JOB < DATA > ANSWER
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["SETTINGS", "locked_engine", "main"]

_MOST_JOB = 8 << 20
_MOST_ROWS = 500
#: In this order; the lock is last, then every value is asserted.
SETTINGS: tuple[tuple[str, Any], ...] = (
    ("memory_limit", "256MB"), ("threads", 1), ("temp_directory", ""), ("preserve_insertion_order", False), ("max_expression_depth", 250),
    ("enable_progress_bar", False),
    ("python_enable_replacements", False), ("autoinstall_known_extensions", False), ("autoload_known_extensions", False),
    ("allow_community_extensions", False), ("allowed_paths", ["/dev/stdin"]), ("enable_external_access", False),
    ("lock_configuration", True))
_SHOWN_AS = {"memory_limit": "244.1 MiB", "temp_directory": ""}


def locked_engine() -> Any:
    """This will open an engine in memory that reaches nothing but standard input, its settings locked and asserted one by one."""
    import duckdb

    engine = duckdb.connect(":memory:")
    for name, value in SETTINGS:
        written = f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        engine.execute(f"SET {name} = {written}")
    for name, value in SETTINGS:
        (found,) = engine.execute(f"SELECT current_setting('{name}')").fetchone() or (None,)
        # the path is shown as what it leads to, which is this process's own data
        wanted = [os.path.realpath("/dev/stdin")] if name == "allowed_paths" else _SHOWN_AS.get(name, value)
        if (str(found) if isinstance(wanted, str) else found) != wanted:
            raise RuntimeError(f"{name} does not hold")
    return engine


def _job(house: str, place: str) -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    with open(place, "rb") as source:
        envelope = json.loads(source.read(_MOST_JOB + 1)[:_MOST_JOB])
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(house)).verify(bytes.fromhex(envelope["signature"]), envelope["job"].encode())
    job: dict[str, Any] = json.loads(envelope["job"])
    if job.get("format") != "room-job/1":
        raise ValueError("the job is of another format")
    return job


def _run(house: str, place: str, *, pieces: bool) -> dict[str, Any]:
    import duckdb
    import opendp.prelude  # noqa: F401 (libraries are loaded before the process gives their files up)

    from delivery.cleanroom.compiler import statement_of
    from delivery.cleanroom.confinement import confine, limit
    from delivery.cleanroom.language import read_question
    from delivery.cleanroom.noise import noisy, released
    from delivery.cleanroom.offering import read_offer

    job = _job(house, place)
    noisy(0, sensitivity=1, epsilon_micro=1_000_000)  # a generator that fails, fails before any data is read
    duckdb.connect(":memory:").execute("SELECT 1").fetchmany(1)
    limit(seconds=int(job["seconds"]))
    given_up = confine()
    engine = locked_engine()
    offer = read_offer(job["offer"])
    question = read_question(job["question"], offer)
    statement = statement_of(question, offer, job.get("cohort"), pieces=pieces)
    os.write(1, b"opened\n")
    found = engine.execute(statement.sql, list(statement.values)).fetchmany(_MOST_ROWS + 1)
    if len(found) > _MOST_ROWS:
        raise ValueError("more rows than any question has cells")
    exact = {tuple(row[:statement.groups]): [int(one) for one in row[statement.groups:]] for row in found}
    rows = released(question, offer, exact, epsilon_micro=int(job["epsilon_micro"]))
    return {"job": job["code"], "rows": rows, "given_up": given_up}


def main(arguments: list[str] | None = None) -> int:
    """This will answer one job; a fault of any kind is told by the exit alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--house", required=True, help="the public key that signs jobs, 64 hexadecimal digits")
    parser.add_argument("--job", required=True, help="the file of the signed job")
    parser.add_argument("--pieces", action="store_true", help="no cell of the data holds a line end: it may be read in pieces")
    asked = parser.parse_args(arguments)
    try:
        answer = _run(asked.house, asked.job, pieces=asked.pieces)
    except BaseException:  # every fault looks alike from outside: its text could tell of the data
        return 1
    os.write(1, json.dumps(answer, ensure_ascii=False).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os._exit(main())
