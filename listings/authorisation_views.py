"""The desk of public data: authorisations with their clocks, caps and reports; the grantor's answers; the calculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from compliance.rules.public_price import Permitted, highest_rate_bps, permitted_revenue
from evidence.clock import MARKET_CLOCK
from kit.rejected import Rejected
from listings.authorisation_forms import AuthorisationForm, CalculatorForm, CapForm, ReasonForm, ReportForm
from listings.authorising import cap_in_force
from listings.desk_views import actor, back, mine
from listings.models import Authorisation, DataProduct, OperationReport
from listings.operations import (
    confirm_authorisation,
    file_authorisation,
    file_report,
    refuse_authorisation,
    revoke_authorisation,
    set_guided_price,
)
from listings.states import OperationReportStatus
from participants.doors import page
from participants.permissions import allowed

__all__ = ["authorisation_act", "authorisations", "cap", "report_act"]


def _row(one: Authorisation, ours: int, at: Any) -> dict[str, Any]:
    """One authorisation as its parties see it: clocks, products with their caps, reports owed."""
    products = DataProduct.objects.filter(listings__versions__authorisation=one).distinct().order_by("pk")
    return {"one": one, "operates": one.organization_id == ours, "grants": one.grantor_id == ours,
            "caps": [(product, cap_in_force(product, one, at=at)) for product in products],
            "reports": list(one.reports.order_by("-year")[:3]), "report_form": ReportForm(), "reason_form": ReasonForm(),
            "late": OperationReportStatus.LATE}


def _reckoned(form: CalculatorForm) -> tuple[Permitted, int] | None:
    good = form.cleaned_data
    if any(good.get(name) is None for name in ("cost", "bond", "quantity")) or not good["quantity"]:
        return None
    found = permitted_revenue(cost_fen=good["cost"], subsidy_fen=good["subsidy"] or 0, tax_fen=good["tax"] or 0,
                              rate_bps=highest_rate_bps(good["bond"]) if good["rate"] is None else good["rate"],
                              excess_fen=good["excess"] or 0)
    return found, found.cap_fen(good["quantity"])


@require_http_methods(["GET", "HEAD", "POST"])
@page("listings.authorisation.see")
def authorisations(request: HttpRequest) -> HttpResponse:
    """``/desk/authorisations/``: scope, term, caps, reports due; file one; reckon a cap."""
    at, ours = MARKET_CLOCK.now(), mine(request)
    form = AuthorisationForm(request.POST if request.method == "POST" else None, request.FILES or None)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _file(request, form)
            messages.success(request, gettext("授权已提交，等授权方确认"))
            return redirect("listings:authorisations")
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    reckoner = CalculatorForm(request.GET if "cost" in request.GET else None)
    reckoned = _reckoned(reckoner) if reckoner.is_bound and reckoner.is_valid() else None
    rows = Authorisation.objects.visible_to(request.user).select_related("organization", "grantor").order_by("-pk")[:100]
    may_file = allowed(actor(request), "listings.authorisation.file", subject=ours, at=at)
    return render(request, "listings/authorisations.html", {
        "rows": [_row(one, ours.pk, at) for one in rows], "form": form, "refused": refused, "may_file": may_file, "reckoner": reckoner,
        "reckoned": reckoned, "ours": ours}, status=refused.status if refused else 400 if form.errors else 200)


def _file(request: HttpRequest, form: AuthorisationForm) -> None:
    good, (start, end) = form.cleaned_data, form.term()
    paper = good["agreement"]
    file_authorisation(
        organization=mine(request), grantor=good["grantor"], model=good["model"], subject=(good["subject_zh"], good["subject_en"]),
        document_no=good["document_no"], fields=good["fields_of"], purposes=good["purposes"], territory=good["territory"],
        price_basis=good["price_basis"], effective_from=start, effective_to=end,
        grantor_share_bps=good["share"] or 0, agreement=(paper, paper.name) if paper else None,
        actor=actor(request), clock=MARKET_CLOCK)


@require_http_methods(["GET", "HEAD", "POST"])
@page("listings.authorisation.see")
def cap(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/authorisations/<AUT>/cap/``: the grantor sets the cap of a product, with the figures it rests on."""
    one = get_object_or_404(Authorisation.objects.filter(grantor=mine(request)), code=code)
    products = DataProduct.objects.filter(organization=one.organization).order_by("-pk")
    form = CapForm(request.POST if request.method == "POST" else None, products=products)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        good, (start, end) = form.cleaned_data, form.term()
        rate = highest_rate_bps(good["bond"]) if good["rate"] is None else good["rate"]
        try:
            set_guided_price(authorisation=one, product=good["product"], cap_fen=good["cap"], quantity=good["quantity"],
                             cost_fen=good["cost"], subsidy_fen=good["subsidy"] or 0, tax_fen=good["tax"] or 0,
                             excess_fen=good["excess"] or 0, bond_yield_bps=good["bond"], rate_bps=rate, document_no=good["document_no"],
                             effective_from=start, review_by=end, actor=actor(request), clock=MARKET_CLOCK)
            messages.success(request, gettext("价格上限已核定"))
            return redirect("listings:authorisations")
        except Rejected as caught:
            refused = caught
    return render(request, "listings/authorisation_cap.html", {"one": one, "form": form, "refused": refused},
                  status=refused.status if refused else 400 if form.errors else 200)


@require_POST
@page("listings.authorisation.see")
def authorisation_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """The grantor's answer: confirm, refuse, revoke."""
    one = get_object_or_404(Authorisation.objects.filter(grantor=mine(request)), code=code)
    by: dict[str, Any] = {"authorisation": one, "actor": actor(request), "clock": MARKET_CLOCK}
    reason = request.POST.get("reason", "")
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "confirm": (lambda: confirm_authorisation(**by), gettext("已确认")),
        "refuse": (lambda: refuse_authorisation(reason=reason, **by), gettext("已退回")),
        "revoke": (lambda: revoke_authorisation(reason=reason, **by), gettext("已撤销，所涉产品同时停牌")),
    }
    return back(request, "listings:authorisations", *acts[act])


@require_POST
@page("listings.authorisation.see")
def report_act(request: HttpRequest, code: str) -> HttpResponse:
    """A year's figures handed in."""
    one = get_object_or_404(OperationReport.objects.filter(authorisation__organization=mine(request)).select_related(
        "authorisation__organization"), code=code)
    form = ReportForm(request.POST)
    if not form.is_valid() or form.cleaned_data["cost"] is None or form.cleaned_data["revenue"] is None:
        messages.error(request, gettext("请填写全年的成本与收入"))
        return redirect("listings:authorisations")
    good = form.cleaned_data
    return back(request, "listings:authorisations", lambda: file_report(
        report=one, cost_fen=good["cost"], revenue_fen=good["revenue"], note=good["note"], actor=actor(request), clock=MARKET_CLOCK),
        gettext("年度报告已提交"))
