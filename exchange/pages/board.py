"""The board ``/``: what is trading now, at what price, what changed. Works without script; with it, the live part is asked anew."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from exchange import market
from exchange.bulletins import bulletins
from exchange.charts import Bar, spark, split_bar, turnover_chart
from exchange.templatetags.house import percent, wan
from kit.ids import read_code
from participants.visitors import Standing, alike_for_visitors, standing, tell_again
from trading.models import Auction, Tick, Trade
from trading.states import AuctionStatus

__all__ = ["board", "find", "turnover_table"]

#: First letters of a code -> the page that shows it.
PLACES = {
    "LST": "exchange:listing",
    "LOT": "trading:room",
    "AUC": "trading:room",
    "TRD": "exchange:verify",
    "CRT": "exchange:verify",
    "REG": "listings:notice",
    "RFQ": "trading:demand",
    "CASE": "admin:case",
    "DLV": "delivery:detail",
    "FIL": "exchange:verify",
}
CHANNELS = ("", "on_exchange", "off_exchange")


def _live(now: datetime, channel: str) -> dict[str, Any]:
    return {
        "figures": market.figures(now),
        "lots": market.running_lots(),
        "tape": market.tape(channel),
        "channel": channel,
        "market_now": now,
    }


def _tag(now: datetime, channel: str) -> str:
    """What the live part depends on: newest tick, trade and lot, the channel, the language; and the minute, for times in words."""
    newest = (
        Tick.objects.order_by("-pk").values_list("pk", flat=True).first(),
        Trade.objects.order_by("-pk").values_list("pk", flat=True).first(),
        Auction.objects.exclude(status=AuctionStatus.DRAFT).order_by("-pk").values_list("pk", flat=True).first(),
    )
    text = f"{newest}|{channel}|{get_language()}|{now:%Y%m%d%H%M}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def _tag_now(at: Standing | None, channel: str) -> str:
    """The tag; while no transaction has come to be seen within the minute it is the one that was told last, and nothing more is asked."""
    if at is None:
        return _tag(MARKET_CLOCK.now(), channel)
    asked, state = (channel, get_language()), (at.seen, at.second // _TAG_SECONDS)
    held = _TAGS.get(asked)
    if held is None or held[0] != state:
        held = _TAGS[asked] = state, _tag(MARKET_CLOCK.now(), channel)
    return held[1]


#: A tag tells times in words, by the minute.
_TAG_SECONDS = 60
#: By channel and language: the state at which a tag was told, and the tag.
_TAGS: dict[tuple[str, str | None], tuple[tuple[str, int], str]] = {}


def _part(request: HttpRequest, channel: str) -> HttpResponse:
    at = standing()
    tag = _tag_now(at, channel)
    if request.META.get("HTTP_IF_NONE_MATCH") != tag:
        answer = _live_part(request, channel)
    else:
        answer = HttpResponseNotModified()
        if at is not None:
            tell_again(answer, at, _TAG_SECONDS)
    answer["ETag"], answer["Cache-Control"] = tag, "no-cache"
    patch_vary_headers(answer, ["Cookie", "HX-Request"])
    return answer


@alike_for_visitors
def _live_part(request: HttpRequest, channel: str) -> HttpResponse:
    return render(request, "exchange/_board_live.html", {**_live(MARKET_CLOCK.now(), channel), "live": True})


def _chart(now: datetime) -> dict[str, Any]:
    days = market.turnover(now)
    bars = [Bar(f"{day.day:%m-%d}", day.on_fen, day.off_fen, unfinished=number == len(days) - 1) for number, day in enumerate(days)]
    best = max(days, key=lambda day: day.total_fen)
    finding = _("最高为 %(day)s 的 %(best)s 万元，今日至今 %(today)s 万元") % {
        "day": f"{best.day:%m-%d}",
        "best": wan(best.total_fen),
        "today": wan(days[-1].total_fen),
    }
    return {"chart": turnover_chart(bars, title=_("近三十日成交额"), finding=finding), "any_turnover": best.total_fen > 0}


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Five figures, thirty days, running lots, the tape, bulletins, industries, fairness."""
    channel = request.GET.get("channel", "")
    channel = channel if channel in CHANNELS else ""
    return _part(request, channel) if request.GET.get("part") == "live" else _whole(request, channel)


@alike_for_visitors
def _whole(request: HttpRequest, channel: str) -> HttpResponse:
    now = MARKET_CLOCK.now()
    found = market.sectors(now)
    largest = max((one.total_fen for one in found), default=1)
    rows = [{"sector": one, "bar": split_bar(one.on_fen, one.off_fen, largest), "spark": spark(one.medians)} for one in found]
    answer = render(
        request,
        "exchange/board.html",
        {**_live(now, channel), **_chart(now), "sectors": rows, "bulletins": bulletins(now, 8), "fairness": _fairness(now)},
    )
    patch_vary_headers(answer, ["Cookie", "HX-Request"])
    return answer


def _fairness(now: datetime) -> list[tuple[str, str]]:
    facts = market.fairness(now)
    tenths, took, small = facts["bidders_tenths"], facts["review_median"], facts["small"]
    return [
        (_("场外备案占比"), percent(facts["off_share_bps"])),
        (_("成交竞价平均竞买人数"), "—" if tenths is None else f"{tenths // 10}.{tenths % 10}"),
        (_("流拍率"), percent(facts["failed_bps"])),
        (_("成交集中度 CR4"), percent(facts["cr4_bps"])),
        (_("有成交的卖方 / 买方"), f"{facts['sellers']} / {facts['buyers']}"),
        (_("小微买方占比（笔数）"), percent(small.trades_bps if small else None)),
        (_("小微买方占比（金额）"), percent(small.amount_bps if small else None)),
        (_("买方未说明规模（笔数）"), percent(small.unstated_bps if small else None)),
        (_("审核中位用时"), "—" if took is None else _("%(hours)s 小时") % {"hours": f"{took.total_seconds() / 3600:.1f}"}),
    ]


@require_safe
def turnover_table(request: HttpRequest) -> HttpResponse:
    """The figures behind the turnover chart, as a table."""
    return render(request, "exchange/turnover.html", {"days": list(reversed(market.turnover(MARKET_CLOCK.now())))})


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The search field of the bar: a code leads to its page, words to the product search."""
    typed = request.GET.get("q", "").strip()[:200]
    try:
        code = read_code(typed)
        return redirect(reverse(PLACES[code.split("-")[0]], args=[code]))
    except (ValueError, KeyError, NoReverseMatch):
        return redirect(f"{reverse('listings:search')}?{urlencode({'q': typed})}")
