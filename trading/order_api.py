"""What a buyer keeps going or owes, for programs: subscriptions, reports on free uses, differences after a default (R45, R17, E10)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from kit.rejected import Rejected
from participants.billing import FIELDS, defaults_of
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from trading.models import PublicUse, Shortfall, Subscription
from trading.public_uses import file_use_report
from trading.queries import on_offer
from trading.secrecy import screened
from trading.shortfalls import pay_shortfall
from trading.subscribing import cancel_subscription, subscribe

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)
_PAGES = [OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)]
_SIDES = ("seller", "buyer")
Row = TypeVar("Row", bound=Model)


def _found(rows: QuerySet[Row], code: str) -> Row:
    """A row of one's own organisation; 404 else."""
    found = rows.filter(code=code).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


# ---- subscriptions


class SubscriptionIn(StrictSerializer):
    """A licence priced by the period, as quoted; each further period is ordered while it costs no more than ``total_fen``."""

    listing = serializers.CharField(max_length=16)
    version = serializers.CharField(max_length=16, help_text="the version quoted")
    total_fen = FenField(help_text="price and buyer's fees of a period as quoted, and the most a further one may cost")
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    po_number = serializers.CharField(max_length=40, required=False)
    cost_centre = serializers.CharField(max_length=40, required=False)
    invoice_title = serializers.CharField(max_length=100, required=False)
    tax_number = serializers.CharField(max_length=24, required=False)


class SubscriptionActIn(StrictSerializer):
    """``cancel``: no further period is ordered; what is paid runs to its end."""

    act = serializers.ChoiceField(choices=["cancel"])


class SubscriptionRow(serializers.Serializer):
    """``due_at``: when the next period is ordered and paid; ``cause``: the code of what ended or refused it."""

    code = serializers.CharField()
    listing = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    purpose = serializers.CharField(allow_blank=True)
    total_fen = serializers.IntegerField()
    status = serializers.CharField()
    number = serializers.IntegerField(help_text="periods ordered")
    period_to = serializers.CharField()
    due_at = serializers.CharField(allow_null=True)
    cause = serializers.CharField(allow_blank=True)
    trades = serializers.ListField(child=serializers.CharField())


class SubscriptionPage(serializers.Serializer):
    items = SubscriptionRow(many=True)
    next = serializers.CharField(allow_null=True)


def _subscription(one: Subscription) -> dict[str, Any]:
    return screened("subscription", {
        "code": one.code, "listing": one.listing.code, "seller": one.listing.organization.code, "buyer": one.buyer.code,
        "purpose": one.purpose, "total_fen": one.total_fen, "status": one.status, "number": one.number,
        "period_to": rfc3339(one.period_to), "due_at": rfc3339(one.due_at) if one.due_at else None, "cause": one.cause,
        "trades": [period.trade.code for period in sorted(one.periods.all(), key=lambda period: period.number)]}, _SIDES)


def _subscriptions(request: Request) -> QuerySet[Subscription]:
    rows = Subscription.objects.visible_to(request.user).select_related("buyer", "listing__organization", "listing__version")
    return rows.prefetch_related("periods__trade")


