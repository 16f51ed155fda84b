"""What the board shows: figures of the day, turnover by day, lots running, the tape, industries, fairness. Reads only.

Amounts are fen, days are the market's (Asia/Shanghai). Off-exchange trades are counted once verified and never mixed in
unmarked (R60); cancelled, defaulted and unwound trades are no turnover.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median_low
from typing import Any

from django.db.models import BigIntegerField, Case, Count, Expression, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate

from exchange.templatetags.house import MARKET_ZONE, market_local
from exchange.words import sector_name
from ledger.accounts import AccountKind
from ledger.models import Balance
from listings.models import DataProduct, Listing, RegistrationCertificate, Review
from listings.states import ListingStatus
from trading.models import Auction, Basis, Trade, TradeQuerySet
from trading.secrecy import seen
from trading.sizes import small_buyers
from trading.states import ACTIVE_LOTS, AuctionStatus, TradeStatus

__all__ = ["Figures", "Sector", "Turnover", "fairness", "figures", "running_lots", "sectors", "tape", "turnover"]

DAYS = 30
GONE = (TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND)


def midnight(day: date) -> datetime:
    """This will return the instant a market day begins."""
    return datetime.combine(day, time.min, tzinfo=MARKET_ZONE)


def counted() -> TradeQuerySet:
    """This will return the trades that are turnover."""
    return Trade.objects.exclude(state__status__in=GONE).exclude(listing__closed=True)


_BARTERED = Q(basis=Basis.BARTER)


def paid_fen() -> Expression:
    """This will be what was paid for a trade (``settlement.metering.charged_price``): nothing for a barter, whose value is declared;
    of a metered one what its closed meter came to, until then nothing; of a part what stayed due."""
    nothing = Value(0, output_field=BigIntegerField())
    return Case(
        When(_BARTERED, then=nothing),
        When(reduction__isnull=False, then=F("reduction__due_fen")),
        When(version__use_terms__plan__bands__isnull=False, then=Coalesce(F("meter__charge_fen"), nothing)),
        default=F("price_fen"), output_field=BigIntegerField())


@dataclass(frozen=True)
class Figures:
    """The five figures of the board."""

    today_fen: int
    yesterday_same_fen: int
    trades_on: int
    trades_off: int
    lots: int
    lots_announced: int
    lots_soon: int
    listed: int
    registered_week: int
    suspended: int
    public_interest_fen: int

    @property
    def change_bps(self) -> int | None:
        """Today against yesterday up to the same time of day; None where yesterday had nothing."""
        return (self.today_fen - self.yesterday_same_fen) * 10000 // self.yesterday_same_fen if self.yesterday_same_fen else None


def figures(now: datetime) -> Figures:
    """This will read the figures of the market day of ``now``."""
    begin = midnight(market_local(now).date())
    today = (
        counted()
        .filter(executed_at__gte=begin, executed_at__lte=now)
        .aggregate(fen=Sum(paid_fen()), on=Count("id", filter=Q(channel="on_exchange")), off=Count("id", filter=Q(channel="off_exchange")))
    )
    before = (
        counted()
        .filter(executed_at__gte=begin - timedelta(days=1), executed_at__lte=now - timedelta(days=1))
        .aggregate(fen=Sum(paid_fen()))
    )
    lots = Auction.objects.filter(status__in=ACTIVE_LOTS).aggregate(
        running=Count("id", filter=~Q(status=AuctionStatus.ANNOUNCED)),
        announced=Count("id", filter=Q(status=AuctionStatus.ANNOUNCED)),
        soon=Count("id", filter=Q(status=AuctionStatus.OPEN, closes_at__lte=now + timedelta(hours=1)))
    )
    shelves = Listing.objects.filter(closed=False).aggregate(
        listed=Count("id", filter=Q(status=ListingStatus.LISTED)), suspended=Count("id", filter=Q(status=ListingStatus.SUSPENDED))
    )
    fund = Balance.objects.filter(account__kind=AccountKind.PUBLIC_INTEREST).aggregate(fen=Sum("posted_fen"))
    return Figures(
        today_fen=today["fen"] or 0,
        yesterday_same_fen=before["fen"] or 0,
        trades_on=today["on"],
        trades_off=today["off"],
        lots=lots["running"],
        lots_announced=lots["announced"],
        lots_soon=lots["soon"],
        listed=shelves["listed"],
        suspended=shelves["suspended"],
        public_interest_fen=fund["fen"] or 0,
        registered_week=RegistrationCertificate.objects.filter(issued_at__gt=now - timedelta(days=7), issued_at__lte=now)
        .exclude(product__in=DataProduct.objects.withheld_from(None)).count(),
    )


@dataclass(frozen=True)
class Turnover:
    """One market day's turnover by channel: what was paid. What was bartered stands apart, at its declared value."""

    day: date
    on_fen: int = 0
    off_fen: int = 0
    on_count: int = 0
    off_count: int = 0
    bartered_fen: int = 0
    bartered: int = 0

    @property
    def total_fen(self) -> int:
        return self.on_fen + self.off_fen


def turnover(now: datetime, days: int = DAYS) -> list[Turnover]:
    """This will return the last ``days`` market days, oldest first, days without trades as zero."""
    last = market_local(now).date()
    first = last - timedelta(days=days - 1)
    rows = (
        counted()
        .filter(executed_at__gte=midnight(first), executed_at__lte=now)
        .annotate(day=TruncDate("executed_at", tzinfo=MARKET_ZONE))
        .values("day", "channel")
        .annotate(fen=Sum(paid_fen()), count=Count("id", filter=~_BARTERED),
                  declared=Sum("price_fen", filter=_BARTERED, default=0), bartered=Count("id", filter=_BARTERED))
    )
    by_day: dict[date, dict[str, Any]] = {}
    for row in rows:
        by_day.setdefault(row["day"], {})[row["channel"]] = row
    return [_day(first + timedelta(days=n), by_day.get(first + timedelta(days=n), {})) for n in range(days)]


