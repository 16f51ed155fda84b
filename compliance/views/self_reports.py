"""Faults we report ourselves: what such a report does, the form, and those we made (R82)."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.catalogue import conduct_at, mitigations
from compliance.models import SelfReport
from compliance.operations import report_fault
from compliance.papers import papers_of
from compliance.self_reports import name_of_conduct
from compliance.views.papers import taken
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.models import Organization

__all__ = ["self_reports"]

#: First letters of a code -> the kind of thing that the desk's task is about.
_KINDS = {"LST": "listing", "TRD": "trade", "DLV": "delivery", "DCL": "declaration", "FIL": "filing"}


@covers("R82", "C8")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.self_report.see")
def self_reports(request: HttpRequest) -> HttpResponse:
    """The table of mitigation, the form of a report with its papers, and what we reported with what the desk found of it."""
    ours, now = Organization.objects.filter(pk=actor_in(request).organization_id or 0).first(), MARKET_CLOCK.now()
    if ours is None:
        raise Rejected("participants.object.absent")
    rejected, posted = None, request.POST
    if request.method == "POST":
        about = posted.get("subject_code", "").strip().upper()[:20]
        try:
            with transaction.atomic():
                report_fault(organization=ours, subject_kind=_KINDS.get(about.partition("-")[0], "organization"), subject_code=about,
                             conduct=posted.get("conduct", ""), text=posted.get("text", ""), mended=posted.get("mended", ""),
                             papers=taken(request), actor=actor_in(request), clock=MARKET_CLOCK)
            messages.success(request, _("报告已提交，并写入存证总链。"))
            return redirect("compliance:self_reports")
        except Rejected as refused:
            rejected = refused
    rows = list(SelfReport.objects.filter(organization=ours).select_related("check_made").order_by("-at", "-pk")[:100])
    return render(request, "compliance/self_reports.html", {
        "rejected": rejected, "typed": posted if rejected else {}, "table": mitigations().values(), "conducts": conduct_at(now).values(),
        "faults": {fault.field: fault.text for fault in rejected.errors} if rejected else {},
        "rows": [(row, name_of_conduct(row), getattr(row, "check_made", None)) for row in rows],
        "papers": papers_of([row.code for row in rows]),
    }, status=rejected.status if rejected else 200)
