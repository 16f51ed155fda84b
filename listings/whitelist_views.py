"""``/desk/listings/<LST>/buyers/``: which units may see a closed listing; read by its seller, kept by the regulator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.rejected import FieldFault, Rejected
from listings.desk_views import actor, kept_proof
from listings.models import AdmittedBuyer, Listing
from listings.operations import admit_buyer, end_buyer
from listings.whitelist import is_special
from participants.doors import page
from participants.models import Organization
from participants.permissions import allowed, require
from participants.queries import organization as organization_by_code
from participants.views.papers import day_end

__all__ = ["buyers"]


@require_http_methods(["GET", "HEAD", "POST"])
@page("listings.whitelist.see")
def buyers(request: HttpRequest, code: str) -> HttpResponse:
    """Who is admitted by which document until when; the regulator admits and ends."""
    listing = get_object_or_404(Listing.objects.select_related("organization", "version", "product"), code=code)
    at = MARKET_CLOCK.now()
    require(actor(request), "listings.whitelist.see", subject=listing, at=at)
    if not listing.closed and not any(map(is_special, listing.versions.all())):
        raise Http404(code)
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            _act(request, listing)
        except Rejected as caught:
            refused = caught
        else:
            messages.success(request, gettext("已记录，双方已收到通知"))
            return redirect(request.path)
    rows = AdmittedBuyer.objects.filter(listing=listing).select_related("organization", "deposit").order_by("-pk")
    return render(request, "listings/buyers.html", {
        "listing": listing, "rows": [(one, one.ended_at is None and at < one.effective_to) for one in rows], "refused": refused,
        "typed": request.POST, "may_admit": allowed(actor(request), "listings.whitelist.admit", at=at)},
        status=refused.status if refused else 200)


def _act(request: HttpRequest, listing: Listing) -> None:
    by: dict[str, Any] = {"actor": actor(request), "clock": MARKET_CLOCK}
    sent = request.POST
    if ended := sent.get("end"):
        end_buyer(admitted=get_object_or_404(AdmittedBuyer, listing=listing, code=ended), reason=sent.get("reason", ""), **by)
        return
    require(by["actor"], "listings.whitelist.admit", at=MARKET_CLOCK.now())
    try:
        until = parse_date(sent.get("until", ""))
    except ValueError:
        raise Rejected("listings.whitelist.faulty", listing=listing.code, errors=[
            FieldFault("until", "wrong_value", ("应为日期", "It is a date"))]) from None
    code = sent.get("organization", "").strip().upper()
    if not Organization.objects.filter(code=code).exists():
        raise Rejected("listings.whitelist.faulty", listing=listing.code, errors=[
            FieldFault("organization", "unknown", ("没有这个机构", "There is no such organisation"))])
    admit_buyer(listing=listing, organization=organization_by_code(code), issuer=sent.get("issuer", ""),
                number=sent.get("number", ""), document=kept_proof(request), until=day_end(until), **by)
