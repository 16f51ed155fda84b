"""Computing an experiment run by run, by whoever of the workers is free; the database says what is left to do.

A run is taken under a lease (two workers never wait for each other: what one has locked the next one skips), computed outside every
transaction, and kept in one: its result is decided by arm and seed, so that a run begun twice comes to the same and is kept once. A worker
that is taken away leaves a lease that ends; another begins the run again. A run that broke off three times ends the experiment.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from evidence.operations import acting, operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.notices import notify
from participants.permissions import require
from simulation.events import RunKept, RunTaken
from simulation.experiments.acting import cancel_experiment, discard_experiment, locked, note, step
from simulation.experiments.planning import plan_of
from simulation.experiments.reporting import report_of
from simulation.experiments.telling import tell_progress
from simulation.models import Experiment, Replication
from simulation.states import OPEN, ExperimentStatus
from simulation.wide.arms import one_run

__all__ = ["LEASE", "MOST_ATTEMPTS", "compute_next", "fail_experiment", "finish_experiment", "keep_run", "lapse_due", "take_run", "waiting"]

log = logging.getLogger(__name__)
#: Five times what the dearest run takes: who had it then has it no more.
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
_TEXT = {"finished": ("政策实验已完成，报告可以查阅", "The experiment is finished and its report can be read"),
         "failed": ("政策实验未能完成，已算出的部分保留", "The experiment could not be finished; what was computed is kept")}


def waiting(at: datetime) -> Any:
    """This will list the runs that nobody computes now, of experiments that run; every experiment gets its turn."""
    free = Q(due_at__isnull=True) | Q(due_at__lte=at)
    return Replication.objects.filter(free, result__isnull=True, experiment__status=ExperimentStatus.RUNNING).order_by(
        "number", "experiment_id", "arm_id")


@covers("CAP-I2")
def compute_next(*, clock: Clock) -> bool:
    """This will compute one run, or close an experiment that has nothing left to compute; False where nothing waits."""
    assert not acting(), "a run is computed outside every act"
    at = clock.now()
    broken = waiting(at).filter(attempts__gte=MOST_ATTEMPTS).select_related("experiment").first()
    if broken is not None:
        fail_experiment(experiment=broken.experiment, fault="broken", clock=clock)
        return True
    left = Replication.objects.filter(experiment=OuterRef("pk"), result__isnull=True)
    whole = Experiment.objects.filter(~Exists(left), status=ExperimentStatus.RUNNING).first()
    if whole is not None:
        finish_experiment(experiment=whole, clock=clock)
        return True
    taken = take_run(clock=clock)
    if taken is None:
        return False
    try:
        told, took_ms = compute(taken)
    except Exception:
        log.exception("a run of %s broke off; it is begun again", taken.experiment.code)
        return True
    keep_run(run=taken, told=told, took_ms=took_ms, clock=clock)
    return True


@covers("CAP-I2")
@operation("simulation.run.take")
def take_run(*, clock: Clock, actor: Actor = SYSTEM) -> Replication | None:
    """This will take the next run for whoever computes it; None where nothing waits that another does not have."""
    at = clock.now()
    require(actor, "simulation.experiment.run", at=at)
    held: Replication | None = waiting(at).filter(attempts__lt=MOST_ATTEMPTS).select_for_update(
        skip_locked=True, of=("self",), no_key=True).select_related("experiment", "arm").first()
    if held is None:
        unchanged(at=at)
        return None
    held.attempts, held.due_at = held.attempts + 1, at + LEASE
    held.save(update_fields=["attempts", "due_at"])
    record(RunTaken(subject=held.experiment.code, arm=held.arm.number, replication=held.number, attempt=held.attempts,
                    due_at=held.due_at), actor=actor, at=at)
    tell_progress(held.experiment)
    return held


def compute(held: Replication) -> tuple[dict[str, Any], int]:
    """This will compute a run; outside every act, it takes as long as it takes. Milliseconds are counted for later estimates."""
    begun = time.perf_counter()
    told = one_run(plan_of(held.experiment), held.arm.number, held.number)
    return told, max(1, round(1000 * (time.perf_counter() - begun)))


@covers("CAP-I2")
@operation("simulation.run.keep")
def keep_run(*, run: Replication, told: dict[str, Any], took_ms: int, clock: Clock, actor: Actor = SYSTEM) -> Replication:
    """This will keep a run's result, once; with the last one the experiment is finished. What comes too late changes nothing."""
    experiment = locked(run.experiment)
    held = Replication.objects.select_for_update(of=("self",), no_key=True).select_related("arm").get(pk=run.pk)
    at = clock.now()
    require(actor, "simulation.experiment.run", at=at)
    if held.result is not None or experiment.status not in (ExperimentStatus.RUNNING, ExperimentStatus.PAUSED):
        unchanged(at=at)
        return held
    if told["version"] != experiment.version:
        if experiment.status == ExperimentStatus.RUNNING:
            fail_experiment(experiment=experiment, fault="version", clock=clock, actor=actor)
        else:
            unchanged(at=at)
        return held
    held.result, held.result_hash, held.took_ms, held.kept_at, held.due_at = told, told["result_hash"], took_ms, at, None
    held.save()
    record(RunKept(subject=experiment.code, arm=held.arm.number, replication=held.number, result_hash=held.result_hash), actor=actor, at=at)
    if experiment.status == ExperimentStatus.RUNNING and not experiment.replicas.filter(result__isnull=True).exists():
        finish_experiment(experiment=experiment, clock=clock, actor=actor)
    else:
        tell_progress(experiment)
    return held


