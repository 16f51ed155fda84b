"""``/desk/organisation/networks/``: from which networks our people and programs use what was delivered to us."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.models import UseNetworks
from participants.networks import MOST_NETWORKS, caller_address, set_networks, within
from participants.step_up import sensitive
from participants.views.organisation import ours_of

__all__ = ["networks"]


@covers("T64", "F6")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.networks.set")
@sensitive
def networks(request: HttpRequest) -> HttpResponse:
    """Shows the networks on record and whether this request comes from one of them, and sets them."""
    ours, refused = ours_of(request), None
    held = UseNetworks.objects.filter(organization=ours).first()
    cidrs = held.cidrs if held else []
    said = "\n".join(cidrs)
    if request.method == "POST":
        said = request.POST.get("networks", "")[:4000]
        try:
            kept = set_networks(organization=ours, text=said, actor=actor_in(request), clock=MARKET_CLOCK)
        except Rejected as no:
            refused = no
        else:
            told = _("已保存；从下一次取用起按此判断。") if kept and kept.cidrs else _("已取消限制；可以从任何地址取用。")
            messages.success(request, told)
            return redirect("participants:networks")
    return render(request, "participants/networks.html", {
        "ours": ours, "said": said, "rejected": refused, "cidrs": cidrs, "held": held, "most": MOST_NETWORKS,
        "address": caller_address(), "inside": within(caller_address(), cidrs),
    }, status=refused.status if refused else 200)
