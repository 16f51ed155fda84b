"""Every handover stands at one market instant until the test moves it."""

from __future__ import annotations

import pytest

from tests.delivery.worlds import stand_still


@pytest.fixture(autouse=True)
def _stand_still(db: None) -> None:
    stand_still()
