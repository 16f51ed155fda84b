"""Two finished experiments side by side: what each asked, and each arm of both in every metric they share."""

from __future__ import annotations

from typing import Any

from kit.coverage import covers
from simulation.experiments.drawing import interval_chart
from simulation.experiments.reporting import CHARTED, arm_words, level
from simulation.models import Experiment
from simulation.wide.tally import METRICS

__all__ = ["compared"]

_ASKED = (("scenario", ("场景", "Scenario")), ("agents", ("参与者", "Agents")), ("days", ("天数", "Days")),
          ("replications", ("重复次数", "Replications")), ("seed", ("种子", "Seed")),
          ("version", ("实验室版本", "Version of the laboratory")))


@covers("CAP-I2")
def compared(a: Experiment, b: Experiment, language: int) -> dict[str, Any]:
    """This will lay two reports side by side. Within one, differences are paired by seed; between two the intervals speak."""
    arms = [(one, arm) for one in (a, b) for arm in one.told["arms"]]
    shared = [name for name in arms[0][1]["metrics"] if name in METRICS and all(name in arm["metrics"] for _, arm in arms)]
    same = all(getattr(a, name) == getattr(b, name) for name in ("scenario", "agents", "days", "seed", "version"))
    return {
        "pair": (a, b), "same": same, "asked": [{"name": words, "values": [_said(one, name, language) for one in (a, b)],
                                                 "differs": getattr(a, name) != getattr(b, name)} for name, words in _ASKED],
        "arms": [{"number": place + 1, "code": one.code, "words": arm_words(arm["changes"])} for place, (one, arm) in enumerate(arms)],
        "charts": [{"name": (METRICS[name].zh, METRICS[name].en), "chart": interval_chart(
            name, [arm for _, arm in arms], title=(METRICS[name].zh, METRICS[name].en)[language], language=language)}
            for name in CHARTED if name in shared],
        "rows": [{"name": (METRICS[name].zh, METRICS[name].en), "cells": [{
            "number": place + 1, "mean": level(name, arm["metrics"][name]["mean"]), "low": level(name, arm["metrics"][name]["low"]),
            "high": level(name, arm["metrics"][name]["high"])} for place, (_, arm) in enumerate(arms)]} for name in shared]}


def _said(one: Experiment, name: str, language: int) -> str:
    if name == "scenario":
        return one.scenario_words[language]
    return str(getattr(one, name))
