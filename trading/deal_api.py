"""Bargains and requests for quotes for programs: open, answer, ask, quote, award. The rules live in the operations."""

from __future__ import annotations

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
from kit.rejected import Rejected
from participants.edge import CursorPages, FenField, Requires, StrictSerializer, actor_for, idempotent
from participants.queries import organization
from trading.auctions.bargain import Terms
from trading.models import Negotiation, Quote, Rfq
from trading.operations import accept_offer, award_rfq, counter_offer, decline_offer, give_quote, open_negotiation, open_rfq, withdraw_offer
from trading.operations.requesting import MOST_INVITED
from trading.queries import on_offer
from trading.requests import budget_shown, compared, opened, quotes_for, rfq_for
from trading.secrecy import screened
from trading.talks import talk_for, talks_of
from trading.trial_api import ChallengeIn, CsvField, answers_in, criteria_in, quote_named

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class TermsIn(StrictSerializer):
    """What an offer says; seats and term as the listing says where they are not given."""

    price_fen = FenField()
    seats = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=100_000, default=None)
    term_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=36_500, default=None)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")


class OfferIn(TermsIn):
    listing = serializers.CharField(max_length=16)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class AnswerIn(StrictSerializer):
    """``accept`` names the offer it answers (``seen``); ``counter`` brings terms of its own."""

    act = serializers.ChoiceField(choices=["accept", "counter", "decline", "withdraw"])
    seen = serializers.IntegerField(required=False, min_value=1, max_value=20, default=0)
    terms = TermsIn(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class NegotiationRow(serializers.Serializer):
    code = serializers.CharField()
    kind = serializers.CharField()
    listing = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    status = serializers.CharField()
    turn = serializers.CharField()
    round = serializers.IntegerField()
    price_fen = serializers.IntegerField()
    seats = serializers.IntegerField(allow_null=True)
    term_days = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField(allow_blank=True)
    due_at = serializers.CharField(allow_null=True)
    trade = serializers.CharField(allow_null=True)


class NegotiationPage(serializers.Serializer):
    items = NegotiationRow(many=True)
    next = serializers.CharField(allow_null=True)


def negotiation_row(one: Negotiation) -> dict[str, Any]:
    """This will give a bargain as its two sides see it."""
    return screened("negotiation", {
        "code": one.code, "kind": one.kind, "listing": one.listing.code, "seller": one.seller.code, "buyer": one.buyer.code,
        "status": one.status, "turn": one.turn, "round": one.round, "price_fen": one.price_fen, "seats": one.seats,
        "term_days": one.term_days, "purpose": one.purpose, "due_at": rfc3339(one.due_at) if one.due_at else None,
        "trade": one.trade.code if one.trade else None}, ("seller", "buyer"))


def _terms(given: dict[str, Any]) -> Terms:
    return Terms(given["price_fen"], given["seats"], given["term_days"], given["purpose"])


class Negotiations(APIView):
    """GET lists one's own bargains, newest first; POST offers a seller a price."""

    permission_classes = [Requires(GET="trading.negotiation.see", POST="trading.negotiation.open")]
    ordering = ("-pk", "-pk")

    @extend_schema(operation_id="negotiations", responses={200: NegotiationPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(talks_of(actor_for(request).organization_id).order_by("-pk"), request, self)
        return pages.get_paginated_response([negotiation_row(one) for one in found])

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="negotiate", request=OfferIn, responses={201: NegotiationRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = OfferIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        one = open_negotiation(listing=on_offer(good["listing"], request.user), terms=_terms(good), note=good["note"],
                               actor=actor_for(request), clock=MARKET_CLOCK)
        return Response(negotiation_row(one), status=201)


class OneNegotiation(APIView):
    """One bargain of one's own."""

    permission_classes = [Requires(GET="trading.negotiation.see")]

    @extend_schema(operation_id="negotiation", responses={200: NegotiationRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(negotiation_row(talk_for(code, request.user)))


class Answers(APIView):
    """Accepts, counters, declines or takes back the offer that stands."""

    permission_classes = [Requires(POST="trading.negotiation.see")]

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="answer_offer", request=AnswerIn, responses={201: NegotiationRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = talk_for(code, request.user), AnswerIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        by: dict[str, Any] = {"negotiation": one, "actor": actor_for(request), "clock": MARKET_CLOCK}
        if good["act"] == "counter":
            if "terms" not in good:
                raise Rejected("trading.negotiation.no_terms", talk=one.code)
            done = counter_offer(**by, terms=_terms(good["terms"]), note=good["note"])
        elif good["act"] == "accept":
            done = accept_offer(**by, seen=good["seen"])
        else:
            done = decline_offer(**by) if good["act"] == "decline" else withdraw_offer(**by)
        return Response(negotiation_row(done), status=201)


# ---- requests for quotes ---------------------------------------------------------------------------------------------------


class DemandIn(StrictSerializer):
    """A public demand, or a tender to the sellers named in ``invited`` (codes of organisations): then nobody else sees it."""

    title = serializers.CharField(max_length=200)
    need = serializers.CharField(max_length=5000)
    purpose = serializers.CharField(max_length=40)
    sector = serializers.CharField(required=False, allow_blank=True, max_length=4, default="")
    budget_fen = FenField(required=False, allow_null=True, default=None)
    budget_hidden = serializers.BooleanField(required=False, default=False)
    seats = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=100_000, default=None)
    term_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=36_500, default=None)
    invited = serializers.ListField(child=serializers.CharField(max_length=16), required=False, max_length=MOST_INVITED, default=list)
    closes_at = serializers.DateTimeField()
    challenge = ChallengeIn(required=False, allow_null=True, default=None)


class QuoteIn(StrictSerializer):
    """In a challenge ``answers`` brings an answer to every question."""

    listing = serializers.CharField(max_length=16)
    price_fen = FenField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")
    answers = CsvField(required=False, allow_blank=True, default="", help_text="CSV with the columns `key` and `answer`")


class AwardIn(StrictSerializer):
    """``quote`` by its code; in a challenge ``entry`` by its number, with the ``reason`` where more points are passed over."""

    quote = serializers.CharField(max_length=16, required=False, default="")
    entry = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=9_999, default=None)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=400, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is awarded is named one way or the other."""
        if not attrs["quote"] and attrs["entry"] is None:
            missing = exceptions.ErrorDetail("name a quote, or an entry of a challenge", code="required")
            raise serializers.ValidationError({"quote": [missing]})
        return attrs


class DemandRow(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    need = serializers.CharField()
    buyer = serializers.CharField()
    sector = serializers.CharField(allow_blank=True)
    purpose = serializers.CharField()
    budget_fen = serializers.IntegerField(allow_null=True)
    public = serializers.BooleanField()
    challenge = serializers.BooleanField(help_text="decided by a blind trial: see /trial/")
    seats = serializers.IntegerField(allow_null=True)
    term_days = serializers.IntegerField(allow_null=True)
    status = serializers.CharField()
    round = serializers.IntegerField()
    target_fen = serializers.IntegerField(allow_null=True, help_text="of a further round: what the buyer counters with")
    message = serializers.CharField(allow_blank=True)
    closes_at = serializers.CharField()
    due_at = serializers.CharField(allow_null=True, help_text="until when the buyer decides")
    invited = serializers.ListField(child=serializers.CharField(), required=False, help_text="the buyer's own view alone")
    trade = serializers.CharField(allow_null=True, required=False, help_text="the buyer's own view alone")


class DemandPage(serializers.Serializer):
    items = DemandRow(many=True)
    next = serializers.CharField(allow_null=True)


class QuoteRow(serializers.Serializer):
    """One quote. ``place`` and ``tied`` only in the buyer's comparison, once the round is over."""

    code = serializers.CharField()
    demand = serializers.CharField()
    listing = serializers.CharField()
    seller = serializers.CharField()
    price_fen = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    round = serializers.IntegerField()
    status = serializers.CharField()
    at = serializers.CharField()
    place = serializers.IntegerField(required=False)
    tied = serializers.ListField(child=serializers.CharField(), required=False, help_text="quotes of parties tied to this one")


class QuoteList(serializers.Serializer):
    items = QuoteRow(many=True)


def demand_row(rfq: Rfq, organization_id: int | None) -> dict[str, Any]:
    """This will give a request as this reader may see it; a hidden budget, the guests and the trade are the buyer's alone."""
    own = organization_id is not None and organization_id == rfq.buyer_id
    return screened("demand", {
        "code": rfq.code, "title": rfq.title, "need": rfq.need, "buyer": rfq.buyer.code, "sector": rfq.sector, "purpose": rfq.purpose,
        "budget_fen": budget_shown(rfq, organization_id), "status": rfq.status, "round": rfq.round, "closes_at": rfc3339(rfq.closes_at),
        "public": rfq.public, "seats": rfq.seats, "term_days": rfq.term_days, "target_fen": rfq.target_fen, "message": rfq.message,
        "challenge": hasattr(rfq, "challenge"),
        "due_at": rfc3339(rfq.due_at) if rfq.due_at else None, "trade": rfq.trade.code if own and rfq.trade else None,
        "invited": sorted(one.organization.code for one in rfq.invitations.select_related("organization")) if own else [],
    }, ("visitor", "own") if own else ("visitor",))


def quote_row(quote: Quote, viewers: tuple[str, ...] = ("seller",), *, ended: bool = False, **beside: Any) -> dict[str, Any]:
    """This will give a quote as its seller or, once the seal is off, its buyer sees it."""
    return screened("quote", {"code": quote.code, "demand": quote.rfq.code, "listing": quote.listing.code, "seller": quote.seller.code,
                              "price_fen": quote.price_fen, "note": quote.note, "round": quote.round, "status": quote.status,
                              "at": rfc3339(quote.at), **beside}, viewers, ended=ended)


class Demands(APIView):
    """GET lists public demands, newest first; POST opens one."""

    permission_classes = [Requires(GET="trading.demand.see", POST="trading.rfq.open")]
    ordering = ("-pk", "-pk")

    @extend_schema(operation_id="demands", responses={200: DemandPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(Rfq.objects.filter(public=True).select_related("buyer", "trade", "challenge"), request, self)
        return pages.get_paginated_response([demand_row(one, actor_for(request).organization_id) for one in found])

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="open_demand", request=DemandIn, responses={201: DemandRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked, actor = DemandIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        good = {**asked.validated_data}
        guests = [organization(code) for code in good.pop("invited")]
        criteria = criteria_in(good.pop("challenge"), actor)
        rfq = open_rfq(**good, challenge=criteria, public=not guests, invited=guests, actor=actor, clock=MARKET_CLOCK)
        return Response(demand_row(rfq, actor.organization_id), status=201)


class OneDemand(APIView):
    """One request that the reader may see."""

    permission_classes = [Requires(GET="trading.demand.see")]

    @extend_schema(operation_id="demand", responses={200: DemandRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(demand_row(rfq_for(code, request.user), actor_for(request).organization_id))


class Quotes(APIView):
    """GET: a seller reads its own quotes, the buyer all of them once the round is over. POST quotes a listing, under seal until then."""

    permission_classes = [Requires(GET="trading.rfq.see", POST="trading.quote.give")]

    @covers("CAP-E4", "T39")
    @extend_schema(operation_id="quotes", responses={200: QuoteList})
    def get(self, request: Request, code: str) -> Response:
        rfq, own = rfq_for(code, request.user), actor_for(request).organization_id
        found = quotes_for(rfq, own)
        if own != rfq.buyer_id:
            return Response({"items": [quote_row(one) for one in found]})
        return Response({"items": [quote_row(one.quote, ("buyer",), ended=opened(rfq), place=one.place, tied=list(one.tied))
                                   for one in compared(rfq, found, at=MARKET_CLOCK.now())]})

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="give_quote", request=QuoteIn, responses={201: QuoteRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        rfq, asked, actor = rfq_for(code, request.user), QuoteIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        quote = give_quote(rfq=rfq, listing=on_offer(good["listing"], request.user), price_fen=good["price_fen"], note=good["note"],
                           answers=answers_in(good["answers"], actor), actor=actor, clock=MARKET_CLOCK)
        return Response(quote_row(quote), status=201)


class Awards(APIView):
    """Awards a quote: the trade is written and its buyer has days to pay."""

    permission_classes = [Requires(POST="trading.rfq.open")]

    @covers("CAP-E4", "T5")
    @extend_schema(operation_id="award_demand", request=AwardIn, responses={201: DemandRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        rfq, asked, actor = rfq_for(code, request.user), AwardIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        quote = quote_named(rfq, good["quote"], good["entry"], at=MARKET_CLOCK.now())
        done = award_rfq(rfq=rfq, quote=quote, reason=good["reason"], actor=actor, clock=MARKET_CLOCK)
        return Response(demand_row(done, actor.organization_id), status=201)


urlpatterns = [
    path("negotiations/", Negotiations.as_view(), name="negotiations"),
    path("negotiations/<str:code>/", OneNegotiation.as_view(), name="negotiation"),
    path("negotiations/<str:code>/answers/", Answers.as_view(), name="negotiation_answers"),
    path("demands/", Demands.as_view(), name="demands"),
    path("demands/<str:code>/", OneDemand.as_view(), name="demand"),
    path("demands/<str:code>/quotes/", Quotes.as_view(), name="demand_quotes"),
    path("demands/<str:code>/award/", Awards.as_view(), name="demand_award"),
]
