"""Policies side by side: each arm lives the same replications with the same chances; mean, interval, and the difference to the first arm.

One run is keyed by what decides it (arm, replication, seed …). Where a folder is given each finished run is kept there under its key,
written whole or not at all: an experiment that was killed goes on where it stood and comes to the same figures.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from math import gamma, pi, sqrt
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from simulation.wide.parameters import ParameterFault, parameters, values_of
from simulation.wide.plugins import load
from simulation.wide.running import VERSION, hash_of, run

__all__ = ["Plan", "compare", "interval", "key_of", "one_run", "student", "told_of"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What an experiment runs: the arms are changes of policy parameters; the first is what the others are compared with. ``plugin``:
    a file outside the package that adds an agent, a scenario or a metric (never from a page)."""

    scenario: str
    arms: tuple[Mapping[str, int], ...]
    agents: int = 2_000
    days: int = 30
    seed: int = 1
    replications: int = 20
    plugin: str = ""

    def check(self) -> None:
        """This will refuse a plan that cannot be run, or changes more than policy."""
        load(self.plugin)
        if not 1 <= len(self.arms) <= 8 or not 2 <= self.replications <= 100:
            raise ParameterFault("simulation.experiment.out_of_bounds", "an experiment has one to eight arms and 2 to 100 replications")
        for arm in self.arms:
            values_of(self.scenario, arm)
            if other := [name for name in arm if not parameters()[name].policy]:
                raise ParameterFault("simulation.experiment.no_policy", f"{other[0]}: an arm changes policies only: "
                                     + ", ".join(name for name, one in parameters().items() if one.policy))


def key_of(plan: Plan, arm: int, replication: int) -> str:
    """This will return the key of one run; the same run has the same key in every experiment."""
    decides = [VERSION, plan.scenario, sorted(plan.arms[arm].items()), plan.agents, plan.days, plan.seed, replication]
    decides += [mark] if (mark := load(plan.plugin)) else []
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:32]


def _kept(path: Path) -> dict[str, Any] | None:
    """A result that was kept and is whole; what was cut short or altered is run again."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return told if told["result_hash"] == hash_of(told) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def one_run(plan: Plan, arm: int, replication: int, folder: str = "") -> dict[str, Any]:
    """This will return one run, from the folder where it is kept; doing it twice changes nothing."""
    path = Path(folder) / f"{key_of(plan, arm, replication)}.json" if folder else None
    if path is not None and (told := _kept(path)) is not None:
        return told
    told = run(plan.scenario, agents=plan.agents, days=plan.days, seed=plan.seed, replication=replication, changes=plan.arms[arm],
               plugin=plan.plugin)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_text(json.dumps(told), encoding="utf-8")
        beside.replace(path)
    return told


@cache
def student(degrees: int, confidence: float = 0.95) -> float:
    """This will return the half width of an interval of Student's t in standard errors (found by Simpson's rule and halving)."""
    scale = gamma((degrees + 1) / 2) / (sqrt(degrees * pi) * gamma(degrees / 2))

    def within(end: float) -> float:
        at = np.linspace(0.0, end, 2_001)
        density = scale * (1 + at * at / degrees) ** (-(degrees + 1) / 2)
        return float(2 * (density[0] + density[-1] + 4 * density[1:-1:2].sum() + 2 * density[2:-1:2].sum()) * end / 6_000)

    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < confidence else (low, middle)
    return high


def interval(samples: Sequence[float]) -> dict[str, float]:
    """This will return mean and 95 % interval of independent samples."""
    found = np.asarray(samples, dtype=np.float64)
    half = student(found.size - 1) * float(found.std(ddof=1)) / sqrt(found.size)
    mean = float(found.mean())
    return {"mean": float(f"{mean:.9g}"), "low": float(f"{mean - half:.9g}"), "high": float(f"{mean + half:.9g}")}


def compare(plan: Plan, *, workers: int = 1, folder: str = "", progress: Progress | None = None) -> dict[str, Any]:
    """This will run every arm with every replication and return what each came to, and how far it lies from the first."""
    plan.check()
    asked = [(plan, arm, replication, folder) for arm in range(len(plan.arms)) for replication in range(plan.replications)]
    found: list[dict[str, Any]] = []
    if workers == 1:
        for one in asked:
            found.append(one_run(*one))
            if progress is not None:
                progress(len(found), len(asked))
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for told in pool.map(one_run, *zip(*asked, strict=True)):
                found.append(told)
                if progress is not None:
                    progress(len(found), len(asked))
    return told_of(plan, [found[arm * plan.replications:(arm + 1) * plan.replications] for arm in range(len(plan.arms))])


def told_of(plan: Plan, arms: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """This will put the runs of every arm, in the order of replications, together as one result: means, intervals, differences by seed."""
    rows = [{"changes": dict(plan.arms[place]), "parameters": dict(sorted(values_of(plan.scenario, plan.arms[place]).items())),
             "runs": [one["result_hash"] for one in runs],
             "metrics": {name: interval([one["metrics"][name] for one in runs]) for name in runs[0]["metrics"]},
             "against_first": {name: interval([one["metrics"][name] - other["metrics"][name]
                                               for one, other in zip(runs, arms[0], strict=True)])
                               for name in runs[0]["metrics"]}} for place, runs in enumerate(arms)]
    told = {"version": VERSION, "scenario": plan.scenario, "agents": plan.agents, "days": plan.days, "seed": plan.seed,
            "replications": plan.replications, "plugin": load(plan.plugin), "arms": rows}
    mark = hash_of(told)
    cited = (f"Data exchange laboratory {VERSION}, scenario {plan.scenario}, {len(rows)} arms x {plan.replications} replications, "
             f"{plan.agents} agents, {plan.days} days, seed {plan.seed}, sha256:{mark[:16]}")
    return {**told, "result_hash": mark, "citation": cited}
