"""Outputs over the API: what we made, what was made for us, what waits for our eyes; each with its state, reasons and what is next (F9)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery.models import Output
from delivery.release_models import OUTPUT_OPEN
from delivery.releasing.reviewing import opinions_seen
from delivery.states import OutputStatus
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import CursorPages, Requires, actor_for
from participants.permissions import allowed

__all__ = ["urlpatterns"]

#: State -> who acts next and what they do.
_NEXT = {OutputStatus.IN_REVIEW: ("reviewers", "opine"), OutputStatus.ESCALATED: ("venue", "opine"),
         OutputStatus.DIFFERING: ("venue", "decide"), OutputStatus.RELEASED: ("buyer", "fetch")}


class NextStep(serializers.Serializer):
    who = serializers.CharField(allow_blank=True, help_text="reviewers, venue, buyer; empty where nobody acts any more")
    act = serializers.CharField(allow_blank=True, help_text="opine, decide, fetch")
    due_at = serializers.DateTimeField(allow_null=True)


class CheckRow(serializers.Serializer):
    check = serializers.CharField()
    limit = serializers.CharField(allow_blank=True)
    found = serializers.CharField(allow_blank=True)
    ok = serializers.BooleanField()


class OpinionRow(serializers.Serializer):
    seat = serializers.CharField(help_text="holder or venue")
    verdict = serializers.CharField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class OutputRow(serializers.Serializer):
    code = serializers.CharField()
    delivery = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField(allow_blank=True, help_text="why it is withheld")
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    submitted_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    checks = CheckRow(many=True, help_text="what the gate measured; to its author and its reviewers")
    opinions = OpinionRow(many=True, help_text="both, once both are in; until then none")
    next = NextStep()


class OutputList(serializers.Serializer):
    items = OutputRow(many=True)
    next = serializers.CharField(allow_null=True)


def _seen(actor: Actor) -> Q:
    """An author's own; its buyer's, but for what the gate stopped; its holder's; all of them for those who decide."""
    if allowed(actor, "delivery.output.decide", at=MARKET_CLOCK.now()):
        return Q()
    ours = actor.organization_id or 0
    return Q(organization_id=ours) | Q(delivery__seller_id=ours) | (Q(delivery__buyer_id=ours) & ~Q(status=OutputStatus.STOPPED))


def _row(one: Output, actor: Actor) -> dict[str, Any]:
    bought = actor.organization_id == one.delivery.buyer_id and actor.organization_id != one.organization_id
    who, act = _NEXT.get(OutputStatus(one.status), ("", ""))
    checks = [] if bought else [{"check": each["check"], "limit": str(each.get("limit", "")), "found": str(each.get("found", "")),
                                 "ok": bool(each.get("ok"))} for each in one.gate]
    opinions = [{"seat": each.seat, "verdict": each.verdict, "reason": each.reason, "at": each.at} for each in opinions_seen(one)]
    return {"code": one.code, "delivery": one.delivery.code, "kind": one.kind, "title": one.title, "status": one.status,
            "reason": one.reason, "sha256": one.sha256, "size": one.size, "submitted_at": one.submitted_at, "ended_at": one.ended_at,
            "checks": checks, "opinions": opinions,
            "next": {"who": who, "act": act, "due_at": one.due_at if one.status in OUTPUT_OPEN else None}}


class Outputs(APIView):
    """Outputs that concern us, the newest first."""

    permission_classes = [Requires(GET="delivery.output.see")]

    @covers("F9")
    @extend_schema(operation_id="outputs", responses={200: OutputList}, parameters=[
        OpenApiParameter("status", str, enum=OutputStatus.values), OpenApiParameter("delivery", str),
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        actor, pages = actor_for(request), CursorPages()
        rows = Output.objects.filter(_seen(actor)).select_related("delivery")
        if status := request.query_params.get("status"):
            rows = rows.filter(status=status) if status in OutputStatus.values else rows.none()
        if code := request.query_params.get("delivery"):
            rows = rows.filter(delivery__code=code[:16].replace("\0", ""))
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([_row(one, actor) for one in found])


class OneOutput(APIView):
    """One output; the file itself leaves by a one-time token on its page."""

    permission_classes = [Requires(GET="delivery.output.see")]

    @covers("F9")
    @extend_schema(operation_id="output", responses={200: OutputRow})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_for(request)
        one = Output.objects.filter(_seen(actor), code=code).select_related("delivery").first()
        if one is None:
            raise Rejected("participants.object.absent")
        return Response(_row(one, actor))


urlpatterns = [path("outputs/", Outputs.as_view(), name="outputs"), path("outputs/<str:code>/", OneOutput.as_view(), name="output")]
