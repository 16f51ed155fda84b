"""Reporting a trade made off the exchange (R43): the trade, the contract's hash, and the facts the negative list asks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.answers import ANSWERS
from compliance.rules.vocabulary import FactKind, vocabulary
from compliance.taxonomy import CirculationMode
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.doors import page
from participants.models import Organization
from participants.queries import organization
from trading.forms import ReportForm
from trading.models import TradeReport
from trading.operations import report_trade

__all__ = ["FactRow", "report"]

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
    mended = _mended(request)
    form = ReportForm(request.POST or None, request.FILES or None, initial=_said(mended, request) if mended else None)
    stated = _stated(request) if request.method == "POST" else _told(mended.profile) if mended else {}
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
    return render(request, "trading/report.html", {"form": form, "rejected": rejected, "facts": _rows(stated, rejected), "mended": mended},
                  status=status)


def _mended(request: HttpRequest) -> TradeReport | None:
    """The report of ours that came to nothing and is reported anew (``?mends=FIL-…``)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = TradeReport.objects.filter(filing=request.GET.get("mends", "")[:16].replace("\0", ""), replaced_by__isnull=True)
    return rows.filter(reporter_id=actor.organization_id or 0).select_related("seller", "counterparty").first()


def _said(one: TradeReport, request: HttpRequest) -> dict[str, Any]:
    """What the earlier report said, to be mended."""
    side = "seller" if one.seller_id == one.reporter_id else "buyer"
    return {"side": side, "counterparty": one.counterparty.code, "mode": one.mode, "title": one.title, "description": one.description,
            "price": one.price_fen, "traded_on": one.traded_on, "contract_sha256": one.contract_sha256}


def _told(profile: dict[str, Any]) -> dict[str, str]:
    """Facts as they were stated, as the page's fields hold them."""
    return {name: ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in profile.items()}


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
    digest = data["contract_sha256"]
    if upload := data["contract"]:
        hashed = hashlib.sha256()
        for chunk in upload.chunks():
            hashed.update(chunk)
        digest = hashed.hexdigest()
    made = report_trade(seller=seller, buyer=buyer, title=data["title"], description=data["description"], facts=facts,
                        price_fen=data["price"], traded_on=data["traded_on"], contract_sha256=digest,
                        mode=data["mode"] or CirculationMode.TRADE,
                        actor=actor, clock=MARKET_CLOCK)
    return made.filing
