"""The floor's tests start on a market clock that stands still, years ahead."""

import pytest


@pytest.fixture
def floor(db):
    from tests.trading.worlds import stand_still

    stand_still()
