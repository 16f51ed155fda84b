"""Responsibility reports of large parties (R78): ours to file at the desk, all that are filed for anyone to read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compliance.models import ResponsibilityReport
from compliance.operations import draft_responsibility, file_responsibility
from compliance.responsibility import Head, expected, heads, year_over
from compliance.states import ResponsibilityStatus
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.models import Organization

__all__ = ["ours", "preview", "published", "report"]

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
        written = {head.key: posted.get(head.key, "")[:6000] for head in heads()}
        try:
            if posted.get("act") == "draft":
                return _drafted(request, written)
            held = get_object_or_404(rows, code=posted.get("report", "")[:16])
            file_responsibility(report=held, answers=written, actor=actor_in(request), clock=MARKET_CLOCK)
            messages.success(request, _("社会责任报告已公布。"))
            return redirect("compliance:responsibility")
        except Rejected as refused:
            rejected = refused
    open_ones = [row for row in rows[:20] if row.status in {ResponsibilityStatus.DUE, ResponsibilityStatus.MISSED}]
    year, due_at, owing = expected(MARKET_CLOCK.now())
    draft = rows.filter(year=year, status=ResponsibilityStatus.DRAFT).first()
    return render(request, "compliance/responsibility.html", {
        "year": year, "due_at": due_at, "will_owe": owing.filter(pk=actor_in(request).organization_id or 0).exists(),
        "open": [(row, _typed(row, posted)) for row in open_ones], "draft": draft,
        "draft_heads": [(head, (draft.answers if draft else {}).get(head.key, "")) for head in heads()],
        "filed": rows.published()[:20], "rejected": rejected}, status=rejected.status if rejected else 200)


def _typed(row: ResponsibilityReport, posted: QueryDict) -> list[tuple[Head, str]]:
    """What stands in the form: what was just sent, else the draft."""
    sent = posted.get("report") == row.code
    return [(head, posted.get(head.key, "") if sent else row.answers.get(head.key, "")) for head in heads()]


def _drafted(request: HttpRequest, written: dict[str, str]) -> HttpResponse:
    """Keeps the draft; ``year`` names the report, so that one may be begun before it is owed."""
    ours = Organization.objects.filter(pk=actor_in(request).organization_id or 0).first()
    asked = request.POST.get("year", "")
    if ours is None or not (asked.isascii() and asked.isdigit() and len(asked) == 4):
        raise Rejected("participants.object.absent")
    held = draft_responsibility(organization=ours, year=int(asked), answers=written, actor=actor_in(request), clock=MARKET_CLOCK)
    messages.success(request, _("草稿已保存，只有本机构可见。"))
    return redirect("compliance:responsibility_preview", held.code) if request.POST.get("then") == "preview" else redirect(
        "compliance:responsibility")


@covers("R78")
@require_safe
@page("compliance.responsibility.list")
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """Our draft as everybody would read it once it is filed, and what it still lacks."""
    one = get_object_or_404(ResponsibilityReport.objects.visible_to(request.user).select_related("organization"), code=code)
    said = [(head, one.answers.get(head.key, "")) for head in heads()]
    return render(request, "compliance/responsibility_report.html", {
        "one": one, "said": [(head.text, text) for head, text in said], "preview": one.status != ResponsibilityStatus.FILED,
        "short": [head for head, text in said if len(text) < head.least]})
