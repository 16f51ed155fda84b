"""Barters at the desk 互换: what we are in, one to propose for a listing, and one barter with both sides' licences, money and turn."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from listings.models import Listing
from participants.doors import actor_in, page
from participants.gates import Act
from trading.auctions.bargain import MOST_ROUNDS, other
from trading.auctions.barter import bill_of, differs, payer_of
from trading.barter_forms import BarterForm
from trading.barter_gates import of_bartering, usual_value, values_far_off
from trading.barters import barter_for, barters_of, legs_of, side_of
from trading.models import Barter, BarterSide
from trading.operations import accept_barter, counter_barter, decline_barter, propose_barter, withdraw_barter
from trading.queries import on_offer, talked_about
from trading.states import BarterStatus

__all__ = ["barter", "barters"]

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.barter.see")
@covers("R12", "CAP-E4")
def barters(request: HttpRequest) -> HttpResponse:
    """``/desk/barters/``: our barters; with ``?listing=`` the listing we would have, then ``&gives=`` ours, the offer to make."""
    actor, sent = actor_in(request), request.POST if request.method == "POST" else request.GET
    gets, gives, form, rejected = None, None, None, None
    own = talked_about(actor.organization_id)
    if asked := sent.get("listing", "")[:20]:
        gets = on_offer(asked, request.user)
        gives = own.filter(code=sent.get("gives", "")[:20]).first()
        form = _form(request, gives, gets) if gives is not None else None
    if request.method == "POST" and form is not None and gives is not None and gets is not None and form.is_valid():
        try:
            one = propose_barter(gives=gives, gets=gets, swap=form.swap(BarterSide.PROPOSER), note=form.cleaned_data["note"],
                                 until=form.cleaned_data["until"], actor=actor, clock=MARKET_CLOCK)
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _("互换提议已送达对方。"))
            return redirect("trading:barter", one.code)
    status = rejected.status if rejected else 400 if form is not None and form.errors else 200
    return render(request, "trading/barters.html", {
        "rows": [_row(one, actor) for one in barters_of(actor.organization_id)[:SHOWN]], "gets": gets, "gives": gives, "form": form,
        "own": own[:SHOWN] if gets is not None else [], "rejected": rejected, **_usual(gives, gets)}, status=status)


def _form(request: HttpRequest, gives: Listing, gets: Listing) -> BarterForm:
    assert gives.version is not None and gets.version is not None, "both are on offer"
    sent = request.POST if request.method == "POST" else None
    return BarterForm(sent, ours=gives.version, theirs=gets.version, initial={
        "ours_value": gives.version.price_fen, "theirs_value": gets.version.price_fen, "difference": "waived"})


def _usual(gives: Listing | None, gets: Listing | None) -> dict[str, Any]:
    """What each licence usually costs, as far as that is known."""
    at = MARKET_CLOCK.now()
    return {f"usual_{name}": usual_value(one, one.version, at=at) if one is not None and one.version is not None else None
            for name, one in (("gives", gives), ("gets", gets))}


def _row(one: Barter, actor: Actor) -> dict[str, Any]:
    side = side_of(one, actor.organization_id)
    return {"one": one, "side": side, "ours": one.version_of(side), "theirs": one.version_of(other(side)), "other": one.party(other(side)),
            "gives_fen": one.swap.given_by(side).price_fen, "gets_fen": one.swap.given_by(other(side)).price_fen}


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.barter.see")
@covers("R12", "F3")
def barter(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/barters/<BRT>/``: both licences and values, what each side pays in money, whose turn it is, what happens if one falls."""
    one, actor, rejected = barter_for(code, request.user), actor_in(request), None
    side, act = side_of(one, actor.organization_id), request.POST.get("act", "")
    form = BarterForm(request.POST if act == "counter" else None, auto_id="c_%s", ours=one.version_of(side),
                      theirs=one.version_of(other(side)), initial=BarterForm.said(one.swap, side))
    if request.method == "POST" and (act != "counter" or form.is_valid()):
        try:
            done = _act(request, one, side, act, form, actor)
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _said(done))
            return redirect("trading:barter", code)
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "trading/barter.html", _context(barter_for(code, request.user), actor, form) | {"rejected": rejected},
                  status=status)


def _act(request: HttpRequest, one: Barter, side: str, act: str, form: BarterForm, actor: Actor) -> Barter:
    given: dict[str, Any] = {"barter": one, "actor": actor, "clock": MARKET_CLOCK}
    if act == "counter":
        return counter_barter(**given, swap=form.swap(side), note=form.cleaned_data["note"], until=form.cleaned_data["until"])
    if act == "accept":
        seen = request.POST.get("seen", "")
        return accept_barter(**given, seen=whole(seen, digits=3) or 0)
    if act == "withdraw":
        return withdraw_barter(**given)
    if act == "decline":
        return decline_barter(**given)
    raise Rejected("trading.barter.over", barter=one.code, state=str(one.get_status_display()))


def _said(one: Barter) -> str:
    return {BarterStatus.AGREED: _("互换已订立，两笔成交已写入。"), BarterStatus.DECLINED: _("已谢绝。"),
            BarterStatus.WITHDRAWN: _("已撤回。")}.get(BarterStatus(one.status), _("新的条款已送达对方。"))


def _context(one: Barter, actor: Actor, form: BarterForm) -> dict[str, Any]:
    at, row = MARKET_CLOCK.now(), _row(one, actor)
    side, swap = row["side"], one.swap
    running = one.status == BarterStatus.OFFERED and one.due_at is not None and at < one.due_at
    gates = Act(("互换", "Barter"), tuple(of_bartering(one, swap, at=at))) if running else None
    legs = legs_of(one, swap, at=at if one.agreed_at is None else one.agreed_at)
    trades = {leg.side: leg.trade for leg in one.legs.all()}
    return row | {
        "running": running, "mine": running and one.turn == side, "form": form, "left": MOST_ROUNDS - one.round,
        "acts": [gates] if gates else [], "open": gates is not None and not gates.refused, "difference_fen": differs(swap),
        "we_pay": payer_of(swap) == side, "they_pay": payer_of(swap) == other(side), "bill": bill_of(swap, side, legs),
        "far": {where for where, _value, _usual in values_far_off(one, swap, at=at)} if running else set(),
        "sides": [{"side": each, "party": one.party(each), "listing": one.listing_of(each), "version": one.version_of(each),
                   "terms": swap.given_by(each), "leg": legs[each], "trade": trades.get(each), "ours": each == side}
                  for each in (side, other(side))],
        "offers": [_offer(offer, side) for offer in one.offers.order_by("seq")]}


def _offer(offer: Any, side: str) -> dict[str, Any]:
    swap = offer.swap
    return {"seq": offer.seq, "at": offer.at, "note": offer.note, "ours": offer.by == side, "gives": swap.given_by(side),
            "gets": swap.given_by(other(side)), "difference": offer.get_difference_display()}
