"""Calls of a bought service over the API: one answer per key, each call counted once (C6, R14)."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery.models import Delivery
from delivery.scoring.calling import use_service
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import Requires, StrictSerializer, actor_for, idempotent

__all__ = ["urlpatterns"]


class CallIn(StrictSerializer):
    inputs = serializers.DictField(child=serializers.CharField(max_length=200), help_text="a model's inputs as decimals, or what to match")
    subject = serializers.CharField(max_length=80, help_text="whom it is about; kept as a keyed hash")
    purpose = serializers.CharField(max_length=80, help_text="one of the service's declared purposes")
    basis = serializers.CharField(max_length=200, help_text="the consent or ground; kept as a hash")


class CallRow(serializers.Serializer):
    code = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField(help_text="yes, no, unknown, the score, or held")
    pinned_sha256 = serializers.CharField(help_text="of the model or the records that answered")


class Calls(APIView):
    """One call of a bought service."""

    permission_classes = [Requires(POST="delivery.service.see")]

    @covers("C6", "R14", "T5")
    @extend_schema(operation_id="call_service", request=CallIn, responses={200: CallRow, 423: CallRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        held = Delivery.objects.filter(code=code, buyer_id=actor_for(request).organization_id or 0).first()
        if held is None:
            raise Rejected("participants.object.absent")
        asked = CallIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        done = use_service(delivery=held, actor=actor_for(request), clock=MARKET_CLOCK, **said)
        if done.call is None:  # the hold stands on record, so this is an answer and no rollback
            return Response({"code": "", "outcome": "held", "pinned_sha256": ""}, status=423)
        return Response({"code": done.call.code, "outcome": done.call.outcome, "pinned_sha256": done.call.service.pinned_sha256})


urlpatterns = [path("deliveries/<str:code>/calls/", Calls.as_view(), name="service_calls")]
