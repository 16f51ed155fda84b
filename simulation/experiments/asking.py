"""The run form: what was typed becomes a plan; what cannot be read is named at its field, and all typed stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kit.rejected import FieldFault
from simulation.experiments.planning import ARMS, BOUNDS
from simulation.experiments.reporting import policy_value, short_name
from simulation.models import Experiment
from simulation.wide.arms import Plan
from simulation.wide.parameters import Scenario, parameters

__all__ = ["Asked", "asked_of", "first_asked", "read_asked"]

Pair = tuple[str, str]
_WORDS: Mapping[str, tuple[Pair, Pair]] = {
    "agents": (("参与者", "Agents"), ("数商、买方、经纪人等合计；越多越慢", "merchants, buyers and all others; more are slower")),
    "days": (("天数", "Days"), ("每次运行经历的交易日", "market days that each run lives through")),
    "replications": (("重复次数", "Replications"), ("每组重复；越多，区间越窄", "more make intervals narrower")),
    "seed": (("种子", "Seed"), ("相同的种子得到相同的结果；各组共用同样的机会", "the same seed gives the same result for all arms"))}
_USUAL = {"agents": 2_000, "days": 30, "replications": 20, "seed": 7}


@dataclass
class Asked:
    """What stands in the form: figures and arms as typed, and the plan they make where all can be read."""

    scenario: Scenario
    title: str = ""
    figures: dict[str, str] = field(default_factory=dict)
    arms: list[dict[str, str]] = field(default_factory=list)
    faults: list[FieldFault] = field(default_factory=list)

    def plan(self) -> Plan:
        """This will return the plan; what cannot be read stands as -1 and is named by its fault."""
        agents, days, seed, replications = (_whole(self.figures.get(name, "")) for name in ("agents", "days", "seed", "replications"))
        return Plan(self.scenario.key, tuple({name: _whole(text) for name, text in arm.items() if text} for arm in self.arms),
                    agents, days, seed, replications)

    def shown(self, faults: list[FieldFault]) -> dict[str, Any]:
        """This will lay the form out for the page: each figure and each policy by arm, with words, bounds and faults."""
        said: dict[str, FieldFault] = {one.field: one for one in faults}
        rows = [{"one": one, "name": short_name(one.name), "help": (one.zh, one.en), "usual": self.scenario.sets.get(one.name, one.value),
                 "usual_said": policy_value(one.name, self.scenario.sets.get(one.name, one.value)),
                 "cells": [{"name": f"arm-{place}-{one.name}", "value": arm.get(one.name, ""), "number": place + 1,
                            "fault": said.get(f"arm-{place}-{one.name}")} for place, arm in enumerate(self.arms)]}
                for one in self.scenario.policies()]
        return {
            "title": self.title, "fault_of_title": said.get("title"), "fault_of_arms": said.get("arms"),
            "figures": [{"name": name, "words": _WORDS[name][0], "help": _WORDS[name][1], "least": least, "most": most,
                         "value": self.figures.get(name, ""), "fault": said.get(name)} for name, (least, most) in BOUNDS.items()],
            "arms": [{"number": place + 1, "fault": said.get(f"arm-{place}")} for place in range(len(self.arms))], "rows": rows,
            "may_add": len(self.arms) < ARMS[1], "may_drop": len(self.arms) > ARMS[0]}


def _whole(text: str) -> int:
    text = text.strip().replace(",", "").replace("，", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1


def first_asked(scenario: Scenario) -> Asked:
    """This will return the form as it is first seen: the scenario as it is, and an arm to fill in."""
    return Asked(scenario, figures={name: str(value) for name, value in _USUAL.items()}, arms=[{}, {}])


def asked_of(experiment: Experiment, scenario: Scenario) -> Asked:
    """This will return the form filled from an earlier experiment."""
    return Asked(scenario, experiment.title, {name: str(getattr(experiment, name)) for name in BOUNDS},
                 [{name: str(value) for name, value in arm.changes.items()} for arm in experiment.arms.all()])


def read_asked(scenario: Scenario, sent: Mapping[str, str]) -> Asked:
    """This will read the form as it was sent; the number of arms stands in it."""
    least, most = ARMS
    many = min(max(_whole(sent.get("arms", "")), least), most)
    if sent.get("act") == "more":
        many = min(many + 1, most)
    elif sent.get("act") == "fewer":
        many = max(many - 1, least)
    known = {one.name for one in parameters().values() if one.policy}
    return Asked(scenario, sent.get("title", "").strip()[:200], {name: sent.get(name, "").strip()[:20] for name in BOUNDS},
                 [{name: text for name in sorted(known) if (text := sent.get(f"arm-{place}-{name}", "").strip()[:20])}
                  for place in range(many)])
