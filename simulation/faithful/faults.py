"""A run whose house breaks all the time: its work is done by real workers over a real broker, and both are broken by the seed.

Per piece of work, drawn from the seed: the worker kills itself at some statement (in the middle of a transaction, or just before its
commit), the whole worker is killed from outside, the broker is emptied with the message in it, the message is sent twice so that both
copies run at once. A supervisor starts what ended again; what is not done after a while is asked for again, as the beat does. The state
at the end must be that of the run in which nothing broke.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import redis
from django.conf import settings
from django.db import close_old_connections

from simulation.clock import LivedClock
from simulation.faithful.messages import do_piece, mark

__all__ = ["LAST", "Fault", "Worker", "Workshop", "broken"]

_HOUSE = Path(__file__).resolve().parent.parent.parent
#: How likely each fault is, per piece; how many statements a dying worker gets; when a piece is asked for again, and given up.
_CHANCES = {"dies": 0.12, "killed": 0.05, "emptied": 0.08, "doubled": 0.2}
_STATEMENTS, _AGAIN_S, _PATIENCE_S = 40, 4.0, 300.0


class Fault(RuntimeError):
    """A run under faults that cannot go on: no broker of its own, or a piece that is never done."""


@dataclass
class Worker:
    """A Celery worker with the house's settings; ``kill`` is a power cut."""

    broker: str
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def keep_up(self) -> None:
        """This will start the worker unless it runs."""
        if self.process is not None and self.process.poll() is None:
            return
        command = [sys.executable, "-m", "celery", "-A", "exchange", "worker", "--include", "simulation.faithful.messages",
                   "--pool", "prefork", "--concurrency", "2", "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
                   "--without-heartbeat"]
        environment = os.environ | {"CELERY_BROKER_URL": self.broker, "LIVE_PREFIX": "", "UNACKED_RESTORE_INTERVAL": "1",
                                    "VISIBILITY_TIMEOUT": "4", "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(command, cwd=_HOUSE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        self.starts += 1

    def kill(self) -> None:
        """This will end the worker and its children at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Workshop:
    """Sends each piece, breaks things, and waits until it is done. ``asks_again`` False is the naive house that sends and forgets."""

    clock: LivedClock
    seed: int
    broker: str
    folder: str
    asks_again: bool = True
    worker: Worker = field(init=False)
    chance: Random = field(init=False)
    count: int = 0
    broke: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.worker = Worker(self.broker)
        self.chance = Random(f"{self.seed}/faults")  # noqa: S311 (a game, no secret)

    def do(self, name: str) -> None:
        """This will have a piece done by a worker, whatever breaks."""
        self.count += 1
        key = f"{self.count:05d}-{name}"
        breaks = [fault for fault, share in _CHANCES.items() if self.chance.random() < share]
        dies_at = self.chance.randrange(1, _STATEMENTS) if "dies" in breaks else 0
        pause = self.chance.random() * 0.4
        self.broke.update(breaks)
        if "emptied" in breaks and not self.asks_again:
            self.worker.kill()  # or a quick worker has taken the message before the broker is emptied, and the naive house loses nothing
        else:
            self.worker.keep_up()
        for _copy in range(2 if "doubled" in breaks else 1):
            self._send(name, key, dies_at)
        if "emptied" in breaks:
            with redis.Redis.from_url(self.broker) as client:
                client.flushall()
        if "killed" in breaks:
            time.sleep(pause)
            self.worker.kill()
        self._wait(name, key, dies_at)

    def _send(self, name: str, key: str, dies_at: int) -> None:
        do_piece.apply_async(kwargs={"name": name, "key": key, "folder": self.folder, "seed": self.seed, "dies_at": dies_at},
                             ignore_result=True)

    def _wait(self, name: str, key: str, dies_at: int) -> None:
        """Until the piece is done and no copy of it runs any more."""
        began = asked = time.monotonic()
        while not (mark(self.folder, "done", key).exists() and not self._runs(key)):
            now = time.monotonic()
            self.worker.keep_up()
            if not self.asks_again and now - began > 2 * _AGAIN_S and not self._runs(key):
                return
            if now - began > _PATIENCE_S:
                raise Fault(f"{name}: not done after {_PATIENCE_S:.0f} s")
            if self.asks_again and now - asked > _AGAIN_S:
                asked = now
                self._send(name, key, dies_at)
            time.sleep(0.02)

    def _runs(self, key: str) -> bool:
        """Whether a copy of the piece is under way in a process that lives."""
        for one in Path(self.folder).glob(f"running-{key}-*"):
            pid = int(one.name.rsplit("-", 2)[1])
            if _alive(pid):
                return True
            one.unlink(missing_ok=True)
        return False


def _alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError, OSError, IndexError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if Path("/proc/self").exists() else True
    return False


@contextmanager
def broken(clock: LivedClock, seed: int, *, broker: str = "", asks_again: bool = True) -> Iterator[Callable[[str], None]]:
    """This will lend the house's work as done by workers that break. Only a broker of the run's own may be emptied."""
    own = broker or os.environ.get("SIMULATION_BROKER_URL", "")
    if not own or settings.PRODUCTION:
        raise Fault("faults empty the broker: they need one of their own (manage.py simulate --faults starts it)")
    close_old_connections()
    with tempfile.TemporaryDirectory(prefix="dx-faults-") as folder:
        workshop = Workshop(clock, seed, own, folder, asks_again)
        try:
            yield workshop.do
        finally:
            workshop.worker.kill()
            LAST.clear()
            LAST.update(workshop.broke, pieces=workshop.count, worker_starts=workshop.worker.starts)


#: What the last run under faults went through; told beside its result, not part of it.
LAST: Counter[str] = Counter()
