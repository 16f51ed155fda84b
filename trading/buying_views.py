"""Buying at the list price: the quote with every fee before the order, and the order (quote equals invoice)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.actors import Actor
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.queries import balance
from listings.models import Listing, SaleMode
from listings.plans import expected, plan_in
from listings.trials import trial_in
from participants.doors import actor_in, page
from participants.gates import Act
from participants.models import Organization
from participants.words import spoken
from trading.agreeing.offering import offered_terms
from trading.agreeing.wording import clauses, governing_text, heading
from trading.gates import of_buying
from trading.operations import buy_listing, quote_for
from trading.operations.purchasing import Quote, for_a_period
from trading.paper_views import said_in
from trading.papers import papers_to_begin
from trading.public_uses import CONDITIONS, PublicTask, takes_free
from trading.queries import on_offer
from trading.subscribing import subscribe
from trading.trials import take_trial, tried

__all__ = ["buy"]


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.trade.buy")
@covers("CAP-E1", "R17", "R44")
def buy(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/<LST>/buy/``: what it costs this buyer, whether it may buy, and the order itself."""
    listing, rejected = on_offer(code, request.user), None
    if request.method == "POST":
        given = request.POST
        try:
            with transaction.atomic():
                order: dict[str, Any] = {
                    "listing": listing, "version": given.get("version", "")[:16], "total_fen": _whole(given.get("total_fen", "")),
                    "papers": said_in(request), "actor": actor_in(request), "clock": MARKET_CLOCK}
                if given.get("act") == "trial":
                    trade = take_trial(listing=listing, version=order["version"], purpose=given.get("purpose", "")[:200],
                                       actor=actor_in(request), clock=MARKET_CLOCK)
                    messages.success(request, _("试用已开始，等待卖方交付。"))
                    return redirect("exchange:trade", trade.code)
                if given.get("act") == "subscribe":
                    subscribe(**order, purpose=given.get("purpose", "")[:40])
                    messages.success(request, _("已订购，首期价款在托管账户。"))
                    return redirect("trading:subscriptions")
                trade = buy_listing(**order, purpose=given.get("purpose", "")[:200], use=_task(request, listing))
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _("已购买，价款 %(price)s 在托管账户，等待卖方交付。") % {"price": yuan(trade.price_fen)})
            return redirect("exchange:trade", trade.code)
    context = _context(on_offer(code, request.user), request, rejected)
    return render(request, "trading/buy.html", context, status=rejected.status if rejected else 200)


def _task(request: HttpRequest, listing: Listing) -> PublicTask | None:
    """What the buyer says of the public task, with its proof kept beside the order or not at all."""
    if listing.version is None or not takes_free(listing.version):
        return None
    paper = request.FILES.get("paper")
    kept = deposit(paper, name=paper.name or "proof.pdf", owner=actor_in(request).organization or "system", at=MARKET_CLOCK.now(),
                   allowed=("application/pdf",)) if paper else None
    return PublicTask(request.POST.get("task", "")[:2000], accepts=request.POST.get("accepts") == "yes", paper=kept)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else -1


def _context(listing: Listing, request: HttpRequest, rejected: Rejected | None) -> dict[str, Any]:
    actor, now = actor_in(request), MARKET_CLOCK.now()
    version = for_a_period(listing.version, since=now) if listing.version else None  # what the order would license, not what is priced
    act = Act(("购买", "Buy"), tuple(of_buying(listing, actor=actor, at=now)))
    priced = version is not None and version.sale_mode == SaleMode.FIXED and version.price_fen is not None
    quote = quote_for(listing, now) if priced else None
    known = Account.objects.filter(owner=actor.organization or "", kind=AccountKind.AVAILABLE).first()
    available = balance(known).available_fen if known else 0
    return {
        "listing": listing, "version": version, "quote": quote, "acts": [act], "rejected": rejected, "open": not act.refused,
        "available_fen": available, "short_fen": max(0, quote.total_fen - available) if quote else 0,
        "purpose": request.POST.get("purpose", ""), **_agreement(listing, actor, quote, now),
        "trial": trial_in(version.use_terms) if version and not tried(listing, actor.organization_id) else None,
        **_plan(listing), "free": version is not None and takes_free(version), "conditions": CONDITIONS,
        "said": said_in(request) or asdict(papers_to_begin(actor.organization_id)),
        "task": request.POST.get("task", ""), "faults": {one.field: spoken(one.text) for one in rejected.errors} if rejected else {},
    }


def _plan(listing: Listing) -> dict[str, Any]:
    """The version's price plan, and what a period comes to by use."""
    version = listing.version
    plan = plan_in(version.use_terms) if version is not None else None
    return {"plan": plan, "bills": expected(plan, version.price_fen or 0) if plan and version else []}


def _agreement(listing: Listing, actor: Actor, quote: Quote | None, now: datetime) -> dict[str, Any]:
    """The form and clauses that an order signs."""
    buyer = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if quote is None or buyer is None:
        return {}
    terms = offered_terms(listing, for_a_period(quote.version, since=now), buyer, quote.price_fen, at=now)
    return {"heading": heading(terms.template), "clauses": clauses(terms), "governing": governing_text()}
