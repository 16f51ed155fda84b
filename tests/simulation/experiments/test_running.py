"""An experiment is computed run by run: each once, nothing lost with a worker, nothing changed by a late one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from participants.roles import Role
from simulation.experiments import running
from simulation.experiments.acting import (
    cancel_experiment,
    discard_experiment,
    pause_experiment,
    resume_experiment,
    share_experiment,
    start_experiment,
    unshare_experiment,
)
from simulation.experiments.drawing import daily_chart, interval_chart
from simulation.experiments.reporting import axis_figure, findings, level, short_name
from simulation.experiments.running import compute, compute_next, keep_run, lapse_due, take_run
from simulation.invariants import ReportsAreTheirRuns
from simulation.models import Arm, Experiment, Replication
from simulation.wide.arms import Plan, compare
from simulation.wide.parameters import parameters
from tests.factories import make_actor
from tests.simulation.experiments.worlds import SMALL, computed, drafted, finished, later, started

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a worker that is taken away leaves behind: nothing."""


def kept(experiment: Experiment) -> int:
    return experiment.replicas.filter(result__isnull=False).count()


@covers("CAP-I2")
def test_the_workers_come_to_the_same_report_as_one_command_with_its_hash_and_each_run_is_told_once() -> None:
    one = finished()
    assert one.status == "finished" and one.report == compare(SMALL) and one.result_hash == compare(SMALL)["result_hash"]
    assert (kept(one), one.runs) == (6, 6) and list(ReportsAreTheirRuns().check()) == []
    told = list(Record.objects.filter(subject=one.code).values_list("kind", flat=True))
    assert told.count("simulation.experiment.run_kept") == told.count("simulation.experiment.run_taken") == 6
    assert [told.count(f"simulation.experiment.{word}") for word in ("drafted", "started", "finished")] == [1, 1, 1]
    assert Notice.objects.get(subject=one.code).kind == "simulation.experiment.finished"


