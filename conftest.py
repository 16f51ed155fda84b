"""Fixtures of the whole test house; the servers and clones behind them are ``tests/clones.py``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import clones


def pytest_make_parametrize_id(val: Any, argname: str) -> str | None:
    """Bytes are named by their argument: their content may hold a time (gzip), and workers that name a test differently collect nothing."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Replaces pytest-django's: the template is migrated once by the owner, this run works on a clone."""
    clones.prepare_template()
    clones.renew_clone()


@pytest.fixture(autouse=True, scope="session")
def _no_flush() -> Iterator[None]:
    """A transactional test ends with a fresh clone."""
    from django.test import TransactionTestCase

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: clones.renew_clone())
    yield
    patch.undo()


@pytest.fixture
def owner_connection(db: None) -> Iterator[Any]:
    """A connection as the schema's owner, for tests that attack the guards from above."""
    import psycopg

    with psycopg.connect(clones.mine().database_owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser_connection(db: None) -> Iterator[Any]:
    """A connection as the cluster's superuser on this run's database."""
    import psycopg

    with psycopg.connect(clones.mine().admin_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party input; absent outside this project's CI, then the test is skipped with the reason."""
    if not clones.SHARED.is_dir():
        if os.environ.get("REQUIRE_SHARED"):
            pytest.fail(f"third-party input is required here and absent: {clones.SHARED}")
        pytest.skip("third-party input (shared/data) is not on this machine")
    return clones.SHARED / "data"
