"""``/desk/income/`` and ``/desk/spending/``: a year of an organisation's money as a chart, as tables, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange.charts import Bar, month_chart, split_bar
from exchange.templatetags.house import said
from kit.coverage import covers
from kit.money import yuan
from kit.sheets import Cell, yuan_cell
from participants.doors import actor_in
from participants.downloads import table_response
from participants.models import Organization
from settlement.earnings import Summary, income_of, spending_of

__all__ = ["income", "income_table", "spending", "spending_table"]

PARTS = {"product": ("按产品", "By product"), "channel": ("按渠道", "By channel"), "cost_centre": ("按成本中心", "By cost centre"),
         "po_number": ("按采购单号", "By purchase order")}


def _ours(request: HttpRequest) -> Organization:
    found = Organization.objects.filter(pk=actor_in(request).organization_id or 0).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, summary: Summary, **words: Any) -> HttpResponse:
    bars = [Bar(f"{one.begins:%y-%m}", one.on_fen, one.off_fen, unfinished=one is summary.months[-1]) for one in summary.months]
    best = max(summary.months, key=lambda one: one.on_fen + one.off_fen)
    finding = _("十二个月合计 %(sum)s，最多的是 %(month)s。") % {"sum": yuan(summary.gross_fen), "month": f"{best.begins:%Y-%m}"}
    parts = []
    for key, rows in summary.parts:
        most = max((row.fen for row in rows), default=0)
        parts.append((PARTS[key], [(row, split_bar(row.fen, 0, most)) for row in rows]))
    return render(request, "exchange/earnings.html", {
        "summary": summary, "chart": month_chart(bars, title=str(words["title"]), finding=finding), "finding": finding, "parts": parts,
        **words})


@never_cache
@require_safe
@login_required
@covers("G5", "R98")
def income(request: HttpRequest) -> HttpResponse:
    """What the organisation got of prices, month by month, by product and by channel."""
    return _page(request, income_of(_ours(request), at=MARKET_CLOCK.now()), title=_("收入"), table="exchange:income_table",
                 meaning=_("本机构从已结算价款中分得的一份，减去退款中退回的；服务费和公益金已扣除"))


@never_cache
@require_safe
@login_required
@covers("F1", "R98")
def spending(request: HttpRequest) -> HttpResponse:
    """What the organisation paid, month by month, by cost centre, purchase order, product and channel."""
    return _page(request, spending_of(_ours(request), at=MARKET_CLOCK.now()), title=_("支出"), table="exchange:spending_table",
                 meaning=_("本机构为已结算成交所付的价款和另付的费用，减去退款中收回的"))


def _rows(summary: Summary) -> Iterator[tuple[Cell, ...]]:
    for one in summary.months:
        yield (_("按月"), f"{one.begins:%Y-%m}", one.trades, yuan_cell(one.on_fen + one.off_fen), yuan_cell(one.back_fen),
               yuan_cell(one.net_fen))
    for key, rows in summary.parts:
        for row in rows:
            yield (str(said(PARTS[key])), str(said(row.name)), row.trades, yuan_cell(row.fen), "", "")


def _table(request: HttpRequest, name: str, summary: Summary) -> HttpResponseBase:
    heads = [_("划分"), _("项目"), _("笔数"), _("金额（元）"), _("退回（元）"), _("净额（元）")]
    return table_response(name, heads, _rows(summary), form=request.GET.get("form", ""))


@require_safe
@login_required
@covers("T51")
def income_table(request: HttpRequest) -> HttpResponseBase:
    """The same as a table."""
    return _table(request, "income", income_of(_ours(request), at=MARKET_CLOCK.now()))


@require_safe
@login_required
@covers("T51")
def spending_table(request: HttpRequest) -> HttpResponseBase:
    """The same as a table."""
    return _table(request, "spending", spending_of(_ours(request), at=MARKET_CLOCK.now()))
