"""Orders of services: the client's desk, one order for both sides, and the signed report with what it is worth now (R61, R88)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.engaging.subjects import subject_of
from compliance.engaging.valuing import METHODS, Valuation
from compliance.models import ConductCase, Engagement, EngagementReport
from compliance.operations import (
    accept_order,
    approve_report,
    decline_order,
    deliver_report,
    give_up_order,
    object_to_report,
    question_report,
    stand_by_report,
    withdraw_order,
)
from compliance.states import EngagementStatus
from compliance.views.exports import actor_of_request
from compliance.views.offers import order_words
from compliance.views.valuation import ValuationForm
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit, open_deposit
from evidence.models import Record
from kit.coverage import covers
from kit.money import bps_of
from kit.rejected import FieldFault, Rejected
from participants.doors import page
from participants.permissions import allowed
from participants.predicates import standpoint
from participants.reads import note_read

__all__ = ["engagement", "engagements", "report"]


@covers("R61")
@require_safe
@page("compliance.engagement.see")
def engagements(request: HttpRequest) -> HttpResponse:
    """What one's own organisation ordered, what is due first on top."""
    mine = actor_of_request(request).organization_id
    rows = Engagement.objects.filter(client_id=mine).select_related("provider", "offer").order_by("ended_at", "due_at", "-pk")[:100]
    return render(request, "compliance/engagements.html", {"rows": [order_words(one, mine) for one in rows]})


@covers("R61", "R89")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.engagement.see")
def engagement(request: HttpRequest, code: str) -> HttpResponse:
    """One order: what was asked, the money, each report, and the acts that are open to this side."""
    rows = Engagement.objects.visible_to(request.user).select_related("offer", "provider", "client", "dispute")
    one = get_object_or_404(rows, code=code)
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            _act(request, one)()
            messages.success(request, gettext("已办理。"))
            return redirect("compliance:engagement", one.code)
        except Rejected as caught:
            if caught.status == 404:
                raise
            refused = caught
    mine = actor_of_request(request).organization_id
    if one.provider_id == mine:
        request.rail_at = reverse("compliance:service_desk")  # type: ignore[attr-defined]
    fee = one.fee_fen or bps_of(one.price_fen, one.fee_bps)
    return render(request, "compliance/engagement.html", {
        **order_words(one, mine), "refused": refused, "typed": request.POST,
        "fee_fen": fee, "paid_fen": one.paid_fen or one.price_fen - fee,
        "valuation": _typed_valuation(request, one),
        "subject": subject_of(one.about), "reports": one.reports.select_related("signed_by__person").order_by("-number"),
        "open": one.status in {EngagementStatus.ORDERED, EngagementStatus.WORKING, EngagementStatus.DELIVERED, EngagementStatus.OBJECTED,
                               EngagementStatus.DISPUTED}}, status=refused.status if refused else 200)


def _typed_valuation(request: HttpRequest, one: Engagement) -> ValuationForm | None:
    if one.offer.kind != "provider_valuation":
        return None
    return ValuationForm(request.POST if request.POST.get("act") == "deliver" else None)


def _act(request: HttpRequest, one: Engagement) -> Callable[[], Any]:
    text = request.POST.get("text", "")
    by: dict[str, Any] = {"engagement": one, "actor": actor_of_request(request), "clock": MARKET_CLOCK}
    acts: dict[str, Callable[[], Any]] = {
        "accept": lambda: accept_order(**by), "decline": lambda: decline_order(reason=text, **by),
        "withdraw": lambda: withdraw_order(**by), "approve": lambda: approve_report(**by),
        "object": lambda: object_to_report(text=text, **by), "stand": lambda: stand_by_report(claim=text, **by),
        "give_up": lambda: give_up_order(reason=text, **by), "deliver": lambda: _deliver(request, one, by),
    }
    if (act := acts.get(request.POST.get("act", ""))) is None:
        raise Http404
    return act


