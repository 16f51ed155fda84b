"""``/desk/takeout/``: take along everything the organisation has here, and leave when nothing is open any more (R114)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.leaving import ask_to_leave, pack_to_leave_with, remaining
from participants.models import Organization, Succession, SuccessionKind, SuccessionStatus, Takeout
from participants.packing import ask_takeout
from participants.permissions import require

__all__ = ["takeout", "takeout_file"]


@covers("R114")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.export.make")
def takeout(request: HttpRequest) -> HttpResponse:
    """Asks for a pack and shows how far it is; lists what is still open, and puts the leaving to the authority."""
    actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
    ours = get_object_or_404(Organization, pk=actor.organization_id or 0)
    require(actor, "participants.export.make", subject=ours, at=at)
    refused: Rejected | None = None
    if request.method == "POST":
        by: dict[str, Any] = {"organization": ours, "actor": actor, "clock": MARKET_CLOCK}
        try:
            if request.POST.get("act") == "leave":
                ask_to_leave(reason=request.POST.get("reason", ""), **by)
                messages.success(request, gettext("退出申请已提交，监管机构核对无未了事项后关闭本机构"))
            else:
                ask_takeout(**by)
                messages.success(request, gettext("正在整理，备好后会通知您"))
            return redirect("participants:takeout")
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            refused = no
    leaving = Succession.objects.filter(predecessor=ours, kind=SuccessionKind.LEAVING, status=SuccessionStatus.FILED).first()
    return render(request, "participants/takeout.html", {
        "packs": list(Takeout.objects.visible_to(request.user).select_related("file").order_by("-pk")[:20]), "refused": refused,
        "leaving": leaving, "open": [] if leaving else remaining(ours, at=at), "pack": pack_to_leave_with(ours, at=at),
    }, status=refused.status if refused else 200)


@covers("R114")
@never_cache
@require_safe
@page("participants.export.make")
def takeout_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hands out one of one's own packs."""
    held = get_object_or_404(Takeout.objects.visible_to(request.user).select_related("file"), code=code, ready_at__isnull=False)
    assert held.file is not None, "a ready pack has its file"
    answer = FileResponse(open_deposit(held.file), content_type="application/zip", as_attachment=True, filename=held.file.name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
