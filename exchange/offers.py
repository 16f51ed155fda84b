"""What the product page shows of one listing: corridor, badges, rights and lineage, quality, sample, prices. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from compliance.territory import place_words
from exchange.charts import Point, distribution, histogram, step_chart
from exchange.templatetags.house import date_only, day_text, in_chinese, month_day, wan, yuan_text
from exchange.words import QUALITY, RIGHTS
from listings.badges import Badge
from listings.models import Listing, ListingVersion, PropertyRight
from listings.quality import compared
from listings.sampling import Column, Preview
from listings.states import ListingStatus, RightStatus
from trading.models import Auction, Trade
from trading.states import ACTIVE_LOTS, AuctionStatus

__all__ = ["Step", "badges", "corridor", "prices", "quality", "rights_of", "running_lot", "sample_columns"]

Pair = tuple[str, str]


#: What stands in the corridor's third square for what is not traded.
_FREELY: dict[str, Pair] = {"open": ("任何人免费取得", "free for anyone"), "share": ("由持有人授权", "granted by its holder"),
                            "exchange": ("以权换权", "right for right")}


@dataclass(frozen=True)
class Step:
    """One square of the corridor."""

    label: Pair
    state: str
    note: Pair


def running_lot(listing: Listing) -> Auction | None:
    """This will return the listing's announced or open lot, if any."""
    return Auction.objects.filter(listing=listing, status__in=ACTIVE_LOTS).select_related("standing").first()


def corridor(listing: Listing, lot: Auction | None, trades: int, settled_note: Pair) -> list[Step]:
    """This will return the six squares: what is passed, where it stands now, what comes."""
    certificate, version = listing.certificate, listing.version
    registered: Pair = ("尚未登记", "not yet registered")
    if certificate:
        registered = (f"{date_only(certificate.issued_at)} 登记", f"registered {date_only(certificate.issued_at)}")
    listed = bool(listing.listed_at)
    shown: Pair = ("尚未挂牌", "not yet listed")
    if listing.status == ListingStatus.SUSPENDED:
        shown = ("停牌", "halted")
    elif listing.status == ListingStatus.DELISTED:
        shown = ("已摘牌", "delisted")
    elif listing.listed_at and version:
        shown = (f"{date_only(listing.listed_at)} 审核通过", f"approved {date_only(listing.listed_at)}")
    trade: Pair = ("随时可购", "can be bought now")
    if version and version.circulation in _FREELY:
        trade = _FREELY[version.circulation]
    elif lot:
        trade = (f"竞价，{day_text(lot.closes_at)} 截止", f"auction, ends {day_text(lot.closes_at)}")
    elif trades:
        trade = (f"已成交 {trades} 笔", f"{trades} trade{'' if trades == 1 else 's'}")
    now = "now" if listed and listing.status == ListingStatus.LISTED else ""
    return [
        Step(("登记", "Registered"), "done" if certificate else "now", registered),
        Step(("挂牌", "Listed"), "done" if listed else ("now" if certificate else ""), shown),
        Step(("交易", "Trading"), now, trade if now else ("", "")),
        Step(("交付", "Delivery"), "", ("一次性令牌", "one-time token")),
        Step(("清结算", "Settlement"), "", settled_note),
        Step(("信用", "Credit"), "", ("履约计入信用", "performance counts")),
    ]


def rights_of(listing: Listing) -> list[PropertyRight]:
    """This will list the rights over the product with their parents, holder's own order: hold, use, operate."""
    order = {"hold": 0, "use": 1, "operate": 2}
    rows = PropertyRight.objects.filter(product=listing.product).exclude(status__in=(RightStatus.DRAFT, RightStatus.DISCARDED))
    return sorted(rows.select_related("organization", "parent__organization"), key=lambda one: (order.get(one.right, 9), one.pk))


def badges(found: Sequence[Badge], why: str) -> list[dict[str, Any]]:
    """This will show the four computed badges, each with its deciding fact and the way to all facts behind it."""
    return [{"label": one.label, "good": one.holds, "reason": one.fact, "href": f"{why}#{one.name}" if why else "#report"} for one in found]


