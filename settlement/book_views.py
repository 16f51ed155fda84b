"""Tables for the books: payouts and refunds of a party, the trial balance as it stands or stood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from kit.sheets import Cell, yuan_cell
from ledger.accounts import AccountKind
from ledger.queries import AccountTotal, held, trial_balance, trial_balance_at
from participants.doors import actor_in, page
from participants.downloads import table_response
from participants.fee_tax import fee_tax_bps
from participants.queries import LOCAL, house_venue, venue_organization
from participants.tax import kind_of
from settlement.bank_models import Payout
from settlement.models import RefundRequest
from settlement.taxing import taxed_months

__all__ = ["payouts_table", "refunds_table", "tax", "tax_table", "trial", "trial_table"]


@require_safe
@page("settlement.payout.request")
@covers("T51", "G8")
def payouts_table(request: HttpRequest) -> HttpResponseBase:
    """Every payout of the organisation."""
    heads = [_("编号"), _("金额（元）"), _("收款账号尾号"), _("状态"), _("申请时间"), _("结束时间")]
    return table_response("payouts", heads, _payouts(actor_in(request).organization_id or 0), form=request.GET.get("form", ""))


def _payouts(ours: int) -> Iterator[tuple[Cell, ...]]:
    for one in Payout.objects.filter(organization=ours).order_by("-id").iterator(500):
        yield (one.code, yuan_cell(one.amount_fen), f"…{one.to_account[-4:]}", str(one.get_status_display()), one.requested_at.isoformat(),
               one.ended_at.isoformat() if one.ended_at else "")


@require_safe
@page("settlement.payout.request")
@covers("T51", "G6")
def refunds_table(request: HttpRequest) -> HttpResponseBase:
    """Every refund the organisation asked for or was asked for."""
    heads = [_("编号"), _("成交"), _("买方"), _("卖方"), _("金额（元）"), _("理由"), _("答复"), _("状态"), _("申请时间"), _("退款时间")]
    return table_response("refunds", heads, _refunds(actor_in(request).organization_id or 0), form=request.GET.get("form", ""))


def _refunds(ours: int) -> Iterator[tuple[Cell, ...]]:
    rows = RefundRequest.objects.filter(Q(buyer=ours) | Q(seller=ours)).select_related("settlement", "buyer", "seller").order_by("-id")
    for one in rows.iterator(500):
        yield (one.code, one.settlement.subject, one.buyer.code, one.seller.code, yuan_cell(one.amount_fen), one.reason, one.answer,
               str(one.get_status_display()), one.requested_at.isoformat(), one.posted_at.isoformat() if one.posted_at else "")


def _asked(request: HttpRequest) -> tuple[str, datetime | None]:
    """The day asked for and its end; nothing where the books are wanted as they stand."""
    typed = request.GET.get("day", "").strip()
    if not typed:
        return "", None
    try:
        asked = date.fromisoformat(typed)
    except ValueError as fault:
        raise Rejected("settlement.trial_balance.day", errors=[FieldFault("day", "unreadable", ("日期无法识别", "Not a date"))]) from fault
    if asked.year < 2000 or asked.year > 2200:
        raise Rejected("settlement.trial_balance.day", errors=[FieldFault("day", "out_of_range", ("日期超出范围", "Out of range"))])
    return typed, datetime.combine(asked, time(), LOCAL) + timedelta(days=1) - timedelta(microseconds=1)


def _books(ends: datetime | None) -> list[AccountTotal]:
    return trial_balance() if ends is None else trial_balance_at(ends)


@never_cache
@require_safe
@page("settlement.payout.see")
@covers("G1", "I27")
def trial(request: HttpRequest) -> HttpResponse:
    """The trial balance on a sheet of its own, as it stands or as it stood at the end of a day."""
    typed, ends = _asked(request)
    rows = _books(ends)
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, 0) + row.posted_fen
    return render(request, "settlement/trial.html", {
        "rows": [(AccountKind(row.kind).label, row) for row in rows], "totals": sorted(totals.items()), "day": typed,
        "at": ends or MARKET_CLOCK.now()})


@require_safe
@page("settlement.payout.see")
@covers("T51", "G1")
def trial_table(request: HttpRequest) -> HttpResponseBase:
    """The same as a table."""
    typed, ends = _asked(request)
    heads = [_("账户"), _("币种"), _("户数"), _("余额（元）"), _("其中冻结（元）")]
    rows = ((str(AccountKind(row.kind).label), row.currency, row.accounts, yuan_cell(row.posted_fen), yuan_cell(row.reserved_fen))
            for row in _books(ends))
    return table_response(f"trial-balance{'-' + typed if typed else ''}", heads, rows, form=request.GET.get("form", ""))


def _months() -> list[tuple[datetime, int, int]]:
    """The last two years: what a return and its correction are made from."""
    return taxed_months(house_venue(), since=MARKET_CLOCK.now() - timedelta(days=731))


@never_cache
@require_safe
@page("settlement.payout.see")
@covers("G1", "G2")
def tax(request: HttpRequest) -> HttpResponse:
    """The value-added tax inside the venue's charges, month by month, and what the tax account holds."""
    owner, at = venue_organization(house_venue()), MARKET_CLOCK.now()
    return render(request, "settlement/tax.html", {
        "months": _months(), "held_fen": held(owner.code, AccountKind.TAX).posted_fen, "at": at,
        "kind": kind_of(owner.pk, at).label, "bps": fee_tax_bps(house_venue(), at)})


@require_safe
@page("settlement.payout.see")
@covers("T51", "G1")
def tax_table(request: HttpRequest) -> HttpResponseBase:
    """The same as a table."""
    heads = [_("月份"), _("不含税服务费（元）"), _("增值税（元）"), _("价税合计（元）")]
    rows = ((f"{month:%Y-%m}", yuan_cell(fees), yuan_cell(of_it), yuan_cell(fees + of_it)) for month, fees, of_it in _months())
    return table_response("tax", heads, rows, form=request.GET.get("form", ""))
