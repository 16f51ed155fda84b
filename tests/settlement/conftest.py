"""Every settling test with a database stands at one market instant until the test moves it."""

from __future__ import annotations

import pytest

from tests.delivery.worlds import stand_still


@pytest.fixture(autouse=True)
def _stand_still(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db" if request.node.get_closest_marker("django_db").kwargs.get("transaction") else "db")
        stand_still()
