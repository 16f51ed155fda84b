"""``/bulletins/monthly/``: the market's month for everyone; ``/desk/market-report/``: the same month whole, for the authorities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange.monthly import CHANNELS, Month, Monthly, Supervision, closed_months, monthly, supervision
from exchange.suppression import WHOLE
from exchange.words import sector_name
from kit.coverage import covers
from kit.sheets import Cell, csv_rows, yuan_cell
from participants.doors import page
from participants.words import spoken

__all__ = ["market_report", "monthly_bulletin"]

COLUMNS = (*CHANNELS, WHOLE)
CHANNEL_WORDS = {"on_exchange": gettext_lazy("场内"), "off_exchange": gettext_lazy("场外备案"), WHOLE: gettext_lazy("合计")}
SEVERITY_WORDS = {"minor": gettext_lazy("轻微"), "ordinary": gettext_lazy("一般"), "serious": gettext_lazy("严重")}
WORK_WORDS = {"case": gettext_lazy("案件"), "conduct": gettext_lazy("失信认定"), "complaint": gettext_lazy("举报投诉"),
              "dispute": gettext_lazy("争议")}


def _chosen(request: HttpRequest) -> tuple[Month | None, list[Month]]:
    """The month asked for, else the newest that is over; one that is not offered is not there (404)."""
    offered = closed_months(MARKET_CLOCK.now())
    asked = request.GET.get("month", "")
    if asked:
        chosen = next((one for one in offered if one.name == asked), None)
        if chosen is None:
            raise Http404
        return chosen, offered
    return (offered[0] if offered else None), offered


def _lines(found: Monthly) -> list[tuple[Any, list[tuple[int, int] | None]]]:
    """Industries by size of what is told, the hidden ones last, and the whole market at the end."""
    table = found.turnover

    def size(row: str) -> tuple[bool, int, str]:
        told = table.told(row, WHOLE)
        return told is None, -(told[1] if told else 0), row

    rows = [*sorted(table.rows, key=size), WHOLE]
    return [(sector_name(row) if row else ("全市场", "Whole market"), [table.told(row, column) for column in COLUMNS]) for row in rows]


def _table(found: Monthly, more: Sequence[Sequence[Cell]] = ()) -> HttpResponse:
    heads = [_("行业"), *(f"{CHANNEL_WORDS[column]} {what}" for column in COLUMNS for what in (_("笔数"), _("金额（元）")))]
    rows = [[str(spoken(name)), *(part for cell in cells for part in (("", "") if cell is None else (cell[0], yuan_cell(cell[1]))))]
            for name, cells in _lines(found)]
    answer = HttpResponse("".join(csv_rows(heads, [*rows, *more])), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="market-{found.month.name}.csv"'
    return answer


def _plain(found: Monthly) -> dict[str, Any]:
    table = found.turnover
    return {
        "month": found.month.name, "sellers": found.sellers, "buyers": found.buyers, "lots_awarded": found.awarded,
        "lots_failed": found.failed, "registrations_certified": found.certified, "listings_published": found.listed,
        "rule_changes": found.rules, "sanctions": dict(found.sanctions), "turnover_month_before_fen": found.before_fen,
        "turnover": [{"sector": row or "all", "channel": column or "all", **(
            {"hidden": True} if told is None else {"trades": told[0], "fen": told[1]})}
            for row in (*table.rows, WHOLE) for column in COLUMNS for told in [table.told(row, column)]]}


def _shown(found: Monthly) -> dict[str, Any]:
    told = found.turnover.told(WHOLE, WHOLE)
    before = found.before_fen
    return {
        "found": found, "lines": _lines(found), "columns": [CHANNEL_WORDS[one] for one in COLUMNS], "told": told,
        "change": (told[1] - before) * 10_000 // before if told and before else None,
        "sanctions": [(SEVERITY_WORDS.get(name, name), many) for name, many in found.sanctions],
        "withheld": len(found.turnover.hidden)}


@require_safe
@page("exchange.page.see")
@covers("H9")
def monthly_bulletin(request: HttpRequest) -> HttpResponse:
    """Turnover by industry and channel with what would tell one party's business hidden, lots, certificates, rules and sanctions."""
    month, offered = _chosen(request)
    if month is None:
        return render(request, "exchange/monthly.html", {"months": offered, "found": None})
    found = monthly(month)
    if request.GET.get("format") == "csv":
        return _table(found)
    if request.GET.get("format") == "json":
        return JsonResponse(_plain(found), json_dumps_params={"ensure_ascii": False})
    return render(request, "exchange/monthly.html", {"months": offered, **_shown(found)})


@never_cache
@require_safe
@page("exchange.report.see")
@covers("R97", "H9")
def market_report(request: HttpRequest) -> HttpResponse:
    """The month whole, how concentrated it was, and what the desks had to do: one file for the departments that supervise together."""
    month, offered = _chosen(request)
    if month is None:
        return render(request, "exchange/market_report.html", {"months": offered, "found": None})
    found, desks = monthly(month, whole=True), supervision(month)
    if request.GET.get("format") == "csv":
        return _table(found, [[], *_work(desks)])
    if request.GET.get("format") == "json":
        return JsonResponse({**_plain(found), "cr4_bps": desks.cr4_bps, "hhi": desks.hhi, "work": [
            dict(zip(("kind", "came_in", "closed", "waiting", "late"), one, strict=True)) for one in desks.lines]},
            json_dumps_params={"ensure_ascii": False})
    return render(request, "exchange/market_report.html", {
        "months": offered, **_shown(found), "desks": desks, "work": [(WORK_WORDS[key], *numbers) for key, *numbers in desks.lines]})


def _work(desks: Supervision) -> list[list[Cell]]:
    rows: list[list[Cell]] = [[_("监管工作"), _("收到"), _("办结"), _("在办"), _("其中逾期")]]
    rows.extend([str(WORK_WORDS[key]), new, closed, waiting, late] for key, new, closed, waiting, late in desks.lines)
    return rows
