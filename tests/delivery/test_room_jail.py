"""A question's process: it reaches nothing, outlives nothing and tells nothing but its answer (T61; the traps M18 to M20).

Fifty-six ways out of an open engine are refused in the locked one; bombs die by the limits of the process within eight seconds; a fault
looks like any other fault.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from delivery.cleanroom.confinement import MEMORY_BYTES
from delivery.cleanroom.jail import Outcome, run_jailed, seconds_for
from evidence.keys import public_bytes
from kit.coverage import covers
from tests.delivery.probes import BOMBS, OUT_OF_BOUNDS, REFUSED, WITHIN

KEY = Ed25519PrivateKey.generate()
HOUSE = Path(__file__).resolve().parents[2]
ROWS = "town,spent\n" + "".join(f"{town},{number}\n" for town in ("A", "B") for number in range(300)) + "C,7\n"
OFFER = {"heading": ["town", "spent"], "columns": [{"name": "town", "kind": "word", "values": ["A", "B", "C"]},
                                                   {"name": "spent", "kind": "number", "lower": 0, "upper": 300}]}


def job(**changes: Any) -> dict[str, Any]:
    return {"format": "room-job/1", "code": "QRY-TEST", "seconds": 8, "offer": OFFER, "epsilon_micro": 1_000_000, "question": {
        "format": "room-query/1", "group_by": ["town"], "measures": [{"of": "count"}]}, **changes}


def jailed(asked: dict[str, Any] | None = None, data: str = ROWS, *, sha256: str = "", key: Any = KEY,
           command: tuple[str, ...] = ()) -> Outcome:
    raw = data.encode()
    return run_jailed(asked or job(), io.BytesIO(raw), sha256=sha256 or hashlib.sha256(raw).hexdigest(), house=public_bytes(KEY).hex(),
                      sign=key.sign, command=command)


def program(body: str) -> tuple[str, ...]:
    """A program in the place of the runner, confined like it, that prints one JSON line."""
    head = f"""
        import json, os, sys
        sys.path.insert(0, {str(HOUSE)!r})
        import duckdb; duckdb.connect(":memory:").execute("SELECT 1").fetchall()
        from delivery.cleanroom.confinement import confine, limit
        from delivery.cleanroom.runner import locked_engine
        limit(seconds=4); given_up = confine(); engine = locked_engine(); leak_frame = {{"secret": "canary"}}
        os.write(1, b"opened\\n")
    """
    return (sys.executable, "-I", "-c", textwrap.dedent(head) + textwrap.dedent(body) +
            '\nos.write(1, json.dumps({"job": "QRY-TEST", "rows": rows}).encode() + b"\\n")\nos._exit(0)')


@covers("T61", "F7", "F8")
def test_an_answer_holds_declared_groups_with_noise_and_hides_the_small_one() -> None:
    found = jailed()
    assert found.opened and not found.killed and found.rows is not None
    assert [(one["group"], one["shown"]) for one in found.rows] == [(["A"], True), (["B"], True), (["C"], False)]
    assert all(abs(int(one["measures"][0]) - 300) < 40 for one in found.rows[:2]) and found.rows[2]["measures"] == [""]
    assert "calls" in found.given_up


@covers("T61")
def test_the_fifty_six_ways_out_are_refused_by_the_locked_engine() -> None:
    assert len(REFUSED) == 56
    found = jailed(command=program(f"""
        rows = []
        for probe in {[*REFUSED, *OUT_OF_BOUNDS, *WITHIN]!r}:
            try:
                rows.append([probe, "gave", repr(engine.execute(probe).fetchall())])
            except Exception as refused:
                rows.append([probe, "refused", str(refused)])
    """)).rows
    assert found is not None
    said: list[Any] = found
    assert [one[0] for one in said[:56] if one[1] != "refused"] == []
    held = " ".join(one[2] for one in said)
    assert "root:" not in held and "canary" not in held and "/usr/bin" not in held
    assert [one[1] for one in said[-len(WITHIN):]] == ["gave"] * len(WITHIN)


@covers("T61")
def test_an_engine_with_its_default_settings_gives_files_and_variables_away() -> None:
    """The naive twin: what the same probes bring out of an engine that nobody locked."""
    open_one = duckdb.connect(":memory:")
    assert any("root:" in str(row) for row in open_one.execute("SELECT * FROM read_text('/etc/passwd')").fetchall())
    assert open_one.execute("SELECT current_setting('lock_configuration')").fetchone() == (False,)


@covers("T61")
def test_a_lock_set_too_early_leaves_the_memory_as_it_was() -> None:
    """The naive order (M20): after the lock every later setting fails, so the lock comes last and every value is asserted."""
    early = duckdb.connect(":memory:")
    early.execute("SET lock_configuration = true")
    with pytest.raises(duckdb.Error):
        early.execute("SET memory_limit = '256MB'")


@covers("T61")
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_dies_within_eight_seconds_and_within_its_memory(bomb: str) -> None:
    began = time.monotonic()
    found = jailed(command=program(f"""
        try:
            rows = engine.execute({bomb!r}).fetchmany(2)
        except MemoryError:
            os._exit(1)
        except Exception:
            os._exit(1)
        rows = [str(rows)]
    """))
    assert found.rows is None and time.monotonic() - began <= 8.25, "killed before eight seconds; told at the half second"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MEMORY_BYTES


@covers("T61")
def test_no_socket_no_program_no_file_and_no_environment_is_in_its_reach() -> None:
    found = jailed(command=program("""
        import socket
        rows = []
        for name, act in (("socket", lambda: socket.socket()), ("unix", lambda: socket.socket(socket.AF_UNIX)),
                          ("pair", lambda: socket.socketpair()), ("program", lambda: os.execv("/bin/true", ["true"])),
                          ("fork", lambda: os.fork()),
                          ("write", lambda: os.write(os.open("/tmp/room-probe", os.O_CREAT | os.O_WRONLY), b"x"))):
            try:
                act(); rows.append([name, "done"])
            except OSError as refused:
                rows.append([name, "refused"])
        rows.append(["environment", dict(os.environ)]); rows.append(["folder", os.getcwd()]); rows.append(["user", os.getuid()])
    """)).rows
    said: Any = dict(tuple(one) for one in found or [])  # type: ignore[misc]
    refused = {"socket", "unix", "pair", "program", "write"}
    assert {name for name in refused if said[name] != "refused"} == set()
    assert (set(said["environment"]) - {"LC_CTYPE"}, said["folder"]) == (set(), "/")
    if os.geteuid() == 0:
        assert (said["user"], said["fork"]) == (65_534, "refused")
    Path("/tmp/room-probe").unlink(missing_ok=True)


@covers("T61", "T62")
@pytest.mark.parametrize("spoiled", [
    {"asked": job(question={"format": "room-query/1", "measures": [{"of": "max", "column": "spent"}]})}, {"asked": job(epsilon_micro=0)},
    {"asked": job(format="room-job/2")}, {"key": Ed25519PrivateKey.generate()}, {"sha256": "0" * 64}, {"data": ROWS + "A,1,too many\n"},
])
def test_every_fault_looks_alike_and_nothing_is_released(spoiled: dict[str, Any]) -> None:
    asked = spoiled.pop("asked", None)
    assert jailed(asked, **spoiled).rows is None


@covers("F8", "T61")
def test_what_failed_before_the_data_is_told_apart_from_what_failed_after() -> None:
    assert not jailed(key=Ed25519PrivateKey.generate()).opened
    assert jailed(data=ROWS + "A,1,too many\n").opened, "the file was read: the budget is spent"


@covers("T61")
def test_a_process_that_sleeps_is_killed_by_the_wall_clock() -> None:
    found = jailed(job(seconds=3), command=program("import time; time.sleep(60); rows = []"))
    assert found.killed and found.opened and found.rows is None
    assert (seconds_for(1_000), seconds_for(400_000_000), seconds_for(5 << 30)) == (8, 48, 420)


def test_the_runner_answers_as_a_program_of_its_own(tmp_path: Path) -> None:
    """What a holder runs beside its data: a job and the data in, an answer out."""
    text = json.dumps(job())
    envelope = json.dumps({"job": text, "signature": KEY.sign(text.encode()).hex()}).encode()
    order = tmp_path / "job.json"
    order.write_bytes(envelope)
    done = subprocess.run([sys.executable, str(HOUSE / "delivery/cleanroom/runner.py"), "--house", public_bytes(KEY).hex(),
                           "--job", str(order)], input=ROWS.encode(), capture_output=True, check=False, env={}, cwd="/")
    opened, answer, _ = done.stdout.split(b"\n")
    assert (done.returncode, opened, done.stderr) == (0, b"opened", b"") and len(json.loads(answer)["rows"]) == 3


@covers("F8")
def test_a_file_larger_than_the_engines_memory_is_asked_within_it() -> None:
    """300 MB through 256 MB: read from a pipe the engine would keep all of it and fail (the naive way, below)."""
    line = "".join(f"{'AB'[n % 2]},{n % 900:060}.25\n" for n in range(20_000))
    large = "town,spent\n" + line * (300_000_000 // len(line))
    found = jailed(job(seconds=60), large)
    assert found.rows is not None and not found.killed
    naive = subprocess.run([sys.executable, "-c", textwrap.dedent(f"""
        import sys; sys.path.insert(0, {str(HOUSE)!r})
        from delivery.cleanroom.runner import locked_engine
        engine = locked_engine()
        engine.execute("SELECT count(*) FROM read_csv('/dev/stdin', auto_detect = false, header = true, delim = ',', quote = '\\"', "
                       "escape = '\\"', parallel = false, columns = {{'a': 'VARCHAR', 'b': 'VARCHAR'}}) WHERE a <> 'C'").fetchall()
    """)], input=large.encode(), capture_output=True, check=False)
    assert naive.returncode != 0 and b"Out of Memory" in naive.stderr


@covers("F8", "T62")
def test_data_that_cannot_be_laid_out_was_opened_by_nobody() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the store does not answer")

    found = run_jailed(job(), Broken(), sha256="0" * 64, house=public_bytes(KEY).hex(), sign=KEY.sign)
    assert (found.opened, found.rows) == (False, None), "its epsilon goes back"
