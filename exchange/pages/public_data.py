"""The public register of authorised public data ``/public-data/``: who let whom run what, at what price, and how much it is used (R21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.authorising import cap_in_force
from listings.models import Authorisation, Listing
from listings.states import AuthorisationStatus, ListingStatus
from settlement.public_shares import public_paid_fen
from trading.models import Trade

__all__ = ["register"]

#: what was never confirmed is the parties' own matter
_SHOWN = (AuthorisationStatus.IN_FORCE, AuthorisationStatus.EXPIRED, AuthorisationStatus.REVOKED)
_FREE = {"public_governance", "public_welfare"}
_MOST = 200


@covers("R21", "R77", "B10")
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The whole register, what is in force first, each with its products, caps, buyers and use."""
    at = MARKET_CLOCK.now()
    rows = Authorisation.objects.filter(status__in=_SHOWN).select_related("organization", "grantor")
    order = {AuthorisationStatus.IN_FORCE: 0}
    found = sorted(rows.order_by("-pk")[:_MOST], key=lambda one: order.get(AuthorisationStatus(one.status), 1))
    return render(request, "exchange/public_data.html", {"rows": [_row(one, at) for one in found]})


def _row(one: Authorisation, at: datetime) -> dict[str, Any]:
    resting = Listing.objects.filter(version__authorisation=one, status__in=[ListingStatus.LISTED, ListingStatus.SUSPENDED])
    products = [_product(listing, one, at) for listing in resting.select_related("version", "product").order_by("pk")]
    return {"one": one, "products": products, "trades": sum(row["trades"] for row in products),
            "paid_fen": public_paid_fen(one) if one.grantor_share_bps else 0}


def _product(listing: Listing, one: Authorisation, at: datetime) -> dict[str, Any]:
    used = Trade.objects.filter(listing=listing).aggregate(trades=Count("pk"), buyers=Count("buyer", distinct=True))
    version = listing.version
    assert version is not None, "what is on sale has a version"
    return {"listing": listing, "version": version, "cap": cap_in_force(listing.product, one, at=at),
            "welfare": version.price_fen == 0 and bool(_FREE & set(version.use_terms.get("purposes", []))), **used}
