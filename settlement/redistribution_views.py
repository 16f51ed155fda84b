"""/redistribution/: the public statement of first, second and third distribution; a pledge is made on the page of one's own shares."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from kit.sheets import yuan_cell
from participants.doors import actor_in
from participants.downloads import table_response
from participants.models import Organization
from participants.queries import house_venue, parameter
from settlement.donation_models import DonationPledge
from settlement.giving import end_pledge, pledge_donation
from settlement.redistribution import statement_of_fund

__all__ = ["pledge", "statement", "statement_table"]


@covers("R75", "W25")
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """Month by month: what was shared, what went to the public, what was given, and what the fund holds; with the rule and its rate."""
    venue, at = house_venue(), MARKET_CLOCK.now()
    return render(request, "settlement/redistribution.html", {
        "periods": statement_of_fund(venue), "rate": parameter("levy.public_interest_bps", venue=venue, at=at)})


@covers("R75")
@require_safe
def statement_table(request: HttpRequest) -> StreamingHttpResponse:
    """The same statement as a table."""
    heads = [_("月份"), _("各方分得（元）"), _("公益金计提（元）"), _("公共财政分得（元）"), _("服务补贴拨付（元）"), _("捐赠（元）"),
             _("期初（元）"),
             _("其他收支（元）"), _("期末（元）")]
    return table_response("redistribution", heads, (
        (f"{one.month:%Y-%m}", *(yuan_cell(fen) for fen in (
            one.shared_fen, one.levy_fen, one.treasury_fen, one.subsidies_fen, one.donated_fen, one.opened_fen, one.other_fen,
            one.closed_fen)))
        for one in statement_of_fund(house_venue())))


@covers("W25")
@login_required
@require_POST
def pledge(request: HttpRequest) -> HttpResponse:
    """Pledges a part of every share, or ends the pledge that stands."""
    actor = actor_in(request)
    ours = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if ours is None:
        raise Http404
    standing = DonationPledge.objects.filter(organization=ours, ended_at__isnull=True).select_related("organization").first()
    try:
        if request.POST.get("end"):
            if standing is not None:
                end_pledge(pledge=standing, actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("捐赠承诺已终止。"))
        else:
            pledge_donation(organization=ours, bps=_bps(request.POST.get("percent", "")), actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("捐赠承诺已生效，自下一批次起随清算拨付。"))
    except Rejected as rejected:
        language = "zh" if (get_language() or "zh").startswith("zh") else "en"
        messages.error(request, f"{rejected.text('title', language)} ({rejected.code})")
    return redirect("settlement:shares")


def _bps(text: str) -> int:
    """Percent with at most two decimals as basis points; 0 for what cannot be read, which the operation refuses."""
    whole, _point, part = text.strip().removesuffix("%").partition(".")
    good = (whole + part).isascii() and (whole + part).isdigit() and len(whole) <= 3 and len(part) <= 2
    return int(whole or 0) * 100 + int(part.ljust(2, "0") or 0) if good else 0
