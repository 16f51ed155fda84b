"""The bank's callback (T54): signed by the bank and by nobody else; no session, no key of ours, no mark of a form."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.edge import strict_json
from settlement.bank import BankLine, check_signature, receive_line, report_conflict

__all__ = ["urlpatterns"]

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class SignedByTheBank(BasePermission):
    """The signature over the raw body is the door; what it does not open is not parsed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        ident, timestamp, signed = (request.headers.get(name, "") for name in _HEADERS)
        check_signature(settings.BANK_SECRET, ident, timestamp, signed, request._request.body)
        return True


class BankLines(APIView):
    """One line of the bank's statement: ``{"reference", "named", "amount_fen"}``. Told again it is answered again, and booked once."""

    authentication_classes: list[Any] = []
    permission_classes = [SignedByTheBank]

    @covers("T54")
    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        line = _read(request._request.body)
        try:
            booked = receive_line(line=line, actor=SYSTEM, clock=MARKET_CLOCK)
        except Rejected as no:
            if no.code == "settlement.bank.conflict":
                report_conflict(line, clock=MARKET_CLOCK)
            raise
        return Response({"reference": booked.reference, "suspense": bool(booked.suspense)}, status=201)


def _read(body: bytes) -> BankLine:
    try:
        told = strict_json(body)
        if not isinstance(told, dict) or set(told) != {"reference", "named", "amount_fen"}:
            raise ValueError("fields")
        reference, named, fen = told["reference"], told["named"], told["amount_fen"]
        if not isinstance(reference, str) or not isinstance(named, str) or isinstance(fen, bool) or not isinstance(fen, int):
            raise ValueError("types")
    except (ValueError, RecursionError) as fault:
        raise Rejected("settlement.bank.unreadable") from fault
    return BankLine(reference.strip(), named.strip().upper(), fen)


urlpatterns = [path("bank/lines/", BankLines.as_view(), name="bank_lines")]
