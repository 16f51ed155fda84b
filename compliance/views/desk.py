"""The party's desk: declarations to sign, filings to confirm, questions to answer, findings to object to or have restored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.catalogue import Template, conduct_catalogue, conducts, measures, templates
from compliance.conduct import EXEMPTIONS
from compliance.corrections import supply_restoration
from compliance.credit import band_of, explain, total
from compliance.declared import answers_again, form_of
from compliance.forms import answers_from, rows_of
from compliance.models import Case, Complaint, ConductCase, Declaration, Dispute, Filing, Finding, Sanction
from compliance.operations import (
    answer_case,
    apply_for_restoration,
    confirm_filing,
    dispute_filing,
    draft_declaration,
    edit_declaration,
    object_to_finding,
    sign_declaration,
    state_case,
    waive_statement,
    withdraw_declaration,
    withdraw_filing,
)
from compliance.papers import papers_of
from compliance.queries import party_cases
from compliance.states import ConductStatus, SanctionStatus
from compliance.views.papers import taken
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.rejected import Rejected
from participants.abilities import abilities_of
from participants.doors import actor_in, page
from participants.models import Organization, StandingChange
from participants.predicates import roles_of
from participants.queries import LOCAL, parameter

__all__ = ["case", "cases", "conduct", "credit", "declaration", "declarations", "filing", "filings", "new_declaration"]

Act = Callable[[], Any]


def _ours(request: HttpRequest) -> Organization:
    found = Organization.objects.filter(pk=actor_in(request).organization_id or 0).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


def _done(request: HttpRequest, text: str, where: str, *args: Any) -> HttpResponse:
    messages.success(request, text)
    return redirect(where, *args)


# ---- declarations ----------------------------------------------------------------------------------------------------------


def _forms_of(actor: Actor) -> list[Template]:
    roles = roles_of(actor, MARKET_CLOCK.now())
    return [form for form in templates().values() if roles & set(form.roles)]


@require_safe
@page("compliance.declaration.see")
def declarations(request: HttpRequest) -> HttpResponse:
    """What have we promised, until when."""
    rows = Declaration.objects.filter(organization=_ours(request)).order_by("-created_at")
    return render(request, "compliance/declarations.html", {"rows": rows, "forms": _forms_of(actor_in(request)), "templates": templates()})


@require_POST
@page("compliance.declaration.see")
def new_declaration(request: HttpRequest) -> HttpResponse:
    """Begins a draft, from the answers of the last one where there is one."""
    ours, key = _ours(request), request.POST.get("template", "merchant")
    made = draft_declaration(organization=ours, template=key, answers=answers_again(ours, key), subject="", actor=actor_in(request),
                             clock=MARKET_CLOCK)
    return redirect("compliance:declaration", made.code)


@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.declaration.see")
def declaration(request: HttpRequest, code: str) -> HttpResponse:
    """One declaration: filled in and signed while a draft, read afterwards."""
    found = get_object_or_404(Declaration, code=code, organization=_ours(request))
    form = form_of(found)
    rejected, status = None, 200
    if request.method == "POST":
        try:
            return _act_on_declaration(request, found, form)
        except Rejected as refused:
            rejected, status = refused, refused.status
            if found.status == "draft":
                found.answers = answers_from(form, request.POST)
    faults = {fault.field: fault.text for fault in rejected.errors} if rejected else {}
    return render(request, "compliance/declaration.html", {
        "declaration": found, "sealed": _entry(found.code, "compliance.declaration.signed"), "form": form,
        "parts": rows_of(form, found.answers, faults), "rejected": rejected}, status=status)


def _entry(code: str, kind: str) -> Any:
    """The entry under which a fact stands in the log; None while there is none or it is not sealed yet."""
    return getattr(Record.objects.filter(subject=code, kind=kind).select_related("entry").first(), "entry", None)


def _act_on_declaration(request: HttpRequest, found: Declaration, form: Template) -> HttpResponse:
    actor, act = actor_in(request), request.POST.get("act", "")
    if act == "withdraw":
        withdraw_declaration(declaration=found, reason=request.POST.get("reason", "")[:500], actor=actor, clock=MARKET_CLOCK)
        return _done(request, _("声明已撤回。"), "compliance:declarations")
    found = edit_declaration(declaration=found, answers=answers_from(form, request.POST), actor=actor, clock=MARKET_CLOCK)
    if act != "sign":
        return _done(request, _("草稿已保存。"), "compliance:declaration", found.code)
    sign_declaration(declaration=found, actor=actor, clock=MARKET_CLOCK)
    return _done(request, _("声明已签署，自现在起有效十二个月。"), "compliance:declaration", found.code)


# ---- filings -----------------------------------------------------------------------------------------------------------------


@require_safe
@page("compliance.filing.see")
def filings(request: HttpRequest) -> HttpResponse:
    """Off-exchange trades we reported or are named in, and who acts next."""
    rows = Filing.objects.visible_to(request.user).select_related("reporter", "counterparty").order_by("-filed_at")[:200]
    return render(request, "compliance/filings.html", {"rows": rows, "ours": _ours(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.filing.see")
def filing(request: HttpRequest, code: str) -> HttpResponse:
    """One filing with its screening; the named party confirms or disputes it, its reporter takes it back."""
    found = get_object_or_404(Filing.objects.visible_to(request.user).select_related("reporter", "counterparty"), code=code)
    actor, rejected = actor_in(request), None
    if request.method == "POST":
        reason = request.POST.get("reason", "").strip()[:500]
        acts: dict[str, Act] = {
            "confirm": lambda: confirm_filing(filing=found, actor=actor, clock=MARKET_CLOCK),
            "dispute": lambda: dispute_filing(filing=found, reason=reason, actor=actor, clock=MARKET_CLOCK),
            "withdraw": lambda: withdraw_filing(filing=found, actor=actor, clock=MARKET_CLOCK),
        }
        try:
            _chosen(acts, request)()
            return _done(request, _("已办理。"), "compliance:filing", found.code)
        except Rejected as refused:
            rejected = refused
    return render(request, "compliance/filing.html", {"filing": found, "ours": _ours(request), "rejected": rejected},
                  status=rejected.status if rejected else 200)


def _chosen(acts: dict[str, Act], request: HttpRequest) -> Act:
    if (act := acts.get(request.POST.get("act", ""))) is None:
        raise Http404
    return act


# ---- cases -------------------------------------------------------------------------------------------------------------------


@require_safe
@page("compliance.case.see")
def cases(request: HttpRequest) -> HttpResponse:
    """What the desks ask us, and what we are accused of."""
    asked, accused = party_cases(request.user)
    return render(request, "compliance/cases.html", {"asked": asked, "accused": accused, "catalogue": conduct_catalogue(),
                                                     "disputes": Dispute.objects.visible_to(request.user).order_by("-opened_at"),
                                                     "complaints": _complaints_of(request)})


def _complaints_of(request: HttpRequest) -> Any:
    return Complaint.objects.filter(organization=_ours(request)).order_by("-received_at")


@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.case.see")
def case(request: HttpRequest, code: str) -> HttpResponse:
    """One question of a desk: what is asked, answered by when."""
    found = get_object_or_404(Case.objects.visible_to(request.user), code=code)
    rejected = None
    if request.method == "POST":
        try:
            with transaction.atomic():
                answer_case(case=found, text=request.POST.get("text", "").strip()[:5000], papers=taken(request), actor=actor_in(request),
                            clock=MARKET_CLOCK)
            return _done(request, _("答复已提交。"), "compliance:case", found.code)
        except Rejected as refused:
            rejected = refused
    return render(request, "compliance/case.html", {
        "case": found, "entries": found.entries.filter(to_party=True), "papers": papers_of([found.code], shared_only=True),
        "rejected": rejected, "typed": request.POST if rejected else {}}, status=rejected.status if rejected else 200)


#: What a band changes for its holder, by the figures of the venue.
EFFECTS = {"sampling": "sampling.percent", "deposit": "deposit.band_bps", "holdback": "holdback.bps", "rebate": "fee.band_rebate",
           "unpaid": "orders.unpaid_cap_fen"}


def _end_of_day(text: str, now: datetime) -> datetime | None:
    """The last instant of a day of the market's calendar that is over; None for today, a day to come, and what is no day."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    end = datetime.combine(day, time.max, LOCAL)
    return end if end < now else None


