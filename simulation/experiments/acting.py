"""What a person does with an experiment: draft, start, pause, resume, cancel, discard; share its report by a link, and take that back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from participants.models import User
from participants.permissions import require
from participants.timers import after
from simulation.events import experiment_moved
from simulation.experiments.planning import MOST_SECONDS, checked, cost_of, plan_of
from simulation.experiments.telling import tell_progress
from simulation.models import Arm, Experiment, Replication
from simulation.states import EXPERIMENT, ExperimentStatus
from simulation.wide.arms import Plan, key_of
from simulation.wide.running import VERSION

__all__ = ["ACTS", "MOST_AT_ONCE", "cancel_experiment", "discard_experiment", "draft_experiment", "locked", "note", "pause_experiment",
           "resume_experiment", "share_experiment", "start_experiment", "step", "unshare_experiment"]

#: Experiments of one person that may be running or paused at a time.
MOST_AT_ONCE = 2


def locked(one: Experiment) -> Experiment:
    """This will lock an experiment for an act on it."""
    return Experiment.objects.select_for_update(of=("self",), no_key=True).get(pk=one.pk)


def note(held: Experiment, word: str, *, actor: Actor, at: datetime) -> Experiment:
    """This will record what became of an experiment."""
    kept = Replication.objects.filter(experiment=held, result__isnull=False).count()
    record(experiment_moved[word](subject=held.code, to_status=held.status, scenario=held.scenario, runs=held.runs, kept=kept,
                                  due_at=held.due_at, about=held.about, fault=held.fault, result_hash=held.result_hash),
           actor=actor, at=at)
    tell_progress(held)
    return held


def step(held: Experiment, act: str) -> None:
    """This will move an experiment along its table."""
    held.status = advance(EXPERIMENT, ExperimentStatus(held.status), act, subject=held.code, code="simulation.experiment.illegal_move")


def _own(held: Experiment, actor: Actor, at: datetime) -> None:
    """Whoever asked acts on it; another's is not there. The system ends what was left lying."""
    if actor.is_system:
        require(actor, "simulation.experiment.run", at=at)
        return
    require(actor, "simulation.experiment.act", at=at)
    if held.asked_by_id != actor.user_id:
        raise Rejected("participants.object.absent")


def _end(held: Experiment, at: datetime) -> None:
    held.due_at, held.ended_at = None, at


@covers("CAP-I2")
@operation("simulation.experiment.draft")
def draft_experiment(*, title: str, plan: Plan, about: str = "", replayed: dict[str, Any] | None = None, actor: Actor,
                     clock: Clock) -> Experiment:
    """This will keep a question with its arms; nothing is computed before it is started.

    ``about``: the code of a rule that is proposed, ``replayed``: what it would have done; only who may try rules names one.
    """
    at = clock.now()
    require(actor, "simulation.experiment.draft", at=at)
    if about or replayed:
        require(actor, "simulation.rule.try", at=at)
    plan = checked(title=title, plan=plan)
    made = Experiment.objects.create(
        code=new_code("EXP"), title=title.strip(), about=about, replayed=replayed, scenario=plan.scenario, agents=plan.agents,
        days=plan.days, seed=plan.seed, replications=plan.replications, asked_by_id=actor.user_id or 0, created_at=at,
        due_at=after("experiment.draft", at))
    Arm.objects.bulk_create(Arm(experiment=made, number=place, changes=dict(arm)) for place, arm in enumerate(plan.arms))
    return note(made, "drafted", actor=actor, at=at)


