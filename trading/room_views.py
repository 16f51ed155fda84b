"""The auction room 竞价厅: seen by anyone, acted in when signed in; complete without scripts (POST and reload)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import MAX_FEN, parse_yuan, yuan
from kit.rejected import Rejected
from participants.doors import actor_in, page
from trading.gates import acts_of
from trading.models import Auction
from trading.operations import best_bid, place_bid, register_bidder, take_price
from trading.queries import lot_for
from trading.room import context_of
from trading.secrecy import seen

__all__ = ["best", "bid", "register", "room", "shown", "take", "why"]


def _typed(request: HttpRequest) -> int | None:
    try:
        return parse_yuan(request.GET.get("max", ""))
    except ValueError:
        return None


def shown(request: HttpRequest, lot: Auction, *, typed_fen: int | None = None, rejected: Rejected | None = None) -> HttpResponse:
    """This will answer with the room as the reader sees it, or with its live part; a refusal is told in place."""
    context = context_of(lot, actor_in(request), MARKET_CLOCK.now(), typed_fen)
    context |= {"rejected": rejected, "live": f"{settings.LIVE_ORIGIN}/ws/lots/{lot.code}/"}
    part = context["live_part"]
    template = part if request.GET.get("part") == "live" and rejected is None else "trading/room.html"
    return render(request, template, context, status=rejected.status if rejected else 200)


@require_safe
@page("trading.auction.see")
@covers("CAP-E5", "CAP-E13", "B5")
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The room; ``?part=live`` is the part that changes with every tick."""
    return shown(request, lot_for(code, request.user), typed_fen=_typed(request))


@require_safe
@page("trading.auction.see")
@covers("C7")
def why(request: HttpRequest, code: str) -> HttpResponse:
    """``/trading/lots/<LOT>/why/``: what registering and bidding ask of the reader; ``?max=`` asks of an amount too."""
    lot, typed = lot_for(code, request.user), _typed(request)
    acts = acts_of(lot, actor=actor_in(request), maximum_fen=typed, at=MARKET_CLOCK.now())
    return render(request, "trading/why.html", {
        "lot": seen("lot", lot), "acts": acts, "typed": "" if typed is None else yuan(typed).removeprefix("¥").replace(",", "")})


@require_POST
@page("trading.bid.place")
def bid(request: HttpRequest, code: str) -> HttpResponse:
    """Bids up to the amount typed in yuan; a refusal is shown in place with the rule and the way out."""
    lot = lot_for(code, request.user)
    try:
        maximum = parse_yuan(request.POST.get("maximum", ""))
    except ValueError:
        return shown(request, lot, rejected=Rejected("trading.bid.bad_amount", lot=code))
    try:
        placed = place_bid(lot=code, maximum_fen=maximum, actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return shown(request, lot_for(code, request.user), typed_fen=maximum, rejected=refused)
    if placed.leads:
        messages.success(request, _("出价已接受，您正领先，现价 %(price)s。") % {"price": yuan(placed.price_fen)})
    else:
        messages.warning(request, _("出价已接受，但他人的上限更高，现价 %(price)s。") % {"price": yuan(placed.price_fen)})
    return redirect("trading:room", code)


@require_POST
@page("trading.bid.take")
@covers("CAP-E7", "CAP-E13")
def take(request: HttpRequest, code: str) -> HttpResponse:
    """Takes a Dutch lot at the clock's price, at most what was seen."""
    lot, seen_fen = lot_for(code, request.user), request.POST.get("at_most_fen", "")
    try:
        if not (seen_fen.isascii() and seen_fen.isdigit() and len(seen_fen) < 17):
            raise Rejected("trading.bid.bad_amount", lot=code)
        taken = take_price(lot=lot, at_most_fen=int(seen_fen), actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return shown(request, lot_for(code, request.user), rejected=refused)
    if taken.phase:
        said = _("您已以 %(price)s 应价；其他竞买人封标、开标之后，您可作一次最优报价。")
    else:
        said = _("您以 %(price)s 成交，请按期付款。")
    messages.success(request, said % {"price": yuan(taken.price_fen or 0)})
    return redirect("trading:room", code)


@require_POST
@page("trading.bid.best")
@covers("CAP-E7", "CAP-E13")
def best(request: HttpRequest, code: str) -> HttpResponse:
    """Makes the one best bid of a hybrid lot by whoever took the clock's price."""
    lot = lot_for(code, request.user)
    try:
        amount = parse_yuan(request.POST.get("amount", ""))
        if not 0 < amount <= MAX_FEN:
            raise ValueError(amount)
        done = best_bid(lot=lot, amount_fen=amount, actor=actor_in(request), clock=MARKET_CLOCK)
    except ValueError:
        return shown(request, lot, rejected=Rejected("trading.bid.bad_amount", lot=code))
    except Rejected as refused:
        return shown(request, lot_for(code, request.user), rejected=refused)
    messages.success(request, _("您以 %(price)s 成交，请按期付款。") % {"price": yuan(done.price_fen or 0)})
    return redirect("trading:room", code)


@require_POST
@page("trading.bidder.register")
def register(request: HttpRequest, code: str) -> HttpResponse:
    """Registers the reader's organisation and reserves its deposit."""
    lot = lot_for(code, request.user)
    try:
        bidder = register_bidder(lot=lot, actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return shown(request, lot, rejected=refused)
    messages.success(request, _("已报名，号牌 %(paddle)s，冻结保证金 %(deposit)s。") % {
        "paddle": bidder.paddle, "deposit": yuan(bidder.deposit_fen)})
    return redirect("trading:room", code)
