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
from participants.models import Organization, TaxpayerKind, TaxStatement
from participants.tax import kind_of, state_taxpayer, vat_rate
from participants.views.organisation import ours_of
from participants.words import spoken

__all__ = ["billing"]


def _stated(request: HttpRequest, ours: Organization) -> HttpResponse:
    made = state_taxpayer(organization=ours, kind=request.POST.get("kind", "")[:8], actor=actor_in(request), clock=MARKET_CLOCK)
    told = _("已保存；次日起的成交按“%(kind)s”列明税额。") % {"kind": made.get_kind_display() if made else ""}
    messages.success(request, told)
    return redirect("participants:billing")


@covers("F1")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.billing.set")
def billing(request: HttpRequest) -> HttpResponse:
    """Shows the defaults, and sets them."""
    ours, refused = ours_of(request), None
    said = asdict(defaults_of(ours))
    if request.method == "POST":
        taxed = request.POST.get("act") == "taxpayer"
        said = said if taxed else {name: request.POST.get(name, "")[:200] for name in FIELDS}
        try:
            if taxed:
                return _stated(request, ours)
            set_billing(organization=ours, given=said, actor=actor_in(request), clock=MARKET_CLOCK)
        except Rejected as no:
            refused = no
        else:
            messages.success(request, _("已保存；此后的订单默认按此填写。"))
            return redirect("participants:billing")
    at = MARKET_CLOCK.now()
    kind = kind_of(ours.pk, at)
    return render(request, "participants/billing.html", {
        "kinds": TaxpayerKind.choices, "kind": kind, "rate": vat_rate(kind, at),
        "statements": TaxStatement.objects.filter(organization=ours), "market_now": at,
        "ours": ours, "said": said, "rejected": refused,
        "faults": {one.field: spoken(one.text) for one in refused.errors} if refused else {},
    }, status=refused.status if refused else 200)
