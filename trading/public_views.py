"""Pages of the floor anyone may read: the calendar of lots and the tape of trades (R43: on and off exchange told apart)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kit.coverage import covers
from kit.numerals import whole
from kit.sheets import yuan_cell
from participants.doors import page
from participants.downloads import table_response
from participants.visitors import alike_for_visitors
from trading.models import Auction, Channel
from trading.queries import recent_trades
from trading.secrecy import VIEWERS, Field, fields, seen, table
from trading.states import AuctionStatus
from trading.tape import tape_rows

__all__ = ["calendar", "secrecy", "tape", "tape_table"]

PAGE = 50


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """``/trading/``: which lots are open, announced, done."""
    rows = Auction.objects.announced().select_related("listing", "version", "seller", "standing__leader")
    return render(request, "trading/calendar.html", {
        "running": _lots(rows.filter(status__in=(AuctionStatus.OPEN, AuctionStatus.HALTED, AuctionStatus.REVEALING)).order_by("closes_at")),
        "coming": _lots(rows.filter(status=AuctionStatus.ANNOUNCED).order_by("opens_at")[:PAGE]),
        "done": _lots(rows.filter(ended_at__isnull=False).order_by("-ended_at")[:20]),
    })


def _lots(rows: Iterable[Auction]) -> list[Any]:
    return [seen("lot", one) for one in rows]


def _channel(request: HttpRequest) -> str:
    asked = request.GET.get("channel", "")
    return asked if asked in Channel.values else ""


@require_safe
@alike_for_visitors
def tape(request: HttpRequest) -> HttpResponse:
    """``/trading/trades/``: recent trades by channel, newest first; pages go by key."""
    channel, after = _channel(request), request.GET.get("after", "")
    before = whole(after, digits=17)
    found = tape_rows(channel, before, PAGE + 1)
    more = f"?channel={channel}&after={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return render(request, "trading/tape.html", {"rows": found[:PAGE], "channel": channel, "forth": more,
                                                 "back": f"?channel={channel}" if after else ""})


def _priced(row: Any) -> tuple[Any, ...]:
    """Price, pilot, rate and ceiling: a metered trade has no price, only what a thousand uses cost and the most a period comes to."""
    if row.unit_rates is None:
        return yuan_cell(row.price_fen), row.pilot, "", ""
    low, high = row.unit_rates
    rate = yuan_cell(low) if low == high else f"{yuan_cell(low)}–{yuan_cell(high)}"
    return "", row.pilot, rate, yuan_cell(row.price_fen)


def _told(channel: str) -> Iterator[Any]:
    return (seen("trade", one) for one in recent_trades(channel=channel).iterator(500))


@require_safe
@covers("R103")
@page("compliance.rules.see")
def secrecy(request: HttpRequest) -> HttpResponse:
    """``/rules/secrecy/``: every field of bids, prices and agreements, its class, and who sees it before and after the close."""
    words, _fields = table()
    things = [(text, next(one.basis for one in fields() if one.thing == thing),
               [(one, [(VIEWERS[who], _sees(one, who)) for who in VIEWERS]) for one in fields() if one.thing == thing])
              for thing, text in words.items()]
    return render(request, "trading/secrecy.html", {"things": things, "viewers": list(VIEWERS.values())})


def _sees(one: Field, viewer: str) -> str:
    return "yes" if viewer in one.secrecy.seen_by else "then" if viewer in one.secrecy.then else "no"


@require_safe
@covers("T51")
def tape_table(request: HttpRequest) -> StreamingHttpResponse:
    """``/trading/trades.csv``: the same trades as a table, all of them, newest first; no party is named."""
    heads = [_("编号"), _("时间"), _("标的"), _("英文标题"), _("挂牌"), _("渠道"), _("成交价（元）"), _("试点"), _("计次单价（元／千次）"),
             _("计次每期至多（元）")]
    rows = ((row.code, row.executed_at.isoformat(), row.title, row.title_en, row.listing.code if row.listing else "",
             str(Channel(row.channel).label), *_priced(row)) for row in _told(_channel(request)))
    return table_response("trades", heads, rows)
