"""Free uses of public data at the desk: what we took and still owe a report on, and what was reported on ours (R17)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from trading.models import PublicUse
from trading.public_uses import CONDITIONS, file_use_report

__all__ = ["public_uses", "report_use"]

_SHOWN = 100


def _page(request: HttpRequest, refused: Rejected | None = None, code: str = "") -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = PublicUse.objects.visible_to(request.user).select_related("trade__buyer", "trade__seller", "trade__listing", "paper")
    rows = rows.order_by("due_at", "-pk")
    return render(request, "trading/public_uses.html", {
        "taken": rows.filter(trade__buyer_id=actor.organization_id)[:_SHOWN], "refused": refused, "code": code,
        "given": rows.filter(trade__seller_id=actor.organization_id)[:_SHOWN], "conditions": CONDITIONS,
        "typed": request.POST.get("report", "")}, status=refused.status if refused else 200)


@covers("R17")
@require_safe
@page("trading.public_use.see")
def public_uses(request: HttpRequest) -> HttpResponse:
    """``/desk/public-uses/``: reports owed and filed, by whoever took the data; the seller reads those on its own."""
    return _page(request)


@covers("R17")
@require_POST
@page("trading.public_use.file")
def report_use(request: HttpRequest, code: str) -> HttpResponse:
    """The report on one use; a text that is too short comes back with its reason."""
    one = get_object_or_404(PublicUse.objects.visible_to(request.user), code=code)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        file_use_report(use=one, report=request.POST.get("report", ""), actor=actor, clock=MARKET_CLOCK)
    except Rejected as refused:
        if refused.status in {403, 404}:
            raise
        return _page(request, refused, code)
    messages.success(request, _("使用报告已提交"))
    return redirect("trading:public_uses")
