"""Reference prices for programs: the newest bulletin, or that of a day, with its method (R109, CAP-I7)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.models import PriceBulletin, ReferencePrice
from listings.reference_prices import bulletin_of
from participants.edge import Requires
from participants.queries import house_venue

__all__ = ["urlpatterns"]

_TOLD = ("category", "sector", "mode", "withheld", "trades", "sellers", "buyers", "low_fen", "median_fen", "high_fen")
_FACETS = ("category", "sector", "mode")
_EFFECT = ("feature", "level", "beside", "deals", "effect_bps", "low_bps", "high_bps")


class PriceRow(serializers.Serializer):
    """One group. What is withheld has its reason and no figure; ``mode`` is empty over every way of selling."""

    category = serializers.CharField()
    sector = serializers.CharField(help_text="section letter of GB/T 4754-2017; empty: every industry")
    mode = serializers.CharField(allow_blank=True)
    withheld = serializers.CharField(allow_blank=True, help_text="few_trades, few_parties or one_party")
    trades = serializers.IntegerField(allow_null=True)
    sellers = serializers.IntegerField(allow_null=True)
    buyers = serializers.IntegerField(allow_null=True)
    low_fen = serializers.IntegerField(allow_null=True, help_text="first quartile: a price that was paid")
    median_fen = serializers.IntegerField(allow_null=True)
    high_fen = serializers.IntegerField(allow_null=True, help_text="third quartile")


class EffectRow(serializers.Serializer):
    """What a level adds beside the most frequent one, or a doubling of an amount (``level`` empty), like for like; basis points."""

    feature = serializers.CharField()
    level = serializers.CharField(allow_blank=True)
    beside = serializers.CharField(allow_blank=True)
    deals = serializers.IntegerField()
    effect_bps = serializers.IntegerField()
    low_bps = serializers.IntegerField(help_text="of a 95 % interval by robust errors")
    high_bps = serializers.IntegerField()


class PriceBook(serializers.Serializer):
    """A day's bulletin: settled trades of ``since`` to the day before ``day``; null days where none was published yet."""

    day = serializers.DateField(allow_null=True)
    since = serializers.DateField(allow_null=True)
    trades = serializers.IntegerField(help_text="settled trades counted")
    left_out_related = serializers.IntegerField(help_text="between tied parties")
    left_out_pilots = serializers.IntegerField()
    least_trades = serializers.IntegerField(allow_null=True, help_text="below it, or below the two floors that follow, nothing is told")
    least_parties = serializers.IntegerField(allow_null=True)
    most_share_bps = serializers.IntegerField(allow_null=True)
    lines_root = serializers.CharField(allow_blank=True, help_text="what the record book commits to")
    effects = EffectRow(many=True, help_text="empty where too few deals tell it")
    items = PriceRow(many=True)


class ReferencePrices(APIView):
    """Median and quartiles of what was settled here, per category and sector, over every way of selling and each by itself."""

    permission_classes = [Requires(GET="listings.prices.see")]

    @covers("R109", "CAP-E3", "CAP-I7")
    @extend_schema(operation_id="reference_prices", responses={200: PriceBook}, parameters=[
        OpenApiParameter("day", str, description="the newest bulletin up to this day (YYYY-MM-DD)"),
        *(OpenApiParameter(name, str) for name in _FACETS)])
    def get(self, request: Request) -> Response:
        found = bulletin_of(house_venue(), _day(request.query_params.get("day", "")))
        rows = ReferencePrice.objects.filter(bulletin=found).order_by("sector", "category", "mode") if found else []
        asked = {name: request.query_params[name] for name in _FACETS if name in request.query_params}
        items = [{name: getattr(one, name) for name in _TOLD} for one in rows
                 if all(getattr(one, name) == value for name, value in asked.items())]
        effects = [{name: getattr(one, name) for name in _EFFECT} for one in found.effects.order_by("pk")] if found else []
        return Response({**_method(found), "effects": effects, "items": items})


def _method(found: PriceBulletin | None) -> dict[str, Any]:
    if found is None:
        return {"day": None, "since": None, "trades": 0, "left_out_related": 0, "left_out_pilots": 0, "least_trades": None,
                "least_parties": None, "most_share_bps": None, "lines_root": ""}
    return {"day": found.day, "since": found.since, "trades": found.trades, "left_out_related": found.related,
            "left_out_pilots": found.pilots, "least_trades": found.least_trades, "least_parties": found.least_parties,
            "most_share_bps": found.most_share_bps, "lines_root": found.lines_root}


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Rejected("exchange.request.invalid",
                       errors=[FieldFault("day", "date", ("日期应为 YYYY-MM-DD", "A day is YYYY-MM-DD"))]) from fault


urlpatterns = [path("prices/", ReferencePrices.as_view(), name="reference_prices")]
