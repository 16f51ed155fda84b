"""Facts of the laboratory: experiments and their runs; and that the demo's history was lived, from when to when, with which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["ExperimentMoved", "MarketLived", "RunKept", "RunTaken", "experiment_moved"]


@dataclass(frozen=True, kw_only=True)
class MarketLived(Event):
    """The days from ``lived_from`` to ``lived_to`` were lived by simulated participants; the subject is the venue."""

    kind: ClassVar[str] = "simulation.market.lived"
    lived_from: datetime
    lived_to: datetime
    seed: int
    acts: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class ExperimentMoved(Event):
    """What became of an experiment: which scenario, how many runs and how many are kept, why; ``result_hash`` once it is whole."""

    to_status: str
    scenario: str
    runs: int
    kept: int
    due_at: datetime | None = None
    about: str = ""
    fault: str = ""
    result_hash: str = ""


#: word -> the class of its fact
experiment_moved: dict[str, type[ExperimentMoved]] = {
    word: type(f"ExperimentMoved_{word}", (ExperimentMoved,), {"kind": f"simulation.experiment.{word}", "__module__": __name__})
    for word in ("drafted", "started", "paused", "resumed", "cancelled", "finished", "failed", "discarded", "shared", "unshared")}


@dataclass(frozen=True, kw_only=True)
class RunTaken(Event):
    """Somebody began to compute a run: which arm and replication, for the how manieth time, and until when it is theirs."""

    kind: ClassVar[str] = "simulation.experiment.run_taken"
    arm: int
    replication: int
    attempt: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunKept(Event):
    """A run's result was kept, by its hash; it is the only one for its arm and replication."""

    kind: ClassVar[str] = "simulation.experiment.run_kept"
    arm: int
    replication: int
    result_hash: str