# ---- credit ------------------------------------------------------------------------------------------------------------------


@require_safe
@page("compliance.credit.see")
def credit(request: HttpRequest) -> HttpResponse:
    """Why this score, today or on a day before (``?on=``); what stands against us; object, restore."""
    ours, at = _ours(request), MARKET_CLOCK.now()
    asked = _end_of_day(request.GET.get("on", ""), at)
    today = total(explain(ours, at=at))
    lines = explain(ours, at=asked or at)
    sanctions = Sanction.objects.filter(organization=ours).exclude(status=SanctionStatus.ENDED).select_related("finding__case")
    return render(request, "compliance/credit.html", {
        "asked": asked, "on": request.GET.get("on", "")[:10] if asked else "",
        "ours": ours, "lines": lines, "points": today, "score_band": band_of(today), "then": total(lines),
        "then_band": band_of(total(lines)), "measures": measures(),
        "sanctions": [(one, measures()[one.measure], at >= one.earliest_end_at) for one in sanctions],
        "cases": ConductCase.objects.visible_to(request.user).order_by("-opened_at"), "catalogue": conduct_catalogue(),
        "changes": StandingChange.objects.filter(organization=ours).order_by("-at")[:20],
        "effects": {name: parameter(key, venue=ours.venue, at=at)[ours.band] for name, key in EFFECTS.items()},
        "abilities": abilities_of(ours, at),
    })


