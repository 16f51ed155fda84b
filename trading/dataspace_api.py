"""What is on sale, in the words of the Dataspace Protocol 2025-1: its version and catalogue parts, and nothing beyond (CAP-I5).

A connector of another dataspace asks which protocol is spoken, then for the catalogue, then for one data set; each data set carries an
offer whose policy is rendered by the machine that renders agreements. Contracts are not negotiated by this protocol: identity, declaration
and payment belong to the exchange, so an offer names the page where one buys. A filter is refused, never passed over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.taxonomy import CirculationMode
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.models import Listing, SaleMode
from participants.edge import Requires
from trading.agreeing.machine import policy_of
from trading.agreeing.offering import offered_terms

__all__ = ["CONTEXT", "dataset_of", "urlpatterns", "version"]

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld", {"dx": "urn:dx:", "dct": "http://purl.org/dc/terms/"}]
#: Data sets of one answer; what follows is named by ``Link: rel="next"``.
SLICE = 100
_SERVICE = "urn:data-exchange:dsp"


@covers("CAP-I5")
@require_safe
def version(request: HttpRequest) -> JsonResponse:
    """Which version of the protocol is spoken, and where."""
    return JsonResponse({"protocolVersions": [{"version": "2025-1", "path": "/api/dsp", "binding": "HTTPS"}]})


def _texts(zh: str, en: str) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for text, language in ((zh, "zh"), (en, "en")) if text]


@covers("CAP-I5", "F1")
def dataset_of(listing: Listing, *, at: datetime) -> dict[str, Any]:
    """This will describe a listing as a data set with its offer."""
    held = listing.version
    assert held is not None, "only a published listing is described"
    return {"@id": f"urn:data-exchange:listing:{listing.code}", "@type": "Dataset", "dct:title": _texts(held.title_zh, held.title_en),
            "dct:identifier": listing.code, "hasPolicy": [_offer(listing, at=at)],
            "distribution": [{"@type": "Distribution", "format": "dx:Exchange", "accessService": _SERVICE}]}


def _offer(listing: Listing, *, at: datetime) -> dict[str, Any]:
    """The policy of an agreement as an order of this moment would freeze it, before anybody is its buyer."""
    held = listing.version
    assert held is not None
    fixed = held.sale_mode == SaleMode.FIXED and held.price_fen is not None
    terms = offered_terms(listing, held, listing.organization, held.price_fen or 0, at=at)
    policy = policy_of(terms)
    permission = {name: value for name, value in policy["permission"][0].items() if name != "assignee"}
    permission["constraint"] = [_from_agreement(one, held.use_terms.get("term_days")) for one in permission.get("constraint", [])]
    pay: dict[str, Any] = {"uid": "#price", "action": "compensate"}
    if fixed:
        pay["constraint"] = [{"uid": "#amount", "leftOperand": "payAmount", "operator": "eq", "rightOperand": _yuan(held.price_fen or 0),
                              "unit": "urn:iso:std:iso:4217:CNY"}]
    permission["duty"] = [*permission.get("duty", []), pay]
    return {"@id": f"urn:data-exchange:offer:{held.code}", "@type": "Offer", "profile": policy["profile"], "permission": [permission],
            "prohibition": policy["prohibition"], "dx:buyAt": f"{settings.PUBLIC_ADDRESS}/listings/{listing.code}/",
            "dx:saleMode": str(held.sale_mode)}


def _yuan(fen: int) -> dict[str, str]:
    return {"@value": f"{fen // 100}.{fen % 100:02d}", "@type": "xsd:decimal"}


def _from_agreement(limit: dict[str, Any], days: int | None) -> dict[str, Any]:
    """A term that runs from the agreement on has no date yet: it is told as a duration."""
    if limit["leftOperand"] != "dateTime" or not days:
        return limit
    return limit | {"leftOperand": "elapsedTime", "operator": "lteq", "rightOperand": {"@value": f"P{days}D", "@type": "xsd:duration"}}


def _fault(status: int, code: str, *reasons: str) -> Response:
    return Response({"@context": CONTEXT, "@type": "CatalogError", "code": code, "reason": list(reasons)}, status=status)


def _on_sale() -> Any:
    rows = Listing.objects.listed().filter(version__isnull=False, version__circulation=CirculationMode.TRADE)
    return rows.select_related("version", "organization", "venue")


class CatalogRequest(APIView):
    """The catalogue, a slice at a time. It changes nothing, so it takes no key."""

    permission_classes = [Requires(POST="listings.catalogue.read")]

    @covers("CAP-I5")
    @extend_schema(exclude=True)  # the protocol's own documents describe it
    def post(self, request: Request) -> Response:
        asked = request.data
        if not isinstance(asked, dict) or asked.get("@type") != "CatalogRequestMessage":
            return _fault(400, "message.unknown", "a CatalogRequestMessage is expected / 应为 CatalogRequestMessage")
        if asked.get("filter"):
            return _fault(400, "filter.unsupported", "filters are not understood here; ask without one / 不支持筛选，请去掉 filter")
        after = request.query_params.get("after", "")
        rows = _on_sale().filter(code__gt=after).order_by("code")[: SLICE + 1]
        at, found = MARKET_CLOCK.now(), list(rows)
        answer = Response({
            "@context": CONTEXT, "@id": f"urn:data-exchange:catalogue:{settings.EVIDENCE_ORIGIN}", "@type": "Catalog",
            "participantId": settings.EVIDENCE_ORIGIN, "dataset": [dataset_of(one, at=at) for one in found[:SLICE]],
            "service": [{"@id": _SERVICE, "@type": "DataService", "endpointURL": f"{settings.PUBLIC_ADDRESS}/api/dsp"}]})
        if len(found) > SLICE:
            answer["Link"] = f'<{settings.PUBLIC_ADDRESS}/api/dsp/catalog/request?after={found[SLICE - 1].code}>; rel="next"'
        return answer


class OneDataset(APIView):
    """One data set by its name in the catalogue."""

    permission_classes = [Requires(GET="listings.catalogue.read")]

    @covers("CAP-I5")
    @extend_schema(exclude=True)
    def get(self, request: Request, name: str) -> Response:
        one = _on_sale().filter(code=name.removeprefix("urn:data-exchange:listing:")).first()
        if one is None:
            return _fault(404, "dataset.absent", "no such data set is on sale / 没有这个在售数据集")
        return Response({"@context": CONTEXT} | dataset_of(one, at=MARKET_CLOCK.now()))


urlpatterns = [
    path("dsp/catalog/request", CatalogRequest.as_view(), name="dsp_catalog"),
    path("dsp/catalog/datasets/<str:name>", OneDataset.as_view(), name="dsp_dataset"),
]