@covers("CAP-I2", "T28")
@pytest.mark.parametrize("naive", [False, True])
def test_a_worker_killed_while_it_computes_loses_nothing(naive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another begins the run again when the first can be alive no more. The naive way takes up only what nobody ever took."""
    one = started()

    def killed(_: Replication) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(running, "compute", killed)
        with pytest.raises(Killed):
            compute_next(clock=MARKET_CLOCK)
    if naive:
        monkeypatch.setattr(running, "waiting", lambda _: Replication.objects.filter(
            result__isnull=True, attempts=0, experiment__status="running").order_by("pk"))
    computed(one)
    assert kept(one) == 5 and one.status == "running", "whoever has the sixth may still be computing it"
    computed(one, later())
    assert (one.status == "finished") != naive
    if not naive:
        assert one.report == compare(SMALL)


@covers("CAP-I2")
@pytest.mark.parametrize("naive", [False, True])
def test_a_result_that_comes_too_late_counts_nothing_twice(naive: bool) -> None:
    """Two computed the same run. The naive way adds each answer to a sum as it comes."""
    one = started()
    slow = take_run(clock=MARKET_CLOCK)
    quick = take_run(clock=later())
    assert slow is not None and quick is not None and (quick.pk, quick.attempts) == (slow.pk, 2)
    answers = [compute(slow), compute(quick)]
    if naive:
        total = sum(told["metrics"]["trades"] for told, _ in answers)
        assert total == 2 * answers[0][0]["metrics"]["trades"], "counted twice"
        return
    for told, took in reversed(answers):
        keep_run(run=slow, told=told, took_ms=took, clock=MARKET_CLOCK)
    computed(one)
    assert answers[0][0] == answers[1][0] and one.status == "finished" and one.report == compare(SMALL)
    assert Record.objects.filter(subject=one.code, kind="simulation.experiment.run_kept").count() == 6


@covers("CAP-I2")
def test_a_run_that_breaks_off_three_times_ends_the_experiment_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    one = started()

    def broken(_: Replication) -> Any:
        raise MemoryError

    monkeypatch.setattr(running, "compute", broken)
    for turn in range(30):
        compute_next(clock=later(3 * turn))
    one.refresh_from_db()
    assert (one.status, one.fault, one.due_at) == ("failed", "broken", None)
    assert not compute_next(clock=later(500))


@covers("CAP-I2")
def test_runs_of_another_version_of_the_laboratory_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    one = started()
    assert compute_next(clock=MARKET_CLOCK)
    monkeypatch.setattr("simulation.wide.running.VERSION", "wide-next")
    computed(one)
    assert (one.status, one.fault) == ("failed", "version") and kept(one) == 1


@covers("CAP-I2")
def test_a_paused_experiment_hands_out_nothing_keeps_what_was_under_way_and_goes_on() -> None:
    who = make_actor(Role.RESEARCHER)
    one, by = started(actor=who), {"actor": who, "clock": MARKET_CLOCK}
    taken = take_run(clock=MARKET_CLOCK)
    pause_experiment(experiment=one, **by)
    assert take_run(clock=MARKET_CLOCK) is None and taken is not None
    keep_run(run=taken, told=compute(taken)[0], took_ms=1, clock=MARKET_CLOCK)
    assert kept(one) == 1
    with pytest.raises(Rejected, match="illegal_move"):
        pause_experiment(experiment=one, **by)
    resume_experiment(experiment=one, **by)
    assert computed(one).report == compare(SMALL)


@covers("CAP-I2")
def test_a_cancelled_experiment_takes_no_further_answer_and_a_draft_is_put_away() -> None:
    who = make_actor(Role.RESEARCHER)
    one, by = started(actor=who), {"actor": who, "clock": MARKET_CLOCK}
    taken = take_run(clock=MARKET_CLOCK)
    assert taken is not None
    cancel_experiment(experiment=one, **by)
    assert keep_run(run=taken, told=compute(taken)[0], took_ms=1, clock=MARKET_CLOCK).result is None
    assert discard_experiment(experiment=drafted(actor=who), **by).status == "discarded"
    assert not compute_next(clock=later())


@covers("CAP-I2")
def test_what_is_left_lying_ends_by_its_date() -> None:
    who = make_actor(Role.RESEARCHER)
    draft, paused, silent = drafted(actor=who), started(actor=who), started(actor=who)
    pause_experiment(experiment=paused, actor=who, clock=MARKET_CLOCK)
    assert lapse_due(clock=MARKET_CLOCK) == 0
    assert lapse_due(clock=later(60 * 24 * 91)) == 3
    assert [Experiment.objects.get(pk=one.pk).status for one in (draft, paused, silent)] == ["discarded", "cancelled", "failed"]
    assert Experiment.objects.get(pk=silent.pk).fault == "overdue"


@covers("CAP-I2")
def test_one_person_has_two_experiments_under_way_and_none_asks_for_more_than_its_share() -> None:
    who = make_actor(Role.RESEARCHER)
    started(actor=who), started(actor=who)
    third = drafted(actor=who)
    with pytest.raises(Rejected) as full:
        start_experiment(experiment=third, actor=who, clock=MARKET_CLOCK)
    assert full.value.code == "simulation.experiment.too_many" and full.value.params == {"most": 2, "running": 2}
    started(actor=make_actor(Role.REGULATOR))
    dear = Plan("baseline", tuple({"fee_bps": 100 * n} for n in range(8)), agents=100_000, days=365, seed=1, replications=100)
    other = make_actor(Role.RESEARCHER)
    with pytest.raises(Rejected, match="too_dear"):
        start_experiment(experiment=drafted(dear, actor=other), actor=other, clock=MARKET_CLOCK)


@covers("CAP-I2")
def test_another_persons_experiment_is_not_there_and_a_merchant_has_no_laboratory() -> None:
    one = drafted()
    for act in (start_experiment, discard_experiment):
        with pytest.raises(Rejected, match="absent"):
            act(experiment=one, actor=make_actor(Role.RESEARCHER), clock=MARKET_CLOCK)
        with pytest.raises(Rejected, match="denied"):
            act(experiment=one, actor=make_actor(Role.DATA_MERCHANT), clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="denied"):
        drafted(actor=make_actor(Role.RESEARCHER), about="NLV-0000000000")
    with pytest.raises(Rejected, match="denied"):
        take_run(clock=MARKET_CLOCK, actor=make_actor(Role.RESEARCHER))


@covers("CAP-I2")
def test_every_fault_of_a_plan_stands_at_its_field() -> None:
    plan = Plan("baseline", ({"fee_bps": 9_000, "holdback_bps": 1}, {"margin_bps": 1}, {"reserve_bps": 1}, {"reserve_bps": 1}),
                agents=1, days=0, seed=-1, replications=1)
    with pytest.raises(Rejected) as refused:
        drafted(plan, title=" ")
    assert {one.field for one in refused.value.errors} == {
        "title", "agents", "days", "seed", "replications", "arm-0-fee_bps", "arm-0-holdback_bps", "arm-1-margin_bps", "arm-3"}
    with pytest.raises(Rejected, match="unfit"):
        drafted(Plan("baseline", ({},)))


@covers("CAP-I2")
def test_a_report_is_shared_by_a_link_nobody_guesses_and_taken_back() -> None:
    who = make_actor(Role.RESEARCHER)
    one, by = finished(actor=who), {"actor": who, "clock": MARKET_CLOCK}
    first = share_experiment(experiment=one, **by).link
    with pytest.raises(Rejected, match="link_stands"):
        share_experiment(experiment=one, **by)
    assert first is not None and len(first) == 43
    assert unshare_experiment(experiment=one, **by).link is None
    assert share_experiment(experiment=one, **by).link != first
    with pytest.raises(Rejected, match="not_finished"):
        share_experiment(experiment=started(actor=who), **by)


@covers("CAP-I2", "CAP-I3")
def test_the_database_keeps_each_run_once_and_lets_no_result_be_altered() -> None:
    one, waits = finished(), started()
    run, arm = one.replicas.first(), one.arms.first()
    assert run is not None and arm is not None
    for forbidden in (
            lambda: Replication.objects.create(experiment=one, arm=arm, number=run.number, key=run.key),
            lambda: Replication.objects.filter(pk=run.pk).update(took_ms=0),
            lambda: Replication.objects.filter(pk=run.pk).update(result={"metrics": {}}),
            lambda: run.delete(),
            lambda: Arm.objects.create(experiment=one, number=5, changes={"fee_bps": 1}),
            lambda: Arm.objects.filter(pk=arm.pk).update(changes={}),
            lambda: Experiment.objects.filter(pk=one.pk).update(report={}),
            lambda: Experiment.objects.filter(pk=one.pk).update(seed=9),
            lambda: Experiment.objects.filter(pk=one.pk).update(status="running"),
            lambda: Experiment.objects.filter(pk=waits.pk).update(
                status="finished", report={}, result_hash="0" * 64, due_at=None, ended_at=MARKET_CLOCK.now())):
        with pytest.raises(DatabaseError), transaction.atomic():
            forbidden()


@covers("CAP-I2", "E55")
def test_a_holdback_of_62_percent_answers_ten_open_orders_and_three_percent_less_does_not() -> None:
    """E55: with K open orders and a margin of 20 %, leaving does not pay from 1 - 3.8/K on: 0 for K <= 3, 62 % for 10, 81 % for 20."""
    plan = Plan("exit_scam", ({"holdback_bps": 0}, {"holdback_bps": 3_000}, {"holdback_bps": 9_900}), agents=2_000, days=20, seed=5,
                replications=4)
    report = finished(plan).report
    none, little, much = (arm["metrics"]["default_rate"] for arm in report["arms"])
    assert none["low"] > 0 and much == {"mean": 0, "low": 0, "high": 0}
    assert little["mean"] > much["mean"], "what is held back is less than what ten open orders are worth"
    told = [one.text for one in findings(report) if one.arm == 2 and one.metric == "default_rate"]
    assert told and "降低" in told[0][0] and "falls" in told[0][1]


@covers("CAP-I2", "E54")
def test_a_higher_inspection_rate_beats_a_longer_ban_at_the_same_fine() -> None:
    """E54 with complaints: at a fine of 30 margins a cheat pays from a gain of 15.4 on; banned for 12 deals from 17.8; half inspected
    from 23.5, which is more than anybody gains here (at most 20)."""
    fine = {"penalty_margins": 30}
    plan = Plan("exit_scam", ({"inspection_bps": 1_000, "ban_deals": 4, **fine}, {"inspection_bps": 1_000, "ban_deals": 12, **fine},
                              {"inspection_bps": 5_000, "ban_deals": 4, **fine}), agents=4_000, days=12, seed=5, replications=6)
    report = finished(plan).report
    base, longer, stricter = (arm["metrics"]["cheat_rate"]["mean"] for arm in report["arms"])
    assert base > longer > stricter == 0
    assert report["arms"][2]["against_first"]["cheat_rate"]["high"] < 0, "and the interval leaves zero out"


def test_every_move_is_told() -> None:
    from evidence.invariants import check_all

    who = make_actor(Role.RESEARCHER)
    one = started(actor=who)
    taken = take_run(clock=MARKET_CLOCK)
    pause_experiment(experiment=one, actor=who, clock=MARKET_CLOCK)
    assert taken is not None
    keep_run(run=taken, told=compute(taken)[0], took_ms=1, clock=MARKET_CLOCK)
    resume_experiment(experiment=one, actor=who, clock=MARKET_CLOCK)
    share_experiment(experiment=computed(one), actor=who, clock=MARKET_CLOCK)
    cancel_experiment(experiment=started(actor=who), actor=SYSTEM, clock=MARKET_CLOCK)
    drain()
    found = [one for one in check_all().violations if "simulation" in one.text or one.id == "CAP-I2"]
    assert found == []


# ---- the words of a report -----------------------------------------------------------------------------------------------


def test_every_policy_has_a_short_name_in_both_languages() -> None:
    for one in parameters().values():
        if one.policy:
            assert all(short_name(one.name)) and one.name not in short_name(one.name), one.name


def test_large_money_fits_the_margin_of_a_picture_and_small_money_is_written_out() -> None:
    assert axis_figure("turnover_fen", 984_913_808_089) == ("984,914 万元", "¥9,849.1 m")
    assert axis_figure("turnover_fen", 123_456) == ("¥1,234.56", "¥1,234.56")
    assert axis_figure("hhi", 5_659) == ("5,659", "5,659")


def test_a_picture_names_its_unit_and_shows_the_lines_a_metric_is_read_by() -> None:
    def arm(low: float, high: float) -> dict[str, Any]:
        return {"metrics": {name: {"low": low, "high": high, "mean": (low + high) / 2} for name in ("hhi", "settle_hours_median")}}

    wide, narrow = [arm(500, 2_500)], [arm(1_200, 1_500)]
    assert interval_chart("hhi", wide, title="", language=1).count('class="rule"') == 2
    assert interval_chart("hhi", narrow, title="", language=1).count('class="rule"') == 0, "lines outside of the picture are not drawn"
    assert "points, 0 to 10,000" in interval_chart("hhi", wide, title="", language=1)
    assert "小时" in interval_chart("settle_hours_median", narrow, title="", language=0)
    assert "day of the run" in daily_chart([[1.0, 2.0]], metric="turnover_fen", title="", language=1)


def test_nought_of_a_figure_that_had_nothing_to_measure_is_a_dash() -> None:
    assert level("settle_hours_median", 0)[1] == "—" and level("default_rate", 0)[1] == "0.00 %"
    assert level("detection_days", 4)[1] == "4.0 days"


def test_detection_is_not_said_to_fall_where_nobody_cheats_any_more() -> None:
    """An inspection that ends all cheating leaves nothing to find: 0 of 0 is no lower than 46 of 100."""
    def arm(cheats: float, found: float, **more: object) -> dict[str, object]:
        spread = {"low": found, "high": found}
        return {"changes": {"inspection_bps": 500}, "metrics": {"cheat_rate": {"mean": cheats, **spread},
                                                                "detection_rate": {"mean": found, **spread}}, **more}

    apart = {"cheat_rate": {"mean": -0.1, "low": -0.2, "high": -0.05}, "detection_rate": {"mean": -0.46, "low": -0.5, "high": -0.4}}
    before = arm(0.1, 0.46)
    said = {one.metric for one in findings({"arms": [before, arm(0.0, 0.0, against_first=apart)], "replications": 20})}
    assert said == {"cheat_rate"}
    said = {one.metric for one in findings({"arms": [before, arm(0.01, 0.06, against_first=apart)], "replications": 20})}
    assert said == {"cheat_rate", "detection_rate"}
