"""The open lane for people: what is open to everyone, with its licence, its hash and the ways to take it (W10, R117)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.rules.circulation import flow_of
from compliance.taxonomy import Channel, CirculationMode
from listings.circulating import licence_of
from listings.opening import open_listings

__all__ = ["open_data"]

#: Rows of one page; the feed and the catalogue tell all of them.
ROWS = 50


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """``/open/``: open data, newest first, with its licence; the feed and the catalogue for machines beside it."""
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and int(asked[:6]) > 0 else 1
    found = list(open_listings()[(number - 1) * ROWS: number * ROWS + 1])
    rows = [{"listing": one, "version": one.version, "licence": licence_of(one.version)} for one in found[:ROWS] if one.version]
    return render(request, "listings/open_data.html", {
        "rows": rows, "flow": flow_of(CirculationMode.OPEN, Channel.ON_EXCHANGE), "back": f"?page={number - 1}" if number > 1 else "",
        "forth": f"?page={number + 1}" if len(found) > ROWS else ""})
