"""The floor's tests start on a market clock that stands still, years ahead."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlparse

import pytest
from django.db import connection

from tests import clones


@pytest.fixture
def floor(db):
    from tests.trading.worlds import stand_still

    stand_still()


@pytest.fixture
def as_superuser(django_db_setup: None) -> Iterator[None]:
    """Django's own connection as the cluster's superuser, so that violations are planted and looked for in one transaction."""
    found = urlparse(clones.mine().admin_url)
    known = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"USER": found.username, "PASSWORD": found.password}
    yield
    connection.close()
    connection.settings_dict.update(known)
