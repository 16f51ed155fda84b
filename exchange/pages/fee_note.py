"""``/desk/trades/<TRD>/fees/``: what the venue charges one side of a trade, by the heads of the accounts; its invoice says the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange.accounting import HEADS, head_of
from exchange.templatetags.house import said
from kit.coverage import covers
from kit.sheets import Cell, yuan_cell
from participants.billing import Papers
from participants.charges import Charged, Fund, Payer, Schedule
from participants.doors import actor_in
from participants.downloads import table_response
from participants.fee_tax import fee_tax_bps
from participants.models import Organization
from participants.tax import included
from settlement.metering import charged_price
from settlement.queries import charged_on, fee_tax_on, settlement_of_trade
from trading.models import Channel, Trade
from trading.papers import papers_for
from trading.queries import charges_of

__all__ = ["FeeNote", "fee_note", "fee_note_table", "note_of"]


@dataclass(frozen=True)
class FeeNote:
    """The charges that one side bears, each under its head, and whom the invoice is for."""

    trade: Trade
    side: Organization
    lines: tuple[tuple[tuple[str, str], Charged], ...]
    papers: Papers | None
    settled: bool
    tax_bps: int = 0
    tax_fen: int = 0

    @property
    def total_fen(self) -> int:
        return sum(item.fen for _, item in self.lines)


@covers("G2", "R98")
def note_of(trade: Trade, side: Organization) -> FeeNote:
    """This will list what the venue charges one side: as it was fixed for the settlement, before that as it was quoted."""
    payer, found = Payer.BUYER if side.pk == trade.buyer_id else Payer.SELLER, settlement_of_trade(trade.code)
    if found is not None:
        items = charged_on(found)
    else:
        off = trade.channel == Channel.OFF_EXCHANGE
        items = (Schedule((), 10_000) if off else charges_of(trade)).of(charged_price(trade))
    lines = tuple((HEADS[head_of(item.charge.key, item.charge.fund)], item) for item in items if item.charge.payer is payer)
    total = sum(item.fen for _, item in lines if item.charge.fund is Fund.VENUE)  # the levy is no charge for a service: no tax is in it
    bps = found.fee_tax_bps if found is not None else fee_tax_bps(trade.venue, MARKET_CLOCK.now())
    return FeeNote(trade, side, lines, papers_for(trade, side.pk) if payer is Payer.BUYER else None,
                   found is not None and found.status == "settled", bps,
                   fee_tax_on(found, payer) if found is not None else included(total, bps))


def _note(request: HttpRequest, code: str) -> FeeNote:
    ours = actor_in(request).organization_id or 0
    trade = Trade.objects.select_related("buyer", "seller", "venue", "listing", "state").filter(code=code).first()
    if trade is None or ours not in (trade.buyer_id, trade.seller_id):
        raise Http404(code)
    return note_of(trade, trade.buyer if ours == trade.buyer_id else trade.seller)


@require_safe
@login_required
@covers("G2", "R98")
def fee_note(request: HttpRequest, code: str) -> HttpResponse:
    """The note as a page that prints."""
    note = _note(request, code)
    return render(request, "exchange/fee_note.html", {
        "note": note, "trade": note.trade, "venue": (note.trade.venue.name_zh, note.trade.venue.name_en), "at": MARKET_CLOCK.now()})


@require_safe
@login_required
@covers("T51", "G2")
def fee_note_table(request: HttpRequest, code: str) -> HttpResponseBase:
    """The note as a table."""
    heads = [_("科目"), _("项目"), _("费率（基点）"), _("金额（元）")]
    return table_response(f"fees-{code}", heads, _rows(_note(request, code)), form=request.GET.get("form", ""))


def _rows(note: FeeNote) -> Iterator[tuple[Cell, ...]]:
    for head, item in note.lines:
        yield str(said(head)), str(said((item.charge.name_zh, item.charge.name_en))), item.charge.rates, yuan_cell(item.fen)
    yield _("合计"), "", "", yuan_cell(note.total_fen)
    yield _("其中增值税"), "", note.tax_bps, yuan_cell(note.tax_fen)
