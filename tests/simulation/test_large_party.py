"""The demo's port data firm states its size once and is expected to report on its responsibility (R78)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from compliance.responsibility import expected
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from simulation.agents.overseeing import Overseeing
from simulation.cast import CAST
from tests.compliance.worlds import merchant

pytestmark = pytest.mark.django_db


@covers("R78")
def test_the_large_party_of_the_demo_states_its_figures_once() -> None:
    assert "huyong" in {one.key for one in CAST}
    party, actor = merchant()
    market: Any = SimpleNamespace(organizations={"huyong": party}, actors={"huyong": actor}, now=MARKET_CLOCK.now,
                                  act=lambda act, **given: act(clock=MARKET_CLOCK, **given))
    desk = Overseeing(market, MARKET_CLOCK.now())
    step = desk._large()
    assert step is not None
    step()
    assert list(expected(MARKET_CLOCK.now())[2]) == [party]
    assert desk._large() is None, "once"
