"""Responsibility reports of large parties (R78): ours to file at the desk, all that are filed for anyone to read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compliance.models import ResponsibilityReport
from compliance.operations import file_responsibility
from compliance.responsibility import expected, heads, year_over
from compliance.states import ResponsibilityStatus
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page

__all__ = ["ours", "published", "report"]

_SHOWN = 200


@covers("R78")
@require_safe
@page("compliance.responsibility.see")
def published(request: HttpRequest) -> HttpResponse:
    """Every filed report, the newest year first, and who is late with last year's."""
    rows = ResponsibilityReport.objects.published().select_related("organization").order_by("-year", "organization__code")
    late = ResponsibilityReport.objects.filter(status=ResponsibilityStatus.MISSED, year=year_over(MARKET_CLOCK.now()))
    year, due_at, owing = expected(MARKET_CLOCK.now())
    return render(request, "compliance/responsibility_reports.html", {
        "rows": rows[:_SHOWN], "year": year, "due_at": due_at, "owing": owing[:_SHOWN],
        "late": late.select_related("organization").order_by("organization__code")[:_SHOWN]})


@covers("R78")
@require_safe
@page("compliance.responsibility.see")
def report(request: HttpRequest, code: str) -> HttpResponse:
    """One filed report under its heads, with its hash."""
    one = get_object_or_404(ResponsibilityReport.objects.published().select_related("organization"), code=code)
    return render(request, "compliance/responsibility_report.html", {
        "one": one, "said": [(head.text, one.answers.get(head.key, "")) for head in heads()]})


@covers("R78")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.responsibility.list")
def ours(request: HttpRequest) -> HttpResponse:
    """What we owe, until when, and the form; what we filed."""
    rows = ResponsibilityReport.objects.visible_to(request.user).order_by("-year")
    rejected, posted = None, request.POST
    if request.method == "POST":
        held = get_object_or_404(rows, code=posted.get("report", "")[:16])
        try:
            file_responsibility(report=held, answers={head.key: posted.get(head.key, "")[:6000] for head in heads()},
                                actor=actor_in(request), clock=MARKET_CLOCK)
            messages.success(request, _("社会责任报告已公布。"))
            return redirect("compliance:responsibility")
        except Rejected as refused:
            rejected = refused
    open_ones = [row for row in rows[:20] if row.status != ResponsibilityStatus.FILED]
    year, due_at, owing = expected(MARKET_CLOCK.now())
    return render(request, "compliance/responsibility.html", {
        "year": year, "due_at": due_at, "will_owe": owing.filter(pk=actor_in(request).organization_id or 0).exists(),
        "open": open_ones, "filed": rows.published()[:20], "rejected": rejected,
        "heads": [(head, posted.get(head.key, "")) for head in heads()]}, status=rejected.status if rejected else 200)
