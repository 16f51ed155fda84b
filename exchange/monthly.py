"""The month of the market: what the public is told of it, and what the authorities are told beside it.

Amounts are fen; a month is the market's (Asia/Shanghai) and over: it reads the same whenever it is read, less what is undone later.
Turnover is told by industry and channel. A cell whose trades would tell one party's business is hidden by the venue's own figures for
reference prices, and so is what would give it away (``exchange.suppression``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min, Q, Sum

from compliance.models import Case, Complaint, ConductCase, Dispute, Sanction
from evidence.models import Record
from exchange.market import counted
from exchange.suppression import WHOLE, Cell, hidden_cells
from exchange.templatetags.house import MARKET_ZONE, market_local
from kit.coverage import covers
from listings.models import DataProduct, RegistrationCertificate
from listings.reference_prices import Deal, Floors, summed_up
from participants.queries import figures, house_venue
from trading.models import Auction
from trading.states import AuctionStatus

__all__ = ["CHANNELS", "Month", "Monthly", "Supervision", "Turnover", "closed_months", "monthly", "supervision", "tabulated"]

CHANNELS = ("on_exchange", "off_exchange")
#: How many months the list offers.
_OFFERED = 36


@dataclass(frozen=True, order=True)
class Month:
    """A month by the market's calendar, half-open."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def begins(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=MARKET_ZONE)

    @property
    def ends(self) -> datetime:
        return self.next.begins

    @property
    def next(self) -> Month:
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    @property
    def before(self) -> Month:
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)


def closed_months(now: datetime) -> list[Month]:
    """This will list the months that are over, newest first, from the first trade on."""
    first = counted().aggregate(at=Min("executed_at"))["at"]
    today = market_local(now)
    month, found = Month(today.year, today.month).before, list[Month]()
    while first and month.ends > first and len(found) < _OFFERED:
        found.append(month)
        month = month.before
    return found


@dataclass(frozen=True)
class Turnover:
    """A table of turnover: cell -> (trades, fen), with '' for wholes, and which cells are not told."""

    rows: tuple[str, ...]
    cells: Mapping[Cell, tuple[int, int]]
    hidden: frozenset[Cell] = frozenset()

    def told(self, row: str, column: str) -> tuple[int, int] | None:
        """This will give a cell as the public sees it: None where it is hidden, nothing where there was no trade."""
        return None if (row, column) in self.hidden else self.cells.get((row, column), (0, 0))


