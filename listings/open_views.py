"""The open lane for people: what is open to everyone, and what people found wrong in it with the holder's answer (W10, R117)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.rules.circulation import flow_of
from compliance.taxonomy import Channel, CirculationMode
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.circulating import licence_of
from listings.desk_views import actor
from listings.forms import CorrectionAnswerForm, CorrectionForm
from listings.models import Correction, Listing
from listings.opening import open_listings
from listings.operations import answer_correction, suggest_correction, withdraw_correction
from listings.states import CorrectionStatus, ListingStatus
from participants.doors import page
from participants.permissions import require

__all__ = ["correction_act", "corrections", "open_data"]

#: Rows of one page; the feed and the catalogue tell all of them.
ROWS = 50
_UNANSWERED = {CorrectionStatus.OPEN, CorrectionStatus.OVERDUE}


def _number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) > 0 else 1


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """``/open/``: open data, newest first, with its licence; the feed and the catalogue for machines beside it."""
    number = _number(request)
    found = list(open_listings()[(number - 1) * ROWS: number * ROWS + 1])
    rows = [{"listing": one, "version": one.version, "licence": licence_of(one.version)} for one in found[:ROWS] if one.version]
    return render(request, "listings/open_data.html", {
        "rows": rows, "flow": flow_of(CirculationMode.OPEN, Channel.ON_EXCHANGE), "back": f"?page={number - 1}" if number > 1 else "",
        "forth": f"?page={number + 1}" if len(found) > ROWS else ""})


@require_http_methods(["GET", "HEAD", "POST"])
@covers("R117", "W10")
def corrections(request: HttpRequest, code: str) -> HttpResponse:
    """``/open/<LST>/corrections/``: what was found wrong and what the holder answered; whoever is signed in may suggest another."""
    listing = (Listing.objects.exclude(status=ListingStatus.UNLISTED).filter(code=code, version__isnull=False)
               .select_related("version", "organization").first())
    if listing is None or listing.version is None:
        raise Http404
    form, refused = CorrectionForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.path})}")
        require(actor(request), "listings.correction.suggest", at=MARKET_CLOCK.now())  # before any fault
        if form.is_valid():
            try:
                made = suggest_correction(listing=listing, **form.cleaned_data, actor=actor(request), clock=MARKET_CLOCK)
            except Rejected as fault:
                refused = fault
            else:
                messages.success(request, gettext("建议已公开，持有人会在期限内答复"))
                return redirect(f"{request.path}#{made.code}")
    number, ours = _number(request), actor(request).organization_id
    rows = list(Correction.objects.filter(listing=listing).select_related("version", "mended_in").order_by("-pk")[
        (number - 1) * ROWS: number * ROWS + 1])
    return render(request, "listings/corrections.html", {
        "listing": listing, "version": listing.version, "form": form, "refused": refused,
        "open": listing.version.circulation == CirculationMode.OPEN, "holder": listing.organization_id == ours,
        "rows": [(one, _answer_form(one, ours), one.suggested_by_id == ours and one.status in _UNANSWERED) for one in rows[:ROWS]],
        "back": f"?page={number - 1}" if number > 1 else "", "forth": f"?page={number + 1}" if len(rows) > ROWS else "",
    }, status=refused.status if refused else 400 if form.errors else 200)


def _answer_form(one: Correction, ours: int | None) -> CorrectionAnswerForm | None:
    return CorrectionAnswerForm(auto_id=f"{one.code}_%s") if one.organization_id == ours and one.status in _UNANSWERED else None


@require_POST
@page("listings.correction.suggest")
def correction_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """``/open/corrections/<COR>/answer/`` or ``withdraw/``: the holder's public answer, or taking one's own back."""
    one = get_object_or_404(Correction.objects.select_related("listing"), code=code)
    by: dict[str, Any] = {"correction": one, "actor": actor(request), "clock": MARKET_CLOCK}
    form = CorrectionAnswerForm(request.POST)
    if act == "withdraw":
        withdraw_correction(**by)
    elif form.is_valid():
        answer_correction(accept=form.cleaned_data["outcome"] == "accept", answer=form.cleaned_data["answer"], **by)
    else:
        require(actor(request), "listings.correction.answer", subject=one, at=MARKET_CLOCK.now())
        raise Rejected("listings.correction.answer_missing")
    messages.success(request, gettext("已公开答复") if act == "answer" else gettext("建议已撤回"))
    return redirect(f"{resolve_url('listings:corrections', one.listing.code)}#{one.code}")
