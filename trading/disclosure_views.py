"""``/disclosures/``: every supplier's quarter, computed, for anyone to read; as a page and as data (R92)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.taxonomy import DataCategory, Right
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from trading.disclosures import FEWEST, Disclosure, closed_quarters, disclosing, disclosure_of, quarter_named

__all__ = ["disclosure", "suppliers"]


@covers("R92")
@require_safe
def suppliers(request: HttpRequest) -> HttpResponse:
    """Who discloses, and the quarters that are over."""
    return render(request, "trading/disclosures.html", {"rows": disclosing(), "quarters": closed_quarters(MARKET_CLOCK.now())})


@covers("R92")
@require_safe
def disclosure(request: HttpRequest, code: str) -> HttpResponse:
    """One supplier's quarter; ``?quarter=2026Q3`` chooses it, ``&format=json`` gives it to machines."""
    at = MARKET_CLOCK.now()
    asked = request.GET.get("quarter", "")
    quarter = quarter_named(asked, at) if asked else closed_quarters(at)[0]
    party = next((one for one in disclosing() if one.code == code), None)
    if quarter is None or party is None:
        raise Http404
    found = disclosure_of(party, quarter)
    if request.GET.get("format") == "json":
        return JsonResponse(_as_data(found), json_dumps_params={"ensure_ascii": False})
    return render(request, "trading/disclosure.html", {
        "found": found, "quarters": closed_quarters(at), "fewest": FEWEST,
        "holdings": [(DataCategory(regime).label, number) for regime, number in found.holdings.items()],
        "exclusives": [(one, Right(one.right).label) for one in found.exclusives]})


def _as_data(one: Disclosure) -> dict[str, Any]:
    return {"organization": one.organization.code, "quarter": one.quarter.name, "holdings": one.holdings, "deals": one.deals,
            "on_exchange": one.on_exchange, "off_exchange": one.off_exchange, "counterparties": one.counterparties, "sum_fen": one.sum_fen,
            "exclusives": [{"title_zh": each.title[0], "title_en": each.title[1], "right": each.right,
                            "until": each.until.isoformat() if each.until else None} for each in one.exclusives]}
