"""Listings for programs: search and one listing in full, as the public pages show them (I7)."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from listings.queries import product_page
from listings.search import FACETS, PAGE, SORTS, search_listings
from participants.edge import Requires

__all__ = ["urlpatterns"]


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


def row(listing: Listing) -> dict[str, Any]:
    """This will give the public facts of a listing and of the version in force."""
    version = listing.version
    assert version is not None, "lists show published listings"
    return {
        "code": listing.code, "title": {"zh": version.title_zh, "en": version.title_en}, "seller": listing.organization.code,
        "category": version.category, "stage": version.stage, "grade": version.grade, "sector": version.sector,
        "sale_mode": version.sale_mode, "delivery_mode": version.delivery_mode, "price_fen": version.price_fen,
        "listed_at": listing.listed_at,
    }


class Listings(APIView):
    """Search what is on sale: any two neighbouring characters are found, whole words rank first."""

    permission_classes = [Requires(GET="listings.listing.see")]

    @covers("CAP-I7")
    @extend_schema(operation_id="listings", responses={200: ListingPage}, parameters=[
        OpenApiParameter("q", str, description="what to look for"), OpenApiParameter("after", str, description="cursor from `next`"),
        OpenApiParameter("sort", str, enum=list(SORTS)), *[OpenApiParameter(name, str, many=True) for name in FACETS]])
    def get(self, request: Request) -> Response:
        asked = request.query_params
        found = search_listings(asked.get("q", ""), facets={name: asked.getlist(name) for name in FACETS}, sort=asked.get("sort", ""),
                                after=asked.get("after", ""), limit=PAGE, with_facets=False)
        return Response({"items": [row(one) for one in found.items], "next": found.next})


class OneListing(APIView):
    """One listing in full."""

    permission_classes = [Requires(GET="listings.listing.see")]

    @extend_schema(operation_id="listing", responses={200: ListingInFull})
    def get(self, request: Request, code: str) -> Response:
        listing = Listing.objects.filter(code=code, version__isnull=False).select_related("version", "organization").first()
        page = product_page(listing, at=MARKET_CLOCK.now()) if listing else None
        if page is None:
            raise Rejected("participants.object.absent")
        version = page.version
        return Response(row(page.listing) | {
            "status": page.listing.status, "version": version.code, "content_hash": version.content_hash,
            "file_sha256": version.file_sha256,
            "certificate": page.certificate.code if page.certificate else None, "use_terms": version.use_terms,
            "columns": version.columns, "quality": version.quality, "obstacle": page.refusal,
        })


urlpatterns = [
    path("listings/", Listings.as_view(), name="listings"),
    path("listings/<str:code>/", OneListing.as_view(), name="listing"),
]
