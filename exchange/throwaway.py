"""A migrated, empty database that lives as long as one command: replays and simulations never touch the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.local_servers import ServerFault, Services, create_database, database_services, drop_database

__all__ = ["throwaway"]

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


@contextmanager
def throwaway(services: Services) -> Iterator[Services]:
    """This will make a database, migrate it, lend its addresses, and drop it; ``ServerFault`` where none may be made.

    Named services need ``DATABASE_ADMIN_URL``, the address of a role that may create databases.
    """
    admin_url = services.admin_url or os.environ.get("DATABASE_ADMIN_URL", "")
    if not admin_url:
        raise ServerFault("this command works in a database of its own: name DATABASE_ADMIN_URL, a role that may create one")
    name = f"dx_throwaway_{os.getpid()}"
    lent = database_services(services, name)
    create_database(admin_url, name)
    try:
        environment = os.environ | lent.environment() | {"LIVE_PREFIX": "", "CELERY_BROKER_URL": "memory://"}
        done = subprocess.run([sys.executable, str(MANAGE), "migrate", "--verbosity", "0"], env=environment, check=False)
        if done.returncode:
            raise ServerFault("the throw-away database does not migrate")
        _forget_quickly(admin_url, name)
        os.environ.update(environment)
        yield lent
    finally:
        drop_database(admin_url, name)


def _forget_quickly(admin_url: str, name: str) -> None:
    """What is thrown away need not survive a crash: commits do not wait for the disk."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
