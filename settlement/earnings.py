"""What a party earned and spent 收支分析: by month, by product, by channel, by the buyer's own heads. Reads only; the database adds up.

Income is what the party got of settled prices, less what it gave back by refunds; spending is what it paid for settled trades, charges
beside the price included, less what came back. A month is one of the venue's calendar, the newest is unfinished.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from kit.coverage import covers
from listings.models import Listing
from participants.models import Organization
from participants.queries import LOCAL
from settlement.models import RefundLine, RefundRequest, Settlement, Share
from trading.models import Channel
from trading.order_models import OrderPaper

__all__ = ["MONTHS", "Month", "Part", "Summary", "income_of", "months_back", "spending_of"]

MONTHS = 12
#: Products or cost centres shown by name; the rest is one line, so that the lines are the total.
NAMED = 12


@dataclass(frozen=True)
class Month:
    """One month: trades settled, on and off the exchange, and what went back, in fen."""

    begins: datetime
    trades: int = 0
    on_fen: int = 0
    off_fen: int = 0
    back_fen: int = 0

    @property
    def net_fen(self) -> int:
        return self.on_fen + self.off_fen - self.back_fen


@dataclass(frozen=True)
class Part:
    """One product, channel or cost centre: its name, trades and fen, before refunds."""

    name: tuple[str, str]
    trades: int
    fen: int
    code: str = ""


@dataclass(frozen=True)
class Summary:
    """A year of one party, month by month and by each way to divide it; every division sums to the same."""

    months: tuple[Month, ...]
    parts: tuple[tuple[str, tuple[Part, ...]], ...]

    @property
    def gross_fen(self) -> int:
        return sum(one.on_fen + one.off_fen for one in self.months)

    @property
    def back_fen(self) -> int:
        return sum(one.back_fen for one in self.months)

    @property
    def net_fen(self) -> int:
        return self.gross_fen - self.back_fen

    @property
    def trades(self) -> int:
        return sum(one.trades for one in self.months)


def months_back(at: datetime, count: int = MONTHS) -> list[datetime]:
    """This will list the beginnings of the last months by the venue's calendar, oldest first, the running one last."""
    first = at.astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = first.year * 12 + first.month - 1
    return [first.replace(year=n // 12, month=n % 12 + 1) for n in range(ends - count + 1, ends + 1)]


@covers("G5", "R98")
def income_of(organization: Organization, *, at: datetime) -> Summary:
    """This will add up what a party got of prices in the last twelve months."""
    months = months_back(at)
    rows = Share.objects.filter(organization=organization, settlement__settled_at__gte=months[0], settlement__status="settled")
    back = RefundLine.objects.filter(account__owner=organization.code, number__gt=0, transfer__isnull=False,
                                     request__decided_at__gte=months[0]).values_list("request__decided_at", "amount_fen")
    return Summary(_months(months, rows, "settlement__", F("amount_fen"), back), (
        ("product", _products(rows, "settlement__", F("amount_fen"))), ("channel", _channels(rows, "settlement__", F("amount_fen")))))


@covers("F1", "R98")
def spending_of(organization: Organization, *, at: datetime) -> Summary:
    """This will add up what a party paid for settled trades in the last twelve months, by its own heads too."""
    months, paid = months_back(at), F("price_fen") + F("buyer_fee_fen")
    rows = Settlement.objects.filter(buyer=organization, status="settled", settled_at__gte=months[0])
    back = RefundRequest.objects.filter(buyer=organization, status="posted", posted_at__gte=months[0]).values_list(
        "posted_at", "amount_fen")
    return Summary(_months(months, rows, "", paid, back), (
        ("cost_centre", _heads(rows, paid, "cost_centre")), ("po_number", _heads(rows, paid, "po_number")),
        ("product", _products(rows, "", paid)), ("channel", _channels(rows, "", paid))))


def _months(months: list[datetime], rows: QuerySet[Any], to: str, fen: Any, back: Iterable[tuple[datetime | None, int]]
            ) -> tuple[Month, ...]:
    found: dict[datetime, dict[str, int]] = {one: {"trades": 0, "on_fen": 0, "off_fen": 0, "back_fen": 0} for one in months}
    for row in rows.values(month=TruncMonth(f"{to}settled_at", tzinfo=LOCAL), channel=F(f"{to}trade__channel")).annotate(
            n=Count("pk"), fen=Sum(fen)):
        one = found[row["month"]]
        one["trades"] += row["n"]
        one["off_fen" if row["channel"] == Channel.OFF_EXCHANGE else "on_fen"] += int(row["fen"])
    for at, amount in back:
        assert at is not None, "decided and posted, or it gave nothing back"
        found[at.astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)]["back_fen"] += amount
    return tuple(Month(begins, **sums) for begins, sums in found.items())


def _channels(rows: QuerySet[Any], to: str, fen: Any) -> tuple[Part, ...]:
    names = {Channel.ON_EXCHANGE: ("场内", "On the exchange"), Channel.OFF_EXCHANGE: ("场外备案", "Off the exchange, filed")}
    return tuple(Part(names[Channel(row["channel"])], row["n"], int(row["fen"])) for row in rows.values(
        channel=F(f"{to}trade__channel")).annotate(n=Count("pk"), fen=Sum(fen)).order_by("-channel"))


def _products(rows: QuerySet[Any], to: str, fen: Any) -> tuple[Part, ...]:
    summed = list(rows.values(listing=F(f"{to}trade__listing")).annotate(n=Count("pk"), fen=Sum(fen)).order_by("-fen", "listing"))
    named = Listing.objects.filter(pk__in=[row["listing"] for row in summed[:NAMED]]).select_related("product").in_bulk()
    parts = []
    for row in summed[:NAMED]:
        one = named.get(row["listing"])
        title = (one.product.title_zh, one.product.title_en or one.product.title_zh) if one else ("未挂牌的标的", "Objects not listed here")
        parts.append(Part(title, row["n"], int(row["fen"]), one.code if one else ""))
    return (*parts, *_rest(summed))


def _heads(rows: QuerySet[Any], fen: Any, head: str) -> tuple[Part, ...]:
    """By what the buyer wrote on its orders; an order without it has a line of its own."""
    written = Subquery(OrderPaper.objects.filter(trade=OuterRef("trade")).values(head)[:1])
    summed = list(rows.annotate(head=Coalesce(written, Value(""))).values("head").annotate(n=Count("pk"), fen=Sum(fen)).order_by(
        "-fen", "head"))
    named = [Part((row["head"], row["head"]) if row["head"] else ("未填写", "Not stated"), row["n"], int(row["fen"])) for row in
             summed[:NAMED]]
    return (*named, *_rest(summed))


def _rest(summed: list[dict[str, Any]]) -> tuple[Part, ...]:
    left = summed[NAMED:]
    return (Part(("其余", "The rest"), sum(row["n"] for row in left), sum(int(row["fen"]) for row in left)),) if left else ()
