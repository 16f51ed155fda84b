"""``/recognised/``: recognised anonymisers and tested delivery environments, for anyone to read (W15, R86)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.queries import house_venue
from participants.recognised import anonymisers, delivery_environments

__all__ = ["recognised"]


@covers("W15", "R86")
@require_safe
def recognised(request: HttpRequest) -> HttpResponse:
    """Both registers, and the level of the venue's own house."""
    at = MARKET_CLOCK.now()
    return render(request, "participants/recognised.html", {
        "anonymisers": anonymisers(at), "environments": delivery_environments(at), "house": house_venue()})
