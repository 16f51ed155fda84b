"""What must hold of experiments; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from evidence.invariants import Invariant, every_move_is_told, invariant
from simulation.models import Experiment
from simulation.states import EXPERIMENT, ExperimentStatus
from simulation.wide.running import hash_of

__all__: list[str] = []

every_move_is_told(
    "simulation_experiment", EXPERIMENT, {act: f"simulation.experiment.{word}" for act, word in {
        "start": "started", "pause": "paused", "resume": "resumed", "cancel": "cancelled", "finish": "finished", "fail": "failed",
        "discard": "discarded"}.items()}, births={"drafted": "simulation.experiment.drafted"},
    besides={("running", "simulation.experiment.run_taken"): "running", ("running", "simulation.experiment.run_kept"): "running",
             ("paused", "simulation.experiment.run_kept"): "paused", **{
                 (state, "simulation.experiment.run_taken"): state for state in ("paused", "cancelled", "failed")},  # taken at that instant
             ("finished", "simulation.experiment.shared"): "finished",
             ("finished", "simulation.experiment.unshared"): "finished"})


@invariant
class ReportsAreTheirRuns(Invariant):
    """A finished report stands on every run it names, each kept once, in the order of arms and replications; its hash is its own."""

    id = "CAP-I2"

    def check(self) -> Iterator[str]:
        for one in Experiment.objects.filter(status=ExperimentStatus.FINISHED).order_by("pk").iterator(chunk_size=20):
            kept = list(one.replicas.order_by("arm__number", "number").values_list("result_hash", flat=True))
            if kept != [run for arm in one.told["arms"] for run in arm["runs"]]:
                yield f"{one.code}: the report does not stand on its {len(kept)} kept runs"
            if one.result_hash != hash_of(one.told):
                yield f"{one.code}: the report is not the one that was hashed"
        started = Experiment.objects.exclude(status__in=[ExperimentStatus.DRAFTED, ExperimentStatus.DISCARDED])
        for one in started.annotate(made=Count("replicas")).order_by("pk").iterator(chunk_size=100):
            if one.made != one.runs:
                yield f"{one.code}: {one.made} runs stand for {one.runs}"
