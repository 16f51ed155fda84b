"""``/desk/cart/``: licences at list prices put together, each with its total and what its gates say; ordered all together or not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.queries import balance
from participants.doors import actor_in, page
from participants.words import spoken
from trading.carting import checkout_cart, open_cart, put_in_cart, shown_lines, take_from_cart
from trading.models import Cart
from trading.paper_views import said_in
from trading.papers import papers_to_begin
from trading.queries import on_offer

__all__ = ["cart"]


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.cart.change")
@covers("CAP-E1", "R45")
def cart(request: HttpRequest) -> HttpResponse:
    """Shows our cart; puts a licence in, takes one out, or orders all of it."""
    actor, refused = actor_in(request), None
    if request.method == "POST":
        try:
            return _done(request, actor)
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            refused = no
    return render(request, "trading/cart.html", _context(request, actor, refused), status=refused.status if refused else 200)


def _done(request: HttpRequest, actor: Actor) -> HttpResponse:
    given: dict[str, Any] = {"actor": actor, "clock": MARKET_CLOCK}
    act = request.POST.get("act", "")
    if act == "order":
        held = Cart.objects.visible_to(request.user).filter(code=request.POST.get("cart", "")[:16]).first()
        if held is None:
            raise Rejected("trading.cart.absent")
        trades = checkout_cart(cart=held, total_fen=_whole(request.POST.get("total_fen", "")), papers=said_in(request), **given)
        count = len(trades)
        told = ngettext("已下单：%(n)s 笔成交，价款在托管账户。", "已下单：%(n)s 笔成交，价款在托管账户。", count)
        messages.success(request, told % {"n": count})
        return redirect("exchange:trade", trades[0].code) if count == 1 else redirect("trading:agreements")
    listing = on_offer(request.POST.get("listing", "")[:16], request.user)
    if act == "take":
        take_from_cart(listing=listing, **given)
        messages.success(request, _("已移出购物车。"))
    else:
        line = put_in_cart(listing=listing, purpose=request.POST.get("purpose", "")[:40], **given)
        messages.success(request, _("已放入购物车，按 %(sum)s 计。") % {"sum": yuan(line.total_fen)})
    return redirect("trading:cart")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else -1


def _context(request: HttpRequest, actor: Actor, refused: Rejected | None) -> dict[str, Any]:
    at, held = MARKET_CLOCK.now(), open_cart(actor.organization_id)
    rows = shown_lines(held, actor=actor, at=at)
    known = Account.objects.filter(owner=actor.organization or "", kind=AccountKind.AVAILABLE).first()
    available = balance(known).available_fen if known else 0
    total = sum(row.line.total_fen for row in rows)
    quoted = [row.quote for row in rows if row.quote]
    said = said_in(request)
    return {
        "cart": held, "rows": rows, "total_fen": total, "available_fen": available, "short_fen": max(0, total - available),
        "price_fen": sum(one.price_fen for one in quoted), "fees_fen": sum(one.total_fen - one.price_fen for one in quoted),
        "tax_fen": sum(one.tax.fen for one in quoted if one.tax),
        "ready": bool(rows) and all(row.verdict == "allowed" and not row.moved for row in rows), "rejected": refused,
        "said": said or asdict(papers_to_begin(actor.organization_id)),
        "faults": {one.field: spoken(one.text) for one in refused.errors} if refused else {},
    }
