"""Wide and faithful runs agree: the same people trade about as much, at the same prices, and are found out as often.

Tolerance: a faithful run lies within three standard deviations of fifty wide runs of the same people (one false alarm in four hundred
figures, were the two the same; the seed is fixed, so it does not flicker). A naive market, whose buyers pay any price, lies outside.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest

from kit.coverage import covers
from simulation.faithful import running
from simulation.faithful.measuring import RIPE
from simulation.faithful.population import population_of
from simulation.faithful.strategies import buyers
from simulation.wide.day import Shard
from simulation.wide.parameters import values_of
from simulation.wide.tally import Tally, metrics_of
from tests import clones

pytestmark = pytest.mark.django_db(transaction=True)

#: What both speeds know: list prices, both channels, cheats that are inspected and complained about. Settled the next day, no lots.
COMMON = {"shop_rate_bps": 3_000, "off_bias_percent": -200, "auction_share_bps": 0, "price_sigma_percent": 40, "certified_bps": 0,
          "low_quality_bps": 3_000, "cheat_gain_margins": 200, "inspection_bps": 4_000, "settle_days": 1, "penalty_margins": 0,
          "ban_deals": 0}
AGENTS, DAYS, SEED, RUNS = 60, 4, 11, 50
ALIKE = {"trades": "trades", "turnover_fen": "turnover_fen", "on_exchange_trades": "on_exchange_trades", "cheat_rate": "cheat_rate",
         "complaints_per_1000": "complaints_per_1000", "detection_rate": "detection_rate", "default_rate": "default_rate"}


def wide_runs(changes: dict[str, int], days: int, scenario: str = "baseline") -> list[dict[str, float]]:
    values = values_of(scenario, changes)
    told = []
    for number in range(RUNS):
        shard = Shard(population_of(AGENTS, SEED, values), values, np.random.SeedSequence((SEED, number)), Tally(days))
        shard.live(days)
        told.append(metrics_of(shard.tally))
    return told


def far_off(figures: dict[str, Any], runs: list[dict[str, float]], alike: Mapping[str, str] = ALIKE) -> list[str]:
    """The metrics of a faithful run that lie outside of the tolerance."""
    found = []
    for name, key in alike.items():
        seen = [one[key] for one in runs]
        room = 3 * stdev(seen) + 1e-9
        print(f"{name:22} faithful {figures[name]:>14,.4f}   wide {mean(seen):>14,.4f} ± {room:,.4f}")
        if abs(figures[name] - mean(seen)) > room:
            found.append(name)
    medians = [one["median_price_fen"] for one in runs]
    if not min(medians) * 0.9 <= figures["median_price_fen"] <= max(medians) * 1.1:
        found.append("median_price_fen")
    return found


@covers("CAP-I1")
def test_a_faithful_run_lies_among_the_wide_runs_of_the_same_people_and_a_market_that_pays_any_price_does_not(monkeypatch) -> None:
    runs = wide_runs(COMMON, DAYS)
    trades = [one["trades"] for one in runs]
    assert stdev(trades) < 0.3 * mean(trades), "a tolerance that takes everything shows nothing"
    told = running.run("baseline", agents=AGENTS, days=DAYS, seed=SEED, changes=COMMON)
    assert told["violations"] == [] and told["metrics"]["findings"] >= 0
    assert far_off(told["metrics"], runs) == []

    clones.renew_clone()
    monkeypatch.setattr(buyers, "worth_said", lambda kind, price_fen, own, values, chances: 10 * price_fen)
    naive = running.run("baseline", agents=AGENTS, days=DAYS, seed=SEED, changes=COMMON)
    assert "trades" in far_off(naive["metrics"], runs)


#: A market in which merchants run off: a third of them, for a week's orders. The rooms wait for a file as long as ``RIPE`` at most, so a
#: faithful run tells of what was ordered before that, and a wide run that is compared with it lives those days and its own ``settle_days``.
FLEEING = {**COMMON, "exit_scam_bps": 3_000, "low_quality_bps": 0, "settle_days": 7, "shop_rate_bps": 4_000}
FLEEING_DAYS = 24


@covers("CAP-I1", "E55")
@pytest.mark.skipif(not os.environ.get("FULL"), reason="some minutes: FULL=1")
def test_where_merchants_run_off_with_open_orders_as_many_default_at_both_speeds() -> None:
    """A scammer of either speed has the orders of ``settle_days`` at stake, leaves by the same arithmetic; both tell of what is ripe.
    The naive count, all that ended so far, has the accepted orders of later days in it and lies further off."""
    told = running.run("exit_scam", agents=AGENTS, days=FLEEING_DAYS, seed=SEED, changes=FLEEING)
    figures, counted = told["metrics"], {"default_rate": "default_rate"}
    runs = wide_runs(FLEEING, FLEEING_DAYS - RIPE.days + FLEEING["settle_days"], "exit_scam")
    print(figures)
    assert told["violations"] == [] and figures["exits"] > 0
    expected = mean(one["default_rate"] for one in runs)
    assert expected > 0.05, "a market without defaults shows nothing"
    assert abs(figures["default_rate"] - expected) < abs(figures["failed_rate"] - expected)
    assert far_off(figures, runs, counted) in ([], ["median_price_fen"])  # the prices of longer runs are compared below
    assert far_off(figures, wide_runs(FLEEING, FLEEING_DAYS, "exit_scam"), {"trades": "trades", "turnover_fen": "turnover_fen"}) == []
