"""A real Celery worker that a test starts and kills: its own process group, SIGKILL, the settings of production."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.clones import HOUSE, mine


class KilledWorker:
    """``start`` and ``kill`` (kill -9 to the whole group, as a power cut would)."""

    def __init__(self, app: str = "exchange", processes: int = 2) -> None:
        self.command = [sys.executable, "-m", "celery", "-A", app, "worker", "--pool", "prefork", "--concurrency", str(processes),
                        "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        environment = os.environ | mine().environment() | {
            "UNACKED_RESTORE_INTERVAL": "1", "VISIBILITY_TIMEOUT": "4",  # or the test would pass vacuously (M9b)
            "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(self.command, cwd=HOUSE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        self.starts += 1

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def until(done: Callable[[], bool], seconds: float, every: float = 0.02) -> bool:
    """This will wait until ``done`` or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(every)
    return False


def flush_broker() -> Any:
    """FLUSHALL on the run's own private broker."""
    import redis

    with redis.Redis.from_url(mine().redis_url) as client:
        return client.flushall()
