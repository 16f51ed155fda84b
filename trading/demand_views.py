"""Demands 需求 and tenders 询价: the public board, one demand with its quotes, and what we asked for or quoted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.taxonomy import Purpose
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from listings.sectors import SECTORS
from participants.doors import actor_in, page
from participants.queries import organization
from trading.challenge_views import kept_table, terms_of, trial_context
from trading.challenges import challenge_of, entry_of
from trading.deal_forms import ChallengeForm, QuoteForm, RfqForm, RoundForm
from trading.models import Quote, Rfq
from trading.operations import award_rfq, cancel_rfq, give_quote, next_round, open_rfq, reject_quotes, withdraw_quote
from trading.queries import talked_about
from trading.requests import board, budget_shown, compared, may_quote, quotes_for, rfq_for, suggested
from trading.states import QuoteStatus, RfqStatus

__all__ = ["ask", "decide", "demand", "demands", "my_demands", "quote"]

PAGE = 50


@require_safe
@page("trading.demand.see")
@covers("CAP-E4")
def demands(request: HttpRequest) -> HttpResponse:
    """``/trading/demands/``: what buyers look for, searched by words, industry and purpose."""
    query, sector = request.GET.get("q", "").strip()[:200], request.GET.get("sector", "")[:4]
    purpose = request.GET.get("purpose", "")[:40]
    found = board(query, sector=sector, purpose=purpose)[:PAGE]
    return render(request, "trading/demands.html", {
        "query": query, "sector": sector, "purpose": purpose, "sectors": SECTORS.items(),
        "purposes": [(one.value, one.label) for one in Purpose], "rows": [(one, budget_shown(one, None)) for one in found],
        "past": board(query, sector=sector, purpose=purpose, running=False)[:20]})


@require_safe
@page("trading.demand.see")
@covers("CAP-E4", "D1")
def demand(request: HttpRequest, code: str) -> HttpResponse:
    """``/trading/demands/<RFQ>/``: the need; for sellers their quote, for the buyer the comparison and the decision."""
    return _shown(request, rfq_for(code, request.user))


def _shown(request: HttpRequest, rfq: Rfq, rejected: Rejected | None = None, form: Any = None, further: Any = None) -> HttpResponse:
    actor, at = actor_in(request), MARKET_CLOCK.now()
    buyer = actor.organization_id is not None and actor.organization_id == rfq.buyer_id
    quotes = quotes_for(rfq, actor.organization_id)
    open_now = rfq.status == RfqStatus.OPEN and at < rfq.closes_at
    listings = talked_about(actor.organization_id)
    sells = not buyer and actor.organization_id is not None and open_now and listings.exists()
    refused = may_quote(rfq, actor.organization_id) if sells and actor.organization_id else ""
    deciding = buyer and rfq.status == RfqStatus.EVALUATING and rfq.due_at is not None and at < rfq.due_at
    challenge = challenge_of(rfq)
    known = form or further or rejected
    status = rejected.status if rejected else 400 if known is not None else 200
    return render(request, "trading/demand.html", {
        "rfq": rfq, "buyer": buyer, "budget_fen": budget_shown(rfq, actor.organization_id), "open_now": open_now, "rejected": rejected,
        "rows": compared(rfq, quotes, at=at) if buyer and not challenge else [],
        **(trial_context(rfq, challenge, actor, at) if challenge else {}), "own": [] if buyer else quotes, "deciding": deciding,
        "form": (form or QuoteForm(listings=listings, trial=challenge is not None)) if sells and not refused else None,
        "blocked": Rejected(refused, rfq=rfq.code) if refused else None,
        "further": further or (RoundForm(auto_id="r_%s") if deciding else None), "suggested": suggested(rfq) if open_now else [],
        "standing": next((one for one in quotes if one.status == QuoteStatus.STANDING), None) if not buyer else None,
        "sent": rfq.quotes.exclude(status=QuoteStatus.WITHDRAWN).count() if buyer else None,
        "invited": [one.organization for one in rfq.invitations.select_related("organization")] if buyer else [],
    }, status=status)


@require_POST
@page("trading.quote.give")
@covers("CAP-E4")
def quote(request: HttpRequest, code: str) -> HttpResponse:
    """Gives a quote of ours, or takes it back."""
    rfq, actor = rfq_for(code, request.user), actor_in(request)
    if request.POST.get("act") == "withdraw":
        found = get_object_or_404(Quote, code=request.POST.get("quote", "")[:20], rfq=rfq, seller_id=actor.organization_id or 0)
        withdraw_quote(quote=found, actor=actor, clock=MARKET_CLOCK)
        messages.success(request, _("报价已撤回。"))
        return redirect("trading:demand", code)
    form = QuoteForm(request.POST, request.FILES, listings=talked_about(actor.organization_id), trial=challenge_of(rfq) is not None)
    if not form.is_valid():
        return _shown(request, rfq, form=form)
    good = form.cleaned_data
    try:
        give_quote(rfq=rfq, listing=good["listing"], price_fen=good["price"], note=good["note"],
                   answers=kept_table(good.get("answers"), actor), actor=actor, clock=MARKET_CLOCK)
    except Rejected as refused:
        return _shown(request, rfq, refused, form)
    messages.success(request, _("报价已密封，截止后买方才能看到。"))
    return redirect("trading:demand", code)


@require_POST
@page("trading.rfq.open")
@covers("CAP-E4")
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer's acts: award a quote, open a further round, end without an award, or call it off."""
    rfq, act, further = rfq_for(code, request.user), request.POST.get("act", ""), None
    if act == "next_round":
        further = RoundForm(request.POST, auto_id="r_%s")
        if not further.is_valid():
            return _shown(request, rfq, further=further)
    try:
        done = _decided(request, rfq, act, further)
    except Rejected as refused:
        return _shown(request, rfq_for(code, request.user), refused, further=further)
    messages.success(request, {"awarded": _("已定标，成交已写入，请按期付款。"), "open": _("新一轮已开始，已报价的卖方会收到通知。")}.get(
        str(done.status), _("询价已结束，卖方会收到通知。")))
    return redirect("exchange:trade", done.trade.code) if done.trade else redirect("trading:demand", code)


