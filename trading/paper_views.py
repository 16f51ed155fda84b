"""``/desk/bids/<LOT>/papers/``: what our order for a lot carries for our books, said once, taken by the trade if we win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.billing import FIELDS
from participants.doors import actor_in, page
from participants.words import spoken
from trading.papers import name_bid_papers, papers_to_begin
from trading.queries import bidder_of, lot_for

__all__ = ["bid_papers", "said_in"]


def said_in(request: HttpRequest) -> Mapping[str, str] | None:
    """This will return the papers of an order's form; None of a form that did not ask for them."""
    return {name: request.POST.get(name, "")[:200] for name in FIELDS} if "po_number" in request.POST else None


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.bidder.register")
@covers("F1")
def bid_papers(request: HttpRequest, code: str) -> HttpResponse:
    """Shows the papers of our registration, or takes them."""
    actor, lot, refused = actor_in(request), lot_for(code, request.user), None
    bidder = bidder_of(lot, actor.organization_id)
    if bidder is None:
        raise Rejected("participants.object.absent")  # the address is of one's own registration
    kept, said = getattr(bidder, "papers", None), said_in(request)
    if said is not None:
        try:
            name_bid_papers(bidder=bidder, given=said, actor=actor, clock=MARKET_CLOCK)
        except Rejected as no:
            refused = no
        else:
            messages.success(request, _("已记下；中标后由成交带上。"))
            return redirect("trading:bids")
    return render(request, "trading/bid_papers.html", {
        "lot": lot, "kept": kept.said if kept else None, "rejected": refused,
        "said": said or asdict(papers_to_begin(actor.organization_id)),
        "faults": {one.field: spoken(one.text) for one in refused.errors} if refused else {},
    }, status=refused.status if refused else 200)
