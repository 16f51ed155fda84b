"""Payouts for programs, and the address that the bank tells its notices to. The rules live in ``payouts`` and ``bank_notices``."""

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
from participants.edge import FenField, Requires, StrictSerializer, actor_for, idempotent
from participants.models import Organization
from settlement.bank_models import Payout
from settlement.bank_notices import take_notice
from settlement.bank_port import Message
from settlement.payouts import request_payout
from trading.secrecy import screened

__all__ = ["urlpatterns"]

_KEY = OpenApiParameter("Idempotency-Key", str, location=OpenApiParameter.HEADER, required=True)


class PayoutIn(StrictSerializer):
    """An amount, and the organisation's own account elsewhere."""

    amount_fen = FenField()
    to_account = serializers.CharField(max_length=40)


class PayoutRow(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.CharField()
    amount_fen = serializers.IntegerField()
    to_account = serializers.CharField()
    second_person = serializers.BooleanField()
    payable_at = serializers.CharField()
    ended_at = serializers.CharField(allow_null=True)


class PayoutPage(serializers.Serializer):
    items = PayoutRow(many=True)


def payout_row(one: Payout) -> dict[str, Any]:
    """This will give a payout as its organisation sees it; of the account elsewhere the last four digits."""
    return screened("payout", {
        "code": one.code, "status": one.status, "amount_fen": one.amount_fen, "to_account": f"…{one.to_account[-4:]}",
        "second_person": one.second_person, "payable_at": rfc3339(one.payable_at),
        "ended_at": rfc3339(one.ended_at) if one.ended_at else None}, ("own",))


class Payouts(APIView):
    """GET lists the organisation's payouts, newest first; POST asks for one."""

    permission_classes = [Requires("settlement.payout.request")]

    @covers("G8")
    @extend_schema(operation_id="payouts", responses={200: PayoutPage})
    def get(self, request: Request) -> Response:
        rows = Payout.objects.filter(organization_id=actor_for(request).organization_id or 0).order_by("-id")[:100]
        return Response({"items": [payout_row(one) for one in rows]})

    @covers("G8", "T5")
    @extend_schema(operation_id="ask_payout", request=PayoutIn, responses={201: PayoutRow}, parameters=[_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = PayoutIn(data=request.data)
        asked.is_valid(raise_exception=True)
        said: dict[str, Any] = asked.validated_data
        actor = actor_for(request)
        ours = Organization.objects.filter(pk=actor.organization_id or 0).first()
        if ours is None:
            raise Rejected("participants.object.absent")
        made = request_payout(organization=ours, amount_fen=said["amount_fen"], to_account=said["to_account"], actor=actor,
                              clock=MARKET_CLOCK)
        return Response(payout_row(made), status=201)


class BankNotices(APIView):
    """The bank tells here. The signature is its permission; the id of its message is the key that lets it act once."""

    permission_classes = [Requires("settlement.bank.tell")]

    @covers("T54")
    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        heads = {name: request.headers.get(f"Bank-{name}", "")[:120] for name in ("Message", "Timestamp", "Signature")}
        message = Message(heads["Message"], heads["Timestamp"], request._request.body, heads["Signature"])
        return Response({"taken": take_notice(message=message, clock=MARKET_CLOCK).ident})


urlpatterns = [path("payouts/", Payouts.as_view(), name="payouts"), path("bank/notices/", BankNotices.as_view(), name="bank_notices")]
