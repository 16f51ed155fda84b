"""A real Celery worker and a real broker that a test starts, breaks and kills; the settings are those of production."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import redis

from exchange.local_servers import LocalServers, free_port
from tests.clones import HOUSE, mine

__all__ = ["KilledWorker", "PrivateBroker", "flush_broker", "left_by_the_forgetful", "until"]


class KilledWorker:
    """``start`` and ``kill`` (kill -9 to the whole group, as a power cut would)."""

    def __init__(self, app: str = "exchange", processes: int = 2, broker: str = "", more: dict[str, str] | None = None,
                 queue: str = "") -> None:
        self.broker = ({"REDIS_URL": broker} if broker else {}) | (more or {})
        self.command = [sys.executable, "-m", "celery", "-A", app, "worker", "--pool", "prefork", "--concurrency", str(processes),
                        "--loglevel", "ERROR", "--without-gossip", "--without-mingle", *(("-Q", queue) if queue else ())]
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        environment = os.environ | mine().environment() | {
            "UNACKED_RESTORE_INTERVAL": "1", "VISIBILITY_TIMEOUT": "4",  # or the test would pass vacuously (M9b)
            "PYTHONWARNINGS": "ignore"} | self.broker
        self.process = subprocess.Popen(self.command, cwd=HOUSE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        self.starts += 1

    def keep_up(self) -> None:
        """Stands for the supervisor: a worker that ended is started again."""
        if self.process is not None and self.process.poll() is not None:
            self.start()

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class PrivateBroker:
    """A Valkey of the test's own: in memory only, refusing when it is full, and as mortal as the test wants it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        settings = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}
        command = [str(LocalServers(durable=False)._valkey()), *(word for name, value in settings.items() for word in (f"--{name}", value))]
        self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        assert until(self.answers, 30), "the broker did not start"

    def answers(self) -> bool:
        with contextlib.suppress(redis.RedisError):
            return bool(self.say("PING"))
        return False

    def say(self, *words: str) -> Any:
        with redis.Redis.from_url(self.url) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
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
    with redis.Redis.from_url(mine().redis_url) as client:
        return client.flushall()


def left_by_the_forgetful(superuser: Any, listings: int, *, part: int, seen_first: int) -> int:
    """How many of ``listings`` a house keeps that hands work out as messages, ``part`` in each, and whose worker is killed on the way.

    The mutant of whatever is driven from the database: what the killed worker had taken is done by nobody, and nothing says so.
    """
    from tests.concurrency.naive_rescreening import rescreen

    superuser.execute("CREATE TABLE naive_judged (listing bigint PRIMARY KEY)")
    superuser.execute("GRANT ALL ON naive_judged TO dx_app")
    for start in range(0, listings, part):
        rescreen.delay(listings=list(range(start, start + part)))
    worker = KilledWorker("tests.concurrency.naive_rescreening")

    def count() -> int:
        return int(superuser.execute("SELECT count(*) FROM naive_judged").fetchone()[0])

    worker.start()
    try:
        assert until(lambda: count() > seen_first, 180)
        worker.kill()
        worker.start()
        seen = -1
        while count() != seen:
            seen = count()
            time.sleep(3)
    finally:
        worker.kill()
    return count()
