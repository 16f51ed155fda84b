"""``/desk/receipts/``: the receipts of an organisation, each to print, to take along as JSON, and to check on ``/verify/``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from evidence.canonical import canonical
from evidence.clock import MARKET_CLOCK
from exchange.pages.verify import qr
from exchange.papers import key_of
from kit.coverage import covers
from kit.sheets import Cell, yuan_cell
from participants.doors import actor_in
from participants.downloads import table_response
from participants.permissions import allowed
from settlement.receipt_models import Receipt

__all__ = ["receipt", "receipt_json", "receipts", "receipts_table"]

PAGE = 50


def _visible(request: HttpRequest) -> QuerySet[Receipt]:
    """A party's own; every one for those who oversee the money."""
    rows = Receipt.objects.select_related("payer", "payee").order_by("-id")
    if allowed(actor_in(request), "settlement.payout.see", at=MARKET_CLOCK.now()):
        return rows
    own: QuerySet[Receipt] = Receipt.objects.visible_to(request.user)
    return own.select_related("payer", "payee").order_by("-id")


def _one(request: HttpRequest, code: str) -> Receipt:
    found = _visible(request).select_related("venue").filter(code=code).first()
    if found is None:
        raise Http404(code)
    return found


@require_safe
@login_required
@covers("R98")
def receipts(request: HttpRequest) -> HttpResponse:
    """Every receipt of what was paid to or by the organisation, newest first."""
    before, rows = request.GET.get("before", ""), _visible(request)
    if before.isascii() and before.isdigit() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    taken = list(rows[: PAGE + 1])
    return render(request, "exchange/receipts.html", {
        "rows": taken[:PAGE], "ours": actor_in(request).organization_id, "older": taken[PAGE - 1].pk if len(taken) > PAGE else None})


@require_safe
@login_required
@covers("T51")
def receipts_table(request: HttpRequest) -> HttpResponseBase:
    """The receipts as a table for the books."""
    heads = [gettext("凭证编号"), gettext("核验编号"), gettext("种类"), gettext("对象"), gettext("成交"), gettext("付款方"),
             gettext("收款方"), gettext("金额（元）"), gettext("收付时间"), gettext("内容指纹")]
    return table_response("receipts", heads, _rows(_visible(request)), form=request.GET.get("form", ""))


def _rows(rows: QuerySet[Receipt]) -> Iterator[tuple[Cell, ...]]:
    for one in rows.iterator(500):
        yield (one.numbered, one.code, str(one.get_kind_display()), one.subject, one.trade, one.payer.name, one.payee.name,
               yuan_cell(one.amount_fen), one.happened_at.isoformat(), one.content_hash)


@require_safe
@login_required
@covers("R98")
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """One receipt, as it prints on a sheet of A4."""
    one = _one(request, code)
    address = f"{settings.PUBLIC_ADDRESS}/verify/{one.code}"
    lines: list[dict[str, Any]] = [line | {"words": (line["zh"], line["en"])} for line in one.content["lines"]]
    return render(request, "exchange/receipt.html", {
        "one": one, "said": one.content, "title": (one.content["title_zh"], one.content["title_en"]), "lines": lines, "address": address,
        "qr": qr(address), "venue": (one.venue.name_zh, one.venue.name_en)})


@require_safe
@login_required
@covers("R98")
def receipt_json(request: HttpRequest, code: str) -> HttpResponse:
    """The receipt as JSON with its signature and the key that checks it: this file is held against the public hash."""
    one = _one(request, code)
    answer = HttpResponse(canonical({
        "content": one.content, "content_hash": one.content_hash, "signature": one.signature, "key_id": one.key_id, "algorithm": "Ed25519",
        "key": key_of(one.key_id).hex()}), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{one.code}.json"'
    return answer
