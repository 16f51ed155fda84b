"""Bulletins and sanctions: what the venue tells everyone, newest first, and for how long a sanction stays in publicity."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance import queries as compliance
from compliance.catalogue import measures
from evidence.clock import MARKET_CLOCK
from exchange.bulletins import KINDS, bulletins

__all__ = ["bulletin_board", "sanctions"]


@require_safe
def bulletin_board(request: HttpRequest) -> HttpResponse:
    """All bulletins, of one kind if asked."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    return render(
        request,
        "exchange/bulletins.html",
        {
            "bulletins": bulletins(MARKET_CLOCK.now(), 200, kind),
            "kind": kind,
            "kinds": [(key, words) for key, (words, _tone) in KINDS.items()],
        },
    )


@require_safe
def sanctions(request: HttpRequest) -> HttpResponse:
    """Sanctions still in publicity; a restored or annulled one is not shown here any more."""
    table = measures()
    rows = [
        {"sanction": one, "measure": table[one.measure].text if one.measure in table else (one.measure, one.measure)}
        for one in compliance.sanctions_in_publicity(MARKET_CLOCK.now())
    ]
    return render(request, "exchange/sanctions.html", {"rows": rows})
