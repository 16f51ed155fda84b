"""The demo's port data firm states its size once and is expected to report on its responsibility (R78)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from compliance.responsibility import expected
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import SizeStatement
from simulation.cast import player
from simulation.stage import settle_in
from tests.compliance.worlds import merchant

pytestmark = pytest.mark.django_db


@covers("R78")
def test_the_large_party_of_the_demo_states_its_figures_once() -> None:
    party, actor = merchant()
    market: Any = SimpleNamespace(organizations={"huyong": party}, actors={"huyong": actor}, now=MARKET_CLOCK.now,
                                  act=lambda act, **given: act(clock=MARKET_CLOCK, **given))
    for _ in range(2):
        settle_in(market, player("huyong"))
    assert list(expected(MARKET_CLOCK.now())[2]) == [party]
    assert SizeStatement.objects.count() == 1, "once"
