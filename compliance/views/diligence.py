"""Checklists of due diligence: which there are, followed and put on record before anything is alleged (R102)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.catalogue import checklists, conducts
from compliance.models import DiligenceRecord
from compliance.operations import keep_checklist
from evidence.clock import MARKET_CLOCK
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.models import Organization

__all__ = ["diligence"]


@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.diligence.see")
def diligence(request: HttpRequest) -> HttpResponse:
    """The checklists with what each speaks for, and those we have on record."""
    ours = Organization.objects.filter(pk=actor_in(request).organization_id or 0).first()
    if ours is None:
        raise Rejected("participants.object.absent")
    rejected, posted = None, request.POST
    if request.method == "POST":
        try:
            keep_checklist(organization=ours, checklist=posted.get("checklist", ""), subject_code=posted.get("subject_code", ""),
                           done=posted.getlist("done"), note=posted.get("note", ""), actor=actor_in(request), clock=MARKET_CLOCK)
            messages.success(request, _("核查清单已留存，并写入存证总链。"))
            return redirect("compliance:diligence")
        except Rejected as refused:
            rejected = refused
    rows = DiligenceRecord.objects.filter(organization=ours).select_related("by__person").order_by("-at")[:100]
    return render(request, "compliance/diligence.html", {
        "rejected": rejected, "typed": posted, "done": set(posted.getlist("done")),
        "checklists": [(one, [conducts()[key].text for key in one.covers if key in conducts()]) for one in checklists().values()],
        "rows": [(row, _words(row)) for row in rows],
    }, status=rejected.status if rejected else 200)


def _words(row: DiligenceRecord) -> Any:
    known = checklists().get(row.checklist)
    return known.text if known else (row.checklist, row.checklist)
