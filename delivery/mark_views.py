"""``/desk/marks/``: the seller declares how copies of a file are marked, and sees every copy that was handed out (F13)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from delivery.marking.plans import declare_marks, offered_columns, plan_of
from delivery.models import Copy, Delivery, MarkPlan
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion
from participants.doors import actor_in, page

__all__ = ["declare", "mine"]

_SHOWN = 100


@covers("F13")
@never_cache
@require_safe
@page("delivery.room.see")
def mine(request: HttpRequest) -> HttpResponse:
    """The organisation's files whose copies are marked, and those that could be: a file on hand that nobody has bought."""
    ours = actor_in(request).organization_id or 0
    plans = MarkPlan.objects.filter(version__organization_id=ours).select_related("version").order_by("-pk")[:_SHOWN]
    sold = Delivery.objects.filter(seller_id=ours).values("version_id")
    free = ListingVersion.objects.filter(organization_id=ours, delivery_mode="download", deposit__isnull=False, mark_plan__isnull=True)
    return render(request, "delivery/marks.html", {
        "plans": [(one, one.copies.count()) for one in plans], "free": free.exclude(pk__in=sold).order_by("-pk")[:_SHOWN]})


@covers("F13")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.marks.declare")
def declare(request: HttpRequest, code: str) -> HttpResponse:
    """One version: its columns of numbers with a tolerance each, or what was declared and the copies made since."""
    actor = actor_in(request)
    version = get_object_or_404(ListingVersion.objects.select_related("deposit"), code=code, organization_id=actor.organization_id)
    refused: Rejected | None = None
    names = offered_columns(version)
    typed = {name: request.POST.get(f"most{number}", "").strip() for number, name in enumerate(names)}
    if request.method == "POST":
        try:
            declare_marks(version=version, columns={name: text for name, text in typed.items() if text}, actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("已声明：此后交出的每份副本都带标记"))
            return redirect("delivery:declare_marks", code)
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    plan = plan_of(version)
    faults = {fault.field: fault.text for fault in refused.errors} if refused else {}
    return render(request, "delivery/marks_one.html", {
        "version": version, "plan": plan, "refused": refused,
        "others": [one["name"] for one in version.columns if one["name"] not in names],
        "rows": [(number, name, typed[name], faults.get(name)) for number, name in enumerate(names)],
        "sold": Delivery.objects.filter(version=version).exists(),
        "copies": Copy.objects.filter(plan=plan).select_related("grant__delivery").order_by("-pk")[:_SHOWN] if plan else [],
    }, status=refused.status if refused else 200)