@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.credit.see")
def conduct(request: HttpRequest, code: str) -> HttpResponse:
    """One conduct case against us: state our case, object to the finding, ask for restoration."""
    found = get_object_or_404(ConductCase.objects.visible_to(request.user), code=code)
    finding = found.findings.order_by("-number").first()
    rejected = None
    if request.method == "POST":
        try:
            _act_on_conduct(request, found, finding)
            return _done(request, _("已办理。"), "compliance:conduct", found.code)
        except Rejected as refused:
            rejected = refused
    running = finding.sanctions.exclude(status=SanctionStatus.ENDED) if finding else []
    return render(request, "compliance/conduct.html", {
        "case": found, "finding": finding, "sealed": _entry(finding.code, "compliance.finding.made") if finding else None,
        "rejected": rejected, "name": conduct_catalogue()[found.conduct][1],
        "sanctions": [(one, measures()[one.measure]) for one in running], "may_state": found.status == ConductStatus.STATEMENT,
        "may_object": found.status == ConductStatus.DECIDED, "restorations": finding.restorations.all() if finding else [],
        "may_restore": bool(running) and found.status == ConductStatus.FINAL,
        "returned": finding.restorations.filter(status="returned").first() if finding else None, "exemptions": EXEMPTIONS,
        "objection": getattr(found, "objection", None), "basis": conducts()[found.conduct].basis,
        "papers": papers_of(_matters(found, finding)),
    }, status=rejected.status if rejected else 200)


@transaction.atomic
def _act_on_conduct(request: HttpRequest, found: ConductCase, finding: Finding | None) -> None:
    actor, text = actor_in(request), request.POST.get("text", "").strip()[:5000]
    acts: dict[str, Act] = {
        "state": lambda: state_case(case=found, text=text, papers=taken(request), actor=actor, clock=MARKET_CLOCK),
        "waive": lambda: _waive(request, found, text, actor),
        "object": lambda: object_to_finding(case=found, text=text, papers=taken(request), actor=actor, clock=MARKET_CLOCK),
    }
    if finding is not None:
        acts["restore"] = lambda: apply_for_restoration(
            finding=finding, text=text, committed=request.POST.get("committed") == "yes", papers=taken(request), actor=actor,
            clock=MARKET_CLOCK)
        if (back := finding.restorations.filter(status="returned").first()) is not None:
            acts["supply"] = lambda: supply_restoration(restoration=back, text=text, papers=taken(request), actor=actor,
                                                        clock=MARKET_CLOCK)
    _chosen(acts, request)()


def _waive(request: HttpRequest, found: ConductCase, text: str, actor: Actor) -> None:
    """What is typed or attached beside the last word is not lost: it is stated first."""
    if text or request.FILES:
        state_case(case=found, text=text, papers=taken(request), actor=actor, clock=MARKET_CLOCK)
    waive_statement(case=found, actor=actor, clock=MARKET_CLOCK)


def _matters(found: ConductCase, finding: Finding | None) -> list[str]:
    """The case and the restorations asked for of it: their papers are one file."""
    return [found.code, *(finding.restorations.values_list("code", flat=True) if finding else ())]
