"""Jobs for a holder's runner (R101): what waits, and the answer to each, once per key."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import room_api, rows_api
from delivery.computing.jobs import answer_job, fail_job, open_jobs
from delivery.models import ComputeJob
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import Requires, StrictSerializer, actor_for, idempotent

__all__ = ["urlpatterns"]


class JobRow(serializers.Serializer):
    """One job: what to run, over which data version."""

    code = serializers.CharField()
    delivery = serializers.CharField()
    algorithm = serializers.CharField(help_text="the text that was approved")
    algorithm_sha256 = serializers.CharField()
    file_sha256 = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)


class JobList(serializers.Serializer):
    items = JobRow(many=True)


class JobAnswerIn(StrictSerializer):
    rows = serializers.ListField(child=serializers.DictField(), max_length=500, help_text="groups: group, n, measures")
    trace = serializers.ListField(child=serializers.DictField(), max_length=20, help_text="the runner's chained steps")
    failed = serializers.CharField(max_length=300, required=False, default="", allow_blank=True, help_text="why it could not run")


class JobState(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.CharField()


class Jobs(APIView):
    """What waits for our runner."""

    permission_classes = [Requires(GET="delivery.job.see")]

    @covers("R101")
    @extend_schema(operation_id="compute_jobs", responses={200: JobList})
    def get(self, request: Request) -> Response:
        return Response({"items": [{
            "code": one.code, "delivery": one.delivery.code, "algorithm": one.algorithm.text, "algorithm_sha256": one.algorithm_sha256,
            "file_sha256": one.file_sha256, "due_at": one.due_at} for one in open_jobs(actor_for(request).organization_id or 0)]})


class Answers(APIView):
    """The answer to one job; what the algorithm cannot have given is refused."""

    permission_classes = [Requires(POST="delivery.job.see")]

    @covers("R101", "W14", "T5")
    @extend_schema(operation_id="answer_job", request=JobAnswerIn, responses={200: JobState}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        actor, asked = actor_for(request), JobAnswerIn(data=request.data)
        one = ComputeJob.objects.filter(code=code, delivery__seller_id=actor.organization_id or 0).first()
        if one is None:
            raise Rejected("participants.object.absent")
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        who: dict[str, Any] = {"job": one, "actor": actor, "clock": MARKET_CLOCK}
        done = fail_job(reason=said["failed"], **who) if said["failed"] else answer_job(rows=said["rows"], trace=said["trace"], **who)
        return Response({"code": done.code, "status": done.status})


urlpatterns = [path("compute/jobs/", Jobs.as_view(), name="compute_jobs"),
               path("compute/jobs/<str:code>/answer/", Answers.as_view(), name="compute_answer"),
               *room_api.urlpatterns, *rows_api.urlpatterns]
