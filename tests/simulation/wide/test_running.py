"""A wide run is decided by its seed alone, needs nothing around it, and moves the way economics says when a policy moves."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from kit.coverage import covers
from simulation.wide.parameters import ParameterFault, parameters, scenarios, values_of
from simulation.wide.running import hash_of, run
from simulation.wide.tally import CATEGORIES, Tally, middle_day
from tests.clones import HOUSE

HOUSES = ["baseline", "cross_border", "exit_scam", "lemons", "off_exchange_leak", "public_data", "replication", "ring", "wash"]


def metrics(scenario, **given):
    return run(scenario, agents=given.pop("agents", 2_000), days=given.pop("days", 30), seed=7, changes=given)["metrics"]


@covers("CAP-I1")
def test_the_same_seed_gives_the_same_hash_on_one_worker_and_on_two():
    once = run("baseline", agents=2_000, days=30, seed=7)
    assert once == run("baseline", agents=2_000, days=30, seed=7) == run("baseline", agents=2_000, days=30, seed=7, workers=2)
    assert once["result_hash"] == hash_of(once) and once["result_hash"][:16] in once["citation"]
    assert once["result_hash"] != run("baseline", agents=2_000, days=30, seed=8)["result_hash"]


def test_a_naive_split_by_worker_gives_another_result_for_every_number_of_workers():
    """What fixing the number of shards is for: shares of the seed by worker would make the machine a part of the result."""
    def naive(workers):
        return [float(np.random.default_rng(one).random()) for one in np.random.SeedSequence(7).spawn(workers)][-1]

    assert naive(1) != naive(2)


#: A third of the merchants cheat whatever it costs, and only inspection finds them.
CHEATING = {"low_quality_bps": 3_000, "cheat_gain_margins": 200, "penalty_margins": 0, "ban_deals": 0, "complaint_bps": 0,
            "false_complaint_bps": 0, "shop_rate_bps": 3_000, "settle_days": 1, "certified_bps": 0}


@covers("CAP-I2")
def test_the_more_is_inspected_the_sooner_a_cheat_is_found_and_the_fewer_stay_at_large():
    always, often, seldom = (metrics("baseline", agents=4_000, **CHEATING, inspection_bps=rate) for rate in (10_000, 2_000, 500))
    assert (always["detection_days"], always["cheats_at_large"]) == (0.0, 0.0)
    assert always["detection_days"] < often["detection_days"] < seldom["detection_days"]
    assert always["cheats_at_large"] < often["cheats_at_large"] < seldom["cheats_at_large"] < 1


@covers("CAP-I2")
def test_whoever_is_banned_for_longer_than_the_run_is_not_in_standing_again():
    short, long = (metrics("baseline", agents=4_000, **{**CHEATING, "ban_deals": deals}, inspection_bps=500) for deals in (1, 120))
    assert short["repair_rate"] > 0.9 and long["repair_rate"] == 0 and long["recidivism"] < short["recidivism"]


@covers("CAP-I2")
def test_prices_of_both_categories_are_told_apart_in_both_channels():
    """The naive figure over all: two categories, each narrow, look wide together."""
    told = metrics("public_data", agents=4_000, price_sigma_percent=0, shop_rate_bps=3_000, auction_share_bps=0, public_price_bps=1_000)
    for where in ("on", "off"):
        parts = [told[f"price_p90_p10_{where}_{key}"] for key, _, _ in CATEGORIES]
        assert max(parts) < told["price_p90_p10" if where == "on" else "price_p90_p10_off"]
    none = run("baseline", agents=2_000, days=30, seed=7, changes={"public_data_bps": 0})["metrics"]
    assert none["price_p90_p10_on_public"] == 0 and none["price_p90_p10_on_enterprise"] == none["price_p90_p10"]


def test_days_until_a_finding_are_counted_whole():
    told = Tally(1)
    told.saw_delays(np.array([0, 0, 3, 9, 9_999]))
    assert middle_day(told.delays) == 3 and middle_day(Tally(1).delays) == 0


@pytest.mark.parametrize("scenario", HOUSES)
def test_every_scenario_runs_and_its_sums_close(scenario):
    told = run(scenario, agents=2_000, days=30, seed=7)
    counts = told["counts"]
    assert sum(told["daily"]["on_fen"]) == counts["on_fen"] and len(told["daily"]["on_fen"]) == 30
    assert counts["on_trades"] >= counts["settled"] + counts["defaults"] + counts["wash_trades"]
    assert all(isinstance(one, int) and one >= 0 for one in counts.values())
    assert sorted(told["parameters"]) == sorted(parameters())


def test_the_house_has_the_nine_scenarios_each_with_words_and_every_parameter_with_a_source():
    assert sorted(scenarios()) == HOUSES
    assert all(one.zh and one.en and one.about_zh and one.about_en for one in scenarios().values())
    assert all(one.zh and one.en and all(one.sources) and one.least <= one.value <= one.most for one in parameters().values())


def test_what_buyers_paid_for_accepted_deals_is_what_was_taken_shared_and_kept():
    """Every fen of a settled deal is a fee, a commission, a payout or undistributed; a run of eight days settles the first day."""
    counts = run("replication", agents=20_000, days=8, seed=3, changes={"settle_days": 1, "washer_bps": 0})["counts"]
    told = sum(counts[name] for name in ("fees_fen", "brokered_fen", "paid_out_fen", "undistributed_fen"))
    shorter = run("replication", agents=20_000, days=7, seed=3, changes={"settle_days": 1, "washer_bps": 0})["counts"]
    assert told == shorter["on_fen"] and counts["undistributed_fen"] > 0


def test_a_holdback_that_makes_leaving_not_pay_stops_the_exit_scam():
    assert metrics("exit_scam")["default_rate"] > 0.02
    assert metrics("exit_scam", holdback_bps=9_900)["default_rate"] == 0


def test_a_fine_that_makes_cheating_not_pay_stops_the_cheats():
    assert metrics("lemons", penalty_margins=1, inspection_bps=100, complaint_bps=0, hidden_quality=0)["cheat_rate"] > 0
    assert metrics("lemons", penalty_margins=1_000, hidden_quality=0)["cheat_rate"] == 0


def test_a_higher_fee_sends_trading_outside_and_nothing_else_changes_by_chance():
    low, high = (run("baseline", agents=20_000, days=10, seed=7, changes={"fee_bps": fee}) for fee in (250, 900))
    assert high["metrics"]["on_exchange_trades"] < low["metrics"]["on_exchange_trades"]
    assert high["counts"]["opted_out"] == low["counts"]["opted_out"]


def test_the_baseline_stands_at_the_published_share_of_the_exchange():
    found = run("baseline", agents=100_000, days=30, seed=7)["metrics"]
    assert found["on_exchange_trades"] == pytest.approx(0.1875, abs=0.01)


def test_a_ring_lowers_the_price_of_auctions_and_certificates_save_a_market_for_lemons():
    truthful = {"shading_bps": 0, "zero_intelligence_bps": 0, "learner_bps": 0, "price_sigma_percent": 50}
    prices = [metrics("ring", agents=20_000, ring_bps=share, **truthful)["auction_price_to_list"] for share in (0, 4_000, 9_000)]
    assert prices[0] > prices[1] > prices[2]
    lemons = [run("lemons", agents=20_000, days=30, seed=7, changes={"certified_bps": share})["counts"]["on_trades"]
              for share in (0, 6_000)]
    assert lemons[0] < lemons[1]


def test_wash_trades_swell_the_turnover_and_inspection_finds_more_of_them():
    assert metrics("wash")["wash_share"] > 0.05
    few, many = (run("wash", agents=20_000, days=20, seed=7, changes={"inspection_bps": rate})["counts"] for rate in (100, 5_000))
    assert few["wash_found"] * many["wash_trades"] < many["wash_found"] * few["wash_trades"]


@pytest.mark.parametrize(("scenario", "changes", "code"), [
    ("nowhere", {}, "simulation.scenario.unknown"), ("baseline", {"tax": 1}, "simulation.parameter.unknown"),
    ("baseline", {"fee_bps": 2_001}, "simulation.parameter.out_of_bounds"),
    ("baseline", {"fee_bps": True}, "simulation.parameter.out_of_bounds"),
    ("baseline", {"fee_bps": 2.5}, "simulation.parameter.out_of_bounds")])
def test_what_cannot_be_run_is_refused_by_name(scenario, changes, code):
    with pytest.raises(ParameterFault) as fault:
        values_of(scenario, changes)
    assert fault.value.code == code


@pytest.mark.parametrize("given", [{"agents": 159}, {"agents": 2_000_001}, {"days": 0}, {"seed": -1}, {"workers": 0}])
def test_a_run_out_of_bounds_is_refused(given):
    with pytest.raises(ParameterFault, match=f"out_of_bounds: {next(iter(given))}"):
        run("baseline", **given)


def test_a_notebook_needs_no_django_and_no_services():
    code = ("from simulation.wide.running import run; import sys; print(run('baseline', agents=400, days=5)['result_hash']);"
            "print(any(one == 'django' or one.startswith('django.') for one in sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HOUSE,
                          env={"PATH": os.environ["PATH"]})
    assert done.stdout.split() == [run("baseline", agents=400, days=5)["result_hash"], "False"]


def test_what_the_page_shows_for_a_notebook_runs_as_it_stands():
    page = (Path(HOUSE) / "docs" / "laboratory.md").read_text(encoding="utf-8")
    block = page.split("From a notebook")[1].split("```python")[1].split("```")[0]
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=True, cwd=HOUSE,
                          env={"PATH": os.environ["PATH"]})
    assert "Data exchange laboratory" in done.stdout and "{'holdback_bps': 6200}" in done.stdout


PLUGIN = '''
from simulation.wide.plugins import agent, metric, scenario

scenario("timid", "谨慎的市场", "a timid market", shop_rate_bps=100)


@agent("half")
def half(view, rng):
    return view["worth"] // 2


@metric("deals_a_day", "每日成交", "deals a day")
def deals_a_day(tally):
    return tally.counts["on_trades"] / tally.days
'''


def test_one_file_outside_the_package_adds_an_agent_a_scenario_and_a_metric(tmp_path):
    file = tmp_path / "timid.py"
    file.write_text(PLUGIN, encoding="utf-8")
    words = [sys.executable, "manage.py", "simulate", "wide", "timid", "--agents", "400", "--days", "5", "--plugin", str(file), "--json"]
    told = [json.loads(subprocess.run([*words, "--workers", each], stdout=subprocess.PIPE, text=True, check=True, cwd=HOUSE).stdout)
            for each in "12"]
    assert told[0] == told[1] and told[0]["plugin"].startswith("timid.py sha256:")
    assert told[0]["parameters"]["shop_rate_bps"] == 100 and "deals_a_day" in told[0]["metrics"]


SELLER = """
from simulation.wide.plugins import merchant


