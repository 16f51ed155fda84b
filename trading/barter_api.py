"""Barters for programs: propose, answer, read. The rules live in the operations."""

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
from kit.rejected import Rejected
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from trading.auctions.bargain import Terms
from trading.auctions.barter import DIFFERENCES, Swap, bill_of
from trading.barters import barter_for, barters_of, legs_of, side_of
from trading.deal_api import AnswerIn
from trading.models import Barter, BarterSide
from trading.operations import accept_barter, counter_barter, decline_barter, propose_barter, withdraw_barter
from trading.queries import on_offer
from trading.secrecy import screened

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class LicenceIn(StrictSerializer):
    """One licence of an offer at its declared fair value; seats and term as the listing says where they are not given."""

    value_fen = FenField()
    seats = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=100_000, default=None)
    term_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=36_500, default=None)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")


class SwapIn(StrictSerializer):
    """Both licences, named from the proposer's side whoever sends it; what becomes of the difference of the values."""

    gives = LicenceIn()
    gets = LicenceIn()
    difference = serializers.ChoiceField(choices=list(DIFFERENCES))


class ProposalIn(SwapIn):
    gives_listing = serializers.CharField(max_length=16)
    gets_listing = serializers.CharField(max_length=16)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class BarterAnswerIn(AnswerIn):
    """Answered as an offer of a bargain is; a counter brings both licences."""

    terms = SwapIn(required=False)  # type: ignore[assignment]


class LicenceRow(serializers.Serializer):
    listing = serializers.CharField()
    version = serializers.CharField()
    value_fen = serializers.IntegerField()
    seats = serializers.IntegerField(allow_null=True)
    term_days = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField(allow_blank=True)


class PaysRow(serializers.Serializer):
    """What the reader's side pays in money."""

    buyer_fee_fen = serializers.IntegerField()
    seller_fee_fen = serializers.IntegerField()
    levy_fen = serializers.IntegerField()
    partners_fen = serializers.IntegerField()
    difference_fen = serializers.IntegerField()
    total_fen = serializers.IntegerField()


class BarterRow(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.CharField()
    turn = serializers.CharField()
    round = serializers.IntegerField()
    proposer = serializers.CharField()
    partner = serializers.CharField()
    gives = LicenceRow(help_text="the proposer's licence")
    gets = LicenceRow(help_text="the partner's licence")
    difference = serializers.CharField()
    pays = PaysRow()
    due_at = serializers.CharField(allow_null=True)
    trades = serializers.DictField(child=serializers.CharField(), help_text="by side, once agreed")


class BarterPage(serializers.Serializer):
    items = BarterRow(many=True)
    next = serializers.CharField(allow_null=True)


def barter_row(one: Barter, organization_id: int | None) -> dict[str, Any]:
    """This will give a barter as the reader's side sees it; what the other side pays in money is the other side's."""
    swap, side = one.swap, side_of(one, organization_id)
    bill = bill_of(swap, side, legs_of(one, swap, at=one.agreed_at or MARKET_CLOCK.now()))
    return screened("barter", {
        "code": one.code, "status": one.status, "turn": one.turn, "round": one.round, "proposer": one.proposer.code,
        "partner": one.partner.code, "gives": _licence(one, BarterSide.PROPOSER), "gets": _licence(one, BarterSide.PARTNER),
        "difference": one.difference, "pays": {**vars(bill), "total_fen": bill.total_fen},
        "due_at": rfc3339(one.due_at) if one.due_at else None,
        "trades": {leg.side: leg.trade.code for leg in one.legs.select_related("trade")}}, ("seller", "buyer"))


def _licence(one: Barter, side: str) -> dict[str, Any]:
    terms = one.swap.given_by(side)
    return {"listing": one.listing_of(side).code, "version": one.version_of(side).code, "value_fen": terms.price_fen, "seats": terms.seats,
            "term_days": terms.term_days, "purpose": terms.purpose}


def _swap(given: dict[str, Any]) -> Swap:
    first, second = (Terms(one["value_fen"], one["seats"], one["term_days"], one["purpose"]) for one in (given["gives"], given["gets"]))
    return Swap(first, second, given["difference"])


class Barters(APIView):
    """GET lists one's own barters, newest first; POST proposes a licence of one's own for one of somebody else's."""

    permission_classes = [Requires(GET="trading.barter.see", POST="trading.barter.open")]
    ordering = ("-pk", "-pk")

    @extend_schema(operation_id="barters", responses={200: BarterPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        pages, own = CursorPages(), actor_for(request).organization_id
        found = pages.paginate_queryset(barters_of(own).order_by("-pk"), request, self)
        return pages.get_paginated_response([barter_row(one, own) for one in found])

    @covers("R12", "CAP-E4", "T5")
    @extend_schema(operation_id="propose_barter", request=ProposalIn, responses={201: BarterRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked, actor = ProposalIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        one = propose_barter(gives=on_offer(good["gives_listing"], request.user), gets=on_offer(good["gets_listing"], request.user),
                             swap=_swap(good), note=good["note"], actor=actor, clock=MARKET_CLOCK)
        return Response(barter_row(one, actor.organization_id), status=201)


class OneBarter(APIView):
    """One barter of one's own."""

    permission_classes = [Requires(GET="trading.barter.see")]

    @extend_schema(operation_id="barter", responses={200: BarterRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(barter_row(barter_for(code, request.user), actor_for(request).organization_id))


class BarterAnswers(APIView):
    """Accepts, counters, declines or takes back the offer that stands."""

    permission_classes = [Requires(POST="trading.barter.see")]

    @covers("R12", "CAP-E4", "T5")
    @extend_schema(operation_id="answer_barter", request=BarterAnswerIn, responses={201: BarterRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked, actor = barter_for(code, request.user), BarterAnswerIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        by: dict[str, Any] = {"barter": one, "actor": actor, "clock": MARKET_CLOCK}
        if good["act"] == "counter":
            if "terms" not in good:
                raise Rejected("trading.barter.no_terms", barter=one.code)
            done = counter_barter(**by, swap=_swap(good["terms"]), note=good["note"])
        elif good["act"] == "accept":
            done = accept_barter(**by, seen=good["seen"])
        else:
            done = decline_barter(**by) if good["act"] == "decline" else withdraw_barter(**by)
        return Response(barter_row(done, actor.organization_id), status=201)


urlpatterns = [
    path("barters/", Barters.as_view(), name="barters"),
    path("barters/<str:code>/", OneBarter.as_view(), name="barter"),
    path("barters/<str:code>/answers/", BarterAnswers.as_view(), name="barter_answers"),
]
