"""The public page on the ways data circulates: the eight cells with what each admits and needs (R43)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.rules.circulation import circulation
from kit.coverage import covers
from participants.doors import page

__all__ = ["circulation_table"]


@require_safe
@page("compliance.rules.see")
@covers("R43")
def circulation_table(request: HttpRequest) -> HttpResponse:
    """``/rules/circulation/``: open, share, exchange, trade, on the exchange and off it: what each admits and needs, by which clause."""
    table = circulation()
    shown = [{"flow": flow, "acts": [table.acts[one].text for one in flow.acts], "needs": [
        table.orders[flow.order], table.monies[flow.money], table.filings[flow.filing], table.reviews[flow.review]]}
        for flow in table.flows.values()]
    return render(request, "compliance/circulation.html", {"flows": shown})
