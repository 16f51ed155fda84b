"""The market in figures for programs: who buys, by size of the firm (R1, R79)."""

from __future__ import annotations

from datetime import timedelta

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from participants.edge import Requires
from trading.sizes import small_buyers

__all__ = ["urlpatterns"]

#: As long as the board looks back.
PERIOD = timedelta(days=30)


class SmallBuyerFigures(serializers.Serializer):
    """What micro and small firms bought, by the size stated when they bought. All null where fewer than five buyers took part."""

    since = serializers.CharField()
    until = serializers.CharField()
    trades = serializers.IntegerField(allow_null=True)
    amount_fen = serializers.IntegerField(allow_null=True)
    small_trades = serializers.IntegerField(allow_null=True)
    small_amount_fen = serializers.IntegerField(allow_null=True)
    unstated_trades = serializers.IntegerField(allow_null=True, help_text="their buyer had stated no size")


class SmallBuyerShare(APIView):
    """Trades and money of micro and small buyers over the past thirty days."""

    permission_classes = [Requires(GET="trading.auction.see")]

    @covers("R1", "CAP-I7")
    @extend_schema(operation_id="small_buyers", responses={200: SmallBuyerFigures})
    def get(self, request: Request) -> Response:
        now = MARKET_CLOCK.now()
        found = small_buyers(now - PERIOD, now)
        return Response({
            "since": rfc3339(now - PERIOD), "until": rfc3339(now), "trades": found.trades if found else None,
            "amount_fen": found.fen if found else None, "small_trades": found.small_trades if found else None,
            "small_amount_fen": found.small_fen if found else None, "unstated_trades": found.unstated_trades if found else None})


urlpatterns = [path("market/small-buyers/", SmallBuyerShare.as_view(), name="small_buyers")]
