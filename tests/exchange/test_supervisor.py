"""One command opens the house and leaves nothing behind, however it is ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clones import HOUSE

pytestmark = pytest.mark.fault


def free_pair() -> int:
    """A port whose neighbour is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            try:
                second.bind(("127.0.0.1", first.getsockname()[1] + 1))
            except (OSError, OverflowError):
                continue
            return int(first.getsockname()[1])


def start(var: Path, port: int) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}}
    environment |= {"DX_VAR": str(var), "DX_PROFILE": "demo"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-demo", "--port", str(port)], cwd=HOUSE, env=environment, text=True,
        stdout=(var / "out.txt").open("a"), stderr=subprocess.STDOUT, start_new_session=True,
    )


def answers(port: int, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live/", timeout=2) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def opened(var: Path, times: int, seconds: float = 60) -> bool:
    """Whether so many starts have announced themselves (what a killed start leaves may answer for another moment)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (var / "out.txt").read_text().count("The exchange is open") >= times:
            return True
        time.sleep(0.2)
    return False


def living(var: Path) -> list[str]:
    """Command lines of processes that belong to this house: by the folder in their command line or environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if line and (str(var) in line or f"DX_VAR={var}" in environment):
            found.append(line)
    return found


def none_left(var: Path, seconds: float = 25) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not living(var):
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    environment = os.environ | {"DX_VAR": str(tmp_path)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    subprocess.run([sys.executable, "manage.py", "stop"], cwd=HOUSE, env=environment, capture_output=True, check=False)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to look for orphans")
def test_sigterm_stops_every_process_that_was_started(var: Path) -> None:
    port = free_pair()
    house = start(var, port)
    assert opened(var, 1), (var / "out.txt").read_text()
    assert len(living(var)) >= 6, "PostgreSQL, Valkey, web, live, worker, beat"
    house.send_signal(signal.SIGTERM)
    assert house.wait(40) == 0, (var / "out.txt").read_text()
    assert none_left(var), living(var)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to look for orphans")
def test_after_a_sigkill_of_the_supervisor_a_new_start_comes_up_and_nothing_is_orphaned(var: Path) -> None:
    port = free_pair()
    first = start(var, port)
    assert opened(var, 1), (var / "out.txt").read_text()
    first.kill()
    first.wait()
    second = start(var, port)
    assert opened(var, 2), (var / "out.txt").read_text()
    assert answers(port), (var / "out.txt").read_text()
    web = [line for line in living(var) if "granian" in line and "manage.py" not in line]
    assert web
    second.send_signal(signal.SIGINT)
    assert second.wait(40) == 0, (var / "out.txt").read_text()
    assert none_left(var), living(var)


def test_a_taken_port_is_a_message_that_says_what_to_do(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house = start(var, taken.getsockname()[1])
        assert house.wait(30) == 1
    assert "make run PORT=" in (var / "out.txt").read_text()
