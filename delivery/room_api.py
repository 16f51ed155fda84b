"""Questions to a clean room over the API: asked once per key, answered a moment later, with what is left of the budget (F7, F8, W26)."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery.cleanroom.asking import ask_query
from delivery.cleanroom.budgets import budgets_of, ever_granted, renews_at, year_of
from delivery.cleanroom.language import schema_of
from delivery.cleanroom.rooms import offer_of, room_of
from delivery.models import Delivery, RoomQuery
from delivery.tasks import ring_queries
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import Requires, StrictSerializer, actor_for, idempotent

__all__ = ["urlpatterns"]


class QuestionIn(StrictSerializer):
    question = serializers.DictField(help_text="as the room's schema says; never SQL")
    epsilon_micro = serializers.IntegerField(min_value=1, max_value=100_000_000, help_text="what it may cost, in millionths")


class QueryRow(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.CharField()
    question = serializers.DictField()
    epsilon_micro = serializers.IntegerField()
    price_fen = serializers.IntegerField(help_text="its share of the price")
    rows = serializers.ListField(child=serializers.DictField(), help_text="once done: group, shown, measures, all with noise")
    answer_sha256 = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class RoomView(serializers.Serializer):
    delivery = serializers.CharField()
    question_schema = serializers.DictField(help_text="JSON schema of the questions this room takes")
    least = serializers.IntegerField()
    left_micro = serializers.IntegerField(help_text="of this buyer's epsilon this year")
    left_all_micro = serializers.IntegerField(help_text="of all buyers' together")
    renews_at = serializers.DateTimeField(help_text="from when on the next year's budget holds, whole; nothing else fills it")
    ever_micro = serializers.IntegerField(help_text="of this buyer's epsilon in all years together: the guarantees add up")
    items = QueryRow(many=True)


def _row(one: RoomQuery) -> dict[str, Any]:
    return {"code": one.code, "status": one.status, "question": one.question, "epsilon_micro": one.epsilon_micro,
            "price_fen": one.price_fen,
            "rows": one.rows, "answer_sha256": one.rows_sha256, "reason": one.reason, "asked_at": one.asked_at, "ended_at": one.ended_at}


def _bought(request: Request, code: str) -> Delivery:
    held: Delivery | None = Delivery.objects.filter(code=code, buyer_id=actor_for(request).organization_id or 0).select_related(
        "version__listing", "buyer", "trade").first()
    if held is None:
        raise Rejected("participants.object.absent")
    return held


class Queries(APIView):
    """One delivery's room: what may be asked, what is left, what was asked; and a new question."""

    permission_classes = [Requires(GET="delivery.room.see", POST="delivery.room.see")]

    @covers("W26")
    @extend_schema(operation_id="room", responses={200: RoomView})
    def get(self, request: Request, code: str) -> Response:
        held = _bought(request, code)
        room = room_of(held.version)
        if room is None:
            raise Rejected("delivery.query.no_room", delivery=held.code)
        everyone, own = budgets_of(room, held.buyer.code, year=year_of(MARKET_CLOCK.now()))
        return Response({"delivery": held.code, "question_schema": schema_of(offer_of(room)), "least": room.offer["least"],
                         "left_micro": own.left_micro, "left_all_micro": everyone.left_micro,
                         "renews_at": renews_at(own.year), "ever_micro": ever_granted(own.product_id, own.buyer),
                         "items": [_row(one) for one in held.queries.order_by("-pk")[:100]]})

    @covers("F7", "F8", "T5", "T61")
    @extend_schema(operation_id="ask_room", request=QuestionIn, responses={202: QueryRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        held, asked = _bought(request, code), QuestionIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        made = ask_query(delivery=held, question=said["question"], epsilon_micro=said["epsilon_micro"], actor=actor_for(request),
                         clock=MARKET_CLOCK)
        ring_queries()
        return Response(_row(made), status=202)


class Query(APIView):
    """One question of ours and its answer."""

    permission_classes = [Requires(GET="delivery.room.see")]

    @covers("W26")
    @extend_schema(operation_id="room_query", responses={200: QueryRow})
    def get(self, request: Request, code: str) -> Response:
        one = RoomQuery.objects.filter(code=code, delivery__buyer_id=actor_for(request).organization_id or 0).first()
        if one is None:
            raise Rejected("participants.object.absent")
        return Response(_row(one))


urlpatterns = [path("deliveries/<str:code>/queries/", Queries.as_view(), name="room_queries"),
               path("queries/<str:code>/", Query.as_view(), name="room_query")]
