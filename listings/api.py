"""Listings for programs: search, one listing in full, and the public catalogue as a feed (I7, D6, W10)."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings import interconnect_api, open_api, price_api, share_api
from listings.exporting import FORMATS, catalogue_tag, written
from listings.matching import asked
from listings.models import Listing
from listings.queries import product_page
from listings.sampling import columns_shown
from listings.search import FACETS, PAGE, SORTS, next_key, page_of, rows_of
from participants.edge import Requires, json_list, limit_in

__all__ = ["row", "urlpatterns"]


class Text(serializers.Serializer):
    zh = serializers.CharField()
    en = serializers.CharField(allow_blank=True)


class ListingRow(serializers.Serializer):
    """One listing as lists show it. ``price_fen`` is the list price, or the start price of an auction; null = by negotiation."""

    code = serializers.CharField()
    title = Text()
    seller = serializers.CharField(help_text="ORG-… code")
    category = serializers.CharField()
    stage = serializers.CharField()
    grade = serializers.CharField()
    sector = serializers.CharField()
    sale_mode = serializers.CharField()
    delivery_mode = serializers.CharField()
    price_fen = serializers.IntegerField(allow_null=True)
    listed_at = serializers.DateTimeField(allow_null=True)
    pilot = serializers.CharField(allow_null=True, help_text="PIL-… while it is sold as a pilot, within caps and for a time")


class ListingPage(serializers.Serializer):
    items = ListingRow(many=True)
    next = serializers.CharField(allow_null=True)


class ListingInFull(ListingRow):
    """With terms, columns, quality, registration and the hash that a delivery must equal."""

    status = serializers.CharField()
    version = serializers.CharField()
    content_hash = serializers.CharField()
    file_sha256 = serializers.CharField()
    certificate = serializers.CharField(allow_null=True)
    use_terms = serializers.DictField()
    columns = serializers.ListField()
    quality = serializers.DictField()
    obstacle = serializers.CharField(allow_blank=True, help_text="why it cannot be traded now; empty if it can")
    badges = serializers.DictField(child=serializers.BooleanField(), help_text="usable, trusted, tradable, traceable: computed")
    compliance = serializers.DictField(child=serializers.BooleanField(), help_text="source, privacy, conduct: whether each part holds")


def row(listing: Listing) -> dict[str, Any]:
    """This will give the public facts of a listing and of the version in force, as lists tell them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_card(%s, %s)", [listing.pk, listing.organization.code])
        told: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return told


class Listings(APIView):
    """Search what is on sale: any two neighbouring characters are found, whole words rank first."""

    permission_classes = [Requires(GET="listings.listing.see")]

    @covers("CAP-I7", "T58")
    @extend_schema(operation_id="listings", responses={200: ListingPage}, parameters=[
        OpenApiParameter("q", str, description="what to look for"), OpenApiParameter("after", str, description="cursor from `next`"),
        OpenApiParameter("limit", int, description="1 to 100"),
        OpenApiParameter("sort", str, enum=list(SORTS)), *[OpenApiParameter(name, str, many=True) for name in FACETS]])
    def get(self, request: Request) -> HttpResponse:
        sent = request.query_params
        wanted: dict[str, Any] = {"facets": {name: sent.getlist(name) for name in FACETS if name in sent}, "sort": sent.get("sort", ""),
                                  "limit": limit_in(sent, size=PAGE, largest=100)}
        page = page_of(sent.get("q", ""), after=sent.get("after", ""), **wanted)
        rows = rows_of(page)
        if not rows and not sent.get("after") and asked(sent.get("q", "")):
            rows = rows_of(page := page_of(sent.get("q", ""), guess=True, **wanted))
        return json_list([one[-1] for one in rows[: page.limit]], next_key(page, rows))


class OneListing(APIView):
    """One listing in full."""

    permission_classes = [Requires(GET="listings.listing.see")]

    @extend_schema(operation_id="listing", responses={200: ListingInFull})
    def get(self, request: Request, code: str) -> Response:
        rows = Listing.objects.visible_to(request.user).filter(code=code, version__isnull=False)
        listing = rows.select_related("version", "organization").first()
        page = product_page(listing, at=MARKET_CLOCK.now()) if listing else None
        if page is None:
            raise Rejected("participants.object.absent")
        version = page.version
        return Response(row(page.listing) | {
            "status": page.listing.status, "version": version.code, "content_hash": version.content_hash,
            "file_sha256": version.file_sha256,
            "certificate": page.certificate.code if page.certificate else None, "use_terms": version.use_terms,
            "columns": columns_shown(version), "quality": version.quality, "obstacle": page.refusal,
            "badges": {one.name: one.holds for one in page.badges}, "compliance": {one.name: one.holds for one in page.report},
        })


# ---- the catalogue as a feed -----------------------------------------------------------------------------------------------


class _AsNamed(BaseContentNegotiation):
    """The address names the spelling; what a harvester says it prefers is not asked."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Feed(APIView):
    """The public catalogue of what is on sale. ``ETag`` names the state of the shelf; a harvester that has it gets 304."""

    permission_classes = [Requires(GET="listings.catalogue.read")]
    content_negotiation_class = _AsNamed
    spelling = "turtle"

    @covers("D6", "W10")
    def get(self, request: Request) -> HttpResponseBase:
        media_type, _ = FORMATS[self.spelling]
        tag = f'"{catalogue_tag()}-{self.spelling}"'
        known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
        answer: HttpResponseBase = HttpResponseNotModified() if known & {tag, "*"} else StreamingHttpResponse(
            written(self.spelling), content_type=f"{media_type}; charset=utf-8")
        answer["ETag"], answer["Cache-Control"] = tag, "public, max-age=60"
        return answer


def _answers(media_type: str, shape: Any = OpenApiTypes.STR) -> dict[Any, OpenApiResponse]:
    """What a feed answers with: its own spelling of the catalogue, or nothing where the harvester already has this state."""
    return {(200, media_type): OpenApiResponse(shape, description="the public catalogue"),
            304: OpenApiResponse(description="nothing has changed since that ETag")}


class TurtleFeed(Feed):
    """DCAT-AP as Turtle."""

    @extend_schema(operation_id="catalogue_turtle", responses=_answers("text/turtle"))
    def get(self, request: Request) -> HttpResponseBase:
        return super().get(request)


class JsonLdFeed(Feed):
    """DCAT-AP as JSON-LD, its context inside."""

    spelling = "jsonld"

    @extend_schema(operation_id="catalogue_jsonld", responses=_answers("application/ld+json", OpenApiTypes.OBJECT))
    def get(self, request: Request) -> HttpResponseBase:
        return super().get(request)


class JsonFeed(Feed):
    """The catalogue as another exchange reads it."""

    spelling = "json"

    @extend_schema(operation_id="catalogue_json", responses=_answers("application/json", OpenApiTypes.OBJECT))
    def get(self, request: Request) -> HttpResponseBase:
        return super().get(request)


urlpatterns = [
    path("listings/", Listings.as_view(), name="listings"),
    path("listings/<str:code>/", OneListing.as_view(), name="listing"),
    path("catalogue.ttl", TurtleFeed.as_view(), name="catalogue_turtle"),
    path("catalogue.jsonld", JsonLdFeed.as_view(), name="catalogue_jsonld"),
    path("catalogue.json", JsonFeed.as_view(), name="catalogue_json"),
    *open_api.urlpatterns,
    *price_api.urlpatterns,
    *interconnect_api.urlpatterns,
    *share_api.urlpatterns,
]
