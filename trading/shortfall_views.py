"""Differences after a default 差额补足 at the desk: what we owe, what is owed to us, what the lot still waits for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from participants.doors import actor_in, page
from trading.models import Shortfall
from trading.shortfalls import pay_shortfall

__all__ = ["pay_difference", "shortfalls"]

_SHOWN = 100


def _page(request: HttpRequest, refused: Rejected | None = None) -> HttpResponse:
    key = actor_in(request).organization_id
    rows = Shortfall.objects.visible_to(request.user).select_related("trade__buyer", "trade__seller", "trade__version", "resale")
    rows = rows.order_by("due_at", "-pk")
    return render(request, "trading/shortfalls.html", {
        "ours": rows.filter(trade__buyer_id=key)[:_SHOWN], "theirs": rows.filter(trade__seller_id=key)[:_SHOWN], "refused": refused,
        "now": MARKET_CLOCK.now()}, status=refused.status if refused else 200)


@covers("CAP-E10")
@require_safe
@page("trading.shortfall.see")
def shortfalls(request: HttpRequest) -> HttpResponse:
    """``/desk/shortfalls/``: the differences of our defaults, and of defaults on our lots."""
    return _page(request)


@covers("CAP-E10")
@require_POST
@page("trading.shortfall.pay")
def pay_difference(request: HttpRequest, code: str) -> HttpResponse:
    """Pays one of ours in full."""
    one = get_object_or_404(Shortfall.objects.visible_to(request.user), code=code)
    try:
        done = pay_shortfall(shortfall=one, actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        if refused.status in {403, 404}:
            raise
        return _page(request, refused)
    messages.success(request, _("已补足差额与佣金 %(amount)s。") % {"amount": yuan(done.amount_fen)})
    return redirect("trading:shortfalls")
