"""Small experiments for tests: drafted, started, computed to the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.clock import FixedClock
from participants.roles import Role
from simulation.experiments.acting import draft_experiment, start_experiment
from simulation.experiments.running import compute_next
from simulation.models import Experiment
from simulation.wide.arms import Plan
from tests.factories import make_actor

__all__ = ["SMALL", "computed", "drafted", "finished", "later", "started"]

SMALL = Plan("exit_scam", ({"holdback_bps": 0}, {"holdback_bps": 9_900}), agents=1_000, days=14, seed=5, replications=3)


def later(minutes: float = 3) -> FixedClock:
    """A clock that stands when whoever had a run has it no more."""
    return FixedClock(MARKET_CLOCK.now() + timedelta(minutes=minutes))


def drafted(plan: Plan = SMALL, *, actor: Actor | None = None, title: str = "暂存价款能否防住卷款", **named: Any) -> Experiment:
    return draft_experiment(title=title, plan=plan, actor=actor or make_actor(Role.RESEARCHER), clock=MARKET_CLOCK, **named)


def started(plan: Plan = SMALL, *, actor: Actor | None = None, **named: Any) -> Experiment:
    who = actor or make_actor(Role.RESEARCHER)
    return start_experiment(experiment=drafted(plan, actor=who, **named), actor=who, clock=MARKET_CLOCK)


def computed(experiment: Experiment, clock: Any = MARKET_CLOCK) -> Experiment:
    while compute_next(clock=clock):
        pass
    experiment.refresh_from_db()
    return experiment


def finished(plan: Plan = SMALL, *, actor: Actor | None = None, **named: Any) -> Experiment:
    return computed(started(plan, actor=actor, **named))
