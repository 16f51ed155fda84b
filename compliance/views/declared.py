"""What was declared, in public: searched by who declared, read without its secrets (R115)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.catalogue import templates
from compliance.declared import extract_of, public_declarations
from compliance.states import DeclarationStatus
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from participants.doors import page

__all__ = ["declaration", "declarations"]

#: How many stand on the page; narrower words find the rest.
_SHOWN = 60
_STATES = [one for one in DeclarationStatus if one not in {DeclarationStatus.DRAFT, DeclarationStatus.DISCARDED}]


@require_safe
@page("compliance.rules.see")
def declarations(request: HttpRequest) -> HttpResponse:
    """``/rules/declarations/``: who promised what, until when, and what became of it."""
    asked = {"text": request.GET.get("q", "").strip()[:80], "template": request.GET.get("kind", ""), "status": request.GET.get("state", "")}
    asked = {name: value for name, value in asked.items() if name == "text" or value in {*templates(), *_STATES}}
    rows = list(public_declarations(reader=request.user, **asked)[: _SHOWN + 1])
    return render(request, "compliance/public_declarations.html", {
        "rows": rows[:_SHOWN], "more": len(rows) > _SHOWN, "query": asked["text"], "kind": asked.get("template", ""),
        "state": asked.get("status", ""), "kinds": templates().values(), "states": _STATES, "names": templates()})


@require_safe
@page("compliance.rules.see")
def declaration(request: HttpRequest, code: str) -> HttpResponse:
    """``/rules/declarations/<DCL>/``: the extract, with the hash of the whole and its place in the record book."""
    found = public_declarations(reader=request.user).filter(code=code).first()
    if found is None:
        raise Http404
    told = Record.objects.filter(subject=found.code, kind="compliance.declaration.signed").select_related("entry").first()
    extract = extract_of(found)
    return render(request, "compliance/public_declaration.html", {
        "declaration": found, "extract": extract, "in_force": extract.in_force(MARKET_CLOCK.now()), "sealed": getattr(told, "entry", None)})
