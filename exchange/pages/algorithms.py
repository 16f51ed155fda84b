"""``/rules/algorithms/``: what ranks, matches, clears, prices, screens and shares, with version, source hash, review (R83, R119)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from exchange.algorithms import register, unreviewed
from kit.coverage import covers
from participants.doors import page

__all__ = ["algorithms"]

_KINDS = {"ranking": _("排序算法"), "matching": _("撮合算法"), "clearing": _("清算算法"),
          "pricing": _("定价算法"), "screening": _("筛查算法"), "sharing": _("分配算法")}


@require_safe
@page("compliance.rules.see")
@covers("R83", "R119")
def algorithms(request: HttpRequest) -> HttpResponse:
    """Each algorithm in force: on what it decides, whom it could disadvantage and what guards against it, what one can do."""
    changed = unreviewed()
    rows = [{"one": one, "kind": _KINDS[one.kind], "as_reviewed": one.key not in changed} for one in register()]
    return render(request, "exchange/algorithms.html", {"rows": rows})
