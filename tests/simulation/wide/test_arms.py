"""Policies are compared through the same chances, an experiment that was killed goes on, and the answers are those of economics."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from kit.coverage import covers
from simulation.wide import arms
from simulation.wide.arms import Plan, compare, interval, key_of, student
from simulation.wide.parameters import ParameterFault, parameters
from tests.simulation.wide.test_running import PLUGIN

SMALL = Plan("exit_scam", ({"holdback_bps": 0}, {"holdback_bps": 9_900}), agents=2_000, days=20, seed=5, replications=3)


@covers("CAP-I2")
def test_a_holdback_against_none_is_told_apart_by_its_interval_on_one_worker_and_on_two():
    told = compare(SMALL)
    assert told == compare(SMALL, workers=2)
    first, second = told["arms"]
    assert first["metrics"]["default_rate"]["low"] > 0 and second["metrics"]["default_rate"]["mean"] == 0
    assert second["against_first"]["default_rate"]["high"] < 0
    assert first["against_first"]["default_rate"] == {"mean": 0.0, "low": 0.0, "high": 0.0}


def test_an_experiment_that_was_killed_goes_on_where_it_stood_and_comes_to_the_same(tmp_path, monkeypatch):
    whole, done, real = compare(SMALL), [], arms.run

    def killed_after_two(*words, **named):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(named["replication"])
        return real(*words, **named)

    monkeypatch.setattr(arms, "run", killed_after_two)
    with pytest.raises(KeyboardInterrupt):
        compare(SMALL, folder=str(tmp_path))
    assert len(list(tmp_path.glob("*.json"))) == 2
    (tmp_path / f"{key_of(SMALL, 0, 1)}.json").write_text('{"result_hash": "cut sh', encoding="utf-8")
    again = []
    monkeypatch.setattr(arms, "run", lambda *words, **named: again.append(1) or real(*words, **named))
    assert compare(SMALL, folder=str(tmp_path)) == whole
    assert len(again) == 5, "one was kept; the one cut short and the four not begun are run"
    assert compare(SMALL, folder=str(tmp_path)) == whole and len(again) == 5


def test_the_naive_resumption_that_trusts_whatever_file_lies_there_tells_an_altered_result(tmp_path, monkeypatch):
    whole = compare(SMALL, folder=str(tmp_path))
    path = tmp_path / f"{key_of(SMALL, 0, 0)}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["metrics"]["default_rate"] = 0.9
    path.write_text(json.dumps(told), encoding="utf-8")
    assert compare(SMALL, folder=str(tmp_path)) == whole
    path.write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setattr(arms, "_kept", lambda file: json.loads(file.read_text(encoding="utf-8")))
    assert compare(SMALL, folder=str(tmp_path)) != whole


def test_common_chances_make_a_small_difference_visible():
    """A fee moves the share of the exchange a little; the interval of the paired difference is narrower than that of either arm."""
    told = compare(Plan("baseline", ({"fee_bps": 250}, {"fee_bps": 300}), agents=20_000, days=5, seed=2, replications=4))
    wide, narrow = (one["high"] - one["low"] for one in (told["arms"][1]["metrics"]["on_exchange_trades"],
                                                         told["arms"][1]["against_first"]["on_exchange_trades"]))
    assert narrow < wide and told["arms"][1]["against_first"]["on_exchange_trades"]["mean"] < 0


@pytest.mark.parametrize(("degrees", "half"), [(1, 12.706), (4, 2.776), (19, 2.093), (99, 1.984)])
def test_the_interval_is_students(degrees, half):
    assert student(degrees) == pytest.approx(half, abs=0.002)
    assert interval([1.0, 1.0, 1.0]) == {"mean": 1.0, "low": 1.0, "high": 1.0}


@pytest.mark.parametrize(("plan", "code"), [
    (Plan("baseline", ({"margin_bps": 100},)), "simulation.experiment.no_policy"),
    (Plan("baseline", ()), "simulation.experiment.out_of_bounds"),
    (Plan("baseline", ({},), replications=1), "simulation.experiment.out_of_bounds"),
    (Plan("nowhere", ({},)), "simulation.scenario.unknown")])
def test_a_plan_that_cannot_be_run_is_refused_by_name(plan, code):
    with pytest.raises(ParameterFault) as fault:
        compare(plan)
    assert fault.value.code == code


def test_every_result_holds_version_seed_all_parameters_hash_and_a_line_to_cite():
    told = compare(SMALL)
    assert told["version"] and told["seed"] == 5 and told["result_hash"][:16] in told["citation"]
    for arm in told["arms"]:
        assert arm["parameters"].items() >= arm["changes"].items() and sorted(arm["parameters"]) == sorted(parameters())


def test_policies_are_compared_on_a_scenario_and_an_agent_of_one_s_own(tmp_path):
    file, out = tmp_path / "timid.py", io.StringIO()
    file.write_text(PLUGIN, encoding="utf-8")
    plan = Plan("timid", ({}, {"fee_bps": 900}), agents=400, days=5, replications=2, plugin=str(file))
    told = compare(plan, folder=str(tmp_path / "kept"))
    assert told == compare(plan, workers=2, folder=str(tmp_path / "kept")) == compare(plan)
    assert told["plugin"].startswith("timid.py sha256:") and "deals_a_day" in told["arms"][1]["against_first"]
    key = key_of(plan, 0, 0)
    file.write_text(PLUGIN.replace("// 2", "// 4"), encoding="utf-8")
    assert key_of(plan, 0, 0) != key, "a changed file is another experiment: nothing kept is taken for it"
    call_command("experiment", "timid", "--arm", "", "--arm", "fee_bps=900", "--replications", "2", "--agents", "400", "--days", "5",
                 "--plugin", str(file), stdout=out)
    assert "deals a day" in out.getvalue() and "Data exchange laboratory" in out.getvalue()


def test_the_command_tells_what_differs():
    out = io.StringIO()
    call_command("experiment", "exit_scam", "--arm", "holdback_bps=0", "--arm", "holdback_bps=9900", "--replications", "3", "--seed", "5",
                 "--days", "20", stdout=out)
    assert "arm 2: {'holdback_bps': 9900}" in out.getvalue() and "differs from the first" in out.getvalue()
