"""Opting out of an anonymised product: the page everyone may read, and the holder's answer (W15)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.desk_views import actor, back
from listings.models import Listing, OptOut, Principal
from listings.opting_out import answer_opt_out, delivers_from, from_persons, open_opt_out, standing_opt_outs
from listings.states import MandateStatus
from participants.doors import page

__all__ = ["answer", "opt_out"]


@require_http_methods(["GET", "HEAD", "POST"])
@covers("W15")
def opt_out(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/<LST>/opt-out/``: what the product is made of, from when it may be delivered, and how to be left out."""
    listing = get_object_or_404(Listing.objects.visible_to(request.user).select_related("product", "version", "organization"), code=code)
    version = listing.version
    if version is None or not from_persons(version):
        raise Http404
    by = actor(request) if request.user.is_authenticated else None
    mandates = Principal.objects.filter(organization_id=(by.organization_id if by else 0) or 0, status=MandateStatus.ACTIVE)
    rejected: Rejected | None = None
    if request.method == "POST":
        if by is None:
            return redirect(f"/accounts/login/?next=/listings/{code}/opt-out/")
        try:
            principal = get_object_or_404(mandates, code=request.POST["principal"]) if request.POST.get("principal") else None
            open_opt_out(product=listing.product, reference=request.POST.get("reference", ""), principal=principal, actor=by,
                         clock=MARKET_CLOCK)
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, gettext("已列入退出名单：持有者答复前，该产品不再交付"))
            return redirect("listings:opt_out", code)
    own = OptOut.objects.filter(product=listing.product, subject__users=request.user.pk or 0)
    return render(request, "listings/opt_out.html", {
        "listing": listing, "version": version, "from": delivers_from(version), "count": standing_opt_outs(listing.product),
        "own": own.first(), "mandates": mandates.order_by("reference")[:500], "rejected": rejected, "now": MARKET_CLOCK.now(),
        "reference": request.POST.get("reference", ""),
    }, status=rejected.status if rejected else 200)


@require_POST
@page("listings.subject_request.see")
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """One answer: the records were taken out, or there are none."""
    one = get_object_or_404(OptOut.objects.visible_to(request.user), code=code)
    return back(request, "listings:subject_requests", lambda: answer_opt_out(
        opt_out=one, removed=request.POST.get("act") == "removed", answer=request.POST.get("answer", ""), actor=actor(request),
        clock=MARKET_CLOCK), gettext("已答复"))
