"""Jobs for a holder's runner (R101): what waits, and the answer to each, once per key."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import output_api, room_api, rows_api, service_api
from delivery.cleanroom.holder import Signed
from delivery.cleanroom.holding import answer_signed, key_of, questions_for, take_job
from delivery.computing.jobs import answer_job, fail_job, open_jobs
from delivery.models import ComputeJob, RoomQuery
from delivery.states import RoomPlace
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import Requires, StrictSerializer, actor_for, idempotent

__all__ = ["urlpatterns"]


class JobRow(serializers.Serializer):
    """One job: a reviewed algorithm or a question to a clean room, over which data version. Its text is taken, signed."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=["algorithm", "question"])
    delivery = serializers.CharField()
    algorithm = serializers.CharField(help_text="the text that was approved")
    algorithm_sha256 = serializers.CharField()
    file_sha256 = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)


class JobList(serializers.Serializer):
    items = JobRow(many=True)


class TakeIn(StrictSerializer):
    pass


class TakenJob(serializers.Serializer):
    job = serializers.CharField(help_text="the text of the job, JSON")
    signature = serializers.CharField(help_text="Ed25519 by the house, hexadecimal, over the text")


class JobAnswerIn(StrictSerializer):
    answer = serializers.CharField(max_length=1 << 20, required=False, default="", trim_whitespace=False,
                                   help_text="what the runner signed, JSON; asked of whoever registered a runner's key")
    signature = serializers.CharField(max_length=128, required=False, default="", help_text="Ed25519 by the runner, hexadecimal")
    rows = serializers.ListField(child=serializers.DictField(), max_length=500, required=False, default=list,
                                 help_text="groups: group, n, measures")
    trace = serializers.ListField(child=serializers.DictField(), max_length=20, required=False, default=list,
                                  help_text="the runner's chained steps")
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
        ours = actor_for(request).organization_id or 0
        asked = [{"code": one.code, "kind": "question", "delivery": one.delivery.code, "algorithm": "",
                  "algorithm_sha256": one.question_sha256, "file_sha256": one.room.file_sha256, "due_at": one.due_at}
                 for one in questions_for(ours)]
        return Response({"items": [*asked, *({
            "code": one.code, "kind": "algorithm", "delivery": one.delivery.code, "algorithm": one.algorithm.text,
            "algorithm_sha256": one.algorithm_sha256, "file_sha256": one.file_sha256, "due_at": one.due_at}
            for one in open_jobs(ours))]})


def _ours(request: Request, code: str) -> RoomQuery | ComputeJob:
    ours = actor_for(request).organization_id or 0
    found: RoomQuery | ComputeJob | None
    if code.startswith("QRY-"):
        found = RoomQuery.objects.filter(code=code, delivery__seller_id=ours, room__place=RoomPlace.HOLDER).select_related(
            "delivery", "room").first()
    else:
        found = ComputeJob.objects.filter(code=code, delivery__seller_id=ours).select_related("delivery", "algorithm").first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


class Takes(APIView):
    """One job for our runner, signed by the house; a question starts by it."""

    permission_classes = [Requires(POST="delivery.job.see")]

    @covers("R101", "R14", "T5")
    @extend_schema(operation_id="take_job", request=TakeIn, responses={200: TakenJob}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _ours(request, code), TakeIn(data=request.data)
        asked.is_valid(raise_exception=True)
        taken = take_job(job=one, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({"job": taken.text, "signature": taken.signature})


class Answers(APIView):
    """The answer to one job; what the algorithm cannot have given is refused."""

    permission_classes = [Requires(POST="delivery.job.see")]

    @covers("R101", "W14", "T5")
    @extend_schema(operation_id="answer_job", request=JobAnswerIn, responses={200: JobState}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        actor, asked = actor_for(request), JobAnswerIn(data=request.data)
        one = _ours(request, code)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        who: dict[str, Any] = {"job": one, "actor": actor, "clock": MARKET_CLOCK}
        if said["answer"] or isinstance(one, RoomQuery) or key_of(one.delivery.seller_id) is not None:
            status = answer_signed(signed=Signed(said["answer"], said["signature"]), **who)
            return Response({"code": one.code, "status": status})
        done = fail_job(reason=said["failed"], **who) if said["failed"] else answer_job(rows=said["rows"], trace=said["trace"], **who)
        return Response({"code": done.code, "status": done.status})


urlpatterns = [path("compute/jobs/", Jobs.as_view(), name="compute_jobs"),
               path("compute/jobs/<str:code>/take/", Takes.as_view(), name="compute_take"),
               path("compute/jobs/<str:code>/answer/", Answers.as_view(), name="compute_answer"), *room_api.urlpatterns,
               *rows_api.urlpatterns, *service_api.urlpatterns, *output_api.urlpatterns]
