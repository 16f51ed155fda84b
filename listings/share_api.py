"""Share agreements for programs: propose, read, sign, dispute, answer, take back. The rules live in the operations (R9, R71)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
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
from listings.models import Listing, ListingVersion, Part, ShareAgreement, ShareParty
from listings.operations import answer_share_dispute, dispute_shares, propose_shares, sign_shares, withdraw_shares
from listings.share_terms import PERIODS, SHORTAGES
from listings.sharing import Line
from participants.edge import CursorPages, Requires, StrictSerializer, actor_for, idempotent
from participants.queries import organization as organization_by_code

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)
_MOST_WEIGHT = 2**40 - 1


class PartyIn(StrictSerializer):
    """One line: a party, the link it contributes in, its weight of what is left; zero where only what is due first is agreed."""

    party = serializers.CharField(max_length=16, help_text="ORG-… code")
    part = serializers.ChoiceField(choices=Part.choices)
    weight = serializers.IntegerField(min_value=0, max_value=_MOST_WEIGHT)


class AgreementIn(StrictSerializer):
    """A proposal for the draft version of one's own listing; it replaces the one that stands and answers its dispute with ``words``."""

    listing = serializers.CharField(max_length=16)
    parties = PartyIn(many=True)
    links = serializers.ListField(child=serializers.ChoiceField(choices=Part.choices), required=False, default=list)
    first = serializers.ListField(child=serializers.DictField(), required=False, default=list, max_length=50,
                                  help_text="due first: kind fixed, royalty, milestone or cost_plus, as the algorithms page writes them")
    period_months = serializers.ChoiceField(choices=PERIODS, required=False, allow_null=True, default=None,
                                            help_text="a pool divided once a period; null: with every trade")
    shortage = serializers.ChoiceField(choices=SHORTAGES, required=False, default="proportional")
    words = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class AgreementAnswerIn(StrictSerializer):
    """Sign with the hash of the text you read; dispute or answer with a text, a dispute with the weights you would agree to."""

    act = serializers.ChoiceField(choices=["sign", "dispute", "answer", "withdraw"])
    content_hash = serializers.CharField(required=False, allow_blank=True, max_length=64, default="")
    text = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    counter = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=_MOST_WEIGHT), required=False, default=dict)


class PartyRow(serializers.Serializer):
    party = serializers.CharField()
    part = serializers.CharField()
    beneficiary = serializers.CharField()
    weight = serializers.IntegerField()
    signed_at = serializers.CharField(allow_null=True)


