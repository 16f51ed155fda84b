"""The cart for programs: read it, put a licence in, order all of it. The rules live in ``trading/carting.py``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

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
from participants.edge import FenField, Requires, StrictSerializer, actor_for, idempotent
from trading.carting import checkout_cart, open_cart, put_in_cart
from trading.models import Cart
from trading.queries import on_offer
from trading.secrecy import screened

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class LineIn(StrictSerializer):
    """A licence at its list price of today; again is to accept the price of today."""

    listing = serializers.CharField(max_length=16)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")


class CartOrderIn(StrictSerializer):
    """The cart and the sum as they were read; papers as the organisation's defaults where they are not given."""

    cart = serializers.CharField(max_length=16)
    total_fen = FenField()
    po_number = serializers.CharField(max_length=40, required=False)
    cost_centre = serializers.CharField(max_length=40, required=False)
    invoice_title = serializers.CharField(max_length=100, required=False)
    tax_number = serializers.CharField(max_length=24, required=False)


class CartRow(serializers.Serializer):
    code = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    total_fen = serializers.IntegerField()
    lines = serializers.ListField(child=serializers.DictField())
    due_at = serializers.CharField(allow_null=True)


def cart_row(cart: Cart | None) -> dict[str, Any]:
    """This will give a cart as its organisation sees it; an empty one before the first licence."""
    rows = cart.lines.select_related("listing", "version", "trade").order_by("listing_id") if cart else []
    lines = [{"listing": one.listing.code, "version": one.version.code, "purpose": one.purpose, "total_fen": one.total_fen,
              "trade": one.trade.code if one.trade else None} for one in rows]
    return screened("cart", {
        "code": cart.code if cart else None, "status": cart.status if cart else "open", "lines": lines,
        "total_fen": sum(int(str(one["total_fen"])) for one in lines),
        "due_at": rfc3339(cart.due_at) if cart and cart.due_at else None}, ("own",))


class OneCart(APIView):
    """GET reads the organisation's open cart."""

    permission_classes = [Requires(GET="trading.cart.change")]

    @extend_schema(operation_id="cart", responses={200: CartRow})
    def get(self, request: Request) -> Response:
        return Response(cart_row(open_cart(actor_for(request).organization_id)))


class CartLines(APIView):
    """POST puts one licence in."""

    permission_classes = [Requires(POST="trading.cart.change")]

    @covers("CAP-E1", "T5")
    @extend_schema(operation_id="put_in_cart", request=LineIn, responses={201: CartRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = LineIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        line = put_in_cart(listing=on_offer(good["listing"], request.user), purpose=good["purpose"], actor=actor_for(request),
                           clock=MARKET_CLOCK)
        return Response(cart_row(line.cart), status=201)


class CartOrders(APIView):
    """POST orders every line of a cart in one act, or none."""

    permission_classes = [Requires(POST="trading.cart.change")]

    @covers("CAP-E1", "T5")
    @extend_schema(operation_id="order_cart", request=CartOrderIn, responses={201: CartRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = CartOrderIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = dict(asked.validated_data)
        actor = actor_for(request)
        cart = Cart.objects.filter(buyer_id=actor.organization_id or 0, code=good["cart"]).first()
        if cart is None:
            raise Rejected("trading.cart.absent")
        named = {name: good[name] for name in FIELDS if name in good}
        papers = asdict(defaults_of(actor.organization_id or 0)) | named if named else None
        checkout_cart(cart=cart, total_fen=good["total_fen"], papers=papers, actor=actor, clock=MARKET_CLOCK)
        cart.refresh_from_db()
        return Response(cart_row(cart), status=201)


urlpatterns = [
    path("cart/", OneCart.as_view(), name="cart"),
    path("cart/lines/", CartLines.as_view(), name="cart_lines"),
    path("cart/orders/", CartOrders.as_view(), name="cart_orders"),
]
