"""The feeds for other exchanges and the national platform (R56, CAP-I5): signed pages in the order of the record book."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.interconnecting import MOST, signed_page
from participants.edge import Requires

__all__ = ["urlpatterns"]


class MoveRow(serializers.Serializer):
    """One move of a certificate: issued, frozen, thawed, replaced, expired, cancelled or revoked."""

    position = serializers.IntegerField(help_text="its place in the record book, gapless over all facts")
    act = serializers.CharField()
    at = serializers.CharField()
    state = serializers.CharField()
    certificate = serializers.CharField()
    registration = serializers.CharField()
    regime = serializers.CharField()
    product = serializers.DictField()
    holder = serializers.DictField(help_text="code, names, unified social credit code")
    content_hash = serializers.CharField()
    issued_at = serializers.CharField()
    effective_to = serializers.CharField()


class MovesContent(serializers.Serializer):
    format = serializers.CharField()
    after = serializers.IntegerField()
    next = serializers.IntegerField(help_text="ask again with ``after`` of this")
    more = serializers.BooleanField()
    origin = serializers.CharField(allow_blank=True)
    items = MoveRow(many=True)


class MovesPage(serializers.Serializer):
    """The content and its Ed25519 signature over the content's canonical JSON (RFC 8785)."""

    content = MovesContent()
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    signature = serializers.CharField(help_text="base64")


_BEHIND = [OpenApiParameter("after", int, description="the last position taken in; -1 to begin"),
           OpenApiParameter("limit", int, description=f"1 to {MOST}")]


def _signed(register: str, request: Request) -> Response:
    return Response(signed_page(register, _whole(request, "after", -1, -1, 2**53), _whole(request, "limit", MOST, 1, MOST)))


class Registrations(APIView):
    """Moves of certificates behind ``after``; asking again gives the same, so taking them in twice changes nothing."""

    permission_classes = [Requires(GET="listings.catalogue.read")]

    @covers("R56", "CAP-I7")
    @extend_schema(operation_id="interconnect_registrations", responses={200: MovesPage}, parameters=_BEHIND)
    def get(self, request: Request) -> Response:
        return _signed("registrations", request)


class HolderStanding(serializers.Serializer):
    """How a holder of certificates stands: as its certificate was issued, or at a change; a reason is never told."""

    position = serializers.IntegerField(help_text="its place in the record book, gapless over all facts")
    act = serializers.CharField()
    at = serializers.CharField()
    standing = serializers.CharField()
    band = serializers.CharField()
    holder = serializers.DictField(help_text="code, names, unified social credit code")


class StandingsContent(MovesContent):
    items = HolderStanding(many=True)  # type: ignore[assignment]


class StandingsPage(MovesPage):
    content = StandingsContent()


class Standings(APIView):
    """Moves of standing of those who hold certificates behind ``after``; asking again gives the same."""

    permission_classes = [Requires(GET="listings.catalogue.read")]

    @covers("CAP-I5", "R56")
    @extend_schema(operation_id="interconnect_standings", responses={200: StandingsPage}, parameters=_BEHIND)
    def get(self, request: Request) -> Response:
        return _signed("standings", request)


def _whole(request: Request, name: str, otherwise: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(otherwise))
    number = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 18 else least - 1
    if not least <= number <= most:
        raise Rejected("exchange.request.invalid", errors=[
            FieldFault(name, "range", (f"{least} 至 {most} 的整数", f"A whole number from {least} to {most}"))])
    return number


urlpatterns = [
    path("interconnect/registrations/", Registrations.as_view(), name="interconnect_registrations"),
    path("interconnect/standings/", Standings.as_view(), name="interconnect_standings"),
]
