"""``/desk/organisation/billing/``: what our orders carry unless they say otherwise."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.billing import FIELDS, defaults_of, set_billing
from participants.doors import actor_in, page
from participants.views.organisation import ours_of
from participants.words import spoken

__all__ = ["billing"]


@covers("F1")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.billing.set")
def billing(request: HttpRequest) -> HttpResponse:
    """Shows the defaults, and sets them."""
    ours, refused = ours_of(request), None
    said = asdict(defaults_of(ours))
    if request.method == "POST":
        said = {name: request.POST.get(name, "")[:200] for name in FIELDS}
        try:
            set_billing(organization=ours, given=said, actor=actor_in(request), clock=MARKET_CLOCK)
        except Rejected as no:
            refused = no
        else:
            messages.success(request, _("已保存；此后的订单默认按此填写。"))
            return redirect("participants:billing")
    return render(request, "participants/billing.html", {
        "ours": ours, "said": said, "rejected": refused,
        "faults": {one.field: spoken(one.text) for one in refused.errors} if refused else {},
    }, status=refused.status if refused else 200)
