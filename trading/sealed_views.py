"""Sealing and opening bids in the room 封标、开标; complete without scripts, where the exchange makes the slip and keeps nothing of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.money import MAX_FEN, parse_yuan
from kit.numerals import whole
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.gates import pass_all
from trading.auctions.slips import write_units
from trading.gates import of_sealing
from trading.models import Auction
from trading.operations import reveal_bid, seal_bid
from trading.operations.sealing import amount_of
from trading.queries import lot_for
from trading.room_views import shown
from trading.sealed_room import said_in_yuan
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
        told = (request.POST.get(name, "") for name in ("amount_fen", "salt", "word"))
        return _file(_slip_of(lot, *told))
    try:
        pass_all(of_sealing(lot, actor=actor_in(request), at=MARKET_CLOCK.now()))
        amount, word = typed_bid(lot, request.POST)
    except ValueError:
        return shown(request, lot, rejected=Rejected("trading.bid.bad_amount", lot=code))
    except Rejected as refused:
        return shown(request, lot, rejected=refused)
    made = new_slip(lot.code, amount, word)
    return render(request, "trading/slip.html", {"lot": lot, "slip": made, "salt": made.salt.hex(), "in_yuan": said_in_yuan(word)})


def typed_bid(lot: Auction, typed: Mapping[str, Any]) -> tuple[int, str]:
    """This will read what was typed into an amount and, of several licences, the word to seal: how many, or a line for each bundle."""
    if lot.format == "vcg":
        lines = [line.partition("=") for line in str(typed.get("bundles", "")).upper().split("\n") if line.strip()]
        word = ";".join(f"{'+'.join(sorted(one.strip() for one in items.split('+')))}={parse_yuan(price)}" for items, _eq, price in lines)
        return amount_of(lot, word), word
    amount = parse_yuan(typed.get("amount", ""))
    if not 0 < amount <= MAX_FEN:
        raise ValueError(amount)
    if lot.format not in ("uniform", "pay_as_bid"):
        return amount, ""
    quantity = str(typed.get("quantity", "1")).strip()
    word = write_units(amount, whole(quantity, digits=3) or 0)
    return amount_of(lot, word), word


def _slip_of(lot: Auction, amount: str, salt: str, word: str = "") -> Slip:
    try:
        found = Slip(lot.code, int(amount), bytes.fromhex(salt), word[:600])
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
        reveal_bid(lot=lot, amount_fen=opened.amount_fen, salt=opened.salt, word=opened.word, actor=actor_in(request), clock=MARKET_CLOCK)
    except Rejected as refused:
        return shown(request, lot_for(code, request.user), rejected=refused)
    messages.success(request, _("已开标。定标之后公布结果。"))
    return redirect("trading:room", code)


def _given(request: HttpRequest, lot: Auction) -> Slip:
    """The slip from the file, else from the fields."""
    paper = request.FILES.get("slip")
    if paper is None:
        try:
            amount, word = typed_bid(lot, request.POST)
        except ValueError as fault:
            raise Rejected("trading.bid.bad_amount", lot=lot.code) from fault
        return _slip_of(lot, str(amount), request.POST.get("salt", "").strip(), word)
    try:
        told: Any = json.loads(paper.read(_LARGEST))
        amount, salt, word = told["amount_fen"], told["salt"], told.get("word", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise Rejected("trading.bid.bad_slip", lot=lot.code) from fault
    if isinstance(amount, bool) or not isinstance(amount, int) or not isinstance(salt, str) or not isinstance(word, str):
        raise Rejected("trading.bid.bad_slip", lot=lot.code)
    return _slip_of(lot, str(amount), salt, word)
