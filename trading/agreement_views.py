"""Acts on an agreement at the desk: sign it, end it, agree to its end, renew it; the regulator halts it. The hall shows the page."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.doors import actor_in, page
from trading.models import Agreement
from trading.operations import (
    agree_to_end,
    give_notice,
    halt_agreement,
    renew_agreement,
    sign_agreement,
    take_back_notice,
)
from trading.states import AgreementStatus

__all__ = ["agreements", "end", "halt", "renew", "sign"]

SHOWN = 100


def _own(request: HttpRequest, code: str) -> Agreement:
    """A party's own agreement; 404 else."""
    rows: Any = Agreement.objects.visible_to(request.user).select_related("trade__state")
    found: Agreement | None = rows.filter(code=code).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


@require_safe
@page("trading.trade.see")
@covers("F1", "F3")
def agreements(request: HttpRequest) -> HttpResponse:
    """``/desk/agreements/``: what was agreed with whom, what waits for a signature, what is ending."""
    rows = Agreement.objects.visible_to(request.user).select_related("trade__seller", "trade__buyer", "trade__version")
    own = actor_in(request).organization_id
    listed = [(one, one.trade.buyer_id == own) for one in rows.order_by("-pk")[:SHOWN]]
    return render(request, "trading/agreements.html", {"rows": listed})


@require_POST
@page("trading.trade.see")
@covers("F1")
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Signs for our side the text whose hash was shown."""
    signed = sign_agreement(agreement=_own(request, code), terms_hash=request.POST.get("terms_hash", "")[:64], actor=actor_in(request),
                            clock=MARKET_CLOCK)
    done = signed.status == AgreementStatus.IN_FORCE
    messages.success(request, _("双方均已签署，合同生效。") if done else _("已签署，等待对方签署。"))
    return redirect("exchange:agreement", code)


@require_POST
@page("trading.trade.see")
@covers("F4")
def end(request: HttpRequest, code: str) -> HttpResponse:
    """Gives notice, takes it back, or agrees to the other side's proposal."""
    deed, told = _own(request, code), cast("dict[str, Any]", {"actor": actor_in(request), "clock": MARKET_CLOCK})
    act = request.POST.get("act", "")
    if act == "take_back":
        take_back_notice(agreement=deed, **told)
        messages.success(request, _("通知已撤回，合同继续履行。"))
    elif act == "agree":
        agree_to_end(agreement=deed, **told)
        messages.success(request, _("合同已终止。"))
    else:
        give_notice(agreement=deed, ground=request.POST.get("ground", ""), reason=request.POST.get("reason", ""), **told)
        messages.success(request, _("通知已送达对方。"))
    return redirect("exchange:agreement", code)


@require_POST
@page("trading.trade.see")
@covers("F4")
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """Renews the licence at the price that was shown."""
    total = request.POST.get("total_fen", "")
    trade = renew_agreement(
        agreement=_own(request, code), version=request.POST.get("version", "")[:20],
        total_fen=whole(total, digits=16) or 0,
        purpose=request.POST.get("purpose", "")[:40], actor=actor_in(request), clock=MARKET_CLOCK)
    messages.success(request, _("已续约，新的期限接着旧的期限。"))
    return redirect("exchange:trade", trade.code)


@require_POST
@page("trading.agreement.halt")
@covers("F3")
def halt(request: HttpRequest, code: str) -> HttpResponse:
    """Suspends, resumes or rescinds by order of the regulator."""
    deed = get_object_or_404(Agreement.objects.select_related("trade__state"), code=code)
    halt_agreement(agreement=deed, act=request.POST.get("act", ""), reason=request.POST.get("reason", ""), actor=actor_in(request),
                   clock=MARKET_CLOCK)
    messages.success(request, _("已办理，双方已获通知。"))
    return redirect("exchange:agreement", code)