@covers("H9")
def tabulated(deals: Iterable[Deal], floors: Floors | None) -> Turnover:
    """This will add deals up by sector (``sector``) and channel (``mode``); with ``floors`` what would tell of one party is hidden.

    Wholes are judged like any cell: an industry with one trade has no whole that may be told either.
    """
    known = list(deals)
    added: dict[Cell, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for deal in known:
        for cell in ((deal.sector, deal.mode), (deal.sector, WHOLE), (WHOLE, deal.mode), (WHOLE, WHOLE)):
            count, fen = added[cell]
            added[cell] = count + 1, fen + deal.price_fen
    rows = tuple(sorted({deal.sector for deal in known}))
    if floors is None:
        return Turnover(rows, dict(added))
    judged = summed_up([*known, *(deal._replace(sector=WHOLE) for deal in known)], floors)
    sensitive = {(one.group.sector, one.group.mode) for one in judged if one.withheld}
    hidden = hidden_cells({cell: fen for cell, (_, fen) in added.items()}, sensitive, rows, CHANNELS)
    return Turnover(rows, dict(added), frozenset(hidden))


@dataclass(frozen=True)
class Monthly:
    """What is told of a month; counts of things, amounts in fen."""

    month: Month
    turnover: Turnover
    before_fen: int | None
    sellers: int
    buyers: int
    awarded: int
    failed: int
    certified: int
    listed: int
    rules: int
    sanctions: tuple[tuple[str, int], ...] = field(default_factory=tuple)


def _deals(month: Month) -> list[Deal]:
    rows = counted().filter(executed_at__gte=month.begins, executed_at__lt=month.ends)
    return [Deal("", (sector or "")[:1] or "-", channel, seller, buyer, fen) for sector, channel, seller, buyer, fen in rows.values_list(
        "version__sector", "channel", "seller", "buyer", "price_fen")]


def _floors(at: datetime) -> Floors:
    known = figures("reference.least_trades", "reference.least_parties", "reference.most_share_bps", venue=house_venue(), at=at)
    return Floors(int(known["reference.least_trades"]), int(known["reference.least_parties"]), int(known["reference.most_share_bps"]))


@covers("H9")
def monthly(month: Month, *, whole: bool = False) -> Monthly:
    """This will read a month for the public, or ``whole`` for the authorities: the same figures, nothing hidden."""
    deals = _deals(month)
    within = Q(ended_at__gte=month.begins, ended_at__lt=month.ends)
    lots = Auction.objects.aggregate(awarded=Count("id", filter=within & Q(status=AuctionStatus.AWARDED)),
                                     failed=Count("id", filter=within & Q(status=AuctionStatus.FAILED)))
    before = counted().filter(executed_at__gte=month.before.begins, executed_at__lt=month.begins).aggregate(fen=Sum("price_fen"))["fen"]
    told = Record.objects.filter(at__gte=month.begins, at__lt=month.ends)
    certified = RegistrationCertificate.objects.filter(issued_at__gte=month.begins, issued_at__lt=month.ends)
    imposed = Sanction.objects.filter(effective_from__gte=month.begins, effective_from__lt=month.ends)
    if not whole:
        imposed = imposed.exclude(severity="minor")  # minor conduct is not published
    return Monthly(
        month, tabulated(deals, None if whole else _floors(month.ends)), before, len({one.seller for one in deals}),
        len({one.buyer for one in deals}), lots["awarded"], lots["failed"],
        certified.exclude(product__in=DataProduct.objects.withheld_from(None)).count(),
        told.filter(kind="listings.listing.published").count(), told.filter(kind__startswith="compliance.negative_list.").count(),
        tuple(sorted(imposed.values("severity").annotate(many=Count("id")).values_list("severity", "many"))))


@dataclass(frozen=True)
class Supervision:
    """What the authorities are told beside the market. A line: label key, came in, closed, waits, of these late."""

    month: Month
    lines: tuple[tuple[str, int, int, int, int], ...]
    cr4_bps: int | None
    hhi: int | None
    small_buyers: int


#: label key -> (model, when it came in, when it closed, when it is due)
_WORK = (("case", Case, "opened_at", "closed_at", "due_at"), ("conduct", ConductCase, "opened_at", "closed_at", "due_at"),
         ("complaint", Complaint, "received_at", "closed_at", "due_at"), ("dispute", Dispute, "opened_at", "closed_at", "due_at"))


@covers("R97")
def supervision(month: Month) -> Supervision:
    """This will read what the desks had to do in a month and how it stood at its end, and how concentrated supply was."""
    lines = []
    for key, model, came, went, due in _WORK:
        rows = model._default_manager.filter(**{f"{came}__lt": month.ends})
        open_then = Q(**{f"{went}__isnull": True}) | Q(**{f"{went}__gte": month.ends})
        found = rows.aggregate(
            new=Count("id", filter=Q(**{f"{came}__gte": month.begins})),
            closed=Count("id", filter=Q(**{f"{went}__gte": month.begins, f"{went}__lt": month.ends})),
            waiting=Count("id", filter=open_then), late=Count("id", filter=open_then & Q(**{f"{due}__lt": month.ends})))
        lines.append((key, found["new"], found["closed"], found["waiting"], found["late"]))
    by_seller: dict[int, int] = defaultdict(int)
    buyers = set()
    for deal in _deals(month):
        by_seller[deal.seller] += deal.price_fen
        buyers.add(deal.buyer)
    total = sum(by_seller.values())
    largest = sorted(by_seller.values(), reverse=True)
    return Supervision(month, tuple(lines), sum(largest[:4]) * 10_000 // total if total else None,
                       sum(fen * fen for fen in largest) * 10_000 // (total * total) if total else None, len(buyers))
