"""The desks of the floor: a seller's lots and their announcement, a buyer's bids, paying and cancelling a trade."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from listings.forms import FORMAT_NAMES
from listings.models import Listing
from participants.charges import Payer
from participants.doors import actor_in, page
from participants.models import Organization
from trading.forms import MARKET, AnnounceForm
from trading.hybrid_room import hybrid_state
from trading.models import Auction, Bidder, Trade
from trading.operations import announce_auction, book_services, cancel_auction, cancel_trade, decline_services, pay_trade
from trading.operations.announcing import OFFERED
from trading.paper_views import said_in
from trading.queries import charges_of, trade_for
from trading.sealed_room import sealed_state
from trading.sealing import SEALED
from trading.states import ACTIVE_LOTS
from trading.venue_pilots import formats_open

__all__ = ["announce", "bids", "cancel", "cancel_deal", "my_lots", "pay", "services"]

SHOWN = 100


@require_safe
@page("trading.lots.see")
def my_lots(request: HttpRequest) -> HttpResponse:
    """``/desk/lots/``: what we sell by auction, how far it is, and which listings may be announced."""
    actor = actor_in(request)
    rows = Auction.objects.filter(seller_id=actor.organization_id or 0).select_related("version", "standing__leader", "listing")
    rows = rows.order_by("-pk")[:SHOWN]
    return render(request, "trading/my_lots.html", {"rows": rows, "free": _free(actor)})


def _free(actor: Actor) -> Any:
    """Our listings on sale by auction that have no running lot."""
    rows = Listing.objects.listed().filter(organization_id=actor.organization_id or 0, version__sale_mode="auction")
    busy = Auction.objects.filter(status__in=ACTIVE_LOTS, seller_id=actor.organization_id or 0).values("listing")
    return rows.exclude(pk__in=busy).select_related("version").order_by("-pk")


def _formats(actor: Actor) -> list[tuple[str, Any]]:
    """The formats the floor offers at the seller's venue."""
    home = Organization.objects.select_related("venue").filter(pk=actor.organization_id or 0).first()
    allowed = formats_open(home.venue, at=MARKET_CLOCK.now()) if home else ()
    return [(one, FORMAT_NAMES[one]) for one in OFFERED if one in allowed]


@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.lots.see")
@covers("CAP-E5", "R51")
def announce(request: HttpRequest) -> HttpResponse:
    """``/desk/lots/new/``: announces a lot; the terms are those of the version and of the venue's rules in force."""
    actor, now = actor_in(request), MARKET_CLOCK.now()
    opens = (now + timedelta(days=8)).astimezone(MARKET).replace(hour=10, minute=0, second=0, microsecond=0)
    initial = {"opens_at": f"{opens:%Y-%m-%dT%H:%M}", "closes_at": f"{opens + timedelta(hours=6):%Y-%m-%dT%H:%M}"}
    if picked := Listing.objects.filter(code=request.GET.get("listing", "")[:20]).first():
        initial["listing"] = str(picked.pk)
    form = AnnounceForm(request.POST or None, listings=_free(actor), initial=initial,
                        formats=_formats(actor))
    rejected = None
    if request.method == "POST" and form.is_valid():
        try:
            lot = announce_auction(
                listing=form.cleaned_data["listing"], opens_at=form.cleaned_data["opens_at"], closes_at=form.cleaned_data["closes_at"],
                start_price_fen=form.cleaned_data["start_price"], reserve_price_fen=form.cleaned_data["reserve_price"],
                format=form.cleaned_data["format"], floor_price_fen=form.cleaned_data["floor_price"], supply=form.cleaned_data["supply"],
                reserve_told=form.cleaned_data["reserve_told"],
                items=form.cleaned_data["items"].upper().replace(",", " ").split(), actor=actor, clock=MARKET_CLOCK)
        except Rejected as refused:
            rejected = refused
        else:
            local = lot.opens_at.astimezone(MARKET)
            messages.success(request, _("%(lot)s 已公告，%(at)s 开拍。") % {"lot": lot.code, "at": f"{local:%m-%d %H:%M}"})
            return redirect("trading:my_lots")
    status = rejected.status if rejected else 400 if form.errors else 200
    return render(request, "trading/announce.html", {"form": form, "rejected": rejected, "free": form.fields["listing"].queryset},  # type: ignore[attr-defined]
                  status=status)