def _day(day: date, channels: dict[str, Any]) -> Turnover:
    nothing = {"fen": 0, "count": 0, "declared": 0, "bartered": 0}
    on, off = channels.get("on_exchange", nothing), channels.get("off_exchange", nothing)
    return Turnover(day, on["fen"], off["fen"], on["count"], off["count"], on["declared"] + off["declared"],
                    on["bartered"] + off["bartered"])


def running_lots(limit: int = 8) -> list[Any]:
    """This will list lots that are open or announced, the next to end first."""
    rows = Auction.objects.filter(status__in=ACTIVE_LOTS, listing__closed=False).select_related("listing", "version", "seller", "standing")
    return [seen("lot", one) for one in rows.order_by(F("status").desc(), "closes_at", "id")[:limit]]


def tape(channel: str = "", limit: int = 12) -> list[Any]:
    """This will list the newest trades; buyers are not shown on the tape."""
    rows = Trade.objects.exclude(listing__closed=True).select_related("listing", "version").order_by("-executed_at", "-id")
    return [seen("trade", one) for one in (rows.filter(channel=channel) if channel else rows)[:limit]]


@dataclass(frozen=True)
class Sector:
    """One industry over thirty days; ``change_bps`` compares median prices of the later half with the earlier one."""

    name: tuple[str, str]
    on_fen: int
    off_fen: int
    count: int
    change_bps: int | None
    medians: tuple[int, ...]

    @property
    def total_fen(self) -> int:
        return self.on_fen + self.off_fen


def sectors(now: datetime, limit: int = 10) -> list[Sector]:
    """This will return the industries with the largest turnover of thirty days."""
    since = now - timedelta(days=DAYS)
    rows = counted().filter(executed_at__gt=since, executed_at__lte=now, version__isnull=False).order_by("executed_at")
    grouped: dict[str, list[tuple[datetime, int, str, bool]]] = {}
    paid = set(rows.priced().values_list("pk", flat=True))
    for pk, sector, at, fen, channel in rows.values_list("pk", "version__sector", "executed_at", paid_fen(), "channel"):
        grouped.setdefault(sector[:1], []).append((at, fen, channel, pk in paid))
    found = [_sector(letter, trades, since) for letter, trades in grouped.items()]
    return sorted(found, key=lambda one: (-one.total_fen, one.name))[:limit]


def _sector(letter: str, trades: list[tuple[datetime, int, str, bool]], since: datetime) -> Sector:
    """Turnover counts what was paid; a median counts prices, of which a barter and a meter have none."""
    weeks: dict[int, list[int]] = {}
    paid = [(at, fen) for at, fen, _, priced in trades if priced]
    for at, fen in paid:
        weeks.setdefault((at - since).days // 3, []).append(fen)
    medians = tuple(median_low(weeks[week]) for week in sorted(weeks))
    middle = since + timedelta(days=DAYS / 2)
    early, late = [f for a, f in paid if a < middle], [f for a, f in paid if a >= middle]
    change = None
    if len(early) >= 3 and len(late) >= 3:  # fewer trades say nothing
        base = median_low(early)
        change = (median_low(late) - base) * 10000 // base if base else None
    return Sector(
        sector_name(letter),
        sum(f for _, f, c, _ in trades if c == "on_exchange"),
        sum(f for _, f, c, _ in trades if c == "off_exchange"),
        len(trades),
        change,
        medians,
    )


def fairness(now: datetime) -> dict[str, Any]:
    """This will return the fairness figures of thirty days; None where there is nothing to measure."""
    since = now - timedelta(days=DAYS)
    trades = counted().filter(executed_at__gt=since, executed_at__lte=now)
    totals = trades.aggregate(all=Sum(paid_fen()), off=Sum(paid_fen(), filter=Q(channel="off_exchange")))
    ended = Auction.objects.filter(ended_at__gt=since, ended_at__lte=now, status__in=(AuctionStatus.AWARDED, AuctionStatus.FAILED))
    sold = ended.filter(status=AuctionStatus.AWARDED)
    bidders = sold.aggregate(lots=Count("id", distinct=True), bidders=Count("bidders"))
    by_seller = sorted(trades.values("seller").annotate(fen=Sum(paid_fen())).values_list("fen", flat=True), reverse=True)
    took = [
        decided - opened
        for opened, decided in Review.objects.filter(decided_at__gt=since, decided_at__lte=now, status="decided").values_list(
            "opened_at", "decided_at"
        )
        if decided
    ]
    ended_count, sold_count, all_fen = ended.count(), bidders["lots"], totals["all"] or 0
    return {
        "off_share_bps": (totals["off"] or 0) * 10000 // all_fen if all_fen else None,
        "bidders_tenths": bidders["bidders"] * 10 // sold_count if sold_count else None,
        "failed_bps": (ended_count - sold_count) * 10000 // ended_count if ended_count else None,
        "cr4_bps": sum(by_seller[:4]) * 10000 // all_fen if all_fen else None,
        "sellers": len(by_seller),
        "buyers": trades.values("buyer").distinct().count(),
        "small": small_buyers(since, now),
        "review_median": median_low(took) if took else None,
    }
