"""A question's memory stays flat however large the file is, and a file read in pieces gives what the same file read whole gives (F8)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.cleanroom import jail
from delivery.cleanroom.compiler import SOURCE, statement_of
from delivery.cleanroom.language import read_question
from delivery.cleanroom.offering import read_offer
from kit.coverage import covers

HOUSE = Path(__file__).resolve().parents[2]
OFFER = {"heading": ["town", "spent", "note"], "columns": [{"name": "town", "kind": "word", "values": ["A", "B", "C"]},
                                                           {"name": "spent", "kind": "number", "lower": 0, "upper": 300}]}
QUESTION = {"format": "room-query/1", "group_by": ["town"], "measures": [{"of": "count"}, {"of": "sum", "column": "spent"}]}
JOB = {"format": "room-job/1", "code": "QRY-TEST", "seconds": 60, "offer": OFFER, "epsilon_micro": 1_000_000, "question": QUESTION}


def written(path: Path, megabytes: int) -> Path:
    line = "".join(f"{'ABC'[n % 3]},{n % 300},note {n}\n" for n in range(50_000)).encode()
    with path.open("wb") as sink:
        for piece in (b"town,spent,note\n", *([line] * (megabytes * 1_000_000 // len(line)))):
            sink.write(piece)
    return path


#: A process of its own: what a process weighed before it became the runner counts as the runner's, so its parent is a small one.
_PROGRAM = """
import hashlib, json, resource, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from delivery.cleanroom import jail
from evidence.keys import public_bytes
key, path = Ed25519PrivateKey.generate(), Path(sys.argv[1])
if sys.argv[3] == "whole":
    jail._folded = lambda _piece, quoted: (True, quoted)
with path.open("rb") as data:
    sha256 = hashlib.file_digest(data, "sha256").hexdigest()
    data.seek(0)
    found = jail.run_jailed(json.loads(sys.argv[2]), data, sha256=sha256, house=public_bytes(key).hex(), sign=key.sign)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024 if found.rows else 0)
"""


def peak_mb(path: Path, *, whole: bool = False) -> int:
    """The most memory of a question's process; ``whole`` is the naive way."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(path), json.dumps(JOB), "whole" if whole else ""], cwd=HOUSE, check=True,
                          capture_output=True, text=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": "exchange.settings"})
    most = int(done.stdout.splitlines()[-1])
    assert most, "the question was answered"
    return most


@covers("F8", "T61")
def test_memory_is_flat_from_a_small_file_to_a_large_one(tmp_path: Path) -> None:
    """Read whole, the engine keeps what it has read up to its limit (the naive way)."""
    small, large = peak_mb(written(tmp_path / "small.csv", 3)), peak_mb(file := written(tmp_path / "large.csv", 150))
    assert large <= 1.25 * small
    assert peak_mb(file, whole=True) > 1.5 * small


def answered(raw: bytes, *, pieces: bool) -> dict[Any, list[int]]:
    offer = read_offer(OFFER)
    one = statement_of(read_question(QUESTION, offer), offer, pieces=pieces)
    with tempfile.NamedTemporaryFile(suffix=".csv") as sink:
        sink.write(raw)
        sink.flush()
        found = duckdb.connect(":memory:").execute(one.sql.replace(SOURCE, sink.name), list(one.values)).fetchall()
    return {row[0]: [int(cell) for cell in row[1:]] for row in found}


@covers("F8")
@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["A", "B", "C", "D"]), st.integers(0, 400), st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r\n", exclude_categories=["Cs"]), max_size=12)), min_size=1, max_size=40),
    st.sampled_from([1, 60_000]))
def test_what_is_read_in_pieces_is_what_is_read_whole(rows: list[tuple[str, int, str]], times: int) -> None:
    """Up to nine megabytes: several pieces, their bounds at any place in a row."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    again = min(times, 1 + 9_000_000 // len(text.getvalue()))
    raw = b"town,spent,note\n" + text.getvalue().encode() * again
    assert not jail._folded(raw, False)[0]
    counted: dict[Any, list[int]] = {}
    for town, spent, _ in rows:
        if town in "ABC":
            held = counted.setdefault(town, [0, 0])
            held[0] += again
            held[1] += min(spent, 300) * again
    assert {town: [found[0], found[1]] for town, found in answered(raw, pieces=True).items()} == counted


@covers("F8")
@pytest.mark.parametrize(("raw", "pieces"), [
    (b"town,spent,note\nA,1,plain\nB,2,\n", True),
    (b'town,spent,note\r\nA,1,"said ""no"", twice"\r\n', True),
    (b'town,spent,note\nA,1,"two\nlines"\n', False),
    (b'town,spent,note\nA,1,"two\rlines"\n', False),
    (b'town,spent,note\nA,1,5" pipe\nB,2,plain\n', False),  # taken for folded: read whole, which is only larger
], ids=["bare", "quoted", "folded", "folded by a return", "a stray quote"])
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_a_file_whose_cells_hold_line_ends_is_read_whole(raw: bytes, pieces: bool, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "_CHUNK", chunk)
    with tempfile.TemporaryFile() as copy:
        source, sha256, found = jail._lay_out(io.BytesIO(raw), copy)
        os.close(source)
    assert (found, sha256) == (pieces, hashlib.sha256(raw).hexdigest())


@covers("F8")
def test_a_folded_file_is_counted_row_by_row() -> None:
    raw = b"town,spent,note\n" + b'A,1,"two\nB,2,lines"\n' * 1_000
    assert answered(raw, pieces=False)["A"][:2] == [1_000, 1_000]
