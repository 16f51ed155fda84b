"""``/interconnect/``: how far the book is, how others keep in step with it, and with which key its pages are signed (R56)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kit.coverage import covers
from listings.interconnecting import moves_after, standing

__all__ = ["interconnect"]


@covers("R56")
@require_safe
def interconnect(request: HttpRequest) -> HttpResponse:
    """The state of the feed and its newest moves."""
    found = standing()
    newest, _reached, _more = moves_after(max(-1, found.entries - 2_000), 500)
    shown = [{**one, "at": datetime.fromisoformat(one["at"])} for one in newest[::-1][:10]]
    sealed_at = datetime.fromisoformat(found.sealed_at) if found.sealed_at else None
    return render(request, "listings/interconnect.html", {"standing": found, "newest": shown, "sealed_at": sealed_at})
