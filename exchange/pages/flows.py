"""``/desk/money/flows/``: the overseers' view of money over a year: in, out, settled, given back, held back, and every large payout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange.charts import Bar, month_chart
from kit.coverage import covers
from kit.money import yuan
from kit.sheets import Cell, yuan_cell
from ledger.accounts import AccountKind
from ledger.queries import held_in, outside_by_month
from participants.doors import page
from participants.downloads import table_response
from participants.models import Organization
from participants.queries import LOCAL, house_venue, parameter
from settlement.bank_models import Payout, Reconciliation
from settlement.earnings import months_back
from settlement.models import RefundRequest, SettlementCycle
from settlement.payouts import blocking
from settlement.suspending import alarmed
from settlement.words import payout_chip

__all__ = ["Flow", "flows", "flows_of", "flows_table"]

LARGE = 50
HOLDERS = 20


@dataclass
class Flow:
    """One month at the bank and in the books, in fen."""

    begins: datetime
    in_fen: int = 0
    out_fen: int = 0
    other_fen: int = 0
    settled_fen: int = 0
    refunded_fen: int = 0


@covers("G1", "G9")
def flows_of(at: datetime) -> list[Flow]:
    """This will add up each of the last twelve months: what came in, went out as payouts, waits as suspense, was settled and refunded."""
    months = {begins: Flow(begins) for begins in months_back(at)}
    since = min(months)
    for begins, kind, fen in outside_by_month(since, LOCAL):
        one = months[begins]
        if kind in ("funding", "opening"):
            one.in_fen += fen
        elif kind in ("payout", "payout_reversal"):
            one.out_fen -= fen
        else:
            one.other_fen += fen
    settled = SettlementCycle.objects.filter(posted_at__gte=since).values(month=TruncMonth("posted_at", tzinfo=LOCAL)).annotate(
        fen=Sum("total_fen"))
    refunded = RefundRequest.objects.filter(posted_at__gte=since).values(month=TruncMonth("posted_at", tzinfo=LOCAL)).annotate(
        fen=Sum("amount_fen"))
    for row in settled:
        months[row["month"]].settled_fen += int(row["fen"])
    for row in refunded:
        months[row["month"]].refunded_fen += int(row["fen"])
    return list(months.values())


@never_cache
@require_safe
@page("settlement.payout.see")
@covers("G1", "G8", "G9", "I9")
def flows(request: HttpRequest) -> HttpResponse:
    """The year as a chart and a table, what is held back for whom, payouts over the limit, and whether the books agree."""
    at = MARKET_CLOCK.now()
    months, limit = flows_of(at), int(parameter("payout.second_person_fen", venue=house_venue(), at=at))
    held = sorted(((fen, owner) for _key, owner, fen in held_in(AccountKind.HOLDBACK) if fen), reverse=True)
    holders = {one.code: one for one in Organization.objects.filter(code__in=[owner for _fen, owner in held[:HOLDERS]])}
    large = Payout.objects.filter(second_person=True, requested_at__gte=months[0].begins).select_related("organization").order_by("-id")
    bars = [Bar(f"{one.begins:%y-%m}", one.in_fen, one.out_fen, unfinished=one is months[-1]) for one in months]
    finding = _("十二个月转入 %(came)s，提现 %(went)s。") % {"came": yuan(sum(one.in_fen for one in months)),
                                                  "went": yuan(sum(one.out_fen for one in months))}
    waits, alarm = alarmed(at)
    return render(request, "exchange/flows.html", {
        "months": months, "chart": month_chart(bars, title=_("资金流向"), finding=finding), "finding": finding, "limit_fen": limit,
        "held": [(fen, owner, holders.get(owner)) for fen, owner in held[:HOLDERS]], "holders": len(held),
        "held_fen": sum(fen for fen, _owner in held),
        "large": [(one, payout_chip(one)) for one in large[:LARGE]], "stopped": blocking(),
        "last": Reconciliation.objects.order_by("-id").first(), "waits_fen": waits, "alarm_fen": alarm,
        "runs": Reconciliation.objects.filter(at__gte=months[0].begins).values("status").annotate(n=Count("pk")).order_by("status")})


@require_safe
@page("settlement.payout.see")
@covers("T51")
def flows_table(request: HttpRequest) -> HttpResponseBase:
    """The months as a table."""
    heads = [_("月份"), _("转入（元）"), _("提现（元）"), _("待查净额（元）"), _("结算（元）"), _("退款（元）")]
    return table_response("flows", heads, _rows(flows_of(MARKET_CLOCK.now())), form=request.GET.get("form", ""))


def _rows(months: list[Flow]) -> Iterator[tuple[Cell, ...]]:
    for one in months:
        yield (f"{one.begins:%Y-%m}", *(yuan_cell(fen) for fen in (one.in_fen, one.out_fen, one.other_fen, one.settled_fen,
                                                                   one.refunded_fen)))
