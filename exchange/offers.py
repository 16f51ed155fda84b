"""What the product page shows of one listing: corridor, four badges, rights and lineage, quality, sample, prices. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from compliance.territory import place_words
from evidence.models import Record
from exchange.charts import Point, histogram, step_chart
from exchange.templatetags.house import date_only, day_text, in_chinese, month_day, wan, yuan_text
from exchange.words import QUALITY, RIGHTS
from listings.lineage import soon
from listings.models import Listing, ListingVersion, PropertyRight
from listings.states import ListingStatus, RightStatus
from trading.models import Auction, Trade
from trading.states import ACTIVE_LOTS, AuctionStatus

__all__ = ["Step", "badges", "corridor", "prices", "quality", "rights_of", "running_lot", "sample_columns"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One square of the corridor."""

    label: Pair
    state: str
    note: Pair


@dataclass(frozen=True)
class Badge:
    """One of the four computed badges, with its reason and where the reason can be read."""

    label: Pair
    good: bool
    reason: Pair
    href: str


def running_lot(listing: Listing) -> Auction | None:
    """This will return the listing's announced or open lot, if any."""
    return Auction.objects.filter(listing=listing, status__in=ACTIVE_LOTS).first()


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
    if lot:
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


def badges(listing: Listing, version: ListingVersion, rights: Sequence[PropertyRight], now: datetime) -> list[Badge]:
    """This will compute 可用 可信 可流通 可追溯 from facts; a missing fact is said, never hidden."""
    completeness = version.quality.get("completeness")
    usable = completeness is not None and completeness >= 950
    usable_text: Pair = (
        (f"完整性 {completeness / 10:.1f}%，由文件算出", f"{completeness / 10:.1f}% complete, from the file")
        if completeness is not None
        else ("没有可算的文件", "no file to compute from")
    )
    certificate = listing.certificate
    trusted = bool(certificate and certificate.status == "valid" and certificate.effective_to > now)
    trusted_text: Pair = (
        (f"登记凭证有效至 {date_only(certificate.effective_to)}", f"certificate until {date_only(certificate.effective_to)}")
        if trusted and certificate
        else ("没有有效的登记凭证", "no certificate in force")
    )
    ending = [one for one in rights if one.effective_to and one.effective_to < soon(now)]
    flows = bool(rights) and not ending and any(one.right == "operate" for one in rights)
    flows_text: Pair = ("经营权有效", "right to operate in force")
    if ending:
        days = max(0, (min(one.effective_to for one in ending if one.effective_to) - now).days)
        several = "rights end" if len(ending) > 1 else "right ends"
        flows_text = (f"{len(ending)} 项权利 {days} 天后到期", f"{len(ending)} {several} in {days} days")
    elif not flows:
        flows_text = ("没有登记产品经营权", "no registered right to operate")
    count = Record.objects.filter(subject=listing.code).count()
    return [
        Badge(("可用", "Usable"), usable, usable_text, "#quality"),
        Badge(("可信", "Trusted"), trusted, trusted_text, "#rights"),
        Badge(("可流通", "Tradable"), flows, flows_text, "#rights"),
        Badge(("可追溯", "Traceable"), count > 0, (f"存证 {count} 条", f"{count} record{'' if count == 1 else 's'}"), "#history"),
    ]


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
    """This will return the dimensions computed from the file, in permille, with what each means here."""
    worst = max(version.columns, key=lambda column: column.get("missing", 0), default=None)
    notes: dict[str, Pair] = {
        "uniqueness": ("重复行占比的反面", "rows that are not repeated"),
        "consistency": ("每列取值与该列类型相符", "cells that fit their column's type"),
    }
    if worst and worst.get("missing"):
        notes["completeness"] = (
            f"缺失最多的列 {worst['name']}：{worst['missing']:,}",
            f"most missing: {worst['name']}, {worst['missing']:,}",
        )
    else:
        notes["completeness"] = ("没有缺失", "nothing missing")
    return [
        {"name": words, "permille": version.quality[key], "value": f"{version.quality[key] / 10:.1f}", "note": notes.get(key, ("", ""))}
        for key, words in QUALITY.items()
        if isinstance(version.quality.get(key), int)
    ]


def sample_columns(version: ListingVersion) -> list[dict[str, Any]]:
    """This will return the columns with their small histograms and whether they look personal (then the sample is masked)."""
    suspicious = {hint.get("column") for hint in version.hints}
    return [
        {
            "name": column.get("name", ""),
            "type": column.get("type", ""),
            "distinct": column.get("distinct"),
            "missing": column.get("missing", 0),
            "bins": histogram(column.get("bins") or []),
            "masked": column.get("name") in suspicious,
        }
        for column in version.columns
    ]


def prices(listing: Listing, versions: Sequence[ListingVersion], trades: Sequence[Trade], now: datetime) -> SafeString | None:
    """This will draw asked prices as steps and trades as dots over the listing's life; None where there is neither."""
    asked = [(one.published_at, one.price_fen) for one in versions if one.published_at and one.price_fen is not None]
    begin = min([at for at, _fen in asked] + [trade.executed_at for trade in trades], default=None)
    if begin is None:
        return None
    reach = max((now - begin).total_seconds(), 1)
    place = lambda at: max(0.0, min(1.0, (at - begin).total_seconds() / reach))  # noqa: E731
    points = [Point(place(at), fen) for at, fen in sorted(asked)]
    dots = [Point(place(one.executed_at), one.price_fen, "off" if one.channel == "off_exchange" else "on") for one in trades]
    ticks = [(share / 4, month_day(begin + (now - begin) * share / 4)) for share in range(4)]
    last = points[-1].fen if points else None
    finding = _(f"{len(dots)} 笔成交", f"{len(dots)} trades") + (
        _(f"，现挂牌价 {yuan_text(last)}", f", asked now {yuan_text(last)}") if last else ""
    )
    return step_chart(points, dots, ticks, finding=finding, now_text=_(f"挂牌价 {wan(last)}", f"asked {wan(last)}") if last else "")


def lot_open(lot: Auction | None) -> bool:
    """This will tell whether bids are taken now."""
    return lot is not None and lot.status == AuctionStatus.OPEN
