"""Pilots at the desk: ``/desk/pilots/``: a seller asks, reports and ends; a regulator grants, ends and releases (R82)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from compliance.self_reports import reports_on
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.desk_views import PAGE, actor, back
from listings.models import Listing, Pilot
from listings.operations import ask_pilot, decide_pilot, end_pilot, release_pilot, report_pilot_fault, withdraw_pilot
from listings.states import ListingStatus, PilotStatus
from participants.doors import page
from participants.forms import YuanField
from participants.permissions import allowed, require
from participants.queries import LOCAL

__all__ = ["pilot_act", "pilots"]


class PilotForm(forms.Form):
    """What is tried, what guards it, at most how much, until when."""

    listing = forms.CharField(label=_("挂牌编号"), max_length=16, help_text=_("本机构的挂牌，例如 LST-…"))
    novelty = forms.CharField(label=_("新在哪里"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
                              help_text=_("现行规则没有现成答案的地方"))
    safeguards = forms.CharField(label=_("风险防范"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
                                 help_text=_("怎样保护买方和他人"))
    most_trades = forms.IntegerField(label=_("成交笔数上限"), min_value=1, max_value=10_000)
    most_buyers = forms.IntegerField(label=_("买方数上限"), min_value=1, max_value=10_000)
    most_fen = YuanField(label=_("成交额上限（元）"))
    ends_on = forms.DateField(label=_("试点至"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("最长十二个月，到期自动结束"))

    def terms(self) -> dict[str, Any]:
        """This will return what was typed as the operation takes it; the last day ends at its midnight, local time."""
        good = self.cleaned_data
        ends = datetime.combine(good["ends_on"], time(23, 59, 59), LOCAL).astimezone(UTC)
        return {name: good[name] for name in ("novelty", "safeguards", "most_trades", "most_buyers", "most_fen")} | {"ends_at": ends}


def _rows(request: HttpRequest, *, oversees: bool) -> Any:
    rows = Pilot.objects.select_related("listing__version", "listing__product", "listing__organization").order_by("-pk")
    return rows if oversees else rows.filter(listing__organization_id=actor(request).organization_id or 0)


def _oversees(request: HttpRequest) -> bool:
    return allowed(actor(request), "listings.pilot.decide", at=MARKET_CLOCK.now())


def _seat(one: Pilot, ours: int | None, *, oversees: bool) -> dict[str, Any]:
    """A pilot with what its caps have left and who may do what to it now."""
    running = one.status == PilotStatus.RUNNING
    own = one.listing.organization_id == ours
    return {
        "one": one, "own": own, "decides": oversees and one.status == PilotStatus.ASKED, "reports": own and running,
        "withdraws": own and one.status == PilotStatus.ASKED, "ends": running and (own or oversees),
        "releases": oversees and one.listing.pilot_id == one.pk and one.status in {PilotStatus.RUNNING, PilotStatus.ENDED},
        "told": reports_on(one.listing.code) if own or oversees else [],
    }


@covers("R82", "C8")
@require_http_methods(["GET", "HEAD", "POST"])
@page("listings.pilot.see")
def pilots(request: HttpRequest) -> HttpResponse:
    """What is or was tried, how much of each cap is taken, and what comes next; a seller asks here, a regulator sees all."""
    at, ours, oversees = MARKET_CLOCK.now(), actor(request).organization_id, _oversees(request)
    asks = allowed(actor(request), "listings.pilot.ask", at=at)
    if request.method == "POST":
        require(actor(request), "listings.pilot.ask", at=at)
    form = PilotForm(request.POST if request.method == "POST" else None, initial={"listing": request.GET.get("listing", "")[:16]})
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["listing"].strip().upper()
        listing = Listing.objects.filter(code=code, organization_id=ours or 0).exclude(status=ListingStatus.DELISTED).first()
        if listing is None:
            form.add_error("listing", gettext("本机构没有这个挂牌"))
        else:
            try:
                made = ask_pilot(listing=listing, actor=actor(request), clock=MARKET_CLOCK, **form.terms())
                messages.success(request, gettext("已提交，由监管人员决定"))
                return redirect(f"{request.path}#{made.code}")
            except Rejected as caught:
                refused = caught
    rows = [_seat(one, ours, oversees=oversees) for one in _rows(request, oversees=oversees)[:PAGE]]
    return render(request, "listings/pilots.html", {"rows": rows, "form": form, "refused": refused, "asks": asks, "oversees": oversees},
                  status=refused.status if refused else 400 if form.errors else 200)


@require_POST
@page("listings.pilot.see")
def pilot_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """Takes back, grants or refuses, ends, releases, or reports a fault of one's own."""
    one, text = get_object_or_404(_rows(request, oversees=_oversees(request)), code=code), request.POST.get("text", "")
    by: dict[str, Any] = {"pilot": one, "actor": actor(request), "clock": MARKET_CLOCK}
    acts = {
        "withdraw": (lambda: withdraw_pilot(**by), gettext("申请已撤回")),
        "grant": (lambda: decide_pilot(grant=True, reason=text, **by), gettext("已批准，挂牌现标为试点")),
        "refuse": (lambda: decide_pilot(grant=False, reason=text, **by), gettext("未批准，理由已告知卖方")),
        "end": (lambda: end_pilot(reason=text, **by), gettext("试点已结束，挂牌停牌")),
        "release": (lambda: release_pilot(reason=text, **by), gettext("已转为正式挂牌")),
        "report": (lambda: report_pilot_fault(text=text, mended=request.POST.get("mended", ""), **by),
                   gettext("报告已留存；此事不扣信用分，除非故意造成损害")),
    }
    done, said = acts[act]
    return back(request, f"/desk/pilots/#{code}", done, said)
