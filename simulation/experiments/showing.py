"""What the pages of an experiment show: how far it is, what is known so far, the report with its pictures, the gallery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from json import dumps, loads
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from kit.coverage import covers
from kit.sheets import Cell
from simulation.experiments.drawing import LINES, daily_chart, interval_chart, scenario_picture
from simulation.experiments.planning import plan_of
from simulation.experiments.reporting import CHARTED, arm_words, citation_of, figure, findings, level, parameter_rows, policy_value
from simulation.models import Experiment
from simulation.states import ExperimentStatus
from simulation.wide.arms import Plan, interval
from simulation.wide.parameters import parameters, scenarios, values_of
from simulation.wide.running import VERSION, run
from simulation.wide.tally import METRICS

__all__ = ["HEADS", "PICTURED", "about", "arms_shown", "catalogue", "gallery", "measure_catalogue", "measured", "report_rows",
           "report_shown", "so_far"]

Pair = tuple[str, str]
#: Agents, days and seed of the catalogue's pictures.
_AGENTS, _DAYS, _SEED = 4_000, 30, 7
_MEASURED = Path(__file__).resolve().parent.parent / "data" / "scenarios_measured.json"
#: What a scenario's picture shows beside its share of the exchange: the metric in which it differs most plainly.
PICTURED = {"baseline": "cheat_rate", "lemons": "cheat_rate", "ring": "median_price_fen", "wash": "wash_share",
            "exit_scam": "default_rate", "replication": "undistributed_fen", "off_exchange_leak": "fees_fen", "public_data": "hhi",
            "cross_border": "cross_border_trades"}


@cache
def measure_catalogue() -> int:
    """This will live every scenario of the catalogue anew and write what it came to; it returns how many."""
    found = {key: run(key, agents=_AGENTS, days=_DAYS, seed=_SEED) for key in sorted(PICTURED)}
    kept = {key: {"metrics": one["metrics"], "result_hash": one["result_hash"]} for key, one in found.items()}
    told = {"version": VERSION, "agents": _AGENTS, "days": _DAYS, "seed": _SEED, "scenarios": kept}
    _MEASURED.write_text(dumps(told, indent=1) + "\n", encoding="utf-8")
    return len(found)


def measured() -> Mapping[str, Any]:
    """This will return what each scenario showed when it was measured, as the file says; the test measures it again."""
    read: Mapping[str, Any] = loads(_MEASURED.read_text(encoding="utf-8"))
    return read


@covers("CAP-I2")
def catalogue(language: int) -> list[dict[str, Any]]:
    """This will list the scenarios: words, picture beside the baseline, policies that move it, source, claims."""
    usual, found = measured()["scenarios"]["baseline"]["metrics"], []
    for key, one in scenarios().items():
        if key not in PICTURED:
            continue
        now = measured()["scenarios"][key]["metrics"]
        rows = [((METRICS[name].zh, METRICS[name].en)[language], now[name], usual[name], figure(name, now[name])[language])
                for name in ("on_exchange_trades", PICTURED[key])]
        name = (one.zh, one.en)
        found.append({"one": one, "name": name, "about": (one.about_zh, one.about_en), "policies": len(one.policies()),
                      "picture": scenario_picture(rows, title=(f"{one.zh}：与基准对比", f"{one.en}: beside the baseline")[language])})
    return found


@covers("CAP-I2")
def so_far(one: Experiment, language: int) -> dict[str, Any]:
    """This will say what the kept runs show up to now: turnover day by day for each arm, and the first metrics with their intervals."""
    rows = list(one.replicas.filter(result__isnull=False).order_by("number").values_list(
        "arm__number", "number", "result__daily__on_fen", "result__metrics"))
    many = one.arms.count()
    daily, metrics = _means([(arm, days) for arm, _, days, _ in rows], many), []
    by_arm = [[told for arm, _, _, told in rows if arm == place] for place in range(many)]
    if all(len(told) > 1 for told in by_arm):
        arms = [{"metrics": {name: interval([one[name] for one in told]) for name in CHARTED}} for told in by_arm]
        metrics = [{"name": (METRICS[name].zh, METRICS[name].en), "chart": interval_chart(
            name, arms, title=(METRICS[name].zh, METRICS[name].en)[language], language=language)} for name in CHARTED]
    return {"chart": _turnover(daily, language), "metrics": metrics, "counts": [len(told) for told in by_arm]}


def _means(rows: Iterable[tuple[int, Sequence[int]]], arms: int) -> list[list[float]]:
    """Mean of turnover added up over the days, for each arm."""
    sums: list[list[int]] = [[] for _ in range(arms)]
    counts = [0] * arms
    for arm, days in rows:
        counts[arm] += 1
        sums[arm] = [a + b for a, b in zip(sums[arm], days, strict=True)] if sums[arm] else list(days)
    found = []
    for total, count in zip(sums, counts, strict=True):
        line, so_much = [], 0.0
        for day in total:
            so_much += day / count
            line.append(so_much)
        found.append(line)
    return found


def _turnover(daily: list[list[float]], language: int) -> Any:
    return daily_chart(daily, metric="turnover_fen", language=language,
                       title=("各组累计场内成交额，按天", "Turnover on the exchange added up by day, for each arm")[language])


def arms_shown(changes: Sequence[Mapping[str, int]]) -> list[dict[str, Any]]:
    """This will list the arms with their number, words and how their line is drawn."""
    return [{"number": place + 1, "words": arm_words(one), "line": LINES[place % len(LINES)]} for place, one in enumerate(changes)]


@covers("CAP-I2")
def report_shown(one: Experiment, language: int) -> dict[str, Any]:
    """This will lay a finished report out: findings, pictures, the whole table, parameters, the runs it stands on."""
    report, plan = one.told, plan_of(one)
    daily = _means(one.replicas.order_by("number").values_list("arm__number", "result__daily__on_fen"), len(plan.arms))
    said = findings(report)
    return {
        "arms": arms_shown(plan.arms), "findings": [one for one in said if one.clear], "unclear": [one for one in said if not one.clear],
        "charts": [{"name": (METRICS[name].zh, METRICS[name].en), "chart": interval_chart(
            name, report["arms"], title=(METRICS[name].zh, METRICS[name].en)[language], language=language)} for name in CHARTED],
        "turnover": _turnover(daily, language), "rows": list(_shown_rows(report)), "citation": citation_of(one),
        "parameters": [{"name": name, "words": words, "source": source, "values": [policy_value(name, value) for value in values]}
                       for name, words, values, source in parameter_rows(plan)],
        "all_parameters": _all_parameters(plan)}


def _all_parameters(plan: Plan) -> list[dict[str, Any]]:
    """Every parameter of the run, also those that no arm changes: what it means, its value in each arm, where the value comes from."""
    arms = [values_of(plan.scenario, arm) for arm in plan.arms]
    return [{"name": name, "words": (one.zh, one.en), "values": [policy_value(name, arm[name]) if one.policy else (str(arm[name]),) * 2
                                                                 for arm in arms], "source": one.sources}
            for name, one in parameters().items()]


def _shown_rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in report["arms"][0]["metrics"]:
        if name in METRICS:
            yield {"name": (METRICS[name].zh, METRICS[name].en), "cells": [{
                "mean": level(name, arm["metrics"][name]["mean"]), "low": level(name, arm["metrics"][name]["low"]),
                "high": level(name, arm["metrics"][name]["high"]), "apart": figure(name, arm["against_first"][name]["mean"]),
                "clear": place > 0 and not arm["against_first"][name]["low"] <= 0 <= arm["against_first"][name]["high"],
                "first": place == 0, "number": place + 1} for place, arm in enumerate(report["arms"])]}


HEADS = ("experiment", "scenario", "arm", "policy", "metric", "metric_zh", "unit", "mean", "low", "high", "difference", "difference_low",
         "difference_high", "replications", "seed", "version", "result_hash")


@covers("CAP-I2")
def report_rows(one: Experiment) -> Iterator[tuple[Cell, ...]]:
    """This will write the report as a table, one row for each arm and metric; every row says what it was computed from."""
    for place, arm in enumerate(one.told["arms"]):
        for name, told in arm["metrics"].items():
            apart = arm["against_first"][name]
            words = METRICS.get(name)
            yield (one.code, one.scenario, place + 1, arm_words(arm["changes"])[1], name, words.zh if words else name,
                   words.unit if words else "", *(repr(float(told[key])) for key in ("mean", "low", "high")),
                   *(repr(float(apart[key])) for key in ("mean", "low", "high")), one.replications, one.seed, one.version, one.result_hash)


# ---- lists -------------------------------------------------------------------------------------------------------------------


def gallery(*, scenario: str = "", policy: str = "", mine: int = 0, text: str = "") -> QuerySet[Experiment]:
    """This will list finished experiments, the newest first, of a scenario, that turn a policy, of one person, with a word in the title."""
    found = Experiment.objects.filter(status=ExperimentStatus.FINISHED).select_related("asked_by__person").order_by("-pk")
    if scenario:
        found = found.filter(scenario=scenario)
    if policy:
        found = found.filter(arms__changes__has_key=policy).distinct()
    if mine:
        found = found.filter(asked_by_id=mine)
    return found.filter(title__icontains=text) if text else found


def about(code: str) -> QuerySet[Experiment]:
    """This will list the finished experiments on a proposed rule that are shared, the newest first."""
    return Experiment.objects.filter(about=code, status=ExperimentStatus.FINISHED, link__isnull=False).order_by("-pk") if code else \
        Experiment.objects.none()
