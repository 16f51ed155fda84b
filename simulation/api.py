"""Experiments for programs: ask, start, watch, read the report; the same rules, bounds and refusals as on the pages (CAP-I2)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import CursorPages, LineField, Requires, StrictSerializer, actor_for, idempotent
from simulation.experiments.acting import ACTS, draft_experiment
from simulation.experiments.planning import ARMS, BOUNDS
from simulation.experiments.reporting import citation_of, findings
from simulation.experiments.telling import progress_of
from simulation.models import Experiment
from simulation.states import OPEN, ExperimentStatus
from simulation.tasks import ring_laboratory
from simulation.wide.arms import Plan
from simulation.wide.parameters import scenarios

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)
#: State -> what its owner may do next.
_NEXT = {ExperimentStatus.DRAFTED: ("start", "discard"), ExperimentStatus.RUNNING: ("pause", "cancel"),
         ExperimentStatus.PAUSED: ("resume", "cancel"), ExperimentStatus.FINISHED: ("share",)}


class ExperimentIn(StrictSerializer):
    """One question: a scenario, its size, and what each arm changes; an empty arm is the scenario as it is."""

    title = LineField(min_length=2, max_length=80)
    scenario = serializers.CharField(max_length=40)
    agents = serializers.IntegerField(min_value=BOUNDS["agents"][0], max_value=BOUNDS["agents"][1])
    days = serializers.IntegerField(min_value=BOUNDS["days"][0], max_value=BOUNDS["days"][1])
    seed = serializers.IntegerField(min_value=BOUNDS["seed"][0], max_value=BOUNDS["seed"][1])
    replications = serializers.IntegerField(min_value=BOUNDS["replications"][0], max_value=BOUNDS["replications"][1])
    arms = serializers.ListField(child=serializers.DictField(child=serializers.IntegerField()), min_length=ARMS[0], max_length=ARMS[1],
                                 help_text="policy -> whole number, one for each arm; the first is what the others are compared with")


class ActIn(StrictSerializer):
    act = serializers.ChoiceField(choices=sorted(ACTS))


class ExperimentNext(serializers.Serializer):
    acts = serializers.ListField(child=serializers.CharField(), help_text="what you may do now; empty for another's")
    due_at = serializers.DateTimeField(allow_null=True, help_text="until then: a draft is put away, a pause cancelled, a run failed")


class ExperimentRow(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    scenario = serializers.CharField()
    status = serializers.CharField()
    agents = serializers.IntegerField()
    days = serializers.IntegerField()
    seed = serializers.IntegerField()
    replications = serializers.IntegerField()
    arms = serializers.ListField(child=serializers.DictField(child=serializers.IntegerField()))
    runs = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="runs that are computed")
    running = serializers.IntegerField(help_text="runs that are being computed")
    fault = serializers.CharField(allow_blank=True, help_text="why it failed: broken, overdue, version")
    result_hash = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    next = ExperimentNext()


class ExperimentList(serializers.Serializer):
    items = ExperimentRow(many=True)
    next = serializers.CharField(allow_null=True)


class IntervalRow(serializers.Serializer):
    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class MetricRow(serializers.Serializer):
    metric = serializers.CharField()
    value = IntervalRow(help_text="mean and 95 % interval over the replications")
    against_first = IntervalRow(help_text="the difference to the first arm, seed by seed")


class ReportArm(serializers.Serializer):
    arm = serializers.IntegerField()
    changes = serializers.DictField(child=serializers.IntegerField())
    metrics = MetricRow(many=True)


class FindingRow(serializers.Serializer):
    arm = serializers.IntegerField()
    metric = serializers.CharField()
    clear = serializers.BooleanField(help_text="the interval of the difference leaves zero out")
    rises = serializers.BooleanField()
    zh = serializers.CharField()
    en = serializers.CharField()


class ReportRow(serializers.Serializer):
    experiment = serializers.CharField()
    scenario = serializers.CharField()
    version = serializers.CharField()
    seed = serializers.IntegerField()
    replications = serializers.IntegerField()
    result_hash = serializers.CharField()
    citation = serializers.CharField()
    arms = ReportArm(many=True)
    findings = FindingRow(many=True)


def _seen(actor: Actor) -> Q:
    """One's own in every state; another's once it is finished."""
    return Q(asked_by_id=actor.user_id or 0) | Q(status=ExperimentStatus.FINISHED)


def _one(actor: Actor, code: str) -> Experiment:
    found = Experiment.objects.filter(_seen(actor), code=code[:16].replace("\0", "")).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _row(one: Experiment, actor: Actor) -> dict[str, Any]:
    progress, mine = progress_of(one), one.asked_by_id == actor.user_id
    acts = list(_NEXT.get(ExperimentStatus(one.status), ())) if mine else []
    if one.link and mine:
        acts = ["unshare"]
    return {"code": one.code, "title": one.title, "scenario": one.scenario, "status": one.status, "agents": one.agents, "days": one.days,
            "seed": one.seed, "replications": one.replications, "arms": [arm.changes for arm in one.arms.all()], "runs": progress.runs,
            "kept": progress.kept, "running": progress.running, "fault": one.fault, "result_hash": one.result_hash,
            "created_at": one.created_at, "started_at": one.started_at, "ended_at": one.ended_at,
            "next": {"acts": acts, "due_at": one.due_at if one.status in OPEN else None}}


def _interval(told: dict[str, float]) -> dict[str, float]:
    return {name: float(told[name]) for name in ("mean", "low", "high")}


class Experiments(APIView):
    """Our experiments and everybody's finished ones, the newest first; a new one begins as a draft."""

    permission_classes = [Requires(GET="simulation.laboratory.see", POST="simulation.experiment.draft")]

    @covers("CAP-I2")
    @extend_schema(operation_id="experiments", responses={200: ExperimentList}, parameters=[
        OpenApiParameter("status", str, enum=ExperimentStatus.values), OpenApiParameter("scenario", str, enum=list(scenarios())),
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        actor, pages = actor_for(request), CursorPages()
        rows = Experiment.objects.filter(_seen(actor))
        if status := request.query_params.get("status"):
            rows = rows.filter(status=status) if status in ExperimentStatus.values else rows.none()
        if scenario := request.query_params.get("scenario"):
            rows = rows.filter(scenario=scenario) if scenario in scenarios() else rows.none()
        found = pages.paginate_queryset(rows.prefetch_related("arms"), request, self)
        return pages.get_paginated_response([_row(one, actor) for one in found])

    @covers("CAP-I2", "T5")
    @extend_schema(operation_id="draft_experiment", request=ExperimentIn, responses={201: ExperimentRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked, actor = ExperimentIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        plan = Plan(said["scenario"], tuple(said["arms"]), **{name: said[name] for name in BOUNDS})
        made = draft_experiment(title=said["title"], plan=plan, actor=actor, clock=MARKET_CLOCK)
        return Response(_row(made, actor), status=201)


class OneExperiment(APIView):
    """One experiment: its state, how far it is, what comes next."""

    permission_classes = [Requires(GET="simulation.laboratory.see")]

    @covers("CAP-I2")
    @extend_schema(operation_id="experiment", responses={200: ExperimentRow})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_for(request)
        return Response(_row(_one(actor, code), actor))


class Acts(APIView):
    """Start, pause, resume, cancel, discard one's own; share its report by a link, or take that back."""

    permission_classes = [Requires(POST="simulation.experiment.act")]

    @covers("CAP-I2", "T5")
    @extend_schema(operation_id="act_on_experiment", request=ActIn, responses={200: ExperimentRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        asked, actor = ActIn(data=request.data), actor_for(request)
        one = _one(actor, code)
        asked.is_valid(raise_exception=True)
        act = asked.validated_data["act"]
        moved = ACTS[act](experiment=one, actor=actor, clock=MARKET_CLOCK)
        if act in {"start", "resume"}:
            ring_laboratory()
        return Response(_row(moved, actor))


class Report(APIView):
    """The report of a finished experiment, with all that decides it."""

    permission_classes = [Requires(GET="simulation.laboratory.see")]

    @covers("CAP-I2", "CAP-I3")
    @extend_schema(operation_id="experiment_report", responses={200: ReportRow})
    def get(self, request: Request, code: str) -> Response:
        one = _one(actor_for(request), code)
        if one.status != ExperimentStatus.FINISHED:
            raise Rejected("simulation.experiment.not_finished", experiment=one.code)
        arms = [{"arm": place + 1, "changes": arm["changes"], "metrics": [
            {"metric": name, "value": _interval(told), "against_first": _interval(arm["against_first"][name])}
            for name, told in arm["metrics"].items()]} for place, arm in enumerate(one.told["arms"])]
        said = [{"arm": row.arm + 1, "metric": row.metric, "clear": row.clear, "rises": row.rises, "zh": row.text[0], "en": row.text[1]}
                for row in findings(one.told)]
        return Response({"experiment": one.code, "scenario": one.scenario, "version": one.version, "seed": one.seed,
                         "replications": one.replications, "result_hash": one.result_hash, "citation": citation_of(one), "arms": arms,
                         "findings": said})


urlpatterns = [path("experiments/", Experiments.as_view(), name="experiments"),
               path("experiments/<str:code>/", OneExperiment.as_view(), name="experiment"),
               path("experiments/<str:code>/acts/", Acts.as_view(), name="experiment_acts"),
               path("experiments/<str:code>/report/", Report.as_view(), name="experiment_report")]