class DisputeRow(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()
    counter = serializers.DictField(child=serializers.IntegerField())
    answer = serializers.CharField(allow_blank=True)
    at = serializers.CharField()
    answered_at = serializers.CharField(allow_null=True)


class AgreementRow(serializers.Serializer):
    code = serializers.CharField()
    listing = serializers.CharField()
    version = serializers.CharField()
    seller = serializers.CharField()
    status = serializers.CharField()
    number = serializers.IntegerField()
    replaces = serializers.CharField(allow_null=True)
    links = serializers.ListField(child=serializers.CharField())
    parties = PartyRow(many=True)
    first = serializers.ListField(child=serializers.DictField())
    rest = serializers.DictField(help_text="period_months of a pool; contribution the weights of the sources were reckoned by")
    shortage = serializers.CharField()
    content_hash = serializers.CharField(help_text="of the text: sign exactly this")
    due_at = serializers.CharField(allow_null=True)
    in_force_at = serializers.CharField(allow_null=True)
    disputes = DisputeRow(many=True)


class AgreementPage(serializers.Serializer):
    items = AgreementRow(many=True)
    next = serializers.CharField(allow_null=True)


def _at(value: Any) -> str | None:
    return rfc3339(value) if value else None


def agreement_row(one: ShareAgreement) -> dict[str, Any]:
    """This will give an agreement to one of its parties; to whoever else it is absent."""
    return {
        "code": one.code, "listing": one.version.listing.code, "version": one.version.code, "seller": one.version.organization.code,
        "status": one.status, "number": one.number, "replaces": one.replaces.code if one.replaces else None, "links": one.links,
        "parties": [{"party": line.party, "part": line.part, "beneficiary": line.beneficiary, "weight": line.weight,
                     "signed_at": _at(line.signed_at)} for line in one.parties.all()],
        "first": one.first, "rest": one.rest, "shortage": one.shortage, "content_hash": one.content_hash, "due_at": _at(one.due_at),
        "in_force_at": _at(one.in_force_at),
        "disputes": [{"code": each.code, "text": each.text, "counter": each.counter, "answer": each.answer, "at": rfc3339(each.at),
                      "answered_at": _at(each.answered_at)} for each in one.disputes.all()]}


def _own(user: Any) -> QuerySet[ShareAgreement]:
    rows = ShareAgreement.objects.visible_to(user).select_related("version__listing", "version__organization", "replaces")
    return rows.prefetch_related(Prefetch("parties", ShareParty.objects.order_by("number")), "disputes")


def _agreement(code: str, user: Any) -> ShareAgreement:
    one = _own(user).filter(code=code).first()
    if one is None:
        raise Rejected("participants.object.absent")
    return one


def _draft(code: str, organization_id: int | None) -> ListingVersion:
    listing = Listing.objects.filter(code=code, organization_id=organization_id or 0).first()
    version: ListingVersion | None = None
    if listing is not None:
        version = listing.versions.select_related("organization").order_by("-number").first()
    if version is None:
        raise Rejected("participants.object.absent")
    return version


class Agreements(APIView):
    """GET lists what one's organisation proposed or is asked to sign, newest first; POST proposes for a draft of one's own."""

    permission_classes = [Requires(GET="listings.share.see", POST="listings.share.propose")]
    ordering = ("-pk", "-pk")

    @covers("R9", "CAP-I7")
    @extend_schema(operation_id="share_agreements", responses={200: AgreementPage}, parameters=[
        OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        found = pages.paginate_queryset(_own(request.user), request, self)
        return pages.get_paginated_response([agreement_row(one) for one in found])

    @covers("R9", "R71", "R72", "T5")
    @extend_schema(operation_id="propose_share_agreement", request=AgreementIn, responses={201: AgreementRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked, actor = AgreementIn(data=request.data), actor_for(request)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        lines = [Line(organization_by_code(one["party"]), one["part"], one["weight"]) for one in good["parties"]]
        made = propose_shares(
            version=_draft(good["listing"], actor.organization_id), lines=lines, links=good["links"], first=good["first"],
            rest={"period_months": good["period_months"]} if good["period_months"] else {}, shortage=good["shortage"], words=good["words"],
            actor=actor, clock=MARKET_CLOCK)
        return Response(agreement_row(_agreement(made.code, request.user)), status=201)


class OneAgreement(APIView):
    """One agreement of one's own."""

    permission_classes = [Requires(GET="listings.share.see")]

    @extend_schema(operation_id="share_agreement", responses={200: AgreementRow})
    def get(self, request: Request, code: str) -> Response:
        return Response(agreement_row(_agreement(code, request.user)))


class AgreementAnswers(APIView):
    """Signs the text that was read, disputes it, answers a dispute, or takes the proposal back."""

    permission_classes = [Requires(POST="listings.share.see")]

    @covers("R9", "R69", "R71", "T5")
    @extend_schema(operation_id="answer_share_agreement", request=AgreementAnswerIn, responses={201: AgreementRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        one, asked = _agreement(code, request.user), AgreementAnswerIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        by: dict[str, Any] = {"agreement": one, "actor": actor_for(request), "clock": MARKET_CLOCK}
        if good["act"] == "sign":
            sign_shares(content_hash=good["content_hash"], **by)
        elif good["act"] == "dispute":
            dispute_shares(text=good["text"], counter=good["counter"], **by)
        elif good["act"] == "answer":
            answer_share_dispute(text=good["text"], **by)
        else:
            withdraw_shares(**by)
        return Response(agreement_row(_agreement(code, request.user)), status=201)


urlpatterns = [
    path("share-agreements/", Agreements.as_view(), name="share_agreements"),
    path("share-agreements/<str:code>/", OneAgreement.as_view(), name="share_agreement"),
    path("share-agreements/<str:code>/answers/", AgreementAnswers.as_view(), name="share_agreement_answers"),
]