@merchant("dear")
def dear(view, rng):
    return view["list_price"] * 2 if view["day"][0] == 0 else view["list_price"]
"""


def test_a_merchant_from_outside_names_its_own_list_price(tmp_path):
    file = tmp_path / "dear.py"
    file.write_text(SELLER, encoding="utf-8")
    plain, told = run("baseline", agents=2_000, days=5), run("baseline", agents=2_000, days=5, plugin=str(file))
    assert told["plugin"].startswith("dear.py sha256:") and told["counts"] != plain["counts"]
    assert told == run("baseline", agents=2_000, days=5, plugin=str(file), workers=2)


def test_a_run_after_a_plugin_is_as_if_there_had_been_none(tmp_path):
    """The naive register that keeps what it once read lets the run before decide the run after."""
    file, other = tmp_path / "timid.py", tmp_path / "dear.py"
    file.write_text(PLUGIN, encoding="utf-8")
    other.write_text(SELLER, encoding="utf-8")
    before = run("baseline", agents=400, days=3)
    with_one, with_other = (run("baseline", agents=400, days=3, plugin=str(one)) for one in (file, other))
    assert run("baseline", agents=400, days=3) == before and "timid" not in scenarios()
    assert run("baseline", agents=400, days=3, plugin=str(file)) == with_one != with_other
    assert "deals_a_day" in with_one["metrics"] and "deals_a_day" not in with_other["metrics"]


def test_a_cell_of_a_notebook_stands_in_the_result_and_has_one_worker():
    from simulation.wide.day import AGENTS
    from simulation.wide.plugins import agent

    agent("cell")(lambda view, rng: view["worth"] // 3)
    try:
        told = run("baseline", agents=400, days=3)
        assert told["plugin"] == "session agent cell" and told["result_hash"] != run("baseline", agents=400, days=4)["result_hash"]
        with pytest.raises(ParameterFault, match="in_session"):
            run("baseline", agents=400, days=3, workers=2)
    finally:
        AGENTS.clear()


@pytest.mark.parametrize(("text", "code"), [
    ("import nothing_of_this_name", "simulation.plugin.broken"), ("1 +", "simulation.plugin.broken"),
    ("from simulation.wide.plugins import scenario\nscenario('wash', 'x', 'x')", "simulation.scenario.taken")])
def test_a_plugin_that_cannot_be_read_is_refused_by_name_and_leaves_nothing(tmp_path, text, code):
    file = tmp_path / "broken.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterFault) as fault:
        run("baseline", agents=400, days=3, plugin=str(file))
    assert fault.value.code == code and run("baseline", agents=400, days=3)["plugin"] == ""


def test_the_format_of_an_auction_moves_its_price_as_economics_says():
    """English and second price come to nearly the same (a raise apart), as do Dutch and first price (a step apart); E1, E8, E9."""
    price = [metrics("baseline", agents=20_000, auction_share_bps=10_000, shop_rate_bps=2_000, price_sigma_percent=40, auction_format=form)
             ["auction_price_to_list"] for form in (1, 2, 3, 4)]
    assert price[1] < price[2] < price[1] + 0.08
    assert price[0] - 0.08 < price[3] < price[0]


def test_the_command_prints_one_document_and_refuses_in_one_line():
    out, errors = io.StringIO(), io.StringIO()
    call_command("simulate", "wide", "exit_scam", "--days", "5", "--seed", "3", "--set", "fee_bps=100", "--json", stdout=out)
    assert json.loads(out.getvalue())["parameters"]["fee_bps"] == 100
    with pytest.raises(SystemExit):
        call_command("simulate", "wide", "nowhere", stderr=errors)
    assert errors.getvalue().startswith("simulation.scenario.unknown: nowhere")
