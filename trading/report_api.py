"""Trades made off the exchange for programs: report, mend, confirm, dispute, take back, and read where it stands (F12, R43, R57)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.models import Filing
from compliance.operations import dispute_filing, withdraw_filing
from compliance.taxonomy import CirculationMode
from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from participants.models import Organization
from participants.queries import organization
from trading.models import Trade, TradeReport
from trading.operations import confirm_report, mend_report, report_trade
from trading.queries import on_offer
from trading.secrecy import screened

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class MendIn(StrictSerializer):
    """What was traded. ``facts`` by their names in the vocabulary (`/rules/negative-list/`); what is not stated is asked for."""

    mode = serializers.ChoiceField(choices=[one for one in CirculationMode.values if one != CirculationMode.OPEN], required=False,
                                   default=CirculationMode.TRADE)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    price_fen = FenField()
    traded_on = serializers.DateField()
    contract_sha256 = serializers.CharField(max_length=64)
    export_case = serializers.CharField(required=False, allow_blank=True, max_length=16, default="",
                                        help_text="EXP-… cleared, where the buyer is abroad")
    facts = serializers.DictField()


class ReportIn(MendIn):
    """What was traded with whom."""

    side = serializers.ChoiceField(choices=["seller", "buyer"], help_text="which side one's own organisation is")
    counterparty = serializers.CharField(max_length=20, help_text="ORG-…")
    listing = serializers.CharField(required=False, allow_blank=True, max_length=16, default="", help_text="LST-… if it is listed here")


class ReportActIn(StrictSerializer):
    """``confirm`` and ``dispute`` (with its reason) are the named party's, ``withdraw`` the reporter's."""

    act = serializers.ChoiceField(choices=["confirm", "dispute", "withdraw"])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class FiledReport(serializers.Serializer):
    code = serializers.CharField()
    filing = serializers.CharField()
    mode = serializers.CharField()
    title = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    reporter = serializers.CharField()
    price_fen = serializers.IntegerField()
    traded_on = serializers.CharField()
    contract_sha256 = serializers.CharField()
    verdict = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    due_at = serializers.CharField(allow_null=True)
    edition = serializers.IntegerField(help_text="which statement about this contract it is; earlier ones stand")
    trade = serializers.CharField(allow_null=True, help_text="TRD-… once it is verified")


class FiledReportPage(serializers.Serializer):
    items = FiledReport(many=True)
    next = serializers.CharField(allow_null=True)


def _rows(reports: list[TradeReport]) -> list[dict[str, Any]]:
    filings = {one.code: one for one in Filing.objects.filter(code__in=[one.filing for one in reports])}
    trades = dict(Trade.objects.filter(report__in=reports).values_list("report_id", "code"))
    return [_row(one, filings[one.filing], trades.get(one.pk)) for one in reports]


def _row(one: TradeReport, filing: Filing, trade: str | None) -> dict[str, Any]:
    return screened("report", {
        "code": one.code, "filing": one.filing, "mode": one.mode, "title": one.title, "seller": one.seller.code, "buyer": one.buyer.code,
        "reporter": one.reporter.code, "price_fen": one.price_fen, "traded_on": one.traded_on.isoformat(),
        "contract_sha256": one.contract_sha256, "verdict": filing.verdict, "status": filing.status, "reason": filing.reason,
        "due_at": rfc3339(filing.due_at) if filing.due_at else None, "edition": one.edition,
        "trade": trade}, ("seller", "buyer"))


def _ours(request: Request) -> Any:
    own = actor_for(request).organization_id or 0
    return TradeReport.objects.filter(Q(reporter_id=own) | Q(counterparty_id=own)).select_related("seller", "buyer", "reporter")


def _own(code: str, request: Request) -> TradeReport:
    """A report one's own organisation is a party of; 404 else."""
    found: TradeReport | None = _ours(request).filter(code=code).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


class Reports(APIView):
    """GET lists what one's own organisation reported or is named in, newest first; POST reports a trade."""

    permission_classes = [Requires(GET="trading.report.file", POST="trading.report.file")]
    ordering = ("-pk", "-pk")

    @covers("F12")
    @extend_schema(operation_id="reports", responses={200: FiledReportPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(_ours(request), request, self)
        return pages.get_paginated_response(_rows(list(found)))

    @covers("F12", "R43", "T5")
    @extend_schema(operation_id="report_trade", request=ReportIn, responses={201: FiledReport}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = ReportIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = dict(asked.validated_data)
        ours, other = Organization.objects.get(pk=actor_for(request).organization_id or 0), organization(good.pop("counterparty"))
        seller, buyer = (ours, other) if good.pop("side") == "seller" else (other, ours)
        named = good.pop("listing")
        made = report_trade(seller=seller, buyer=buyer, **good, listing=on_offer(named, request.user) if named else None,
                            actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(_rows([made])[0], status=201)


class OneReport(APIView):
    """One report with its filing."""

    permission_classes = [Requires(GET="trading.report.file")]

    @extend_schema(operation_id="report", responses={200: FiledReport})
    def get(self, request: Request, code: str) -> Response:
        return Response(_rows([_own(code, request)])[0])


class ReportActs(APIView):
    """Confirms or disputes what the other side reported, or takes back one's own report."""

    permission_classes = [Requires(POST="trading.report.file")]

    @covers("F12", "T5")
    @extend_schema(operation_id="act_on_report", request=ReportActIn, responses={201: FiledReport}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _own(code, request), ReportActIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        by: dict[str, Any] = {"actor": actor_for(request), "clock": MARKET_CLOCK}
        if good["act"] == "confirm":
            confirm_report(report=one, **by)
        elif good["act"] == "dispute":
            dispute_filing(filing=Filing.objects.get(code=one.filing), reason=good["reason"].strip(), **by)
        else:
            withdraw_filing(filing=Filing.objects.get(code=one.filing), **by)
        return Response(_rows([one])[0], status=201)


class Mends(APIView):
    """States a returned report anew, as its reporter mends it; the filing keeps its code and asks the other side again."""

    permission_classes = [Requires(POST="trading.report.file")]

    @covers("F12", "R43", "T5")
    @extend_schema(operation_id="mend_report", request=MendIn, responses={201: FiledReport}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _own(code, request), MendIn(data=request.data)
        if one.reporter_id != actor_for(request).organization_id:
            raise Rejected("participants.object.absent")
        asked.is_valid(raise_exception=True)
        made = mend_report(filing=Filing.objects.get(code=one.filing), **asked.validated_data, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(_rows([made])[0], status=201)


urlpatterns = [
    path("reports/", Reports.as_view(), name="reports"),
    path("reports/<str:code>/", OneReport.as_view(), name="report"),
    path("reports/<str:code>/acts/", ReportActs.as_view(), name="report_acts"),
    path("reports/<str:code>/mends/", Mends.as_view(), name="report_mends"),
]
