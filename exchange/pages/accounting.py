"""``/desk/trades/<TRD>/accounting/``: what a trade takes to the books, to print or as a table."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange.accounting import RIGHT, Pack, pack_of, rows_of
from exchange.pages.desk import trade_for
from exchange.templatetags.house import in_chinese
from participants.actors import actor_of
from participants.downloads import table_response

__all__ = ["accounting", "accounting_table"]


def _pack(request: HttpRequest, code: str) -> Pack:
    trade, _party = trade_for(request, code, MARKET_CLOCK.now())
    return pack_of(trade, buying=actor_of(request.user).organization_id != trade.seller_id)  # type: ignore[arg-type]


@require_safe
@login_required
def accounting(request: HttpRequest, code: str) -> HttpResponse:
    """The pack as a page that prints."""
    pack = _pack(request, code)
    papers = [(name, RIGHT if value == "use" else value) for name, value in pack.papers]
    return render(request, "exchange/accounting.html", {"trade": pack.trade, "pack": pack, "papers": papers})


@require_safe
@login_required
def accounting_table(request: HttpRequest, code: str) -> HttpResponseBase:
    """The pack as a table for a spreadsheet."""
    heads, language = (("科目", "值", "处理"), 0) if in_chinese() else (("Head", "Value", "Treatment"), 1)
    return table_response(f"accounting-{code}", heads, rows_of(_pack(request, code), language), form=request.GET.get("form", ""))
