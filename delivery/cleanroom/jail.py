"""Starts the runner's process for one question, feeds it the data, waits no longer than it may take, and believes only what it prints.

The process gets an empty environment, ``/`` as its folder and a killing by the wall clock. The data is hashed while it is laid out for
it: over another file than the registered one nothing begins. How long a question took is told in half seconds only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

__all__ = ["Outcome", "run_jailed", "seconds_for"]

log = logging.getLogger(__name__)
_RUNNER = Path(__file__).with_name("runner.py")
_CHUNK = 1 << 20
_MOST_ANSWER = 1 << 20
_LONGEST = 420
_STEP = 0.5


@dataclass
class Outcome:
    """What came of a run: ``opened`` when data may have been read, ``rows`` only of a whole answer over the right file."""

    opened: bool = False
    rows: list[dict[str, Any]] | None = None
    given_up: list[str] = field(default_factory=list)
    killed: bool = False


def seconds_for(size: int) -> int:
    """This will say how long a run over so many bytes may take: eight seconds, and one more for each 10 MB, seven minutes at most.

    A task of the worker ends after nine (``CELERY_TASK_SOFT_TIME_LIMIT``): a question killed with its task would be spent for nothing.
    """
    return min(_LONGEST, 8 + size // 10_000_000)


def run_jailed(job: dict[str, Any], data: IO[bytes], *, sha256: str, house: str, sign: Callable[[bytes], bytes],
               command: tuple[str, ...] = ()) -> Outcome:
    """This will run one job over the data and return what came of it; it never raises for what the process did.

    Data that cannot be laid out (a store that does not answer, a full disk) has been opened by nobody.
    """
    with tempfile.TemporaryFile() as copy:
        try:
            source, found, pieces = _lay_out(data, copy)
        except OSError:
            log.exception("the data of %s cannot be laid out", job["code"])
            return Outcome()
        try:
            return _run(job, source, house, sign, command, pieces=pieces) if found == sha256 else Outcome()
        finally:
            os.close(source)


def _folded(piece: bytes, quoted: bool) -> tuple[bool, bool]:
    """Whether a line end stands between quotes in a piece of a file, and whether it ends between them.

    A stray quote inside a bare cell counts as one too: such a file is taken for folded and read whole, which is only larger.
    """
    if not quoted and b'"' not in piece:
        return False, False
    found = False
    for number, part in enumerate(piece.split(b'"')):
        quoted = quoted != bool(number)
        found = found or (quoted and (b"\n" in part or b"\r" in part))
    return found, quoted


def _lay_out(data: IO[bytes], copy: IO[bytes]) -> tuple[int, str, bool]:
    """A copy without a name, to be read by whoever the process becomes and written by nobody, its hash, and whether every line end in
    it ends a row, so that it may be read in pieces.

    It is a file because the engine keeps all it has read of a pipe, and goes over a file within its memory.
    """
    digest, folded, quoted = hashlib.sha256(), False, False
    while piece := data.read(_CHUNK):
        digest.update(piece)
        copy.write(piece)
        if not folded:
            folded, quoted = _folded(piece, quoted)
    copy.flush()
    os.fchmod(copy.fileno(), 0o444)
    return os.open(f"/dev/fd/{copy.fileno()}", os.O_RDONLY), digest.hexdigest(), not folded


def _run(job: dict[str, Any], source: int, house: str, sign: Callable[[bytes], bytes], command: tuple[str, ...], *,
         pieces: bool) -> Outcome:
    seconds, outcome = int(job["seconds"]), Outcome()
    text = json.dumps(job, ensure_ascii=False)
    envelope = json.dumps({"job": text, "signature": sign(text.encode()).hex()}).encode()
    started = time.monotonic()
    inward, outward = os.pipe()
    runner = (sys.executable, "-I", str(_RUNNER), "--house", house, "--job", f"/dev/fd/{inward}", *(["--pieces"] if pieces else []))
    process = subprocess.Popen(
        command or runner, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/", close_fds=True,
        pass_fds=(inward,), start_new_session=True)
    os.close(inward)
    feeder = threading.Thread(target=_feed, args=(outward, envelope), daemon=True)
    feeder.start()
    killer = threading.Timer(seconds + 2, _kill, (process, outcome))
    killer.start()
    try:
        assert process.stdout is not None
        printed = process.stdout.read(_MOST_ANSWER)
        process.stdout.close()
        if len(printed) >= _MOST_ANSWER:
            _kill(process, outcome)
        status = process.wait()
    finally:
        killer.cancel()
        _kill(process, None)
        feeder.join(5)
    _judge(outcome, printed, status, job)
    time.sleep((started - time.monotonic()) % _STEP)
    return outcome


def _judge(outcome: Outcome, printed: bytes, status: int, job: dict[str, Any]) -> None:
    lines = printed.split(b"\n")
    outcome.opened = lines[0] == b"opened"
    if status != 0 or not outcome.opened or len(lines) != 3 or outcome.killed:
        return
    try:
        answer = json.loads(lines[1])
    except ValueError:
        return
    if isinstance(answer, dict) and answer.get("job") == job["code"] and isinstance(answer.get("rows"), list):
        outcome.rows, outcome.given_up = answer["rows"], list(answer.get("given_up", []))


def _kill(process: subprocess.Popen[bytes], outcome: Outcome | None) -> None:
    if process.poll() is None:
        if outcome is not None:
            outcome.killed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _feed(outward: int, envelope: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(outward, "wb") as sink:
        sink.write(envelope)
