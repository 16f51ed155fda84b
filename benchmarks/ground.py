"""Where benchmarks run: a private, durable PostgreSQL (or the named one), a fresh migrated database, dropped afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent


@dataclass
class Ground:
    """``with Ground() as ground``: ``ground.app_url``, ``ground.owner_url``; Django is set up as the application's role.

    Durable commit is on, as in production; that is what a floor and a product both pay for.
    """

    name: str = field(default_factory=lambda: f"dx_bench_{os.getpid()}")

    def __enter__(self) -> Ground:
        os.environ.setdefault("DX_PROFILE", "test")
        os.environ.setdefault("DX_VAR", str(HOUSE / "var" / "bench"))
        from exchange.local_servers import LocalServers, create_database, database_services

        self.servers = LocalServers(durable=True)
        self.services = self.servers.start()
        create_database(self.services.admin_url, self.name)
        mine = database_services(self.services, self.name)
        os.environ.update(mine.environment())
        self.app_url, self.owner_url, self.admin_url = mine.database_url, mine.database_owner_url, mine.admin_url
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=HOUSE, check=True)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")
        import django

        django.setup()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        from django.db import connections

        from exchange.local_servers import drop_database

        connections.close_all()
        drop_database(self.services.admin_url, self.name)
        self.servers.leave()

    def execute(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        """This will run a statement as the owner, outside any measured slot."""
        import psycopg

        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def facts(self) -> dict[str, Any]:
        """This will describe machine and server for the JSON."""
        version = self.execute("SHOW server_version")[0][0]
        durable = {name: self.execute(f"SHOW {name}")[0][0] for name in ("fsync", "synchronous_commit", "full_page_writes")}
        head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HOUSE, capture_output=True, text=True, check=False).stdout
        return {"postgresql": version, "cpus": os.cpu_count(), "python": sys.version.split()[0], "commit": head.strip(), **durable}
