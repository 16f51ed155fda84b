"""Where an experiment stands, in numbers, and the bell that tells its owner's open pages after each run.

A bell that does not ring delays a page until it next asks; it never fails a run.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from participants.live import ring_after_commit
from simulation.models import Experiment

__all__ = ["Progress", "experiment_group", "progress_of", "tell_progress"]


@dataclass(frozen=True)
class Progress:
    """How many runs are kept, how many are being computed now, how many there are in all."""

    kept: int
    running: int
    runs: int


def experiment_group(code: str) -> str:
    """This will name the channel group of the pages that watch an experiment (``{"type": "progress"}`` arrives there)."""
    return f"experiment.{code}"


def progress_of(one: Experiment) -> Progress:
    """This will count an experiment's runs."""
    told = one.replicas.aggregate(kept=Count("pk", filter=Q(result__isnull=False)), running=Count("pk", filter=Q(due_at__isnull=False)))
    return Progress(told["kept"], told["running"], one.runs)


def tell_progress(one: Experiment) -> None:
    """This will ring at the pages that watch, once the act is committed; what there is to know, each socket reads for itself."""
    if settings.LIVE_PREFIX:
        ring_after_commit(experiment_group(one.code), {"type": "progress"})
