"""/desk/account/, /desk/statements/, /desk/shares/, /rules/fees/: what do I have, how was it divided, what does it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.money import parse_yuan, yuan
from kit.numerals import whole
from kit.rejected import FieldFault, Rejected
from kit.sheets import Cell, yuan_cell
from ledger.queries import open_reserves, statement
from participants.billing import Papers
from participants.charges import scope_words
from participants.doors import actor_in
from participants.downloads import table_response
from participants.enrolments import enrolment_due, pay_enrolment
from participants.models import Enrolment, Organization
from participants.permissions import allowed
from participants.queries import house_venue
from settlement.donation_models import DonationPledge
from settlement.earning import SHOWN, bars, dividends_of, earned_by_month, earned_by_product
from settlement.explaining import agreed_of, picture_of, reasons_of
from settlement.fees import line_of
from settlement.metering import bill_of
from settlement.models import Settlement
from settlement.operations import book_deposit
from settlement.pooling import open_pools
from settlement.queries import charged_on, coming_fees, fee_table, holdings, paid_to, settlement_for, shares_of, statements_of
from settlement.receipt_models import Receipt
from settlement.refunding import refund_left
from settlement.words import MOVEMENTS, chip
from trading.papers import papers_for
from trading.queries import tax_of

__all__ = ["account", "deposit", "fees", "movements", "shares", "shares_table", "statement_of", "statements", "statements_table"]

PAGE = 50


def _ours(actor: Actor) -> Organization:
    found = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if found is None:
        raise Http404
    return found


def _before(request: HttpRequest) -> int | None:
    return whole(request.GET.get("before", ""), digits=18)


def _leg_before(request: HttpRequest) -> tuple[int, int] | None:
    parts = request.GET.get("before", "").split("-")
    if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts):
        return int(parts[0]), int(parts[1])
    return None


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What the organisation has here, what is reserved or held back, and every movement."""
    return _account(request, actor_in(request))


def _account(request: HttpRequest, actor: Actor, rejected: Rejected | None = None) -> HttpResponse:
    ours, at = _ours(actor), MARKET_CLOCK.now()
    page = statement(ours.code, before=_leg_before(request), limit=PAGE)
    return render(request, "settlement/account.html", {
        "ours": ours, "held": holdings(ours), "rejected": rejected,
        "reserves": [(one, MOVEMENTS.get(one.kind, one.kind)) for one in open_reserves(ours.code)[:PAGE]],
        "lines": [(line, MOVEMENTS.get(line.kind, line.kind)) for line in page.lines],
        "older": f"{page.before[0]}-{page.before[1]}" if page.before else "",
        "may_book": allowed(actor, "settlement.deposit.book", at=at), "entry_fen": enrolment_due(ours, ours.venue),
        "entry": Enrolment.objects.filter(organization=ours, venue=ours.venue).first(),
        "may_enter": allowed(actor, "participants.enrolment.pay", subject=ours, at=at),
    }, status=rejected.status if rejected else 200)


@login_required
@require_safe
@covers("T51")
def movements(request: HttpRequest) -> StreamingHttpResponse:
    """Every movement of the organisation's accounts as a table for its books, newest first."""
    heads = [_("时间"), _("事由"), _("对象"), _("账户"), _("金额（元）")]
    return table_response("movements", heads, _movements(_ours(actor_in(request)).code), form=request.GET.get("form", ""))


def _movements(owner: str) -> Iterator[tuple[Cell, ...]]:
    page = statement(owner, limit=500)
    while True:
        for line in page.lines:
            yield (line.at.isoformat(), str(MOVEMENTS.get(line.kind, line.kind)), line.subject, str(line.account_label),
                   yuan_cell(line.amount_fen))
        if page.before is None:
            return
        page = statement(owner, before=page.before, limit=500)


