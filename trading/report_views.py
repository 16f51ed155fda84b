"""Reporting a trade made off the exchange (R43): the trade, the contract's hash, and the facts the negative list asks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.answers import ANSWERS
from compliance.models import Filing
from compliance.rules.vocabulary import FactKind, vocabulary
from compliance.taxonomy import CirculationMode
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.doors import page
from participants.models import Organization
from participants.queries import organization
from trading.forms import MendForm, ReportForm
from trading.operations import mend_report, report_trade
from trading.queries import report_of

__all__ = ["FactRow", "mend", "report"]

#: Every fact begins unstated: a fact nobody stated is never taken for a harmless one.
UNSTATED = ""


@dataclass(frozen=True)
class FactRow:
    """One fact of the vocabulary with what was stated, ready for the page."""

    kind: FactKind
    value: str
    fault: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return f"fact_{self.kind.name}"

    @property
    def offered(self) -> bool:
        """One answer is chosen from known ones; several, and figures, are given otherwise."""
        return self.kind.type in {"bool", "word", "open"}

    @property
    def options(self) -> list[tuple[str, Any, bool]]:
        words: list[tuple[str, Any]]
        if self.kind.type == "bool":
            words = [("true", ("是", "yes")), ("false", ("否", "no"))]
        else:
            known = ANSWERS.get(self.kind.name, {})
            words = [(word, known.get(word, word)) for word in self.kind.values]
        chosen = set(self.value.split(","))
        if self.kind.type == "open" and self.value and self.value not in self.kind.values:
            words.append((self.value, self.value))  # an open fact keeps what was stated in the reporter's own word
        return [(key, text, key in chosen) for key, text in words]


def _stated(request: HttpRequest) -> dict[str, str]:
    found = {}
    for name, kind in vocabulary().facts.items():
        values = [value for value in request.POST.getlist(f"fact_{name}") if value]
        found[name] = ",".join(values) if kind.type == "words" else (values[0] if values else UNSTATED)
    return found


def _typed(stated: dict[str, str]) -> dict[str, Any]:
    """Facts as the rules read them; what is unstated stays out."""
    facts: dict[str, Any] = {}
    for name, value in stated.items():
        if value == UNSTATED:
            continue
        kind = vocabulary().facts[name]
        whole = kind.type == "whole" and value.isascii() and value.isdigit() and len(value) < 16
        facts[name] = value == "true" if kind.type == "bool" and value in ("true", "false") else int(value) if whole else (
            value.split(",") if kind.type == "words" else value)
    return facts


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.report.file")
@covers("R43", "F12")
def report(request: HttpRequest) -> HttpResponse:
    """``/desk/filings/new/``: one party reports; the other confirms on the filing's page."""
    form = ReportForm(request.POST or None, request.FILES or None)
    stated = _stated(request) if request.method == "POST" else {}
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = _report(request, form, _typed(stated))
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _("已报告，等待对方确认。"))
            return redirect("compliance:filing", made)
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "trading/report.html", {"form": form, "rejected": rejected, "facts": _rows(stated, rejected)}, status=status)


def _rows(stated: dict[str, str], rejected: Rejected | None) -> list[FactRow]:
    faults: dict[str, FieldFault] = {fault.field.removeprefix("facts."): fault for fault in rejected.errors} if rejected else {}
    return [FactRow(kind, stated.get(name, UNSTATED), faults[name].text if name in faults else None)
            for name, kind in vocabulary().facts.items()]


def _report(request: HttpRequest, form: ReportForm, facts: dict[str, Any]) -> str:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    data = form.cleaned_data
    ours = Organization.objects.get(pk=actor.organization_id or 0)
    other = organization(data["counterparty"])
    seller, buyer = (ours, other) if data["side"] == "seller" else (other, ours)
    made = report_trade(seller=seller, buyer=buyer, **_said(form), facts=facts, actor=actor, clock=MARKET_CLOCK)
    return made.filing


def _said(form: MendForm) -> dict[str, Any]:
    """What the form states of the trade; a contract that was handed in is hashed and not kept."""
    data = form.cleaned_data
    digest = data["contract_sha256"]
    if upload := data["contract"]:
        hashed = hashlib.sha256()
        for chunk in upload.chunks():
            hashed.update(chunk)
        digest = hashed.hexdigest()
    return {"title": data["title"], "description": data["description"], "price_fen": data["price"], "traded_on": data["traded_on"],
            "contract_sha256": digest, "mode": data["mode"] or CirculationMode.TRADE, "export_case": data["export_case"]}


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.report.file")
@covers("R43", "F12")
def mend(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/filings/FIL-…/mend/``: whoever reported mends what was returned and files it again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    filing = get_object_or_404(Filing.objects.visible_to(request.user).filter(reporter_id=actor.organization_id), code=code)
    before = report_of(filing.code)
    form = MendForm(request.POST or None, request.FILES or None, initial={
        "mode": before.mode, "title": before.title, "description": before.description, "price": before.price_fen,
        "traded_on": before.traded_on, "contract_sha256": before.contract_sha256, "export_case": before.export_case})
    stated = _stated(request) if request.method == "POST" else {name: _as_stated(value) for name, value in before.profile.items()}
    rejected: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            mend_report(filing=filing, **_said(form), facts=_typed(stated), actor=actor, clock=MARKET_CLOCK)
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _("已补正并重新报告，等待对方确认。"))
            return redirect("compliance:filing", filing.code)
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "trading/report.html", {"form": form, "rejected": rejected, "facts": _rows(stated, rejected), "filing": filing,
                                                   "before": before}, status=status)


def _as_stated(value: Any) -> str:
    """A fact on file, as the form holds it."""
    return str(value).lower() if isinstance(value, bool) else ",".join(value) if isinstance(value, list) else str(value)
