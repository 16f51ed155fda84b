"""What people ask of a holder, and its answers: ``/desk/subject-requests/``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from listings.desk_views import actor, back
from listings.models import OptOut, SubjectRequest
from listings.operations import answer_subject_request, refuse_subject_request
from participants.doors import page

__all__ = ["answer", "requests"]


@require_safe
@page("listings.subject_request.see")
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for our answer, the nearest deadline first; then what was answered."""
    rows = SubjectRequest.objects.visible_to(request.user).select_related("consent__product", "consent__subject")
    shown = sorted(rows.order_by("-pk")[:200], key=lambda one: (one.status in {"answered", "refused"}, one.due_at or one.opened_at))
    out = OptOut.objects.visible_to(request.user).select_related("product", "subject").order_by("-pk")[:200]
    outs = sorted(out, key=lambda one: (one.status in {"removed", "absent"}, one.due_at or one.opened_at))
    return render(request, "listings/subject_requests.html", {"rows": shown, "opt_outs": outs})


@require_POST
@page("listings.subject_request.see")
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """One answer: done, or turned down with the reason."""
    one = get_object_or_404(SubjectRequest.objects.visible_to(request.user), code=code)
    act = refuse_subject_request if request.POST.get("act") == "refuse" else answer_subject_request
    return back(request, "listings:subject_requests", lambda: act(
        request=one, answer=request.POST.get("answer", ""), actor=actor(request), clock=MARKET_CLOCK), gettext("已答复"))
