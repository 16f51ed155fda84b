"""What follows a request for quotes, for programs: a further round, its end without an award, a quote taken back."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import FenField, Requires, StrictSerializer, actor_for, idempotent
from trading.deal_api import DemandRow, QuoteRow, demand_row, quote_row
from trading.models import Quote
from trading.operations import cancel_rfq, next_round, reject_quotes, withdraw_quote
from trading.requests import rfq_for

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class RoundIn(StrictSerializer):
    """The buyer's counter-offer to all who quoted, and until when they may quote anew."""

    closes_at = serializers.DateTimeField()
    target_fen = FenField(required=False, allow_null=True, default=None)
    message = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class EndIn(StrictSerializer):
    """``cancel`` calls it off while the round is open, quotes go back unread; ``reject`` ends it once they were read."""

    act = serializers.ChoiceField(choices=["cancel", "reject"])
    reason = serializers.CharField(max_length=400)


class Rounds(APIView):
    """Opens a further round to those who quoted."""

    permission_classes = [Requires(POST="trading.rfq.open")]

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="next_round", request=RoundIn, responses={201: DemandRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        rfq, asked, actor = rfq_for(code, request.user), RoundIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        return Response(demand_row(next_round(rfq=rfq, **asked.validated_data, actor=actor, clock=MARKET_CLOCK), actor.organization_id),
                        status=201)


class Endings(APIView):
    """Ends a request without an award, for a reason that the sellers are told."""

    permission_classes = [Requires(POST="trading.rfq.open")]

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="end_demand", request=EndIn, responses={201: DemandRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        rfq, asked, actor = rfq_for(code, request.user), EndIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        by: dict[str, Any] = {"rfq": rfq, "reason": asked.validated_data["reason"], "actor": actor, "clock": MARKET_CLOCK}
        done = cancel_rfq(**by) if asked.validated_data["act"] == "cancel" else reject_quotes(**by)
        return Response(demand_row(done, actor.organization_id), status=201)


class Withdrawals(APIView):
    """Takes a quote of one's own back while the round is open."""

    permission_classes = [Requires(POST="trading.quote.give")]

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="withdraw_quote", request=None, responses={201: QuoteRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str, quote: str) -> Response:
        rfq, actor = rfq_for(code, request.user), actor_for(request)
        found = Quote.objects.select_related("rfq", "seller", "listing").filter(
            rfq=rfq, code=quote.replace("\0", ""), seller_id=actor.organization_id or 0).first()
        if found is None:
            raise Rejected("trading.quote.absent")
        withdraw_quote(quote=found, actor=actor, clock=MARKET_CLOCK)
        found.refresh_from_db()
        return Response(quote_row(found), status=201)


urlpatterns = [
    path("demands/<str:code>/rounds/", Rounds.as_view(), name="demand_rounds"),
    path("demands/<str:code>/end/", Endings.as_view(), name="demand_end"),
    path("demands/<str:code>/quotes/<str:quote>/withdraw/", Withdrawals.as_view(), name="quote_withdraw"),
]