@login_required
@require_POST
@covers("G2", "R51")
def pay_registration(request: HttpRequest) -> HttpResponse:
    """The buyer's registration, paid once at the sum that the page showed."""
    actor = actor_in(request)
    ours, shown = _ours(actor), request.POST.get("amount_fen", "")
    try:
        made = pay_enrolment(organization=ours, venue=ours.venue, amount_fen=int(shown) if shown.isdecimal() and len(shown) < 16 else 0,
                             actor=actor, clock=MARKET_CLOCK)
    except Rejected as refused:
        return _account(request, actor, refused)
    messages.success(request, _("买方注册费 %(fen)s 已付清。") % {"fen": yuan(made.amount_fen)})
    return redirect("settlement:account")


@login_required
@require_POST
def deposit(request: HttpRequest) -> HttpResponse:
    """A line of the bank's statement, booked by the venue's operator."""
    actor = actor_in(request)
    try:
        try:
            amount = parse_yuan(request.POST.get("amount", ""))
        except ValueError as fault:
            raise Rejected("ledger.bad_amount", errors=[FieldFault("amount", "unreadable", ("金额无法识别", str(fault)))]) from fault
        party = request.POST.get("organization", "").strip().upper()
        reference = request.POST.get("reference", "").strip()
        if not Organization.objects.filter(code=party).exists():
            raise Rejected("participants.organization.absent")
        if not 1 <= len(reference) <= 40:
            raise Rejected("settlement.deposit.no_reference")
        book_deposit(organization=party, amount_fen=amount, reference=reference, actor=actor, clock=MARKET_CLOCK)
    except Rejected as rejected:
        return _account(request, actor, rejected)
    messages.success(request, _("入金已记账。"))
    return redirect("settlement:account")


@login_required
@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """Every settlement the organisation sold, bought or shares in."""
    actor, rows, before = actor_in(request), statements_of(request.user), _before(request)
    if trade := request.GET.get("trade"):
        found = rows.filter(subject=trade).first()
        if found is not None:
            return redirect("settlement:statement", found.code)
    taken = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    mine = {share.settlement_id: share for share in shares_of(_ours(actor)).filter(settlement__in=[one.pk for one in taken[:PAGE]])}
    shown = [(one, chip(one), mine.get(one.pk), one.buyer_id == actor.organization_id) for one in taken[:PAGE]]
    return render(request, "settlement/statements.html", {"rows": shown, "older": taken[PAGE - 1].pk if len(taken) > PAGE else None})


@login_required
@require_safe
@covers("F1")
def statements_table(request: HttpRequest) -> StreamingHttpResponse:
    """Every statement of the organisation with the papers of its order, as a table for its books."""
    heads = [_("结算单"), _("成交"), _("标的"), _("买方"), _("采购单号"), _("成本中心"), _("发票抬头"), _("税号"), _("成交价（元）"),
             _("税率"), _("其中增值税（元）"), _("状态"), _("互换编号")]
    _ours(actor_in(request))
    return table_response("statements", heads, _statement_rows(request), form=request.GET.get("form", ""))


def _statement_rows(request: HttpRequest) -> Iterator[tuple[Cell, ...]]:
    ours = actor_in(request).organization_id
    for one in statements_of(request.user).select_related("trade__papers").iterator(500):
        papers, tax = papers_for(one.trade, ours) or Papers(), tax_of(one.trade, one.price_fen)
        yield (one.code, one.subject, one.trade.title, one.buyer.code, papers.po_number, papers.cost_centre, papers.invoice_title,
               papers.tax_number, yuan_cell(one.price_fen), f"{tax.rate.bps / 100:g}%" if tax else "",
               yuan_cell(tax.fen) if tax else "", one.status, one.pair)