def _deliver(request: HttpRequest, one: Engagement, by: dict[str, Any]) -> EngagementReport:
    """The report with its file, or neither."""
    upload = request.FILES.get("paper")
    with transaction.atomic():
        paper = deposit(upload, name=upload.name or "report", owner=one.provider.code, at=MARKET_CLOCK.now()) if upload else None
        return deliver_report(summary=request.POST.get("text", ""), paper=paper, valuation=_valuation(request, one), **by)


def _valuation(request: HttpRequest, one: Engagement) -> Valuation | None:
    """What an appraiser typed; faults are named field by field."""
    if one.offer.kind != "provider_valuation":
        return None
    form = ValuationForm(request.POST)
    if not form.is_valid():
        named = {name: _named(form, name, str(faults[0])) for name, faults in form.errors.items()}
        raise Rejected("compliance.engagement.faulty", errors=[FieldFault(name, "invalid", (text, text)) for name, text in named.items()])
    return form.valuation()


@covers("R61", "R88", "R94")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.engagement_report.read")
def report(request: HttpRequest, code: str) -> HttpResponse:
    """A report's card: author, date, hash and standing. ``?file=1``: the file, for the two sides and the parties to what it is about.

    A report about a public listing is everyone's to see once accepted; any other only its sides', its subject's parties' and the desks'.
    """
    one = get_object_or_404(EngagementReport.objects.select_related(
        "engagement__provider", "engagement__client", "engagement__offer", "signed_by__person", "deposit"), code=code)
    actor, at, subject = actor_of_request(request), MARKET_CLOCK.now(), subject_of(one.about)
    accepted = one.engagement.status == EngagementStatus.COMPLETED
    near = {*one.party_ids(), *(subject.parties if subject and accepted else ())}
    reads = actor.organization_id in near or standpoint(actor, at).oversees
    if not reads and not (accepted and subject and subject.code and subject.open_to_all):
        raise Http404
    if "file" in request.GET:
        note_read(owner=one.engagement.client, kind="report", subject=one.code, ground="compliance.report.read", actor=actor,
                  clock=MARKET_CLOCK)
        return _file(one) if reads else _absent()
    may_question = allowed(actor, "compliance.engagement_report.question", at=at) and one.status == "valid" and accepted
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            question_report(report=one, text=request.POST.get("text", ""), actor=actor, clock=MARKET_CLOCK)
            messages.success(request, gettext("已立案，报告标为存疑"))
            return redirect("compliance:report", one.code)
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    told = Record.objects.filter(subject=one.code, kind="compliance.engagement_report.signed").select_related("entry").first()
    return render(request, "compliance/report.html", {
        "report": one, "valuation": _shown(one) if reads else None, "subject": subject, "reads": reads,
        "may_question": may_question, "refused": refused,
        "case": ConductCase.objects.filter(code=one.case_code).first(), "sealed": getattr(told, "entry", None), "accepted": accepted,
    }, status=refused.status if refused else 200)


def _named(form: ValuationForm, name: str, fault: str) -> str:
    """A fault with its field's label, in the page's language; one of the whole form stands alone."""
    return f"{form.fields[name].label}：{fault}" if name in form.fields else fault


def _shown(one: EngagementReport) -> dict[str, Any] | None:
    """A valuation as the page reads it: method by method, each factor's words, effect and what stands after it."""
    held: dict[str, Any] | None = one.figures.get("valuation")
    if held is None:
        return None
    rows = [{"words": METHODS[row["method"]], "fen": row["fen"], "weight": row["weight"],
             "steps": [{"words": (zh, en), "effect": effect, "total": total} for zh, en, effect, total in row["steps"]]}
            for row in held["methods"]]
    return held | {"methods": rows}


def _absent() -> HttpResponse:
    raise Http404


def _file(one: EngagementReport) -> HttpResponse:
    held = one.deposit
    answer: Any = FileResponse(open_deposit(held), as_attachment=True, filename=f"{one.code}-{held.name}", content_type=held.media_type)
    handed: HttpResponse = answer
    return handed
