"""Complaints from anyone, followed by their key; disputes of the two parties and their arbitrator (R95)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.complaints import is_key
from compliance.corrections import object_to_complaint
from compliance.deadlines import figure
from compliance.engaging.reporting import reports_on
from compliance.forms import ComplaintForm
from compliance.models import CasePaper, Complaint, Dispute, DisputeMediator
from compliance.operations import (
    accept_mediated,
    accept_proposal,
    agree_to_arbitrate,
    award_dispute,
    decline_arbitration,
    file_complaint,
    go_to_mediation,
    name_mediator,
    propose_as_mediator,
    propose_settlement,
    submit_to_dispute,
    supply_complaint,
    take_in_arbitration,
    withdraw_complaint,
    withdraw_dispute,
)
from compliance.papers import papers_of
from compliance.views.papers import handed_out, taken
from evidence.bundle import make_bundle
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import FieldFault, Rejected
from participants.doors import page
from participants.models import Organization
from participants.roles import OrganizationKind
from participants.timers import after

__all__ = ["complain", "complaint", "complaint_paper", "dispute", "dispute_evidence"]

#: Whose a reporter's files are in the file store: no organisation's, so none takes them along and nobody beside the desk finds them.
_OWNER = "complaint"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.complaint.file")
def complain(request: HttpRequest) -> HttpResponse:
    """The public form; ``?subject=`` names the object it is about. A name is optional."""
    form = ComplaintForm(request.POST or None, initial={"subject_code": request.GET.get("subject", "")[:20]})
    rejected = None
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made, key = file_complaint(**form.cleaned_data, papers=taken(request, owner=_OWNER),
                                           actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
            return render(request, "compliance/complained.html", {"complaint": made, "key": key})
        except Rejected as refused:
            rejected = refused
    return render(request, "compliance/complain.html", {"form": form, "rejected": rejected},
                  status=rejected.status if rejected else 400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.complaint.file")
def complaint(request: HttpRequest, code: str) -> HttpResponse:
    """Where a complaint stands, for whoever holds its key."""
    found = get_object_or_404(Complaint, code=code)
    key = request.POST.get("key") or request.GET.get("key", "")
    if not key or not is_key(found, key):
        raise Http404
    rejected = None
    if request.method == "POST" and request.POST.get("act") == "object":
        try:
            found = object_to_complaint(complaint=found, key=key, text=request.POST.get("text", ""), clock=MARKET_CLOCK)
            messages.success(request, _("异议已收到，由答复人以外的人员复核。"))
        except Rejected as refused:
            rejected = refused
    elif request.method == "POST" and request.POST.get("act") == "supply":
        try:
            with transaction.atomic():
                found = supply_complaint(complaint=found, key=key, papers=taken(request, owner=_OWNER), clock=MARKET_CLOCK)
            messages.success(request, _("材料已收到，只由办理部门查看。"))
        except Rejected as refused:
            rejected = refused
    elif request.method == "POST":
        withdraw_complaint(complaint=found, key=key, clock=MARKET_CLOCK)
        found.refresh_from_db()
        messages.success(request, _("投诉已撤回；依职权的检查继续进行。"))
    open_end = found.closed_at is not None and MARKET_CLOCK.now() < after("complaint.objection", found.closed_at)
    may_object = found.status in {"closed", "declined"} and found.objected_at is None and open_end
    return render(request, "compliance/complaint.html", {
        "papers": papers_of([found.code]), "may_supply": found.status in {"received", "handling", "objected"},
        "complaint": found, "key": key, "may_object": may_object, "rejected": rejected, "typed": request.POST if rejected else {},
    }, status=rejected.status if rejected else 200)


@never_cache
@require_safe
@page("compliance.complaint.file")
@covers("R95")
def complaint_paper(request: HttpRequest, code: str, key: int) -> FileResponse:
    """``/complaints/<code>/papers/<key>/?key=``: one of a complaint's files, for whoever holds the complaint's key."""
    found = get_object_or_404(Complaint, code=code)
    if not (said := request.GET.get("key", "")) or not is_key(found, said):
        raise Http404
    return handed_out(get_object_or_404(CasePaper.objects.select_related("deposit"), pk=key, subject=found.code))


@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.case.see")
def dispute(request: HttpRequest, code: str) -> HttpResponse:
    """One dispute: claim, proposal, who acts next."""
    found = get_object_or_404(Dispute.objects.visible_to(request.user).select_related("opener", "respondent", "arbitrator"), code=code)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rejected = None
    if request.method == "POST":
        try:
            with transaction.atomic():
                _act(request, found, actor)()
            messages.success(request, _("已办理。"))
            return redirect("compliance:dispute", found.code)
        except Rejected as refused:
            rejected = refused
    return render(request, "compliance/dispute.html", {
        "papers": papers_of([found.code]),
        "dispute": found, "reports": reports_on(found.code), "mine": actor.organization_id, "rejected": rejected,
        "mediator": DisputeMediator.objects.filter(dispute=found).select_related("association").first(),
        "associations": Organization.objects.filter(kind=OrganizationKind.ASSOCIATION, closed_at__isnull=True).order_by("code")[:50],
        "award_days": figure("dispute.award_days", MARKET_CLOCK.now()),
        "arbitrators": Organization.objects.filter(admissions__role="service_provider", admissions__status="admitted").distinct(),
    }, status=rejected.status if rejected else 200)


@require_safe
@covers("R95", "H8")
@page("compliance.case.see")
def dispute_evidence(request: HttpRequest, code: str) -> HttpResponse:
    """The evidence bundle of a dispute for its sides and its arbitrator: every sealed fact of it and its object, provable offline."""
    found = get_object_or_404(Dispute.objects.visible_to(request.user), code=code)
    trades = {str(one.payload.get("trade") or "") for one in Record.objects.filter(subject=found.subject_code).only("payload")}
    try:
        made = make_bundle(subjects=[found.code, found.subject_code, *sorted(trades - {""})], may_read=lambda fact: True)
    except LookupError as nothing:
        raise Http404 from nothing
    response = JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{found.code}.json"'
    return response


def _act(request: HttpRequest, found: Dispute, actor: Actor) -> Callable[[], Any]:
    posted = request.POST
    text, percent = posted.get("text", "").strip()[:2000], posted.get("percent", "")
    acts: dict[str, Callable[[], Any]] = {
        "propose": lambda: propose_settlement(dispute=found, refund_bps=_share(percent), text=text, actor=actor, clock=MARKET_CLOCK),
        "accept": lambda: accept_proposal(dispute=found, actor=actor, clock=MARKET_CLOCK),
        "submit": lambda: submit_to_dispute(dispute=found, text=posted.get("text", "").strip()[:5000], papers=taken(request), actor=actor,
                                            clock=MARKET_CLOCK),
        "go_on": lambda: go_to_mediation(dispute=found, actor=actor, clock=MARKET_CLOCK),
        "withdraw": lambda: withdraw_dispute(dispute=found, actor=actor, clock=MARKET_CLOCK),
        "agree": lambda: agree_to_arbitrate(dispute=found, arbitrator=get_object_or_404(Organization, code=posted.get("arbitrator", "")),
                                            days=_days(posted.get("days", "")), actor=actor, clock=MARKET_CLOCK),
        "take_in": lambda: take_in_arbitration(dispute=found, actor=actor, clock=MARKET_CLOCK),
        "decline": lambda: decline_arbitration(dispute=found, reason=text, actor=actor, clock=MARKET_CLOCK),
        "name": lambda: name_mediator(dispute=found, association=get_object_or_404(Organization, code=posted.get("association", "")),
                                      actor=actor, clock=MARKET_CLOCK),
        "mediate": lambda: propose_as_mediator(dispute=found, refund_bps=_share(percent), text=text, actor=actor, clock=MARKET_CLOCK),
        "accept_mediated": lambda: accept_mediated(dispute=found, actor=actor, clock=MARKET_CLOCK),
        "award": lambda: award_dispute(dispute=found, refund_bps=_share(percent), reasons=text, actor=actor, clock=MARKET_CLOCK),
    }
    if (act := acts.get(posted.get("act", ""))) is None:
        raise Http404
    return act


def _days(text: str) -> int | None:
    """Working days typed; left empty it is the venue's own term, and what is no number is refused by the act (no term is 0)."""
    return None if not text.strip() else int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _share(text: str) -> int:
    """Whole percent typed, as basis points; what is no percentage is refused, never read as nothing given back."""
    percent = whole(text)
    if percent is not None and percent <= 100:
        return percent * 100
    raise Rejected("compliance.dispute.share_faulty", errors=[
        FieldFault("percent", "faulty", ("填写 0 至 100 的整数", "A whole number, 0 to 100"))])
