"""Framework agreements for programs: offer, answer, end, and order within what is left (CAP-E4, F3)."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.rules.equal_terms import EXCEPTIONS
from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from participants.queries import organization
from trading.auctions.bargain import Terms
from trading.frameworks import MOST_ITEMS, Item, call_off, end_framework, offer_framework, settle_offer
from trading.models import Framework
from trading.queries import on_offer
from trading.secrecy import screened

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class ItemIn(StrictSerializer):
    listing = serializers.CharField(max_length=16)
    price_fen = FenField()
    term_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=36_500, default=None)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")


class FrameworkIn(StrictSerializer):
    """Licences of one seller with their prices, a ceiling for all orders, and until when; a seller names the buyer in ``to``."""

    items = serializers.ListField(child=ItemIn(), min_length=1, max_length=MOST_ITEMS)
    ceiling_fen = FenField()
    effective_to = serializers.DateTimeField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")
    to = serializers.CharField(required=False, allow_blank=True, max_length=20, default="", help_text="ORG-…, where the seller offers")
    ground = serializers.ChoiceField(choices=list(EXCEPTIONS), required=False, allow_blank=True, default="",
                                     help_text="of prices above what equals paid: the statutory exception the seller names")


class FrameworkActIn(StrictSerializer):
    act = serializers.ChoiceField(choices=["accept", "decline", "withdraw", "end"])


class CallOffIn(StrictSerializer):
    """``drawn_fen`` as it was read: another order in between makes the buyer look again."""

    number = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS, help_text="the item's number")
    drawn_fen = FenField()


class FrameworkRow(serializers.Serializer):
    code = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    offered_by = serializers.CharField()
    status = serializers.CharField()
    ceiling_fen = serializers.IntegerField()
    drawn_fen = serializers.IntegerField()
    left_fen = serializers.IntegerField()
    effective_to = serializers.CharField()
    due_at = serializers.CharField(allow_null=True)
    terms_hash = serializers.CharField()
    items = serializers.ListField(child=serializers.DictField())
    calls = serializers.ListField(child=serializers.DictField())


class FrameworkPage(serializers.Serializer):
    items = FrameworkRow(many=True)
    next = serializers.CharField(allow_null=True)


class CallOffOut(serializers.Serializer):
    number = serializers.IntegerField()
    trade = serializers.CharField()
    price_fen = serializers.IntegerField()


def _row(one: Framework) -> dict[str, Any]:
    drawn = one.drawn_fen
    items = [{"number": item.number, "listing": item.listing.code, "version": item.version.code, "price_fen": item.price_fen,
              "term_days": item.term_days, "purpose": item.purpose} for item in sorted(one.items.all(), key=lambda item: item.number)]
    calls = [{"number": order.number, "item": order.item.number, "trade": order.trade.code, "price_fen": order.price_fen,
              "at": rfc3339(order.at)} for order in sorted(one.calls.all(), key=lambda order: order.number)]
    return screened("framework", {
        "code": one.code, "seller": one.seller.code, "buyer": one.buyer.code, "offered_by": one.offered_by, "status": one.status,
        "ceiling_fen": one.ceiling_fen, "drawn_fen": drawn, "left_fen": one.ceiling_fen - drawn, "effective_to": rfc3339(one.effective_to),
        "due_at": rfc3339(one.due_at) if one.due_at else None, "terms_hash": one.terms_hash, "items": items, "calls": calls,
    }, ("seller", "buyer"))


def _ours(request: Request) -> Any:
    rows = Framework.objects.visible_to(request.user).select_related("seller", "buyer", "venue")
    return rows.prefetch_related("items__listing", "items__version", "calls__item", "calls__trade")


def _own(code: str, request: Request) -> Framework:
    """A framework of one's own side; 404 else."""
    found: Framework | None = _ours(request).filter(code=code).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


class Frameworks(APIView):
    """GET lists one's own frameworks, newest first; POST offers one."""

    permission_classes = [Requires(GET="trading.framework.see", POST="trading.framework.see")]
    ordering = ("-pk", "-pk")

    @covers("CAP-E4")
    @extend_schema(operation_id="frameworks", responses={200: FrameworkPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(_ours(request), request, self)
        return pages.get_paginated_response([_row(one) for one in found])

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="offer_framework", request=FrameworkIn, responses={201: FrameworkRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = FrameworkIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = dict(asked.validated_data)
        items = [Item(on_offer(one["listing"], request.user), Terms(one["price_fen"], None, one["term_days"], one["purpose"]))
                 for one in good.pop("items")]
        to = good.pop("to")
        made = offer_framework(items=items, **good, to=organization(to) if to else None, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(_row(_own(made.code, request)), status=201)


class OneFramework(APIView):
    """One framework: its terms, what is drawn and left, its orders."""

    permission_classes = [Requires(GET="trading.framework.see")]

    @extend_schema(operation_id="framework", responses={200: FrameworkRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(_row(_own(code, request)))


class FrameworkActs(APIView):
    """Accepts, declines, takes back or ends a framework."""

    permission_classes = [Requires(POST="trading.framework.see")]

    @covers("CAP-E4", "F3", "T5")
    @extend_schema(operation_id="act_on_framework", request=FrameworkActIn, responses={201: FrameworkRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _own(code, request), FrameworkActIn(data=request.data)
        asked.is_valid(raise_exception=True)
        act = asked.validated_data["act"]
        by: dict[str, Any] = {"framework": one, "actor": actor_for(request), "clock": MARKET_CLOCK}
        if act == "end":
            end_framework(**by)
        else:
            settle_offer(**by, act=act)
        return Response(_row(_own(code, request)), status=201)


class CallOffs(APIView):
    """Orders one item within what is left of the ceiling: a trade, paid in days."""

    permission_classes = [Requires(POST="trading.framework.see")]

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="call_off", request=CallOffIn, responses={201: CallOffOut}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _own(code, request), CallOffIn(data=request.data)
        asked.is_valid(raise_exception=True)
        order = call_off(framework=one, **asked.validated_data, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({"number": order.number, "trade": order.trade.code, "price_fen": order.price_fen}, status=201)


urlpatterns = [
    path("frameworks/", Frameworks.as_view(), name="frameworks"),
    path("frameworks/<str:code>/", OneFramework.as_view(), name="framework"),
    path("frameworks/<str:code>/acts/", FrameworkActs.as_view(), name="framework_acts"),
    path("frameworks/<str:code>/orders/", CallOffs.as_view(), name="framework_orders"),
]
