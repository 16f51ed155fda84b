"""A scenario lived through the real rooms ends in the same state for the same seed, on one process or two, whatever breaks meanwhile."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.coverage import covers
from simulation.faithful import running
from simulation.faithful.deciding import decide_shard
from simulation.faithful.faults import LAST, broken
from simulation.faithful.plugins import load
from simulation.faithful.population import folk
from simulation.faithful.state import differences, lines_of_state
from simulation.faithful.views import Person, View
from simulation.wide.parameters import ParameterFault, values_of
from tests import clones

pytestmark = pytest.mark.django_db(transaction=True)

#: A small lively market: half of it shops every day, all of it inside; merchants cheat, wash and copy.
LIVELY = {"shop_rate_bps": 6_000, "off_bias_percent": -300, "low_quality_bps": 4_000, "cheat_gain_margins": 100, "inspection_bps": 5_000,
          "auction_share_bps": 0}


def lived(**given: Any) -> tuple[dict[str, Any], list[str]]:
    told = running.run("baseline", **{"agents": 24, "days": 3, "seed": 7, "changes": LIVELY, **given})
    assert told["violations"] == []
    return told, lines_of_state()


@cache
def undisturbed() -> tuple[dict[str, Any], list[str]]:
    """The run that the others are compared with, lived once."""
    return again()


def again(**given: Any) -> tuple[dict[str, Any], list[str]]:
    clones.renew_clone()
    return lived(**given)


@covers("CAP-I1")
def test_the_same_seed_ends_in_the_same_state_on_one_process_or_two_and_another_seed_in_another() -> None:
    told, lines = undisturbed()
    assert told["metrics"]["trades"] > 5 and told["acts"] > 60
    twice, more = again(workers=2)
    assert differences(lines, more) == []
    assert (twice["state_hash"], twice["result_hash"]) == (told["state_hash"], told["result_hash"])
    assert again(seed=8, days=1)[0]["result_hash"] != told["result_hash"]


def faulty(asks_again: bool = True) -> Any:
    def helpers(clock: Any, seed: int) -> AbstractContextManager[Any]:
        return broken(clock, seed, broker=clones.mine().redis_url, asks_again=asks_again)

    return helpers


@pytest.mark.fault
@covers("CAP-I1", "T24", "T25")
def test_workers_killed_broker_emptied_and_messages_doubled_leave_the_state_of_the_undisturbed_run() -> None:
    told, lines = undisturbed()
    disturbed, more = again(helpers=faulty())
    print(dict(LAST))
    assert {"dies", "emptied", "doubled"} <= set(LAST), "a run in which nothing broke shows nothing"
    assert LAST["worker_starts"] > 1 or LAST["dies"], "a worker was lost"
    assert differences(lines, more) == []
    assert disturbed["state_hash"] == told["state_hash"]


@pytest.mark.fault
def test_a_house_that_sends_its_work_once_and_forgets_it_ends_in_another_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulation.faithful.faults._CHANCES", {"emptied": 0.4})  # a single loss may be made up for by the next sweep
    naive, _ = again(helpers=faulty(asks_again=False))
    assert naive["state_hash"] != undisturbed()[0]["state_hash"]


@pytest.mark.skipif(not os.environ.get("FULL"), reason="ninety days twice: FULL=1")
@covers("CAP-I1")
def test_ninety_days_end_in_the_same_state_on_one_process_or_two_without_a_violation() -> None:
    told = running.run("baseline", days=90, seed=7)
    clones.renew_clone()
    twice = running.run("baseline", days=90, seed=7, workers=2)
    print(told["citation"], told["metrics"])
    assert told["violations"] == twice["violations"] == []
    assert told["result_hash"] == twice["result_hash"]


@pytest.mark.parametrize("word", ["barred_share_bps", "reputation", "auction_format", "reserve_bps"])
def test_a_parameter_that_the_rooms_do_not_know_is_refused_by_name_before_anything_is_written(word: str) -> None:
    other = 1 if values_of("baseline")[word] != 1 else 2
    with pytest.raises(ParameterFault, match=f"wide_only: public_data: .*{word}.*simulate wide public_data"):
        running.run("public_data", agents=24, days=1, changes={word: other})
    with pytest.raises(ParameterFault, match="out_of_bounds: days"):
        running.run("baseline", agents=24, days=0)


PLUGIN = """
from simulation.faithful.plugins import strategy
from simulation.faithful.strategies.buyers import receive
from simulation.faithful.views import Intent
from simulation.wide.plugins import metric, scenario

