"""Sealing and opening bids in the room 封标、开标; complete without scripts, where the exchange makes the slip and keeps nothing of it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import MAX_FEN, parse_yuan
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.gates import pass_all
from trading.gates import of_sealing
from trading.models import Auction
from trading.operations import reveal_bid, seal_bid
from trading.queries import lot_for
from trading.room_views import shown
from trading.sealing import Slip, new_slip

__all__ = ["reveal", "seal", "slip"]

#: A slip is a few hundred bytes.
_LARGEST = 4096


@require_POST
@page("trading.bid.seal")
@covers("CAP-E6", "CAP-E13")
def slip(request: HttpRequest, code: str) -> HttpResponse:
    """Makes a slip for the amount typed in yuan, shows it and hands it over as a file; stores nothing."""
    lot = lot_for(code, request.user)
    if "file" in request.POST:
        return _file(_slip_of(lot, request.POST.get("amount_fen", ""), request.POST.get("salt", "")))
    try:
        pass_all(of_sealing(lot, actor=actor_in(request), at=MARKET_CLOCK.now()))
        amount = parse_yuan(request.POST.get("amount", ""))
        if not 0 < amount <= MAX_FEN:
            raise ValueError(amount)
    except ValueError:
        return shown(request, lot, rejected=Rejected("trading.bid.bad_amount", lot=code))
    except Rejected as refused:
        return shown(request, lot, rejected=refused)
    made = new_slip(lot.code, amount)
    return render(request, "trading/slip.html", {"lot": lot, "slip": made, "salt": made.salt.hex()})


def _slip_of(lot: Auction, amount: str, salt: str) -> Slip:
    try:
        found = Slip(lot.code, int(amount), bytes.fromhex(salt))
    except ValueError as fault:
        raise Rejected("trading.bid.reveal_mismatch", lot=lot.code) from fault
    if len(found.salt) != 32 or not 0 < found.amount_fen <= MAX_FEN:
        raise Rejected("trading.bid.reveal_mismatch", lot=lot.code)
    return found


def _file(made: Slip) -> HttpResponse:
    answer = HttpResponse(json.dumps(made.written(), indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="sealed-bid-{made.lot}-{made.commitment[:8]}.json"'
    return answer


@require_POST
@page("trading.bid.seal")
@covers("CAP-E6")
def seal(request: HttpRequest, code: str) -> HttpResponse:
    """Hands in a sealed bid: the hash alone."""
    lot = lot_for(code, request.user)
    try:
        seal_bid(lot=lot, commitment=request.POST.get("commitment", "").strip().lower(), actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return shown(request, lot_for(code, request.user), rejected=refused)
    messages.success(request, _("封标已递交。截标后请在期限内凭封标单开标，否则保证金归卖方。"))
    return redirect("trading:room", code)


@require_POST
@page("trading.bid.reveal")
@covers("CAP-E6")
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Opens the own sealed bid, by the slip's file or by what stands on it."""
    lot = lot_for(code, request.user)
    try:
        opened = _given(request, lot)
        reveal_bid(lot=lot, amount_fen=opened.amount_fen, salt=opened.salt, actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return shown(request, lot_for(code, request.user), rejected=refused)
    messages.success(request, _("已开标。定标之后公布结果。"))
    return redirect("trading:room", code)


def _given(request: HttpRequest, lot: Auction) -> Slip:
    """The slip from the file, else from the fields."""
    paper = request.FILES.get("slip")
    if paper is None:
        try:
            amount = parse_yuan(request.POST.get("amount", ""))
        except ValueError as fault:
            raise Rejected("trading.bid.bad_amount", lot=lot.code) from fault
        return _slip_of(lot, str(amount), request.POST.get("salt", "").strip())
    try:
        told: Any = json.loads(paper.read(_LARGEST))
        amount, salt = told["amount_fen"], told["salt"]
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise Rejected("trading.bid.bad_slip", lot=lot.code) from fault
    if isinstance(amount, bool) or not isinstance(amount, int) or not isinstance(salt, str):
        raise Rejected("trading.bid.bad_slip", lot=lot.code)
    return _slip_of(lot, str(amount), salt)
