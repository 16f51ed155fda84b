"""``/desk/first-listing/``: what a first listing costs, how long it takes, what is missing, what others ask, who wants it (R120)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange.words import sector_name
from listings.coaching import FEWEST, drop_off, first_steps, newest_draft
from listings.price_facts import asked_for_alike
from listings.reference_prices import price_for
from participants.actors import actor_of
from participants.charges import Payer, schedule
from participants.doors import page
from participants.models import Organization
from trading.models import Trade

__all__ = ["first_listing"]

_YEAR = timedelta(days=365)
#: Fewer buyers than this are not counted up: one could be told from the figure.
_FEWEST_BUYERS = 3


@require_safe
@page("listings.listing.open")
def first_listing(request: HttpRequest) -> HttpResponse:
    """The way to the first listing, all of it seen before it is begun."""
    at = MARKET_CLOCK.now()
    ours = get_object_or_404(Organization, pk=actor_of(request.user).organization_id or 0)  # type: ignore[arg-type]
    version, steps = newest_draft(ours), first_steps(ours, at=at)
    return render(request, "exchange/first_listing.html", {
        "steps": steps, "done": sum(one.done for one in steps), "next": next((one for one in steps if not one.done), None),
        "costs": [one for one in schedule(venue=ours.venue, at=at).charges if one.payer is Payer.SELLER],
        "alike": asked_for_alike(version) if version else None, "reference": price_for(version) if version else None,
        "sector": sector_name(version.sector) if version and version.sector else None,
        "demand": _demand(version.sector, at) if version and version.sector else None,
        "funnel": drop_off(at=at), "fewest": FEWEST,
    })


def _demand(sector: str, at: datetime) -> dict[str, Any] | None:
    """Trades and buyers of a sector over a year; None where too few buyers are counted."""
    rows = list(Trade.objects.filter(version__sector=sector, executed_at__gte=at - _YEAR).values_list("buyer_id", flat=True))
    return {"trades": len(rows), "buyers": len(set(rows))} if len(set(rows)) >= _FEWEST_BUYERS else None
