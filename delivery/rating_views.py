"""Reviews by buyers: given on the delivery's page, answered and moderated on the listing's (D8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from delivery.models import SCORED, Delivery, Rating
from delivery.ratings import hide_rating, rate_delivery, reply_rating, show_rating
from delivery.views import act_on
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.rejected import Rejected
from participants.doors import page
from participants.permissions import require

__all__ = ["rate", "rating_act"]


@login_required
@require_POST
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer scores what it accepted; what was typed in vain stands in the form again."""

    def act(one: Delivery, actor: Actor) -> None:
        rate_delivery(delivery=one, scores={name: _whole(request.POST.get(name, "")) for name in SCORED}, text=request.POST.get("text", ""),
                      actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("评价已公开，卖方可以回应。"), typed=request.POST)


def _whole(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 1 else None


@require_POST
@page("delivery.rating.see")
def rating_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """The seller replies, the desk hides and shows again; the refusal is said on the listing's page."""
    by: Actor = request.actor  # type: ignore[attr-defined]
    one = get_object_or_404(Rating.objects.select_related("delivery__version__listing"), code=code)
    require(by, f"delivery.rating.{'hide' if act == 'show' else act}", subject=one, at=MARKET_CLOCK.now())
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "reply": (lambda: reply_rating(rating=one, reply=request.POST.get("reply", ""), actor=by, clock=MARKET_CLOCK), _("回应已公开")),
        "hide": (lambda: hide_rating(rating=one, reason=request.POST.get("reason", ""), actor=by, clock=MARKET_CLOCK),
                 _("已隐藏，理由显示在原处")),
        "show": (lambda: show_rating(rating=one, actor=by, clock=MARKET_CLOCK), _("已恢复显示"))}
    do, said = acts[act]
    try:
        do()
    except Rejected as refused:
        language = "zh" if request.LANGUAGE_CODE.startswith("zh") else "en"  # type: ignore[attr-defined]
        messages.error(request, f"{refused.text('title', language)} {refused.text('detail', language)} ({refused.code})")
    else:
        messages.success(request, said)
    return redirect(f"/listings/{one.delivery.version.listing.code}/#ratings")
