"""Open data for programs: the file as deposited, the same as JSON, and the feed of updates; no order, no sign-in (W10, R117)."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from kit.coverage import covers
from listings.circulating import licence_of
from listings.models import ListingVersion
from listings.opening import atom, digest_of, file_of, json_of, open_version
from participants.edge import Requires
from participants.queries import house_venue

__all__ = ["urlpatterns"]


def _under_licence(answer: HttpResponseBase, version: ListingVersion, name: str) -> HttpResponseBase:
    """Whoever takes it reads licence and version beside it; other sites may read it from a browser."""
    answer["Link"] = f'<{licence_of(version).href}>; rel="license"'
    answer["X-Version"] = version.code
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "public, max-age=60"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class OpenCsv(APIView):
    """An open listing's file as it was deposited; ``Repr-Digest`` and ``ETag`` are its hash, ``Link`` its licence."""

    permission_classes = [Requires(GET="listings.open.download")]

    @covers("W10", "R117")
    @extend_schema(operation_id="open_csv", responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, description="the file")})
    def get(self, request: Request, code: str) -> HttpResponseBase:
        version = open_version(code, at=MARKET_CLOCK.now())
        held = file_of(version)
        answer = FileResponse(open_deposit(held), content_type=held.media_type)
        answer["Repr-Digest"], answer["ETag"] = digest_of(version), f'"{version.file_sha256}"'
        return _under_licence(answer, version, f"{code}.csv")


class OpenJson(APIView):
    """The same table as JSON: hash and licence of the file first, then its columns and rows, every value as the text it is."""

    permission_classes = [Requires(GET="listings.open.download")]

    @covers("W10", "R117")
    @extend_schema(operation_id="open_json", responses={
        (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, description="the table")})
    def get(self, request: Request, code: str) -> HttpResponseBase:
        version = open_version(code, at=MARKET_CLOCK.now())
        answer = StreamingHttpResponse(json_of(version), content_type="application/json; charset=utf-8")
        return _under_licence(answer, version, f"{code}.json")


class OpenFeed(APIView):
    """Updates of open data as Atom: each published version, newest first."""

    permission_classes = [Requires(GET="listings.catalogue.read")]

    @extend_schema(operation_id="open_feed", responses={
        (200, "application/atom+xml"): OpenApiResponse(OpenApiTypes.STR, description="Atom")})
    def get(self, request: Request) -> HttpResponse:
        venue = house_venue()
        text = atom(title=(f"{venue.name_zh}开放数据", f"Open data at {venue.name_en}"), at=MARKET_CLOCK.now())
        answer = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
        answer["Cache-Control"] = "public, max-age=60"
        return answer


urlpatterns = [
    path("open/feed.atom", OpenFeed.as_view(), name="open_feed"),
    path("open/<str:code>/data.csv", OpenCsv.as_view(), name="open_csv"),
    path("open/<str:code>/data.json", OpenJson.as_view(), name="open_json"),
]
