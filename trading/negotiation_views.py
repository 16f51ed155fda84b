"""Bargains at the desk 议价: what we are in, an offer to make, and one bargain as a conversation with whose turn it is."""

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
from participants.charges import Payer
from participants.doors import actor_in, page
from participants.gates import Act
from participants.queries import organization
from trading.auctions.bargain import MOST_ROUNDS, Terms
from trading.charging import charges_for
from trading.deal_forms import OfferForm, PrivateOfferForm
from trading.deal_gates import equals_pay, of_dealing, price_cap
from trading.models import Basis, Negotiation, NegotiationKind
from trading.operations import (
    accept_offer,
    counter_offer,
    decline_offer,
    hold_quote,
    offer_privately,
    open_negotiation,
    withdraw_offer,
)
from trading.queries import on_offer
from trading.states import NegotiationStatus
from trading.talks import talk_for, talks_of
from trading.unpaid import unpaid_gate

__all__ = ["negotiation", "negotiations"]

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.negotiation.see")
@covers("CAP-E4", "R45")
def negotiations(request: HttpRequest) -> HttpResponse:
    """``/desk/negotiations/``: our bargains; with ``?listing=`` an offer to the seller, or of our own listing to one buyer."""
    actor, asked = actor_in(request), (request.POST.get("listing") or request.GET.get("listing", ""))[:20]
    listing = on_offer(asked, request.user) if asked else None
    form, rejected = _form(request, listing, actor) if listing else None, None
    if request.method == "POST" and listing is not None and form is not None:
        holding = request.POST.get("act") == "hold"
        if holding or form.is_valid():
            try:
                one = _hold(request, listing, actor) if holding else _offer(listing, form, actor)
            except Rejected as refused:
                rejected = refused
            else:
                messages.success(request, _("已保价，期限内随时可以接受。") if holding else _("报价已送达对方。"))
                return redirect("trading:negotiation", one.code)
    status = rejected.status if rejected else 400 if form and form.errors else 200
    return render(request, "trading/negotiations.html", _listing_context(listing, actor, form) | {
        "rows": [(one, _side(one, actor)) for one in talks_of(actor.organization_id)[:SHOWN]], "rejected": rejected}, status=status)


def _form(request: HttpRequest, listing: Listing, actor: Actor) -> OfferForm:
    shape = PrivateOfferForm if listing.organization_id == actor.organization_id else OfferForm
    version = listing.version
    assert version is not None, "it is on offer"
    sent = request.POST if request.method == "POST" and request.POST.get("act") != "hold" else None
    return shape(sent, version=version, initial={"price": version.price_fen, "to": request.GET.get("to", "")[:20]})


def _offer(listing: Listing, form: OfferForm, actor: Actor) -> Negotiation:
    good = form.cleaned_data
    given: dict[str, Any] = {"listing": listing, "terms": form.terms, "note": good["note"], "until": good["until"], "actor": actor,
                             "clock": MARKET_CLOCK}
    if "to" not in good:
        return open_negotiation(**given)
    return offer_privately(**given, to=organization(good["to"]), ground=good["ground"])


def _hold(request: HttpRequest, listing: Listing, actor: Actor) -> Negotiation:
    price = request.POST.get("price_fen", "")
    terms = Terms(int(price) if price.isascii() and price.isdigit() and len(price) < 17 else -1,
                  purpose=request.POST.get("purpose", "")[:40])
    return hold_quote(listing=listing, terms=terms, actor=actor, clock=MARKET_CLOCK)


def _listing_context(listing: Listing | None, actor: Actor, form: OfferForm | None) -> dict[str, Any]:
    if listing is None or listing.version is None:
        return {"form": None}
    at = MARKET_CLOCK.now()
    own = listing.organization_id == actor.organization_id
    return {"listing": listing, "version": listing.version, "form": form, "own": own, "cap_fen": price_cap(listing.version, at),
            "usual_fen": equals_pay(listing, at=at) if own else None}


def _side(one: Negotiation, actor: Actor) -> str:
    return "seller" if one.seller_id == actor.organization_id else "buyer"


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.negotiation.see")
@covers("CAP-E4", "F3")
def negotiation(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/negotiations/<NEG>/``: what was offered, whose turn it is and until when, and the acts that are open."""
    one, actor, rejected = talk_for(code, request.user), actor_in(request), None
    act = request.POST.get("act", "")
    form = OfferForm(request.POST if act == "counter" else None, version=one.version, auto_id="c_%s", initial={
        "price": one.price_fen, "purpose": one.purpose, "seats": one.seats, "term_days": one.term_days})
    if request.method == "POST" and (act != "counter" or form.is_valid()):
        try:
            done = _act(request, one, act, form, actor)
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _said(done))
            return redirect("exchange:trade", done.trade.code) if done.trade else redirect("trading:negotiation", code)
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "trading/negotiation.html", _context(talk_for(code, request.user), actor, form) | {"rejected": rejected},
                  status=status)


def _act(request: HttpRequest, one: Negotiation, act: str, form: OfferForm, actor: Actor) -> Negotiation:
    given: dict[str, Any] = {"negotiation": one, "actor": actor, "clock": MARKET_CLOCK}
    if act == "counter":
        return counter_offer(**given, terms=form.terms, note=form.cleaned_data["note"], until=form.cleaned_data["until"])
    if act == "accept":
        seen = request.POST.get("seen", "")
        return accept_offer(**given, seen=whole(seen, digits=3) or 0)
    if act == "withdraw":
        return withdraw_offer(**given)
    if act == "decline":
        return decline_offer(**given)
    raise Rejected("trading.negotiation.over", talk=one.code, state=str(one.get_status_display()))


def _said(one: Negotiation) -> str:
    return {NegotiationStatus.ACCEPTED: _("已达成，成交已写入。"), NegotiationStatus.DECLINED: _("已谢绝。"),
            NegotiationStatus.WITHDRAWN: _("已撤回。")}.get(NegotiationStatus(one.status), _("还价已送达对方。"))


def _context(one: Negotiation, actor: Actor, form: OfferForm) -> dict[str, Any]:
    at, side = MARKET_CLOCK.now(), _side(one, actor)
    running = one.status == NegotiationStatus.OFFERED and one.due_at is not None and at < one.due_at
    auctioned = one.kind == NegotiationKind.SECOND_CHANCE
    charges = charges_for(one.version, Basis.AWARD if auctioned else Basis.DEAL, venue=one.venue, at=at)
    gates = Act(("达成", "Agree"), (
        *of_dealing(one.listing, one.version, one.buyer, one.terms, auctioned=auctioned, at=at),
        unpaid_gate(one.buyer, one.price_fen, venue=one.venue, reader_id=actor.organization_id, at=at))) if running else None
    return {
        "one": one, "side": side, "running": running, "mine": running and one.turn == side, "form": form,
        "offers": one.offers.order_by("seq"), "other": one.buyer if side == "seller" else one.seller,
        "left": MOST_ROUNDS - one.round, "acts": [gates] if gates else [], "open": gates is not None and not gates.refused,
        "fee_fen": charges.total(one.price_fen, Payer.BUYER if side == "buyer" else Payer.SELLER),
        "cap_fen": price_cap(one.version, at) if running else None,
    }
