"""Commands that use one folder's private servers at once: whoever leaves last stops them, and a killed one keeps nobody waiting.

The users are real processes and the servers real ones. The naive variant stops what it started, as the house once did.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange.local_servers import IN_USE, LocalServers, ServerFault
from tests.clones import HOUSE

#: A command: it takes the servers, says that it has them, and gives them back when told to. ``naive`` stops what it started.
USER = """
import sys
from pathlib import Path
from exchange.local_servers import LocalServers
naive, servers = sys.argv[2] == "naive", LocalServers(Path(sys.argv[1]), durable=False)
started = servers.running() is None
servers.start()
print("has", flush=True)
sys.stdin.readline()
if naive:
    if started: servers.stop()
else:
    servers.leave()
print("left", flush=True)
"""


class User:
    """One command in a process of its own."""

    def __init__(self, var: Path, manner: str = "") -> None:
        self.process = subprocess.Popen([sys.executable, "-c", USER, str(var), manner], cwd=HOUSE, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        assert self._told() == "has"

    def _told(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self._told() == "left"
        self.end()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self.process.wait(30)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="dx-shared-", dir="/var/tmp"))
    place.chmod(0o755)
    yield place
    LocalServers(place).stop()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(autouse=True)
def _nothing_runs(var: Path) -> Iterator[None]:
    """Each test begins with servers that are stopped; what one leaves running is not the next one's."""
    yield
    LocalServers(var).stop()


def work(var: Path) -> bool:
    """Whether the database of this folder answers a question."""
    services = LocalServers(var, durable=False).running()
    if services is None:
        return False
    with psycopg.connect(services.admin_url, connect_timeout=2) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_whoever_started_the_servers_leaves_them_to_the_other(var: Path) -> None:
    first, second = User(var), User(var)
    first.leave()
    assert work(var)
    second.leave()
    assert not work(var)


def test_naive_who_stops_what_he_started_stops_it_under_the_other(var: Path) -> None:
    first, second = User(var, "naive"), User(var, "naive")
    first.leave()
    assert not work(var)
    second.kill()


def test_whoever_adopted_them_and_leaves_first_stops_nothing(var: Path) -> None:
    first, second = User(var), User(var)
    second.leave()
    assert work(var)
    first.leave()
    assert not work(var)


def test_a_killed_user_keeps_no_claim_and_the_last_stops_what_it_started(var: Path) -> None:
    first, second = User(var), User(var)
    first.kill()
    assert work(var)
    second.leave()
    assert not work(var)


def test_servers_of_a_killed_last_user_are_adopted_and_then_stopped(var: Path) -> None:
    User(var).kill()
    assert work(var)
    later = User(var)
    later.leave()
    assert not work(var)


def test_a_claim_lives_as_long_as_a_forked_child_unless_it_is_given_back(var: Path) -> None:
    """A pool that is forked inherits the claim; its leader's word counts for all of it."""
    servers = LocalServers(var, durable=False)
    servers.start()
    child = subprocess.Popen(["sleep", "60"], pass_fds=[servers.users.claim.fileno()] if servers.users.claim else [])
    try:
        assert servers.leave(), "the child's copy of the claim was given back with the leader's"
    finally:
        child.kill()
        child.wait()


def test_data_in_use_is_not_deleted(var: Path) -> None:
    user = User(var)
    with pytest.raises(ServerFault, match="still using") as told:
        LocalServers(var).forget()
    assert str(told.value) == IN_USE
    assert work(var)
    user.leave()


def test_whoever_comes_while_new_servers_are_made_ready_waits_for_it(var: Path) -> None:
    """The first has its schema brought up; the second must not meet a database without it."""
    servers, seen = LocalServers(var, durable=False), []

    def prepare(_services: object) -> None:
        with (var / "services.lock").open("a") as door, pytest.raises(BlockingIOError):
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen.append("waits")

    servers.start(prepare)
    assert seen == ["waits"]
    assert servers.leave()


def test_what_fails_to_be_made_ready_leaves_no_server_behind(var: Path) -> None:
    def prepare(_services: object) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        LocalServers(var, durable=False).start(prepare)
    assert not work(var)