class Subscriptions(APIView):
    """GET lists one's own subscriptions and those to one's own listings, newest first; POST buys the first period and subscribes."""

    permission_classes = [Requires(GET="trading.subscription.see", POST="trading.subscription.open")]
    ordering = ("-pk", "-pk")

    @extend_schema(operation_id="subscriptions", responses={200: SubscriptionPage}, parameters=_PAGES)
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(_subscriptions(request), request, self)
        return pages.get_paginated_response([_subscription(one) for one in found])

    @covers("R45", "CAP-E1", "T5")
    @extend_schema(operation_id="subscribe", request=SubscriptionIn, responses={201: SubscriptionRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked, actor = SubscriptionIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        named = {name: said.pop(name) for name in FIELDS if name in said}
        papers = asdict(defaults_of(actor.organization_id or 0)) | named if named else None
        made = subscribe(listing=on_offer(said.pop("listing"), request.user), **said, papers=papers, actor=actor, clock=MARKET_CLOCK)
        return Response(_subscription(made), status=201)


class OneSubscription(APIView):
    """One subscription with the trades of its periods."""

    permission_classes = [Requires(GET="trading.subscription.see")]

    @extend_schema(operation_id="subscription", responses={200: SubscriptionRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(_subscription(_found(_subscriptions(request), code)))


class SubscriptionActs(APIView):
    """Orders no further period."""

    permission_classes = [Requires(POST="trading.subscription.see")]

    @covers("R45", "F4", "T5")
    @extend_schema(operation_id="act_on_subscription", request=SubscriptionActIn, responses={201: SubscriptionRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _found(_subscriptions(request), code), SubscriptionActIn(data=request.data)
        asked.is_valid(raise_exception=True)
        cancel_subscription(subscription=one, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(_subscription(_found(_subscriptions(request), code)), status=201)


# ---- differences after a default


class ShortfallRow(serializers.Serializer):
    """What a defaulter owes once the lot is sold again for less: the difference to the seller, the first auction's fees to the venue.

    ``open`` while the lot waits to be auctioned again, ``claimed`` until ``due_at``, then ``overdue``; ``paid`` or ``void`` in the end.
    """

    code = serializers.CharField()
    trade = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    status = serializers.CharField()
    first_fen = serializers.IntegerField()
    deposit_fen = serializers.IntegerField()
    resale = serializers.CharField(allow_null=True, help_text="LOT-… it was auctioned again in")
    resale_fen = serializers.IntegerField(allow_null=True)
    to_seller_fen = serializers.IntegerField()
    to_venue_fen = serializers.IntegerField()
    due_at = serializers.CharField(allow_null=True)


class ShortfallPage(serializers.Serializer):
    items = ShortfallRow(many=True)
    next = serializers.CharField(allow_null=True)


def _shortfall(one: Shortfall) -> dict[str, Any]:
    return screened("shortfall", {
        "code": one.code, "trade": one.trade.code, "seller": one.trade.seller.code, "buyer": one.trade.buyer.code, "status": one.status,
        "first_fen": one.first_fen, "deposit_fen": one.deposit_fen, "resale": one.resale.code if one.resale else None,
        "resale_fen": one.resale_fen, "to_seller_fen": one.to_seller_fen, "to_venue_fen": one.to_venue_fen,
        "due_at": rfc3339(one.due_at) if one.due_at else None}, _SIDES)


def _shortfalls(request: Request) -> QuerySet[Shortfall]:
    return Shortfall.objects.visible_to(request.user).select_related("trade__seller", "trade__buyer", "resale")


class Shortfalls(APIView):
    """The differences that one's own organisation owes or is owed, newest first."""

    permission_classes = [Requires(GET="trading.shortfall.see")]
    ordering = ("-pk", "-pk")

    @covers("CAP-E10")
    @extend_schema(operation_id="shortfalls", responses={200: ShortfallPage}, parameters=_PAGES)
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(_shortfalls(request), request, self)
        return pages.get_paginated_response([_shortfall(one) for one in found])


class OneShortfall(APIView):
    """One difference."""

    permission_classes = [Requires(GET="trading.shortfall.see")]

    @extend_schema(operation_id="shortfall", responses={200: ShortfallRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(_shortfall(_found(_shortfalls(request), code)))


class ShortfallPays(APIView):
    """The defaulter pays the difference in full, in time or late."""

    permission_classes = [Requires(POST="trading.shortfall.see")]

    @covers("CAP-E10", "T5")
    @extend_schema(operation_id="pay_shortfall", request=None, responses={201: ShortfallRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one = _found(_shortfalls(request), code)
        pay_shortfall(shortfall=one, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(_shortfall(_found(_shortfalls(request), code)), status=201)


# ---- reports on the free use of public data


class UseReportIn(StrictSerializer):
    report = serializers.CharField(max_length=4_000, help_text="what the data served, 20 to 4,000 characters")


class PublicUseRow(serializers.Serializer):
    """Public data taken free for a public task, and the report owed on its use; ``late`` ones bar a further free licence."""

    code = serializers.CharField()
    trade = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    purpose = serializers.CharField()
    task = serializers.CharField()
    status = serializers.CharField()
    report = serializers.CharField(allow_blank=True)
    filed_at = serializers.CharField(allow_null=True)
    due_at = serializers.CharField(allow_null=True)


class PublicUsePage(serializers.Serializer):
    items = PublicUseRow(many=True)
    next = serializers.CharField(allow_null=True)


def _use(one: PublicUse) -> dict[str, Any]:
    return screened("public_use", {
        "code": one.code, "trade": one.trade.code, "seller": one.trade.seller.code, "buyer": one.trade.buyer.code, "purpose": one.purpose,
        "task": one.task, "status": one.status, "report": one.report, "filed_at": rfc3339(one.filed_at) if one.filed_at else None,
        "due_at": rfc3339(one.due_at) if one.due_at else None}, _SIDES)


def _uses(request: Request) -> QuerySet[PublicUse]:
    return PublicUse.objects.visible_to(request.user).select_related("trade__seller", "trade__buyer")


class PublicUses(APIView):
    """The free uses that one's own organisation took or gave, newest first."""

    permission_classes = [Requires(GET="trading.public_use.see")]
    ordering = ("-pk", "-pk")

    @covers("R17")
    @extend_schema(operation_id="public_uses", responses={200: PublicUsePage}, parameters=_PAGES)
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(_uses(request), request, self)
        return pages.get_paginated_response([_use(one) for one in found])


class OnePublicUse(APIView):
    """One free use with its report."""

    permission_classes = [Requires(GET="trading.public_use.see")]

    @extend_schema(operation_id="public_use", responses={200: PublicUseRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(_use(_found(_uses(request), code)))


class UseReports(APIView):
    """Files the report on a free use; a late one is taken too."""

    permission_classes = [Requires(POST="trading.public_use.see")]

    @covers("R17", "T5")
    @extend_schema(operation_id="report_public_use", request=UseReportIn, responses={201: PublicUseRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _found(_uses(request), code), UseReportIn(data=request.data)
        asked.is_valid(raise_exception=True)
        file_use_report(use=one, report=asked.validated_data["report"], actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(_use(_found(_uses(request), code)), status=201)


urlpatterns = [
    path("subscriptions/", Subscriptions.as_view(), name="subscriptions"),
    path("subscriptions/<str:code>/", OneSubscription.as_view(), name="subscription"),
    path("subscriptions/<str:code>/acts/", SubscriptionActs.as_view(), name="subscription_acts"),
    path("shortfalls/", Shortfalls.as_view(), name="shortfalls"),
    path("shortfalls/<str:code>/", OneShortfall.as_view(), name="shortfall"),
    path("shortfalls/<str:code>/pay/", ShortfallPays.as_view(), name="shortfall_pay"),
    path("public-uses/", PublicUses.as_view(), name="public_uses"),
    path("public-uses/<str:code>/", OnePublicUse.as_view(), name="public_use"),
    path("public-uses/<str:code>/reports/", UseReports.as_view(), name="public_use_reports"),
]
