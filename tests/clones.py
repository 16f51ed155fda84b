"""The test house: private servers, one migrated template, every test on a clone of it as the application role.

Where the tests are shared out (``-n 2``) every process has servers of its own, so that a test that kills, floods or
flushes them meets nobody else.

A test in a transaction (``@pytest.mark.django_db``) rolls back. A transactional test (``transaction=True``, threads,
workers, commits) gets a fresh clone afterwards instead of Django's flush: TRUNCATE is granted to nobody, not even here.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DX_SHARED", HOUSE.parent / "shared"))

os.environ.setdefault("DX_PROFILE", "test")
os.environ.setdefault("DX_VAR", str(HOUSE / "var" / "test"))
#: "" where one process runs everything; "gw0", "gw1" … in the processes that share the tests out
PART = os.environ.get("PYTEST_XDIST_WORKER", "")
#: the process that only hands tests out runs none and needs no servers
HANDS_OUT = not PART and any(one == "-n" or one.startswith(("-n=", "--numprocesses")) for one in sys.argv)
if PART:
    os.environ["DX_VAR"] += f"-{PART}"

from exchange.local_servers import (  # noqa: E402
    LocalServers,
    Services,
    create_database,
    database_services,
    drop_database,
)

_STARTED: dict[str, Any] = {}


def _start() -> None:
    """Starts the private servers before settings are read, and points the application at this run's clone."""
    servers = LocalServers(durable=False)
    services = servers.start()
    name = f"dx_test_{os.getpid()}"
    mine = database_services(services, name)
    os.environ.update(mine.environment())
    os.environ["LIVE_PREFIX"] = os.environ["CELERY_PREFIX"] = f"t{os.getpid()}-"
    _STARTED.update(servers=servers, services=services, mine=mine, name=name)


if not HANDS_OUT:
    _start()  # at import: this plugin is named in pyproject's addopts (-p), so it comes before pytest-django reads settings


def pytest_unconfigure(config: pytest.Config) -> None:
    if services := _STARTED.get("services"):
        drop_database(services.admin_url, _STARTED["name"])
        _STARTED["servers"].leave()


def _template_name() -> str:
    """The template's name says what it was made from, so a changed migration makes a new one."""
    digest = hashlib.sha256()
    read_by_migrations = [*HOUSE.glob("*/states.py"), *HOUSE.glob("compliance/data/*"), HOUSE / "evidence" / "guards.py",
                          HOUSE / "participants" / "defaults.py", HOUSE / "participants" / "holidays.py"]
    for place in sorted([*HOUSE.glob("*/migrations/*.py"), *HOUSE.glob("*/sql/*.sql"), HOUSE / "exchange" / "local_servers.py",
                         *read_by_migrations]):
        if place.is_file():
            digest.update(place.relative_to(HOUSE).as_posix().encode() + place.read_bytes())
    return f"dx_template_{digest.hexdigest()[:12]}"


def _exists(admin_url: str, name: str) -> bool:
    import psycopg

    with psycopg.connect(admin_url, autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone() is not None


def _make_template(services: Services, name: str) -> None:
    import subprocess
    import sys

    import psycopg
    from psycopg import sql

    drop_database(services.admin_url, name)
    create_database(services.admin_url, name)
    environment = os.environ | database_services(services, name).environment()
    done = subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=HOUSE, env=environment,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the test template does not migrate:\n{done.stderr}")
    with psycopg.connect(services.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name)))


def prepare_template() -> None:
    """This will make the migrated template unless this state of the migrations has one already."""
    services: Services = _STARTED["services"]
    template = _template_name()
    if not _exists(services.admin_url, template):
        _make_template(services, template)
    _STARTED["template"] = template


def renew_clone() -> None:
    """This will throw this run's database away and clone the template again (about 65 ms)."""
    from django.db import connections

    connections.close_all()
    drop_database(_STARTED["services"].admin_url, _STARTED["name"])
    create_database(_STARTED["services"].admin_url, _STARTED["name"], template=_STARTED["template"])


def mine() -> Services:
    """This will return the addresses of this run's clone."""
    services: Services = _STARTED["mine"]
    return services


def started() -> Services:
    """This will return the addresses of the test cluster itself, superuser included."""
    services: Services = _STARTED["services"]
    return services


def template() -> str:
    """This will return the name of the migrated template."""
    return str(_STARTED["template"])
