"""``/interconnect/``: how far the book is, how others keep in step with it, whom we recognise and what they say (R56, CAP-I5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.desk_views import actor
from listings.interconnecting import moves_after, standing
from listings.models import Peer, PeerStanding
from listings.peering import decide_peer, end_peer, propose_peer
from participants.models import Approval, ApprovalStatus
from participants.permissions import allowed, require
from participants.roles import Standing

__all__ = ["interconnect"]

_DECIDE = "listings.peer.decide"


@covers("R56", "CAP-I5")
@require_http_methods(["GET", "HEAD", "POST"])
def interconnect(request: HttpRequest) -> HttpResponse:
    """The state of the feed and its newest moves; the recognised exchanges, kept here by the authority."""
    refused: Rejected | None = None
    if request.method == "POST":
        require(actor(request), _DECIDE, at=MARKET_CLOCK.now())
        try:
            _act(request)
        except Rejected as caught:
            refused = caught
        else:
            messages.success(request, gettext("已记录"))
            return redirect("/interconnect/#peers")
    found = standing()
    newest, _reached, _more = moves_after(max(-1, found.entries - 2_000), 500)
    shown = [{**one, "at": datetime.fromisoformat(one["at"])} for one in newest[::-1][:10]]
    sealed_at = datetime.fromisoformat(found.sealed_at) if found.sealed_at else None
    return render(request, "listings/interconnect.html", {
        "standing": found, "newest": shown, "sealed_at": sealed_at, "refused": refused, "typed": request.POST, **_peers(request)},
        status=refused.status if refused else 200)


def _peers(request: HttpRequest) -> dict[str, Any]:
    may = not request.user.is_anonymous and allowed(actor(request), _DECIDE, at=MARKET_CLOCK.now())
    rows = Peer.objects.annotate(known=Count("certificates")).order_by("ended_at", "pk")
    asked = Approval.objects.filter(act=_DECIDE, status=ApprovalStatus.PENDING).order_by("asked_at") if may else ()
    wary = PeerStanding.objects.filter(~Q(standing=Standing.GOOD), peer__ended_at__isnull=True).select_related("peer")
    return {"peers": rows, "may": may, "asked": asked, "wary": wary.order_by("-since")[:20]}


def _act(request: HttpRequest) -> None:
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    sent = request.POST
    if code := sent.get("end"):
        end_peer(peer=get_object_or_404(Peer, code=code), reason=sent.get("reason", ""), **by)
    elif code := sent.get("decide"):
        asked = Approval.objects.filter(act=_DECIDE, subject=code, status=ApprovalStatus.PENDING).first()
        if asked is None:
            raise Rejected("listings.peer.nothing_asked", peer=code[:16])
        decide_peer(approval=asked, agree=sent.get("agree") == "yes", reason=sent.get("reason", ""), **by)
    else:
        said: dict[str, Any] = {name: sent.get(name, "") for name in ("address", "origin", "key")}
        propose_peer(name=(sent.get("name_zh", ""), sent.get("name_en", "")), **said, **by)
