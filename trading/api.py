"""The floor for programs: lots, their ticks, bids, trades (I7, E13). The rules live in the operations; this only translates."""

from __future__ import annotations

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
from kit.rejected import FieldFault, Rejected
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from trading import (
    agreement_api,
    barter_api,
    cart_api,
    dataspace_api,
    deal_api,
    deciding_api,
    framework_api,
    market_api,
    order_api,
    report_api,
    trade_api,
    trial_api,
)
from trading.announcing_api import AnnounceIn, LotActIn, acted, announced
from trading.clock import asked_at, next_step_at
from trading.models import Auction, Bid, Bidder
from trading.operations import (
    best_bid,
    place_bid,
    register_bidder,
    reveal_bid,
    seal_bid,
    take_price,
)
from trading.queries import lot_for, standing_bids, ticks_after
from trading.secrecy import screened
from trading.ticks import message_of

__all__ = ["urlpatterns"]


class LotRow(serializers.Serializer):
    """One lot. ``price_fen`` is null before the first bid; ``leader`` is a paddle; a secret reserve's amount is never told."""

    code = serializers.CharField()
    listing = serializers.CharField()
    title = serializers.CharField()
    seller = serializers.CharField()
    format = serializers.CharField()
    status = serializers.CharField()
    start_price_fen = serializers.IntegerField()
    price_fen = serializers.IntegerField(allow_null=True)
    leader = serializers.CharField(allow_null=True)
    reserve = serializers.CharField(help_text="none, secret, announced or met")
    announced_reserve_fen = serializers.IntegerField(allow_null=True, help_text="null while it is secret, or there is none")
    bids = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="number of the last public tick")
    opens_at = serializers.CharField()
    closes_at = serializers.CharField()
    clock = serializers.DictField(allow_null=True, help_text="of a Dutch lot: asked_fen now, step_fen, seconds, floor_fen, next_step_at")
    extensions = serializers.IntegerField()
    pilot = serializers.CharField(allow_null=True, help_text="PIL-… while it is sold as a pilot, within caps and for a time")


class LotPage(serializers.Serializer):
    items = LotRow(many=True)
    next = serializers.CharField(allow_null=True)


def _clock_row(lot: Auction) -> dict[str, Any] | None:
    if lot.clock_seconds is None:
        return None
    at = max(MARKET_CLOCK.now(), lot.opens_at)
    return {"asked_fen": asked_at(lot, at), "step_fen": lot.clock_step_fen, "seconds": lot.clock_seconds, "floor_fen": lot.clock_floor_fen,
            "next_step_at": rfc3339(next_step_at(lot, at))}


def lot_row(lot: Auction) -> dict[str, Any]:
    """This will give a lot's public facts."""
    reserve = "none" if lot.reserve_price_fen is None else "met" if lot.reserve_met else "announced" if lot.reserve_told else "secret"
    return screened("lot", {
        "code": lot.code, "listing": lot.listing.code, "title": lot.version.title_zh, "seller": lot.seller.code, "format": lot.format,
        "status": lot.status, "start_price_fen": lot.start_price_fen, "price_fen": lot.price_fen,
        "leader": str(lot.leader.paddle) if lot.leader else None, "reserve": reserve,
        "announced_reserve_fen": lot.announced_reserve_fen, "bids": lot.seq, "seq": lot.tick_seq,
        "opens_at": rfc3339(lot.opens_at), "closes_at": rfc3339(lot.closes_at), "extensions": lot.extensions,
        "pilot": lot.listing.pilot.code if lot.listing.pilot else None, "clock": _clock_row(lot),
    })


