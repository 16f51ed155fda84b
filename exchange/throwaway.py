"""A migrated, empty database that lives as long as one command: replays and simulations never touch the real one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.local_servers import LocalServers, ServerFault, Services, create_database, database_services, drop_database

__all__ = ["own_broker", "throwaway"]

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
_PREFIX = "dx_bare_"


@contextmanager
def throwaway(services: Services) -> Iterator[Services]:
    """This will make a database, migrated, lend its addresses, and drop it; ``ServerFault`` where none may be made.

    Named services need ``DATABASE_ADMIN_URL``, the address of a role that may create databases.
    """
    admin_url = services.admin_url or os.environ.get("DATABASE_ADMIN_URL", "")
    if not admin_url:
        raise ServerFault("this command works in a database of its own: name DATABASE_ADMIN_URL, a role that may create one")
    template = _migrated(services, admin_url)
    name = f"dx_throwaway_{os.getpid()}"
    lent = database_services(services, name)
    create_database(admin_url, name, template=template)
    try:
        _forget_quickly(admin_url, name)
        os.environ.update(_alone(lent))
        yield lent
    finally:
        drop_database(admin_url, name)


def _alone(lent: Services) -> dict[str, str]:
    return lent.environment() | {"LIVE_PREFIX": "", "CELERY_BROKER_URL": "memory://"}


def _migrated(services: Services, admin_url: str) -> str:
    """This will return the name of a migrated, empty database to copy: migrating takes ten seconds, a copy of it a moment.

    Its name says what it was made from, so a changed migration makes a new one and the old ones go. Of two commands that want it at
    once one makes it and the other waits.
    """
    import psycopg
    from psycopg import sql

    name = _PREFIX + _digest()
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [_PREFIX])
        rows = connection.execute("SELECT datname, datistemplate FROM pg_database WHERE starts_with(datname, %s)", [_PREFIX]).fetchall()
        for other, template in rows:
            if other == name and template:
                return name
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(other)))
            drop_database(admin_url, other)
        create_database(admin_url, name)
        environment = os.environ | _alone(database_services(services, name))
        done = subprocess.run([sys.executable, str(MANAGE), "migrate", "--verbosity", "0"], env=environment, check=False)
        if done.returncode:
            drop_database(admin_url, name)
            raise ServerFault("the throw-away database does not migrate")
        connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name)))
    return name


def _digest() -> str:
    """What a migration reads: itself, the SQL, the tables of data, and the modules that some of them import."""
    house, digest = MANAGE.parent, hashlib.sha256()
    read = [*house.glob("*/migrations/*.py"), *house.glob("*/sql/*.sql"), *house.glob("*/data/**/*.yaml"), *house.glob("*/states.py"),
            *(house / one for one in ("evidence/guards.py", "participants/defaults.py", "participants/holidays.py"))]
    for place in sorted(read):
        digest.update(place.relative_to(house).as_posix().encode() + place.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def own_broker() -> Iterator[str]:
    """This will start a broker that only this command uses, and may therefore empty; its address stands in the environment meanwhile."""
    with LocalServers().passing_valkey() as url:
        os.environ["CELERY_BROKER_URL"] = os.environ["SIMULATION_BROKER_URL"] = url
        yield url


def _forget_quickly(admin_url: str, name: str) -> None:
    """What is thrown away need not survive a crash: commits do not wait for the disk."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