@covers("CAP-I2")
@operation("simulation.experiment.finish")
def finish_experiment(*, experiment: Experiment, clock: Clock, actor: Actor = SYSTEM) -> Experiment:
    """This will write the report from the kept runs and tell whoever asked; doing it twice changes nothing."""
    held = locked(experiment)
    at = clock.now()
    require(actor, "simulation.experiment.run", at=at)
    if held.status != ExperimentStatus.RUNNING or held.replicas.filter(result__isnull=True).exists():
        unchanged(at=at)
        return held
    report = report_of(held)
    held.report, held.result_hash = report, report["result_hash"]
    return _closed(held, "finish", "finished", actor=actor, at=at)


@covers("CAP-I2")
@operation("simulation.experiment.fail")
def fail_experiment(*, experiment: Experiment, fault: str, clock: Clock, actor: Actor = SYSTEM) -> Experiment:
    """This will end an experiment that cannot be finished, and say why: ``broken``, ``overdue`` or ``version``."""
    held = locked(experiment)
    at = clock.now()
    require(actor, "simulation.experiment.run", at=at)
    if held.status != ExperimentStatus.RUNNING:
        unchanged(at=at)
        return held
    held.fault = fault
    return _closed(held, "fail", "failed", actor=actor, at=at)


def _closed(held: Experiment, act: str, word: str, *, actor: Actor, at: datetime) -> Experiment:
    step(held, act)
    held.due_at, held.ended_at = None, at
    held.save()
    told = note(held, word, actor=actor, at=at)
    if (ours := held.asked_by.acting_for) is not None:
        notify(organization=ours, kind=f"simulation.experiment.{word}", subject=held.code, href=f"/desk/laboratory/{held.code}/", at=at,
               tone="ok" if word == "finished" else "bad", text=_TEXT[word])
    return told


@covers("CAP-I2")
def lapse_due(*, clock: Clock) -> int:
    """This will end what was left lying: drafts nobody starts, pauses nobody ends, runs nobody computes; returns how many."""
    due = Experiment.objects.filter(status__in=OPEN, due_at__lte=clock.now()).order_by("pk")[:100]
    for one in due:
        if one.status == ExperimentStatus.DRAFTED:
            discard_experiment(experiment=one, actor=SYSTEM, clock=clock)
        elif one.status == ExperimentStatus.PAUSED:
            cancel_experiment(experiment=one, actor=SYSTEM, clock=clock)
        else:
            fail_experiment(experiment=one, fault="overdue", clock=clock)
    return len(due)