def _decided(request: HttpRequest, rfq: Rfq, act: str, further: RoundForm | None) -> Rfq:
    given: dict[str, Any] = {"rfq": rfq, "actor": actor_in(request), "clock": MARKET_CLOCK}
    if act == "award":
        return award_rfq(**given, quote=_chosen(request, rfq), reason=request.POST.get("reason", "")[:400])
    if further is not None:
        good = further.cleaned_data
        return next_round(**given, closes_at=good["closes_at"], target_fen=good["target"], message=good["message"])
    reason = request.POST.get("reason", "")
    return cancel_rfq(**given, reason=reason) if act == "cancel" else reject_quotes(**given, reason=reason)


def _chosen(request: HttpRequest, rfq: Rfq) -> Quote:
    """The quote that the buyer named: by its code, or by an entry's number where its seller is unknown yet."""
    challenge, number = challenge_of(rfq), request.POST.get("entry", "")
    if challenge is not None:
        return entry_of(rfq, challenge, whole(number, digits=3) or 0,
                        at=MARKET_CLOCK.now())
    return get_object_or_404(Quote, code=request.POST.get("quote", "")[:20], rfq=rfq)


@require_safe
@page("trading.rfq.see")
def my_demands(request: HttpRequest) -> HttpResponse:
    """``/desk/demands/``: what we asked for, what we are invited to, and what we quoted."""
    ours = actor_in(request).organization_id or 0
    guests = Rfq.objects.filter(invitations__organization_id=ours, status=RfqStatus.OPEN)
    return render(request, "trading/my_demands.html", {
        "rows": Rfq.objects.filter(buyer_id=ours).select_related("trade").order_by("-pk")[:PAGE],
        "invited": guests.select_related("buyer").order_by("closes_at"),
        "quotes": Quote.objects.filter(seller_id=ours).select_related("rfq__trade", "version").order_by("-pk")[:PAGE]})


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.rfq.open")
@covers("CAP-E4")
def ask(request: HttpRequest) -> HttpResponse:
    """``/desk/demands/new/``: a demand for the board, or a tender to invited sellers."""
    form, trial, rejected = RfqForm(request.POST or None), ChallengeForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid() and trial.is_valid():
        try:
            rfq = _asked(form.cleaned_data, actor_in(request), trial)
        except Rejected as refused:
            rejected = refused
        else:
            messages.success(request, _("%(code)s 已发布。") % {"code": rfq.code})
            return redirect("trading:demand", rfq.code)
    status = rejected.status if rejected else 400 if form.errors or trial.errors else 200
    return render(request, "trading/ask.html", {"form": form, "trial": trial, "rejected": rejected}, status=status)


def _asked(good: dict[str, Any], actor: Actor, trial: ChallengeForm) -> Rfq:
    guests = [organization(code) for code in good["invited"]]
    return open_rfq(title=good["title"], need=good["need"], purpose=good["purpose"], sector=good["sector"], seats=good["seats"],
                    term_days=good["term_days"], budget_fen=good["budget"], budget_hidden=good["budget_hidden"],
                    closes_at=good["closes_at"], public=not guests, invited=guests,
                    challenge=terms_of(trial, actor) if trial.asked else None, actor=actor, clock=MARKET_CLOCK)
