"""Subsidies of small firms: the public account of every fund, the desk that opens them, one order's application (R75, R122)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.engaging.independence import service_classes
from compliance.models import Engagement
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.sectors import SECTORS
from participants.doors import actor_in, page
from participants.gates import Act
from participants.models import PartySize
from participants.permissions import allowed
from participants.queries import house_venue
from settlement.models import Subsidy, SubsidyFund
from settlement.states import FundStatus
from settlement.subsidies import apply_subsidy, close_fund, decide_fund, propose_fund
from settlement.subsidy_forms import FundForm
from settlement.subsidy_gates import amount_for, of_applying, spent_by

__all__ = ["desk", "fund_act", "of_order", "public"]


def _row(fund: SubsidyFund) -> dict[str, Any]:
    """A fund with its rule in words, its money, and what it was used for by kind of service."""
    asked, kinds = fund.criteria, service_classes(fund.proposed_at)
    words = {
        "sizes": [PartySize(one).label for one in asked["sizes"]],
        "services": [kinds[one].text for one in asked["services"] if one in kinds],
        "sectors": [SECTORS[one] for one in asked["sectors"] if one in SECTORS], "regions": asked["regions"]}
    used = Subsidy.objects.filter(fund=fund, status="paid").values("engagement__offer__kind").annotate(
        orders=Count("pk"), firms=Count("organization", distinct=True), prices=Sum("price_fen"), paid=Sum("paid_fen")).order_by("-paid")
    report = [(kinds[row["engagement__offer__kind"]].text if row["engagement__offer__kind"] in kinds else ("", ""), row) for row in used]
    return {"fund": fund, "words": words, "report": report, **spent_by(fund)}


@require_safe
@covers("R75", "R122")
def public(request: HttpRequest) -> HttpResponse:
    """``/subsidies/``: every fund that was opened, its rule, what is left, and what it was used for; no firm is named."""
    rows = SubsidyFund.objects.filter(status__in=[FundStatus.OPEN, FundStatus.CLOSED]).select_related("account")
    return render(request, "settlement/subsidies.html", {"rows": [_row(one) for one in rows.order_by("-opened_at", "-pk")[:100]]})


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.subsidy_fund.decide")
@covers("R75", "R122")
def desk(request: HttpRequest) -> HttpResponse:
    """``/desk/subsidies/``: propose a fund, open one that another proposed, close one."""
    at, actor = MARKET_CLOCK.now(), actor_in(request)
    form = FundForm(request.POST if request.method == "POST" else None, at=at)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            propose_fund(venue=house_venue(), actor=actor, clock=MARKET_CLOCK, **form.terms())
            messages.success(request, gettext("已提请设立，等另一人批准"))
            return redirect("settlement:subsidy_desk")
        except Rejected as caught:
            if caught.status == 403:
                raise
            refused = caught
    rows = SubsidyFund.objects.select_related("account").order_by("-pk")[:100]
    return render(request, "settlement/subsidy_desk.html", {
        "rows": [_row(one) for one in rows], "form": form, "refused": refused,
        "may_propose": allowed(actor, "settlement.subsidy_fund.propose", at=at)},
        status=refused.status if refused else 400 if form.errors else 200)


@require_POST
@page("settlement.subsidy_fund.decide")
def fund_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """A fund opened, refused or closed."""
    fund = get_object_or_404(SubsidyFund, code=code)
    by: dict[str, Any] = {"fund": fund, "actor": actor_in(request), "clock": MARKET_CLOCK}
    reason = request.POST.get("reason", "").strip()
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "open": (lambda: decide_fund(approve=True, reason=reason, **by), gettext("已设立，预算已划入")),
        "refuse": (lambda: decide_fund(approve=False, reason=reason, **by), gettext("已退回")),
        "close": (lambda: close_fund(**by), gettext("已结束，余额退回公益金"))}
    if act not in acts:
        raise Http404
    acts[act][0]()
    messages.success(request, acts[act][1])
    return redirect("settlement:subsidy_desk")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.engagement.order")
@covers("R122", "C7")
def of_order(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/engagements/<ENG>/subsidy/``: what each fund asks of this order and would bear; apply for one."""
    order = get_object_or_404(Engagement.objects.select_related("client", "provider", "offer"), code=code,
                              client_id=actor_in(request).organization_id)
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            apply_subsidy(fund=get_object_or_404(SubsidyFund, code=request.POST.get("fund", "")), engagement=order, actor=actor_in(request),
                          clock=MARKET_CLOCK)
            messages.success(request, gettext("补贴已核定，付款时同时到账"))
            return redirect("settlement:subsidy", order.code)
        except Rejected as caught:
            refused = caught
    return render(request, "settlement/subsidy.html", {
        "order": order, "granted": Subsidy.objects.filter(engagement=order).select_related("fund").first(), "refused": refused,
        "funds": _offers(order)}, status=refused.status if refused else 200)


def _offers(order: Engagement) -> list[dict[str, Any]]:
    """What each open fund says to an order: its gates, and what it would bear when none refuses."""
    at = MARKET_CLOCK.now()
    found = []
    for fund in SubsidyFund.objects.filter(status=FundStatus.OPEN).select_related("account").order_by("-opened_at", "-pk"):
        act = Act((fund.name_zh, fund.name_en or fund.name_zh), tuple(of_applying(fund, order, at=at)))
        found.append({"fund": fund, "acts": [act], "amount_fen": 0 if act.refused else amount_for(fund, order, at=at)})
    return found
