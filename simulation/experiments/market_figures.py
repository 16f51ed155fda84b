"""The figures that a regulator reads of the real market over a period, by the formulas with which the laboratory measures its own.

Only sums, no party is named. A rate from fewer than thirty cases and a concentration of fewer than three sellers are not told: the row
says so and shows no number. What the house has no data for is not a nought either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Any

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from compliance.models import Complaint, ConductCase, Dispute, Finding, Objection, Restoration
from compliance.states import ConductStatus, RestorationStatus
from compliance.taxonomy import DataCategory
from delivery.models import Delivery
from kit.coverage import covers
from kit.money import yuan
from ledger.models import Balance
from listings.models import Listing
from participants.charges import CLASSES
from participants.queries import house_venue, parameter
from participants.roles import OrganizationKind
from settlement.models import Settlement
from simulation.wide.columns import concentration, gini, hhi, wilson
from trading.models import Basis, Channel, Trade
from trading.states import TradeStatus

__all__ = ["FEWEST_SELLERS", "FEWEST_TRIES", "HHI_LINES", "market_figures", "rate_told"]

Pair = tuple[str, str]
Row = tuple[Pair, Pair]
FEWEST_TRIES, FEWEST_SELLERS = 30, 3
#: Where concentration begins, and where it is high (US merger guidelines; a line to read by, no rule of this house).
HHI_LINES = (1_000, 1_800)
#: Cases in which a fault was found and still stands.
_FOUND = (ConductStatus.DECIDED, ConductStatus.OBJECTED, ConductStatus.FINAL)
_NONE: Pair = ("—（这一期间没有可计算的数据）", "— (nothing in this period to measure)")


@covers("CAP-I2", "R51")
def market_figures(since: datetime, until: datetime) -> Iterator[Row]:
    """This will read every figure of the period, each with its words; what cannot be told says why."""
    on = Trade.objects.filter(channel=Channel.ON_EXCHANGE, executed_at__gte=since, executed_at__lt=until).exclude(basis=Basis.BARTER)
    kept = on.exclude(state__status=TradeStatus.CANCELLED)
    off = Trade.objects.filter(channel=Channel.OFF_EXCHANGE, executed_at__gte=since, executed_at__lt=until)
    yield from _channels(kept, off)
    yield from _sellers(kept, until)
    yield from _prices(kept, off)
    yield from _listings(since, until)
    yield from _times(since, until)
    yield from _conduct(kept, since, until)
    yield ("待分配收益余额", "Balance of income not distributed"), _same(yuan(int(
        Balance.objects.filter(account__kind="undistributed").aggregate(fen=Sum("posted_fen"))["fen"] or 0)))


def _same(text: str) -> Pair:
    return text, text


def _share(part: float) -> str:
    return f"{100 * part:.2f} %"


def rate_told(hits: int, tries: int, per: int = 1) -> Pair:
    """This will write a rate with its 95 % interval, or say that it stands on too few cases to be one."""
    ends = wilson(min(hits, tries), tries)
    if ends is None:
        return (f"— （{hits} / {tries}，少于 {FEWEST_TRIES} 例，不列比率）", f"— ({hits} of {tries}: a rate needs {FEWEST_TRIES})")
    shown = [_share(one) if per == 1 else f"{per * one:,.1f}" for one in (hits / tries, *ends)]
    if hits > tries:  # more complaints than trades: a ratio, and no part of a whole that could have an interval
        return f"{shown[0]}（共 {tries:,} 例）", f"{shown[0]} (n = {tries:,})"
    return (f"{shown[0]}（95% 区间 {shown[1]} 至 {shown[2]}，共 {tries:,} 例）",
            f"{shown[0]} (95 % interval {shown[1]} to {shown[2]}, n = {tries:,})")


def _channels(kept: QuerySet[Trade], off: QuerySet[Trade]) -> Iterator[Row]:
    inside, outside = (int(rows.aggregate(fen=Sum("price_fen"))["fen"] or 0) for rows in (kept, off))
    whole = inside + outside
    yield ("场内占比（按金额，场外只计已备案）", "Share of value on the exchange (outside: what was filed)"), (
        _same(_share(inside / whole)) if whole else _NONE)
    yield ("出境成交", "Cross-border trades"), _same(f"{kept.filter(buyer__kind=OrganizationKind.FOREIGN).count():,}")


def _sellers(kept: QuerySet[Trade], until: datetime) -> Iterator[Row]:
    got = dict(kept.order_by().values_list("seller_id").annotate(fen=Sum("price_fen")))
    there = set(Listing.objects.filter(listed_at__lt=until).values_list("organization_id", flat=True))
    sales = np.array([got.get(one, 0) for one in sorted(there | got.keys())], dtype=np.int64)
    few: Pair = (f"— （有成交的卖方少于 {FEWEST_SELLERS} 家，不列）", f"— (fewer than {FEWEST_SELLERS} sellers sold)")
    told = len(got) >= FEWEST_SELLERS
    points, (low, high) = hhi(sales), HHI_LINES
    zh, en = ("高度集中", "high") if points > high else ("中等", "moderate") if points > low else ("分散", "low")
    yield ("卖方集中度（HHI）", "Concentration of sellers (HHI)"), (
        (f"{points:,}（{zh}；参考线 {low:,} 与 {high:,}）", f"{points:,} ({en}; lines at {low:,} and {high:,})") if told else few)
    yield ("前四家卖方份额", "Share of the four largest sellers"), _same(_share(concentration(sales))) if told else few
    yield ("卖方收入基尼系数", "Gini coefficient of sellers' income"), _same(f"{gini(sales):.3f}") if told else few


def _dispersion(ratios: Sequence[float]) -> str:
    column = np.array(ratios, dtype=np.float64)
    return f"{column.std() / column.mean():.3f}"


def _deciles(prices: Sequence[int]) -> str:
    low, high = np.percentile(np.array(prices, dtype=np.float64), (10, 90))
    return f"{high / max(low, 1.0):,.2f}"


def _prices(kept: QuerySet[Trade], off: QuerySet[Trade]) -> Iterator[Row]:
    """Dispersion for each category on the exchange, measured on the price over the list price, so that size does not hide it; what is filed
    from outside names no list price and no version."""
    rows = list(kept.filter(version__price_fen__gt=0).order_by("pk").values_list("version__category", "price_fen", "version__price_fen"))
    for value in DataCategory.values:
        deals = [(price, price / listed) for category, price, listed in rows if category == value and listed]
        zh, words = CLASSES[value]
        yield (f"场内{zh}价格离散：变异系数 · 九一分位比",
               f"Dispersion of prices, {words}, on the exchange: variation · ninth over first decile"), (
            _same(f"{_dispersion([one for _, one in deals])} · {_deciles([one for one, _ in deals])}") if len(deals) > 1 else _NONE)
    filed = list(off.order_by("pk").values_list("price_fen", flat=True))
    yield ("场外备案价格九一分位比（备案不含标价，不计变异系数）",
           "Prices filed from outside: ninth over first decile (no list price is filed)"), (
        _same(_deciles(filed)) if len(filed) > 1 else _NONE)


def _listings(since: datetime, until: datetime) -> Iterator[Row]:
    begun = Listing.objects.filter(listed_at__gte=since, listed_at__lt=until)
    sold = begun.filter(Exists(Trade.objects.filter(listing=OuterRef("pk"), executed_at__lt=until)))
    yield ("新挂牌中已有成交的占比", "New listings that have sold"), rate_told(sold.count(), begun.count())
    there = Listing.objects.listed()
    yield ("在售产品中明示价格的占比（现时）", "Listings with a firm price (now)"), rate_told(
        there.filter(version__sale_mode="fixed", version__price_fen__gt=0).count(), there.count())


def _times(since: datetime, until: datetime) -> Iterator[Row]:
    rows = Settlement.objects.filter(settled_at__gte=since, settled_at__lt=until, trade__executed_at__isnull=False)
    spans = [(at - began).total_seconds() / 86_400 for at, began in rows.values_list("settled_at", "trade__executed_at")
             if at is not None and began is not None]
    term = int(parameter("acceptance.days", venue=house_venue(), at=until))
    told = f"{median(spans):,.1f} · {float(np.percentile(spans, 95)):,.1f}" if spans else ""
    yield ("成交至结算的天数：中位数 · 九五分位", "Days from trade to settlement: median · 95th percentile"), _same(told) if told else _NONE
    yield (f"超过验收期（{term} 天）才结算的占比", f"Settled after the term of acceptance ({term} days)"), rate_told(
        sum(one > term for one in spans), len(spans))


def _conduct(kept: QuerySet[Trade], since: datetime, until: datetime) -> Iterator[Row]:
    def within(field: str) -> dict[str, Any]:
        return {f"{field}__gte": since, f"{field}__lt": until}

    many = kept.count()
    broken = kept.filter(state__status=TradeStatus.DEFAULTED).count()
    yield ("违约率", "Rate of default"), rate_told(broken, many)
    yield ("每千笔成交的投诉", "Complaints per thousand trades"), rate_told(
        Complaint.objects.filter(**within("received_at")).count(), many, 1_000)
    yield ("每千笔成交的争议", "Disputes per thousand trades"), rate_told(
        Dispute.objects.filter(**within("opened_at")).count(), many, 1_000)
    said = Objection.objects.filter(**within("decided_at")).aggregate(
        all=Count("pk"), up=Count("pk", filter=Q(outcome__in=["uphold", "amend"])))
    yield ("异议获支持（含部分）的占比", "Objections upheld, wholly or in part"), rate_told(said["up"], said["all"])
    mended = Restoration.objects.filter(**within("decided_at"), status__in=[RestorationStatus.GRANTED, RestorationStatus.REFUSED])
    yield ("信用修复获准的占比", "Credit restorations granted"), rate_told(
        mended.filter(status=RestorationStatus.GRANTED).count(), mended.count())
    stands = Finding.objects.filter(number=1, case__status__in=_FOUND)
    counted = stands.filter(**within("at")).order_by().values_list("case__organization").annotate(many=Count("pk"))
    earlier = set(stands.filter(at__lt=since).values_list("case__organization", flat=True))
    rows = list(counted)
    yield ("受罚后再犯的占比", "Parties found at fault again"), rate_told(
        sum(count > 1 or who in earlier for who, count in rows), len(rows))
    days = _delays(since, until)
    yield ("交付至立案的天数（中位数，仅计查实涉及交付者）", "Days from delivery to a case (median, of faults found in deliveries)"), (
        (f"{median(days):,.1f}（{len(days)} 例）", f"{median(days):,.1f} (n = {len(days)})") if days else _NONE)


def _delays(since: datetime, until: datetime) -> list[float]:
    """Days from a delivery to the case on it, of cases in which a fault was found and still stands."""
    cases = ConductCase.objects.filter(decided_at__gte=since, decided_at__lt=until, status__in=_FOUND).order_by("-opened_at")
    opened = dict(cases.values_list("subject_code", "opened_at"))  # the earliest case on a delivery is read last
    sent = Delivery.objects.filter(code__in=opened, delivered_at__isnull=False).values_list("code", "delivered_at")
    # a case from before the delivery is about something else
    return [(opened[code] - at).total_seconds() / 86_400 for code, at in sent if at is not None and at <= opened[code]]