def _(zh: str, en: str) -> str:
    return zh if in_chinese() else en


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def right_text(right: PropertyRight) -> Pair:
    """This will describe a right in a sentence: origin, term, territory, whether it may be granted on."""
    until_zh = f"至 {date_only(right.effective_to)}" if right.effective_to else "长期"
    until_en = f"until {date_only(right.effective_to)}" if right.effective_to else "without end"
    place = "、".join(place_words(one)[0] for one in right.territory)
    place_en = ", ".join(place_words(one)[1] for one in right.territory)
    onward = (
        (f"可转授 {right.sublicence_depth} 层", f"may be granted on {_times(right.sublicence_depth)}")
        if right.sublicence_depth
        else ("不得转授", "may not be granted on")
    )
    origin = str(right.get_origin_display())
    return (f"{origin}，{until_zh}，{place}，{onward[0]}", f"{origin}, {until_en}, {place_en}, {onward[1]}")


def rights_table(rights: Sequence[PropertyRight], seller_id: int) -> list[dict[str, Any]]:
    """This will return one row per kind of right: its words, mark, and who holds it on what terms."""
    marks = {"hold": "r-hold", "use": "r-use", "operate": "r-op"}
    rows = []
    for kind, words in RIGHTS.items():
        held = [one for one in rights if one.right == kind]
        texts = [
            (one.organization.called + ("，" if in_chinese() else ", ") if one.organization_id != seller_id else "", right_text(one))
            for one in held
        ]
        rows.append({"words": words, "mark": marks[kind], "texts": texts})
    return rows


def quality(version: ListingVersion) -> list[dict[str, Any]]:
    """This will return the measured dimensions in permille, with what each shows here and whether an assessor disagrees."""
    rows = compared(version.listing, version.file_sha256) if version.file_sha256 else []
    found = {one.key: (one.engine, one.apart, len(one.assessors)) for one in rows if one.engine and one.engine["permille"] is not None}
    if not found:
        found = {key: ({"permille": figure, "note": ("", "")}, False, 0) for key, figure in version.quality.items()
                 if isinstance(figure, int)}
    return [
        {"name": words, "permille": one["permille"], "value": f"{one['permille'] / 10:.1f}", "note": one["note"], "apart": apart,
         "assessors": assessors}
        for key, words in QUALITY.items() if key in found for one, apart, assessors in [found[key]]
    ]


def sample_columns(preview: Preview) -> list[dict[str, Any]]:
    """This will return the columns that may be shown with their small histograms and whether they look personal."""
    return [
        {"name": one.name, "type": one.kind, "distinct": one.distinct, "missing": one.missing, "bins": histogram(one.bins),
         "masked": one.masked}
        for one in preview.columns
    ]


def distribution_of(column: Column) -> SafeString:
    """This will draw one column's values with the finding in words; nothing where they are withheld."""
    if not column.bins:
        return SafeString("")
    finding = (_(f"{column.name}：{column.low} 至 {column.high}", f"{column.name}: {column.low} to {column.high}") if column.is_scale else
               _(f"{column.name}：最常见的值出现 {column.bins[0]:,} 次", f"{column.name}: the commonest value, {column.bins[0]:,} times"))
    return distribution(column.bins, column.low, column.high, finding=finding, scale=column.is_scale)


def prices(listing: Listing, versions: Sequence[ListingVersion], trades: Sequence[Trade], now: datetime) -> SafeString | None:
    """This will draw asked prices as steps and trades as dots over the listing's life; None where there is neither."""
    asked = [(one.published_at, one.price_fen) for one in versions if one.published_at and one.price_fen is not None]
    begin = min([at for at, _fen in asked] + [trade.executed_at for trade in trades], default=None)
    if begin is None:
        return None
    reach = max((now - begin).total_seconds(), 1)
    place = lambda at: max(0.0, min(1.0, (at - begin).total_seconds() / reach))  # noqa: E731
    points = [Point(place(at), fen) for at, fen in sorted(asked)]
    dots = [Point(place(one.executed_at), one.price_fen, "off" if one.channel == "off_exchange" else "on") for one in trades
            if one.unit_rates is None]
    ticks = [(share / 4, month_day(begin + (now - begin) * share / 4)) for share in range(4)]
    last = points[-1].fen if points else None
    finding = _(f"{len(dots)} 笔成交", f"{len(dots)} trades") + (
        _(f"，现挂牌价 {yuan_text(last)}", f", asked now {yuan_text(last)}") if last else ""
    )
    return step_chart(points, dots, ticks, finding=finding, now_text=_(f"挂牌价 {wan(last)}", f"asked {wan(last)}") if last else "")


def lot_open(lot: Auction | None) -> bool:
    """This will tell whether bids are taken now."""
    return lot is not None and lot.status == AuctionStatus.OPEN