class Lots(APIView):
    """GET lists announced, open and ended lots, newest first; POST announces one of one's own."""

    permission_classes = [Requires(GET="trading.auction.see", POST="trading.lots.see")]
    ordering = ("-pk", "-pk")

    @covers("CAP-I7")
    @extend_schema(operation_id="lots", responses={200: LotPage}, parameters=[
        OpenApiParameter("status", str), OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        rows = Auction.objects.announced().select_related("listing__pilot", "version", "seller", "standing__leader")
        asked = request.query_params.get("status", "")
        if asked:
            rows = rows.filter(status=asked[:20].replace("\0", ""))
        pages = CursorPages()
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([lot_row(one) for one in found])

    @covers("CAP-E5", "T5")
    @extend_schema(operation_id="announce", request=AnnounceIn, responses={201: LotRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request) -> Response:
        return Response(lot_row(announced(request)), status=201)


class LotActs(APIView):
    """Cancels a lot (its seller before the opening, the regulator), halts or resumes it (the desks)."""

    permission_classes = [Requires(POST="trading.auction.act")]

    @covers("CAP-E5", "R57", "T5")
    @extend_schema(operation_id="act_on_lot", request=LotActIn, responses={201: LotRow}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        acted(lot_for(code, request.user), request)
        return Response(lot_row(lot_for(code, request.user)), status=201)


class OneLot(APIView):
    """One lot as everyone may see it."""

    permission_classes = [Requires(GET="trading.auction.see")]

    @extend_schema(operation_id="lot", responses={200: LotRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(lot_row(lot_for(code, request.user)))


class TickPage(serializers.Serializer):
    items = serializers.ListField(child=serializers.DictField())
    server_now = serializers.CharField()


class Ticks(APIView):
    """The public ticks behind ``after``: how a client heals a gap in ``seq``."""

    permission_classes = [Requires(GET="trading.auction.see")]

    @covers("CAP-E13", "T32")
    @extend_schema(operation_id="lot_ticks", responses={200: TickPage}, parameters=[OpenApiParameter("after", int, required=False)])
    def get(self, request: Request, code: str) -> Response:
        asked = request.query_params.get("after", "0")
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
            raise Rejected("exchange.request.invalid", errors=[FieldFault("after", "whole", ("序号是整数", "a sequence number is whole"))])
        now = MARKET_CLOCK.now()
        rows = ticks_after(lot_for(code, request.user), int(asked))
        return Response({"items": [message_of(row, server_now=now) for row in rows], "server_now": rfc3339(now)})


class BidIn(StrictSerializer):
    maximum_fen = FenField(help_text="the most to pay, in fen; the engine bids no more than it needs to lead")


class BidOut(serializers.Serializer):
    lot = serializers.CharField()
    seq = serializers.IntegerField()
    price_fen = serializers.IntegerField()
    leads = serializers.BooleanField()
    paddle = serializers.IntegerField()
    leader = serializers.IntegerField()
    closes_at = serializers.CharField()
    at = serializers.CharField()
    minimum_fen = serializers.IntegerField()


class BidLine(serializers.Serializer):
    seq = serializers.IntegerField()
    at = serializers.CharField()
    paddle = serializers.IntegerField()
    price_fen = serializers.IntegerField()
    leader = serializers.IntegerField()


class BidPage(serializers.Serializer):
    items = BidLine(many=True)
    next = serializers.CharField(allow_null=True)


def bid_line(bid: Bid) -> dict[str, Any]:
    """This will give a bid's public facts: no maximum, no name."""
    return screened("bid", {"seq": bid.seq, "at": rfc3339(bid.at), "paddle": bid.bidder.paddle, "price_fen": bid.price_after_fen,
                            "leader": bid.leader_after})


class Bids(APIView):
    """The bids that count, newest first (paddles, never names or maxima); POST bids."""

    permission_classes = [Requires(GET="trading.auction.see", POST="trading.bid.place")]

    @extend_schema(operation_id="lot_bids", responses={200: BidPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request, code: str) -> Response:
        self.ordering = ("-seq", "-pk")
        pages = CursorPages()
        found = pages.paginate_queryset(standing_bids(lot_for(code, request.user)), request, self)
        return pages.get_paginated_response([bid_line(one) for one in found])

    @covers("CAP-E5", "T5")
    @extend_schema(operation_id="place_bid", request=BidIn, responses={201: BidOut}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        asked = BidIn(data=request.data)
        asked.is_valid(raise_exception=True)
        placed = place_bid(lot=code, maximum_fen=asked.validated_data["maximum_fen"], actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({
            "lot": placed.lot, "seq": placed.seq, "price_fen": placed.price_fen, "leads": placed.leads, "paddle": placed.paddle,
            "leader": placed.leader, "closes_at": rfc3339(placed.closes_at), "at": rfc3339(placed.at), "minimum_fen": placed.minimum_fen,
        }, status=201)


class BidderOut(serializers.Serializer):
    lot = serializers.CharField()
    paddle = serializers.IntegerField()
    deposit_fen = serializers.IntegerField()


class Register(APIView):
    """Registers as a bidder: draws a paddle and reserves the deposit; again is the same."""

    permission_classes = [Requires(POST="trading.bidder.register")]

    @extend_schema(operation_id="register_bidder", request=None, responses={201: BidderOut}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        lot = lot_for(code, request.user)
        bidder: Bidder = register_bidder(lot=lot, actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({"lot": lot.code, "paddle": bidder.paddle, "deposit_fen": bidder.deposit_fen}, status=201)


class SealIn(StrictSerializer):
    commitment = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="SHA-256 of 32 bytes of salt and the amount in whole fen, in digits")


class SealOut(serializers.Serializer):
    lot = serializers.CharField()
    commitment = serializers.CharField()
    at = serializers.CharField()


class Seals(APIView):
    """Hands in a sealed bid: its hash alone. A newer one replaces the organisation's own."""

    permission_classes = [Requires(POST="trading.bid.seal")]

    @covers("CAP-E6")
    @extend_schema(operation_id="seal_bid", request=SealIn, responses={201: SealOut}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        lot, asked = lot_for(code, request.user), SealIn(data=request.data)
        asked.is_valid(raise_exception=True)
        seal = seal_bid(lot=lot, commitment=asked.validated_data["commitment"], actor=actor_for(request),
                        clock=MARKET_CLOCK)
        return Response({"lot": code, "commitment": seal.commitment, "at": rfc3339(seal.at)}, status=201)


class TakeIn(StrictSerializer):
    at_most_fen = FenField(help_text="what the clock was seen to ask; never more is paid")


class TakeOut(serializers.Serializer):
    lot = serializers.CharField()
    price_fen = serializers.IntegerField()
    at = serializers.CharField()


class Takes(APIView):
    """Takes a Dutch lot at what its clock asks at the database's instant."""

    permission_classes = [Requires(POST="trading.bid.take")]

    @covers("CAP-E7")
    @extend_schema(operation_id="take_price", request=TakeIn, responses={201: TakeOut}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        lot, asked = lot_for(code, request.user), TakeIn(data=request.data)
        asked.is_valid(raise_exception=True)
        taken = take_price(lot=lot, at_most_fen=asked.validated_data["at_most_fen"], actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({"lot": code, "price_fen": taken.price_fen, "at": rfc3339(taken.ended_at) if taken.ended_at else ""}, status=201)


class RevealIn(StrictSerializer):
    amount_fen = FenField(help_text="what was sealed, in fen")
    salt = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="the 32 bytes it was sealed with, in hex")
    word = serializers.CharField(max_length=600, required=False, default="", help_text="of a lot of several licences: the word as sealed")


class Reveals(APIView):
    """Opens the organisation's newest sealed bid after the end."""

    permission_classes = [Requires(POST="trading.bid.reveal")]

    @covers("CAP-E6")
    @extend_schema(operation_id="reveal_bid", request=RevealIn, responses={201: SealOut}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        lot, asked = lot_for(code, request.user), RevealIn(data=request.data)
        asked.is_valid(raise_exception=True)
        opened = reveal_bid(lot=lot, amount_fen=asked.validated_data["amount_fen"],
                            salt=bytes.fromhex(asked.validated_data["salt"]), word=asked.validated_data["word"],
                            actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({"lot": code, "commitment": opened.sealed.commitment, "at": rfc3339(opened.at)}, status=201)


class BestIn(StrictSerializer):
    amount_fen = FenField(help_text="the one best bid of whoever took the clock's price; an equal amount wins")


class Bests(APIView):
    """Makes the one best bid of a hybrid lot; the lot ends with it."""

    permission_classes = [Requires(POST="trading.bid.best")]

    @covers("CAP-E7")
    @extend_schema(operation_id="best_bid", request=BestIn, responses={201: TakeOut}, parameters=[
        OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        lot, asked = lot_for(code, request.user), BestIn(data=request.data)
        asked.is_valid(raise_exception=True)
        done = best_bid(lot=lot, amount_fen=asked.validated_data["amount_fen"], actor=actor_for(request), clock=MARKET_CLOCK)
        return Response({"lot": code, "price_fen": done.price_fen, "at": rfc3339(done.ended_at) if done.ended_at else ""}, status=201)


urlpatterns = [
    path("lots/", Lots.as_view(), name="lots"),
    path("lots/<str:code>/", OneLot.as_view(), name="lot"),
    path("lots/<str:code>/acts/", LotActs.as_view(), name="lot_acts"),
    path("lots/<str:code>/ticks/", Ticks.as_view(), name="lot_ticks"),
    path("lots/<str:code>/bids/", Bids.as_view(), name="lot_bids"),
    path("lots/<str:code>/takes/", Takes.as_view(), name="lot_takes"),
    path("lots/<str:code>/seals/", Seals.as_view(), name="lot_seals"),
    path("lots/<str:code>/reveals/", Reveals.as_view(), name="lot_reveals"),
    path("lots/<str:code>/best-bids/", Bests.as_view(), name="lot_best_bids"),
    path("lots/<str:code>/bidders/", Register.as_view(), name="lot_bidders"),
    *trade_api.urlpatterns,
    *market_api.urlpatterns,
    *order_api.urlpatterns,
    *deal_api.urlpatterns,
    *barter_api.urlpatterns,
    *deciding_api.urlpatterns,
    *trial_api.urlpatterns,
    *cart_api.urlpatterns,
    *dataspace_api.urlpatterns,
    *agreement_api.urlpatterns,
    *report_api.urlpatterns,
    *framework_api.urlpatterns,
]
