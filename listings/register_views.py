"""``/listings/register/``: the public register with its census, by scenario, sector, kind of data and right; one holder's inventory."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compliance.taxonomy import DataCategory, Purpose, Right
from evidence.clock import MARKET_CLOCK
from listings.public_views import Choice
from listings.register import FACETS, Register, register
from listings.sectors import SECTORS
from participants.models import Organization

__all__ = ["public_register"]


def _label(facet: str, value: str) -> Any:
    if facet == "sector":
        return SECTORS.get(value, (value, value))
    if facet == "purpose":
        return Purpose(value).label if value in Purpose.values else _("任何合法用途")
    return Right(value).label if facet == "right" else DataCategory(value).label


def _facets(request: HttpRequest, found: Register) -> list[tuple[str, list[Choice]]]:
    titles = {"purpose": _("应用场景"), "sector": _("行业"), "regime": _("主体"), "right": _("权利")}
    facets = []
    for name, title in titles.items():
        taken, choices = request.GET.get(name, ""), []
        for value, number in found.counts[name]:
            kept = request.GET.copy()
            kept.pop("after", None)
            kept.pop(name, None)
            if value != taken:
                kept[name] = value
            choices.append(Choice(_label(name, value), number, f"?{kept.urlencode()}", value == taken))
        if choices:
            facets.append((title, choices))
    return facets


@require_safe
def public_register(request: HttpRequest) -> HttpResponse:
    """What is registered and in force; anyone may read it."""
    holder, query = request.GET.get("holder", "")[:16], request.GET.get("q", "").strip()[:200]
    found = register({name: request.GET.get(name, "") for name in FACETS}, holder=holder, query=query,
                     after=request.GET.get("after", ""), at=MARKET_CLOCK.now())
    kept = request.GET.copy()
    first = request.GET.copy()
    first.pop("after", None)
    kept["after"] = found.next
    return render(request, "listings/register.html", {
        "found": found, "facets": _facets(request, found), "query": query,
        "holder": Organization.objects.filter(code=holder).first() if holder else None,
        "narrowed": any(request.GET.get(name) for name in (*FACETS, "holder", "q")),
        "kept": [(name, request.GET[name]) for name in (*FACETS, "holder") if request.GET.get(name)],
        "forth": f"?{kept.urlencode()}" if found.next else "", "back": f"?{first.urlencode()}" if request.GET.get("after") else ""})