scenario("eager", "热心的市场", "an eager market", off_bias_percent=-300, auction_share_bps=0)


@strategy("buyer")
def first_come(me, view, own, values, rng):
    found = [one for one in view.offers if one.sale_mode == "fixed"]
    first = found[:1] if not own.memory.get("bought") else []
    return [*receive(me, view, own, values, rng),
            *(Intent(me.key, "buy", 60, {"listing": one.code, "version": one.version, "total_fen": one.total_fen}) for one in first),
            Intent(me.key, "remember", 61, {"bought": 1.0})]


@metric("deals_a_day", "每日成交", "deals a day")
def deals_a_day(tally):
    return tally.counts["on_trades"] / tally.days
"""


@covers("CAP-I1")
def test_a_strategy_a_scenario_and_a_metric_of_one_s_own_are_lived_through_the_rooms(tmp_path: Path) -> None:
    file = tmp_path / "eager.py"
    file.write_text(PLUGIN, encoding="utf-8")
    clones.renew_clone()
    told = running.run("eager", agents=40, days=2, seed=7, changes={"shop_rate_bps": 1}, plugin=str(file))
    assert told["violations"] == [] and told["plugin"].startswith("eager.py sha256:")
    assert told["metrics"]["trades"] >= 2, "nobody shops but those who follow the file"
    assert told["metrics"]["deals_a_day"] == told["metrics"]["trades"] / 2
    clones.renew_clone()
    assert running.run("eager", agents=40, days=2, seed=7, workers=2, changes={"shop_rate_bps": 1}, plugin=str(file)) == told
    assert load("") == "" and "outside" not in {one.kind for one in folk(40, 7, values_of("baseline"))}


@pytest.mark.parametrize("intent", ["Intent('m0', 'withdraw', 0, {})", "Intent(me.key, 'remember', 90_000, {})"])
def test_an_agent_from_outside_acts_for_itself_within_its_day(tmp_path: Path, intent: str) -> None:
    file = tmp_path / "meddler.py"
    file.write_text("from simulation.faithful.plugins import strategy\nfrom simulation.faithful.views import Intent\n\n\n"
                    f"@strategy('buyer')\ndef meddle(me, view, own, values, rng):\n    return [{intent}]\n", encoding="utf-8")
    load(str(file))
    try:
        who = Person("b0", "buyer", "outside", 0)
        with pytest.raises(ParameterFault, match="unfit_intent"):
            decide_shard(np.random.SeedSequence(1), [who], View(0, (), (), ()), {}, dict(values_of("baseline")))
    finally:
        load("")


@covers("CAP-I1")
def test_section_sevens_figures_are_read_by_the_formulas_of_a_wide_run() -> None:
    figures = undisturbed()[0]["metrics"]
    assert {"hhi", "cr4", "gini", "price_cv_on", "price_cv_off", "price_p90_p10", "price_p90_p10_off", "settle_hours_median",
            "settle_hours_p95", "settled_late", "first_sale", "recidivism", "detection_days", "cheats_at_large", "repair_rate",
            "firm_price", "price_cv_on_public", "price_p90_p10_off_enterprise"} <= figures.keys()
    assert 0 <= figures["firm_price"] <= 1 and 0 <= figures["cheats_at_large"] <= 1
    assert figures["price_p90_p10"] >= 1 and 0 <= figures["gini"] <= 1