@covers("CAP-I2")
@operation("simulation.experiment.start")
def start_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will queue every run of a draft, within what one person may have computed at a time."""
    User.objects.select_for_update(no_key=True).get(pk=actor.user_id or 0)  # two starts of one person at the same instant count each other
    held = locked(experiment)
    at = clock.now()
    _own(held, actor, at)
    busy = Experiment.objects.filter(asked_by_id=held.asked_by_id, status__in=[ExperimentStatus.RUNNING, ExperimentStatus.PAUSED])
    if held.status == ExperimentStatus.DRAFTED and (running := busy.count()) >= MOST_AT_ONCE:
        raise Rejected("simulation.experiment.too_many", most=MOST_AT_ONCE, running=running)
    plan = plan_of(held)
    cost = cost_of(plan)
    if cost.core_seconds > MOST_SECONDS:
        raise Rejected("simulation.experiment.too_dear", asked=round(cost.core_seconds), most=MOST_SECONDS)
    step(held, "start")
    held.version, held.started_at, held.due_at = VERSION, at, after("experiment.run", at)
    held.save()
    arms = list(held.arms.all())
    Replication.objects.bulk_create(
        Replication(experiment=held, arm=arm, number=number, key=key_of(plan, place, number))
        for number in range(held.replications) for place, arm in enumerate(arms))
    return note(held, "started", actor=actor, at=at)


@covers("CAP-I2")
@operation("simulation.experiment.pause")
def pause_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will hand out no further run; those being computed are still kept."""
    held = locked(experiment)
    at = clock.now()
    _own(held, actor, at)
    step(held, "pause")
    held.due_at = after("experiment.pause", at)
    held.save()
    return note(held, "paused", actor=actor, at=at)


@covers("CAP-I2")
@operation("simulation.experiment.resume")
def resume_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will go on where it stood: what is kept is not computed again."""
    held = locked(experiment)
    at = clock.now()
    _own(held, actor, at)
    step(held, "resume")
    held.due_at = after("experiment.run", at)
    held.save()
    return note(held, "resumed", actor=actor, at=at)


@covers("CAP-I2")
@operation("simulation.experiment.cancel")
def cancel_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will end it without a report; what was computed stays on file."""
    return _ended(experiment, "cancel", "cancelled", actor, clock)


@covers("CAP-I2")
@operation("simulation.experiment.discard")
def discard_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will put a draft away; the gallery and the lists show it no more."""
    return _ended(experiment, "discard", "discarded", actor, clock)


def _ended(experiment: Experiment, act: str, word: str, actor: Actor, clock: Clock) -> Experiment:
    held = locked(experiment)
    at = clock.now()
    _own(held, actor, at)
    step(held, act)
    _end(held, at)
    held.save()
    return note(held, word, actor=actor, at=at)


@covers("CAP-I2")
@operation("simulation.experiment.share")
def share_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will open a finished report to whoever has the link, to read; the link cannot be guessed and nothing leads to it."""
    return _shared(experiment, secrets.token_urlsafe(32), "shared", actor, clock)


@covers("CAP-I2")
@operation("simulation.experiment.unshare")
def unshare_experiment(*, experiment: Experiment, actor: Actor, clock: Clock) -> Experiment:
    """This will close the link for good; sharing again makes another."""
    return _shared(experiment, None, "unshared", actor, clock)


def _shared(experiment: Experiment, link: str | None, word: str, actor: Actor, clock: Clock) -> Experiment:
    held = locked(experiment)
    at = clock.now()
    require(actor, "simulation.experiment.share", at=at)
    if held.asked_by_id != actor.user_id:
        raise Rejected("participants.object.absent")
    if held.status != ExperimentStatus.FINISHED:
        raise Rejected("simulation.experiment.not_finished", experiment=held.code)
    if bool(held.link) == (link is not None):
        raise Rejected("simulation.experiment.link_stands" if link else "simulation.experiment.no_link", experiment=held.code)
    held.link = link
    held.save(update_fields=["link"])
    return note(held, word, actor=actor, at=at)


#: What a person may ask for by name, on a page or by a program.
ACTS: Mapping[str, Callable[..., Experiment]] = {
    "start": start_experiment, "pause": pause_experiment, "resume": resume_experiment, "cancel": cancel_experiment,
    "discard": discard_experiment, "share": share_experiment, "unshare": unshare_experiment}