@login_required
@require_safe
def statement_of(request: HttpRequest, code: str) -> HttpResponse:
    """One settlement in full: price, each charge, shares by weight, holdback, and the line its batch was hashed with."""
    actor = actor_in(request)
    try:
        one = settlement_for(code, request.user)
    except Rejected as absent:
        raise Http404 from absent
    line = json.dumps(line_of(one), ensure_ascii=False, sort_keys=True, separators=(",", ":")) if one.status == "settled" else ""
    return render(request, "settlement/statement.html", {
        "one": one, "chip": chip(one), "charged": charged_on(one), "parties": _explained(one), "whole": sum(one.weights), "line": line,
        "agreed": agreed_of(one),
        "receipt": Receipt.objects.visible_to(request.user).filter(subject=one.code).first(),
        "picture": picture_of(one, ours=actor.organization_id, chinese=(get_language() or "zh").startswith("zh")),
        "tax": tax_of(one.trade, one.price_fen), "bill": bill_of(one.trade), "meter": getattr(one.trade, "meter", None),
        "papers": papers_for(one.trade, actor.organization_id),
        "refundable_fen": refund_left(one) if one.status == "settled" and one.buyer_id == actor.organization_id else 0,
        "leaf": bytes(one.leaf).hex() if one.leaf else "", "ours": actor.organization_id})


def _explained(one: Settlement) -> list[tuple[Any, ...]]:
    """Each party with its weight, share, what is held back, and why its share is what it is."""
    reasons = reasons_of(one)
    return [(*row, reasons.get(n, [])) for n, row in enumerate(paid_to(one), 1)]


@login_required
@require_safe
def shares(request: HttpRequest) -> HttpResponse:
    """What the organisation got: over time, by product, out of pools, and of each price."""
    ours, before = _ours(actor_in(request)), _before(request)
    rows = shares_of(ours)
    taken = list((rows.filter(settlement_id__lt=before) if before else rows)[: PAGE + 1])
    shown: list[dict[str, Any]] = [{
        "share": share, "settlement": share.settlement, "weight": share.settlement.weights[share.number - 1],
        "whole": sum(share.settlement.weights), "why": reasons_of(share.settlement).get(share.number, [])} for share in taken[:PAGE]]
    months = earned_by_month(ours)
    return render(request, "settlement/shares.html", {
        "months": months[:SHOWN], "picture": bars(months), "products": earned_by_product(ours)[:PAGE],
        "dividends": dividends_of(ours)[:PAGE], "pools": open_pools(ours),
        "pledge": DonationPledge.objects.filter(organization=ours, ended_at__isnull=True).first(), "rows": shown,
        "older": taken[PAGE - 1].settlement_id if len(taken) > PAGE else None})


@login_required
@require_safe
@covers("R69", "R72")
def shares_table(request: HttpRequest) -> StreamingHttpResponse:
    """What the organisation earned by sharing, month by month, as a table for its books."""
    heads = [_("月份"), _("随成交分得（元）"), _("按期分红（元）"), _("随退款退回（元）"), _("合计（元）")]
    return table_response("shares", heads, ((f"{month:%Y-%m}", *(yuan_cell(fen) for fen in (
        one.direct_fen, one.dividends_fen, one.returned_fen, one.fen))) for month, one in earned_by_month(_ours(actor_in(request)))))


@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    """What it costs, today, with the source of each figure; open to everyone."""
    at = MARKET_CLOCK.now()
    rows = [(row, _figure(row.value, row.unit), scope_words(row.scope)) for row in fee_table(house_venue(), at=at)]
    coming = [(row, _figure(row.value, row.unit), scope_words(row.scope)) for row in coming_fees(house_venue(), at=at)]
    return render(request, "settlement/fees.html", {"rows": rows, "coming": coming, "at": at})


def _figure(value: Any, unit: str) -> str:
    """A figure as people read it: basis points as percent, fen as yuan."""
    if isinstance(value, dict) and "bps" in value:
        bounds = [(_("至少"), value.get("min_fen")), (_("至多"), value.get("max_fen"))]
        tiers = [_("%(price)s 以上部分 %(rate)s") % {"price": yuan(one["above_fen"]), "rate": _figure(one["bps"], unit)}
                 for one in value.get("tiers", [])]
        return " · ".join([_figure(value["bps"], unit), *tiers, *(f"{word} {yuan(fen)}" for word, fen in bounds if fen)])
    if isinstance(value, dict):
        return " · ".join(f"{band} {_figure(one, unit)}" for band, one in sorted(value.items()))
    if unit.startswith("bps"):
        return f"{value / 100:g}%"
    if unit.startswith("fen"):
        return yuan(value)
    return f"{value}"
