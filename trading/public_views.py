"""Pages of the floor anyone may read: the calendar of lots and the tape of trades (R43: on and off exchange told apart)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trading.models import Auction, Channel
from trading.queries import recent_trades
from trading.states import AuctionStatus

__all__ = ["calendar", "tape"]

PAGE = 50


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """``/trading/``: which lots are open, announced, done."""
    rows = Auction.objects.announced().select_related("listing", "version", "seller", "leader")
    return render(request, "trading/calendar.html", {
        "running": rows.filter(status__in=(AuctionStatus.OPEN, AuctionStatus.HALTED, AuctionStatus.REVEALING)).order_by("closes_at"),
        "coming": rows.filter(status=AuctionStatus.ANNOUNCED).order_by("opens_at")[:PAGE],
        "done": rows.filter(ended_at__isnull=False).order_by("-ended_at")[:20],
    })


@require_safe
def tape(request: HttpRequest) -> HttpResponse:
    """``/trading/trades/``: recent trades by channel, newest first; pages go by key."""
    channel = request.GET.get("channel", "")
    channel = channel if channel in Channel.values else ""
    rows = recent_trades(channel=channel)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-id")[: PAGE + 1])
    more = f"?channel={channel}&after={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return render(request, "trading/tape.html", {"rows": found[:PAGE], "channel": channel, "forth": more,
                                                 "back": f"?channel={channel}" if after else ""})
