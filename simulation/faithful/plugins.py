"""A strategy from outside the package for runs through the rooms: ``--plugin FILE``, the same file that wide runs read.

Its agents act as everybody here does, through the operations of the rooms, on what the public pages and their own desk show.
"""

from __future__ import annotations

from collections.abc import Callable

from simulation.faithful.strategies import STRATEGIES
from simulation.faithful.views import Agent
from simulation.wide.parameters import ParameterFault
from simulation.wide.plugins import load, register

__all__ = ["OUTSIDE", "load", "strategy"]

#: The kind of whoever follows a strategy from outside the package.
OUTSIDE = "outside"


def strategy(role: str) -> Callable[[Agent], Agent]:
    """This will enter a strategy of a ``buyer`` or ``merchant``, ``decide(me, view, own, values, rng) -> intents``; one in ten has it."""
    if role not in {"buyer", "merchant"}:
        raise ParameterFault("simulation.plugin.unknown_role", f"{role}: a strategy is a buyer's or a merchant's")

    def enter(decide: Agent) -> Agent:
        STRATEGIES[role, OUTSIDE] = decide
        return decide

    return enter


def _entered() -> list[str]:
    return [role for role, kind in STRATEGIES if kind == OUTSIDE]


register("strategy", _entered, lambda role: STRATEGIES.pop((role, OUTSIDE), None))
