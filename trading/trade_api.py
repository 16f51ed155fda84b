"""Trades for programs: quote and buy at the list price, read one's own, pay, cancel, have a filed one served here (I7, CAP-E1, R57)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from kit.coverage import covers
from participants.billing import FIELDS, defaults_of
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from trading.models import Trade
from trading.operations import book_services, buy_listing, cancel_trade, decline_services, pay_trade, quote_for
from trading.public_uses import PublicTask
from trading.queries import on_offer, trade_for
from trading.secrecy import screened

__all__ = ["QuoteOut", "TradeRow", "urlpatterns"]


class PurchaseIn(StrictSerializer):
    version = serializers.CharField(max_length=16, help_text="the version quoted")
    total_fen = FenField(help_text="price and buyer's fees as quoted, in fen")
    purpose = serializers.CharField(max_length=200, required=False, default="", help_text="one of the version's purposes")
    po_number = serializers.CharField(max_length=40, required=False, help_text="the buyer's own order number, on the statement")
    cost_centre = serializers.CharField(max_length=40, required=False, help_text="the buyer's alone")
    invoice_title = serializers.CharField(max_length=100, required=False, help_text="else the organisation's default")
    tax_number = serializers.CharField(max_length=24, required=False, help_text="unified social credit code of the title")
    task = serializers.CharField(max_length=2000, required=False, default="", help_text="of free public data: the public task it serves")
    accepts = serializers.BooleanField(required=False, default=False, help_text="of free public data: its conditions are accepted")


class QuoteOut(serializers.Serializer):
    listing = serializers.CharField()
    version = serializers.CharField()
    price_fen = serializers.IntegerField()
    fees = serializers.ListField(child=serializers.DictField())
    total_fen = serializers.IntegerField()
    tax_fen = serializers.IntegerField(allow_null=True, help_text="value-added tax inside the price")
    tax_bps = serializers.IntegerField(allow_null=True)


class TradeRow(serializers.Serializer):
    """One own trade in full."""

    code = serializers.CharField()
    channel = serializers.CharField()
    basis = serializers.CharField()
    title = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    price_fen = serializers.IntegerField()
    status = serializers.CharField()
    due_at = serializers.CharField(allow_null=True)
    agreement_hash = serializers.CharField()
    executed_at = serializers.CharField()
    pilot = serializers.CharField(allow_null=True, help_text="PIL-… where it was sold as a pilot")
    deposit_fen = serializers.IntegerField(help_text="of its auction: paid into escrow, returned when cancelled, forfeited in default")
    cancel_asked_by = serializers.CharField(allow_null=True, help_text="seller or buyer: the other one agrees by cancelling too")
    cause = serializers.CharField(allow_blank=True, help_text="why it is cancelled or ended: what was said, or a code")
    services_asked = serializers.CharField(allow_null=True, help_text="of a filed deal: who asks to have it served here")


class TradeActIn(StrictSerializer):
    """``cancel`` an unpaid trade: the first asks with a reason, the other agrees, the deposit goes back. Of a filed deal: ``book_services``
    asks to have it delivered and settled here, or agrees; ``decline_services`` declines, or takes back."""

    act = serializers.ChoiceField(choices=["cancel", "book_services", "decline_services"])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=60, default="", help_text="of a cancellation")


class TradePage(serializers.Serializer):
    items = TradeRow(many=True)
    next = serializers.CharField(allow_null=True)


def trade_row(trade: Trade) -> dict[str, Any]:
    """This will give a trade as its parties see it."""
    state = trade.state
    asked = None if state.cancel_asked_by_id is None else "buyer" if state.cancel_asked_by_id == trade.buyer_id else "seller"
    return screened("trade", {
        "code": trade.code, "channel": trade.channel, "basis": trade.basis, "title": trade.title, "seller": trade.seller.code,
        "buyer": trade.buyer.code, "price_fen": trade.price_fen, "status": state.status,
        "due_at": rfc3339(state.due_at) if state.due_at else None, "agreement_hash": trade.agreement_hash,
        "executed_at": rfc3339(trade.executed_at), "pilot": trade.pilot or None,
        "deposit_fen": state.deposit_fen, "cause": state.cause, "services_asked": state.services_asked or None, "cancel_asked_by": asked,
    }, ("seller", "buyer"))


class Trades(APIView):
    """The organisation's own trades, newest first."""

    permission_classes = [Requires(GET="trading.trade.see")]

    @extend_schema(operation_id="trades", responses={200: TradePage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        self.ordering = ("-pk", "-pk")
        own = actor_for(request).organization_id or 0
        rows = Trade.objects.filter(seller_id=own) | Trade.objects.filter(buyer_id=own)
        pages = CursorPages()
        found = pages.paginate_queryset(rows.select_related("seller", "buyer", "state"), request, self)
        return pages.get_paginated_response([trade_row(one) for one in found])


class OneTrade(APIView):
    """One own trade."""

    permission_classes = [Requires(GET="trading.trade.see")]

    @extend_schema(operation_id="trade", responses={200: TradeRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(trade_row(trade_for(code, request.user)))


class Pay(APIView):
    """Funds a trade: the deposit posts and the rest moves, both into the trade's own escrow."""

    permission_classes = [Requires(POST="trading.trade.see")]

    @extend_schema(operation_id="pay_trade", request=None, responses={200: TradeRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        trade = trade_for(code, request.user)
        pay_trade(trade=trade, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(trade_row(trade_for(code, request.user)))


class TradeActs(APIView):
    """Cancels an unpaid trade by both sides, or books this house's delivery and settlement for a filed one."""

    permission_classes = [Requires(POST="trading.trade.see")]

    @covers("E10", "R57", "CAP-I7", "T5")
    @extend_schema(operation_id="act_on_trade", request=TradeActIn, responses={201: TradeRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        trade, asked = trade_for(code, request.user), TradeActIn(data=request.data)
        asked.is_valid(raise_exception=True)
        act, reason = asked.validated_data["act"], asked.validated_data["reason"].strip()
        by: dict[str, Any] = {"trade": trade, "actor": actor_for(request), "clock": MARKET_CLOCK}
        if act == "cancel":
            if not reason and trade.state.cancel_asked_by_id in (None, by["actor"].organization_id):
                raise serializers.ValidationError({"reason": [exceptions.ErrorDetail("say why", code="required")]})
            cancel_trade(**by, cause=reason)
        else:
            (book_services if act == "book_services" else decline_services)(**by)
        return Response(trade_row(trade_for(code, request.user)), status=201)


class Purchases(APIView):
    """GET quotes a licence at the list price, to the fen; POST buys it as quoted, agreed and paid into escrow in one act."""

    permission_classes = [Requires(GET="trading.auction.see", POST="trading.trade.buy")]

    @covers("CAP-E1")
    @extend_schema(operation_id="quote", responses={200: QuoteOut})
    def get(self, request: Request, code: str) -> Response:
        quote = quote_for(on_offer(code, request.user), MARKET_CLOCK.now())
        return Response({"listing": code, "version": quote.version.code, "price_fen": quote.price_fen, "total_fen": quote.total_fen,
                         "tax_fen": quote.tax.fen if quote.tax else None, "tax_bps": quote.tax.rate.bps if quote.tax else None,
                         "fees": [{"key": one.charge.key, "fen": one.fen} for one in quote.fees]})

    @covers("CAP-E1", "T5")
    @extend_schema(operation_id="buy", request=PurchaseIn, responses={201: TradeRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        listing, asked = on_offer(code, request.user), PurchaseIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        use = PublicTask(said.pop("task"), accepts=said.pop("accepts"))
        named = {name: said.pop(name) for name in FIELDS if name in said}
        papers = asdict(defaults_of(actor_for(request).organization_id or 0)) | named if named else None
        trade = buy_listing(listing=listing, **said, use=use, papers=papers, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(trade_row(trade), status=201)


urlpatterns = [
    path("listings/<str:code>/purchases/", Purchases.as_view(), name="purchases"),
    path("trades/", Trades.as_view(), name="trades"),
    path("trades/<str:code>/", OneTrade.as_view(), name="trade"),
    path("trades/<str:code>/acts/", TradeActs.as_view(), name="trade_acts"),
    path("trades/<str:code>/pay/", Pay.as_view(), name="trade_pay"),
]
