"""A PostgreSQL of a test's own that writes through to disk, keeps its port, and is stopped as a power cut stops it.

The test house's cluster runs without fsync, so it shows nothing of crashes. Here ``fsync``, ``synchronous_commit`` and
``full_page_writes`` are on, as in production, and every finished piece of the log is archived. ``Durable.here`` points this process
at it, so that operations, test clients and threads work on it; workers get its address in their environment.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, connections

from exchange.local_servers import LocalServers, _accepts, _locale, _url, create_database, free_port, prepare_roles, process_alive
from tests.clones import mine

__all__ = ["SAFE", "Durable", "sound_after_faults"]

PASSWORD = "of-a-test"
#: What must hold after every fault (quality of money, keys, evidence, schema and grants).
SAFE = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I22", "I23", "I24", "I27", "I31", "I32")


def sound_after_faults() -> list[str]:
    """This will look at every invariant of ``SAFE`` and say what is violated."""
    from evidence.invariants import check_all
    from evidence.tasks import seal

    seal()  # stands for the sealer, which a test does not keep running
    return [f"{one.id}: {one.text}" for one in check_all(list(SAFE)).violations]


class Durable:
    """``with Durable() as one``: started, filled with the migrated clone of this run, and removed at the end."""

    def __init__(self, **options: str) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="dx-durable-", dir="/var/tmp"))
        self.servers = LocalServers(self.place / "var", durable=True)
        self.servers.home = self.place
        self.data, self.archive, self.port, self.pid = self.place / "data", self.place / "archive", free_port(), 0
        # A piece gets its name when it is whole: a crash during the copy leaves no half of one to recover from.
        piece = f"{self.archive}/%f"
        command = f"test ! -f {piece} && cp %p {piece}.part && mv {piece}.part {piece}"
        self.options = {"archive_mode": "on", "archive_command": command} | options

    # ---- addresses ------------------------------------------------------------------------------------------------------

    def url(self, role: str = "postgres", database: str = "exchange") -> str:
        return _url(role, PASSWORD, self.port, database)

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url("dx_app"), "DATABASE_OWNER_URL": self.url("dx_owner")}

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(), autocommit=True) as own:
            cursor = own.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    # ---- life -----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Durable:
        self.place.chmod(0o755)
        for folder in (self.archive, self.place / "backup"):
            folder.mkdir()
            self.servers._own(folder)
        self.servers._own(self.place)
        secret = self.place / "pw"
        secret.write_text(PASSWORD)
        self.servers._own(secret)
        self.bin = self.servers._postgres_bin()
        self.servers._run([self.bin / "initdb", "-D", self.data, "-U", "postgres", f"--pwfile={secret}", "--auth=scram-sha-256",
                           "--no-sync", "--encoding=UTF8", *_locale(self.bin)])
        self.start()
        prepare_roles(self.url(database="postgres"), PASSWORD, PASSWORD)
        create_database(self.url(database="postgres"), "exchange")
        self._fill()
        return self

    def _fill(self) -> None:
        dump = subprocess.run([self.bin / "pg_dump", "-Fc", "-d", mine().admin_url], capture_output=True, check=True)
        subprocess.run([self.bin / "pg_restore", "--no-comments", "-d", self.url()], input=dump.stdout, capture_output=True, check=True)

    def start(self, data: Path | None = None, **more: str) -> None:
        """This will start the server, after a crash with the recovery that belongs to it, on the port it had."""
        place = data or self.data
        (place / "postmaster.pid").unlink(missing_ok=True)
        command = [str(self.bin / "postgres"), "-D", str(place)]
        options = {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC", "jit": "off",
                   "max_connections": "60", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
                   "log_min_messages": "fatal"} | self.options | more
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self.pid = self.servers._spawn(command, "durable.log")
        end = time.monotonic() + 60
        while not _accepts(self.url(database="postgres")):
            assert time.monotonic() < end and process_alive(self.pid, "postgres"), (self.servers.home / "durable.log").read_text()[-2000:]
            time.sleep(0.05)

    def crash(self) -> None:
        """An immediate stop: nothing is flushed, no session is told; what was acknowledged must be in the log on disk."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, how)
        end = time.monotonic() + 30
        while process_alive(self.pid, "postgres") and time.monotonic() < end:
            time.sleep(0.02)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)

    def __exit__(self, *_: Any) -> None:
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.place, ignore_errors=True)

    # ---- this process ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def here(self) -> Iterator[Durable]:
        """This will point this process's connections, of every thread begun meanwhile, at the durable server."""
        before = dict(connection.settings_dict)
        connections.close_all()
        connection.settings_dict.update(HOST="127.0.0.1", PORT=str(self.port), NAME="exchange", USER="dx_app", PASSWORD=PASSWORD)
        try:
            yield self
        finally:
            connections.close_all()
            connection.settings_dict.clear()
            connection.settings_dict.update(before)
