"""Rows by keyed calls, and a file resumed by its token, over the API (R42, R49, F5): what is answered is metered before it leaves."""

from __future__ import annotations

import re
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery.access import grant_by, open_fetch, resume_fetch
from delivery.calling import call_rows
from delivery.keys import key_hash
from delivery.marking.copies import hand_on, hand_out
from delivery.models import DataKey, Delivery
from delivery.ranges import answer_part, part_of
from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from evidence.prepared import prepared
from kit.actors import Actor
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.edge import KeyAuthentication, Requires, actor_for

__all__ = ["DataKeyAuthentication", "taken", "urlpatterns"]

_NAME = re.compile(r"[A-Za-z0-9._:-]{8,64}", re.ASCII)


@prepared
def _by_secret(secret_hash: str) -> QuerySet[DataKey]:
    return DataKey.objects.select_related("maker__person", "delivery__buyer", "delivery__trade__state", "delivery__trade__venue",
                                          "delivery__version__listing", "delivery__deposit").filter(secret_hash=secret_hash)


class DataKeyAuthentication(BaseAuthentication):
    """``Authorization: DataKey dk_…``: the key of one delivery, in the name of who made it and for the buyer alone."""

    @covers("T46", "T63")
    def authenticate(self, request: Request) -> tuple[Any, DataKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme != "DataKey":
            return None
        found = _by_secret.first(key_hash(secret.strip()))
        if found is None or not found.maker.is_active:
            raise exceptions.AuthenticationFailed("the key opens nothing")
        found.maker.acting_for_id = found.delivery.buyer_id
        return found.maker, found

    def authenticate_header(self, request: Request) -> str:
        return "DataKey"


class RowsOut(serializers.Serializer):
    columns = serializers.ListField(child=serializers.CharField(), help_text="in the order of the cells")
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))
    following = serializers.CharField(allow_null=True, help_text="the place to go on from; null at the end of the table")
    request = serializers.CharField(help_text="the name under which it was counted")
    repeated = serializers.BooleanField(help_text="counted before; not again")


_ROW_PARAMETERS = [
    OpenApiParameter("columns", str, description="names with commas; all that are agreed where nothing is named"),
    OpenApiParameter("where", str, many=True, description="column:op:value with eq, ne, lt, le, gt, ge, in (values with |); all must fit"),
    OpenApiParameter("limit", int, description="1 to 500 rows"), OpenApiParameter("place", str, description="what the page before gave"),
    OpenApiParameter("purpose", str, description="one of the agreement's; its first where nothing is named"),
    OpenApiParameter("Request-Id", str, location=OpenApiParameter.HEADER, description="your name of this call: sent again it is free"),
]


class Rows(APIView):
    """One page of a registered table."""

    authentication_classes = [DataKeyAuthentication, SessionAuthentication]
    permission_classes = [Requires(GET="delivery.rows.see")]

    @covers("R42", "R49", "F5", "T63")
    @extend_schema(operation_id="delivery_rows", parameters=_ROW_PARAMETERS, responses={200: RowsOut})
    def get(self, request: Request, code: str) -> Response:
        key = request.auth
        if not isinstance(key, DataKey) or key.delivery.code != code:
            raise Rejected("participants.object.absent")
        named = request.headers.get("Request-Id", "")
        if named and not _NAME.fullmatch(named):
            raise Rejected("delivery.rows.faulty", columns="")
        given: dict[str, list[str]] = dict(request.query_params.lists())
        found = call_rows(key=key, given=given, request=named or new_code("CALL"), purpose=given.get("purpose", [""])[-1],
                          actor=_actor_of(key), clock=MARKET_CLOCK)
        one, use = key.delivery, found.use
        answer = Response({"columns": list(found.columns), "rows": found.page.rows, "following": found.page.following,
                           "request": use.request, "repeated": found.repeated})
        for name, value in {"X-Calls-Left": found.calls_left, "X-Rows-Left": found.rows_left, "X-Use": use.number,
                            "X-Data-Version": one.expected_sha256, "X-Took-Us": use.took_us,
                            "X-Data-As-Of": rfc3339(one.deposit.at) if one.deposit else None}.items():
            if value is not None:
                answer[name] = str(value)
        answer["Cache-Control"] = "no-store"
        return answer


def _actor_of(key: DataKey) -> Actor:
    person, buyer = key.maker.person, key.delivery.buyer
    return Actor(user_id=key.maker_id, organization_id=buyer.pk, person=person.code if person else "KEY", organization=buyer.code)


# ---- files --------------------------------------------------------------------------------------------------------------------


class _Asks(Protocol):
    headers: Any


def taken(request: HttpRequest | Request | _Asks, one: Delivery, token: str, purpose: str, actor: Actor) -> HttpResponseBase:
    """This will answer with the file for a token: the first time as a use of it, later as the same use going on from where it broke off."""
    grant = grant_by(one, token)
    fetch, size = open_fetch(grant, MARKET_CLOCK.now()), one.deposit.size if one.deposit else 0
    part = part_of(request, sha256=fetch.sha256 if fetch else one.expected_sha256, size=fetch.size if fetch else size)
    if part is None:
        raise Rejected("delivery.grant.range_unfit", delivery=one.code, size=fetch.size if fetch else size)
    if fetch is not None:
        given = hand_on(resume_fetch(grant=grant, first=part.first, last=part.last, actor=actor, clock=MARKET_CLOCK))
        return answer_part(given, part)
    given = hand_out(delivery=one, token=token, purpose=purpose, actor=actor, clock=MARKET_CLOCK)
    return answer_part(given, part if given.sha256 == given.registered_sha256 else given.whole)  # a copy is known once it is written


class FileByToken(APIView):
    """The registered file, whole or from a byte on."""

    authentication_classes = [KeyAuthentication, SessionAuthentication]
    permission_classes = [Requires(GET="delivery.rows.see")]

    @covers("F5", "T38", "T63")
    @extend_schema(operation_id="delivery_file", responses={200: OpenApiResponse(OpenApiTypes.BINARY), 206: OpenApiResponse(
        OpenApiTypes.BINARY)}, parameters=[
            OpenApiParameter("Delivery-Token", str, location=OpenApiParameter.HEADER, required=True, description="the one-time token"),
            OpenApiParameter("Range", str, location=OpenApiParameter.HEADER, description="bytes=from- to resume"),
            OpenApiParameter("If-Range", str, location=OpenApiParameter.HEADER, description="the ETag of the first answer")])
    def get(self, request: Request, code: str) -> HttpResponse | HttpResponseBase:
        actor = actor_for(request)
        one = Delivery.objects.filter(code=code, buyer_id=actor.organization_id or 0).select_related("deposit").first()
        if one is None:
            raise Rejected("participants.object.absent")
        return taken(request, one, request.headers.get("Delivery-Token", ""), request.query_params.get("purpose", ""), actor)


urlpatterns = [path("data/<str:code>/rows/", Rows.as_view(), name="rows"),
               path("deliveries/<str:code>/file/", FileByToken.as_view(), name="file_by_token")]
