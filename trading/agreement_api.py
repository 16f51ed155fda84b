"""Agreements for programs: read in both languages and as policy, sign, give notice, take it back, agree to an end, renew (F1–F4)."""

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
from trading.agreeing.machine import policy_of
from trading.agreeing.terms import read_terms
from trading.agreeing.wording import clauses, governing_text
from trading.models import Agreement, Ground
from trading.operations import agree_to_end, give_notice, renew_agreement, sign_agreement, take_back_notice
from trading.secrecy import screened

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)
_SIDES = ("seller", "buyer")
_RELATED = ("trade__state", "trade__seller", "trade__buyer", "renewed_by")


class SignedAgreement(serializers.Serializer):
    """One agreement in short. ``due_at``: to sign, or the end of a notice; ``signed_by``: which sides have."""

    code = serializers.CharField()
    trade = serializers.CharField()
    template = serializers.CharField()
    seller = serializers.CharField()
    buyer = serializers.CharField()
    status = serializers.CharField()
    terms_hash = serializers.CharField(help_text="SHA-256 of the terms: what a signature names")
    term_from = serializers.CharField()
    term_to = serializers.CharField(allow_null=True)
    due_at = serializers.CharField(allow_null=True)
    signed_by = serializers.ListField(child=serializers.CharField())
    ground = serializers.CharField(allow_blank=True)
    notice_by = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    renewed_by = serializers.CharField(allow_null=True)


class ClauseRow(serializers.Serializer):
    number = serializers.IntegerField()
    key = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()
    article = serializers.CharField()


class WholeAgreement(SignedAgreement):
    """With its clauses in both languages, which text governs, the table of duties and the policy machines judge by."""

    governing = serializers.DictField()
    clauses = ClauseRow(many=True)
    duties = serializers.ListField(child=serializers.DictField())
    policy = serializers.DictField()


class SignedAgreementPage(serializers.Serializer):
    items = SignedAgreement(many=True)
    next = serializers.CharField(allow_null=True)


class AgreementActIn(StrictSerializer):
    """``sign`` names the hash that was read; ``give_notice`` its ground and reason; ``take_back`` and ``agree`` nothing more."""

    act = serializers.ChoiceField(choices=["sign", "give_notice", "take_back", "agree"])
    terms_hash = serializers.CharField(required=False, allow_blank=True, max_length=64, default="")
    ground = serializers.ChoiceField(choices=Ground.values, required=False, allow_blank=True, default="")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class RenewalIn(StrictSerializer):
    version = serializers.CharField(max_length=16, help_text="the version quoted (`GET /api/listings/{code}/purchases/`)")
    total_fen = FenField(help_text="price and buyer's fees as quoted, in fen")
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")


class RenewedOut(serializers.Serializer):
    trade = serializers.CharField()
    agreement = serializers.CharField()
    term_from = serializers.CharField()
    term_to = serializers.CharField(allow_null=True)


def _row(deed: Agreement, **more: Any) -> dict[str, Any]:
    following = getattr(deed, "renewed_by", None)
    return screened("deed", {
        "code": deed.code, "trade": deed.trade.code, "template": deed.template, "seller": deed.trade.seller.code,
        "buyer": deed.trade.buyer.code, "status": deed.status, "terms_hash": deed.terms_hash, "term_from": rfc3339(deed.term_from),
        "term_to": rfc3339(deed.term_to) if deed.term_to else None, "due_at": rfc3339(deed.due_at) if deed.due_at else None,
        "signed_by": sorted(one.side for one in deed.signatures.all()), "ground": deed.ground, "notice_by": deed.notice_by,
        "reason": deed.reason, "renewed_by": following.code if following else None, **more}, _SIDES)


def _whole(deed: Agreement) -> dict[str, Any]:
    terms, governing = read_terms(deed.terms), governing_text()
    said = [{"number": one.number, "key": one.key, "zh": one.text[0], "en": one.text[1], "article": one.article} for one in clauses(terms)]
    duties = (deed.trade.agreement.get("responsibilities") or {}).get("duties", [])
    return _row(deed, governing={"zh": governing[0], "en": governing[1]}, clauses=said, duties=duties, policy=policy_of(terms))


def _own(code: str, request: Request) -> Agreement:
    """A party's own agreement; 404 else."""
    rows = Agreement.objects.visible_to(request.user).select_related(*_RELATED).prefetch_related("signatures")
    found = rows.filter(code=code).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


class Agreements(APIView):
    """The organisation's own agreements, newest first."""

    permission_classes = [Requires(GET="trading.trade.see")]
    ordering = ("-pk", "-pk")

    @covers("F1")
    @extend_schema(operation_id="agreements", responses={200: SignedAgreementPage}, parameters=[
        OpenApiParameter("status", str), OpenApiParameter("after", str, description="cursor from `next`"), OpenApiParameter("limit", int)])
    def get(self, request: Request) -> Response:
        rows = Agreement.objects.visible_to(request.user).select_related(*_RELATED).prefetch_related("signatures")
        if asked := request.query_params.get("status", ""):
            rows = rows.filter(status=asked[:12].replace("\0", ""))
        pages = CursorPages()
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([_row(one) for one in found])


class OneAgreement(APIView):
    """One agreement in full: people's text and machines' policy, from one source."""

    permission_classes = [Requires(GET="trading.trade.see")]

    @covers("F1", "F2")
    @extend_schema(operation_id="agreement", responses={200: WholeAgreement})
    def get(self, request: Request, code: str) -> Response:
        return Response(_whole(_own(code, request)))


class AgreementActs(APIView):
    """Signs for one's own side, gives notice, takes it back, or agrees to the other side's proposal to end."""

    permission_classes = [Requires(POST="trading.trade.see")]

    @covers("F1", "F3", "F4", "T5")
    @extend_schema(operation_id="act_on_agreement", request=AgreementActIn, responses={201: SignedAgreement}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        deed, asked = _own(code, request), AgreementActIn(data=request.data)
        asked.is_valid(raise_exception=True)
        good = asked.validated_data
        by: dict[str, Any] = {"agreement": deed, "actor": actor_for(request), "clock": MARKET_CLOCK}
        if good["act"] == "sign":
            sign_agreement(**by, terms_hash=good["terms_hash"])
        elif good["act"] == "give_notice":
            give_notice(**by, ground=good["ground"], reason=good["reason"])
        else:
            (take_back_notice if good["act"] == "take_back" else agree_to_end)(**by)
        return Response(_row(_own(code, request)), status=201)


class Renewals(APIView):
    """Renews a licence in the last days of its term, at today's list price as quoted."""

    permission_classes = [Requires(POST="trading.trade.see")]

    @covers("F4", "T5")
    @extend_schema(operation_id="renew_agreement", request=RenewalIn, responses={201: RenewedOut}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        deed, asked = _own(code, request), RenewalIn(data=request.data)
        asked.is_valid(raise_exception=True)
        trade = renew_agreement(agreement=deed, **asked.validated_data, actor=actor_for(request), clock=MARKET_CLOCK)
        new = trade.deed
        return Response({"trade": trade.code, "agreement": new.code, "term_from": rfc3339(new.term_from),
                         "term_to": rfc3339(new.term_to) if new.term_to else None}, status=201)


urlpatterns = [
    path("agreements/", Agreements.as_view(), name="agreements"),
    path("agreements/<str:code>/", OneAgreement.as_view(), name="agreement"),
    path("agreements/<str:code>/acts/", AgreementActs.as_view(), name="agreement_acts"),
    path("agreements/<str:code>/renewals/", Renewals.as_view(), name="agreement_renewals"),
]