@require_POST
@page("trading.lots.see")
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Cancels an announced lot of ours, with a reason."""
    actor = actor_in(request)
    lot = get_object_or_404(Auction, code=code, seller_id=actor.organization_id or 0)
    reason = request.POST.get("reason", "").strip()[:200] or _("卖方撤销")
    cancel_auction(lot=lot, reason_code="trading.auction.by_seller", reason=reason, actor=actor, clock=MARKET_CLOCK)
    messages.success(request, _("%(lot)s 已撤销，保证金均已退回。") % {"lot": code})
    return redirect("trading:my_lots")


@require_safe
@page("trading.bids.see")
def bids(request: HttpRequest) -> HttpResponse:
    """``/desk/bids/``: where we lead, where we were outbid, what we won, how much is reserved."""
    rows = Bidder.objects.filter(organization_id=actor_in(request).organization_id or 0)
    rows = rows.select_related("auction__version", "auction__standing", "auction__listing").order_by("-auction__closes_at", "-pk")[:SHOWN]
    held = sum(row.deposit_fen for row in rows if row.released_at is None)
    trades = {trade.award.auction_id: trade for trade in Trade.objects.filter(
        buyer_id=actor_in(request).organization_id or 0, award__isnull=False).select_related("award", "state") if trade.award}
    listed = [(row, _where(row), trades.get(row.auction_id)) for row in rows]
    return render(request, "trading/bids.html", {"rows": listed, "held_fen": held})


def _where(row: Bidder) -> str:
    lot = row.auction
    if row.barred_at is not None:
        return "barred"
    if lot.status in ("awarded", "failed", "cancelled", "halted", "announced"):
        return {"awarded": "won" if lot.leader_id == row.pk or row.awards.exists() else "lost"}.get(lot.status, str(lot.status))
    if lot.phase:
        return hybrid_state(lot, row)
    if lot.format in SEALED:
        return sealed_state(lot, row)
    return "leading" if lot.leader_id == row.pk else "outbid" if row.bids.exists() else "first"


@require_POST
@page("trading.trade.see")
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """Pays a trade of ours into its escrow."""
    trade = trade_for(code, request.user)
    pay_trade(trade=trade, papers=said_in(request), actor=actor_in(request), clock=MARKET_CLOCK)
    paid = trade.price_fen + charges_of(trade).total(trade.price_fen, Payer.BUYER)
    messages.success(request, _("已付款 %(price)s，款项在本成交的托管账户，验收后结算给卖方。") % {"price": yuan(paid)})
    return redirect("exchange:trade", code)


@require_POST
@page("trading.trade.see")
def cancel_deal(request: HttpRequest, code: str) -> HttpResponse:
    """Asks to cancel an unpaid trade, or agrees to it."""
    state = cancel_trade(trade=trade_for(code, request.user), cause=request.POST.get("reason", "").strip()[:60], actor=actor_in(request),
                         clock=MARKET_CLOCK)
    messages.success(request, _("成交已解除，保证金已退回。") if state.status == "cancelled" else _("交割服务已终止，备案不受影响。")
                     if state.status == "recorded" else _("已请求解除，等待对方同意。"))
    return redirect("exchange:trade", code)


@require_POST
@page("trading.trade.see")
@covers("R57", "F12")
def services(request: HttpRequest, code: str) -> HttpResponse:
    """Asks to have a filed deal delivered and settled here, agrees to it, or declines."""
    act = decline_services if request.POST.get("act") == "decline" else book_services
    state = act(trade=trade_for(code, request.user), actor=actor_in(request), clock=MARKET_CLOCK)
    messages.success(request, _("已约定由本所交割，待买方付款。") if state.services
                     else _("已请求由本所交割，等待对方同意。") if state.services_asked else _("不由本所交割，备案不受影响。"))
    return redirect("exchange:trade", code)
