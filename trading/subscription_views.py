"""``/desk/subscriptions/``: what we ordered period by period, when it renews and for how much; what others ordered of ours."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.doors import actor_in, page
from trading.models import Subscription
from trading.subscribing import cancel_subscription

__all__ = ["cancel", "subscriptions"]

_SHOWN = 100


@require_safe
@page("trading.subscription.see")
@covers("R45", "CAP-E1")
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Our standing orders, the one that moves next first; below those of our own listings."""
    ours = actor_in(request).organization_id or 0
    rows = Subscription.objects.visible_to(request.user).select_related("listing__version", "listing__organization", "buyer")
    rows = rows.prefetch_related("periods__trade").order_by("ended_at", "period_to", "-pk")
    return render(request, "trading/subscriptions.html", {
        "ordered": rows.filter(buyer_id=ours)[:_SHOWN], "sold": rows.filter(listing__organization_id=ours)[:_SHOWN]})


@require_POST
@page("trading.subscription.see")
@covers("R45", "F4")
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Orders no further period of ours."""
    one = get_object_or_404(Subscription.objects.visible_to(request.user), code=code)
    cancel_subscription(subscription=one, actor=actor_in(request), clock=MARKET_CLOCK)
    messages.success(request, _("已取消续期；已付的一期用至期末。"))
    return redirect("trading:subscriptions")
