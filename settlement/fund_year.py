"""The annual statement of the redistribution fund 再分配基金年度报告 (R75): what came in from where, what it was paid for, what it carries.

Every figure is a sum of postings to the fund's account and to the accounts of its subsidy funds; each line names how many postings it sums
and the root over their transfers' hashes, so that whoever holds the postings finds the same line and the same root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from evidence.bundle import lines_root
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.models import Posting
from participants.models import Venue
from participants.queries import LOCAL, venue_organization
from settlement.models import Donation, SubsidyFund

__all__ = ["Line", "Purpose", "Year", "fund_year", "fund_years", "postings_of"]


@dataclass(frozen=True)
class Line:
    """What one kind of transfer moved on the fund's account in one direction."""

    kind: str
    fen: int
    postings: int
    root: str


@dataclass(frozen=True)
class Purpose:
    """One subsidy fund in the year: what it carried in, was given, paid for its purpose, gave back, and carries on."""

    fund: SubsidyFund
    opened_fen: int
    given_fen: int
    paid_fen: int
    returned_fen: int
    closed_fen: int
    postings: int
    root: str


@dataclass(frozen=True)
class Year:
    """The account's year: opened plus income less payments is what it closed with. ``whole``: the year is over."""

    year: int
    opened_fen: int
    income: tuple[Line, ...]
    payments: tuple[Line, ...]
    closed_fen: int
    purposes: tuple[Purpose, ...]
    donors: int
    whole: bool

    @property
    def income_fen(self) -> int:
        return sum(one.fen for one in self.income)

    @property
    def payments_fen(self) -> int:
        return -sum(one.fen for one in self.payments)

    @property
    def set_aside_fen(self) -> int:
        return sum(one.closed_fen for one in self.purposes)


def _bounds(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=LOCAL), datetime(year + 1, 1, 1, tzinfo=LOCAL)


def _account(venue: Venue) -> QuerySet[Posting]:
    return Posting.objects.filter(account__owner=venue_organization(venue).code, account__kind=AccountKind.PUBLIC_INTEREST)


def fund_years(venue: Venue, at: datetime) -> list[int]:
    """This will list the years the fund has moved in, newest first, and the present one."""
    first = _account(venue).order_by("transfer__at").values_list("transfer__at", flat=True).first()
    now = at.astimezone(LOCAL).year
    return list(range(now, first.astimezone(LOCAL).year - 1, -1)) if first is not None else [now]


def postings_of(venue: Venue, year: int) -> Iterator[dict[str, Any]]:
    """This will give the year's postings of the fund and of its subsidy funds, in the order of their transfers."""
    start, end = _bounds(year)
    funds = SubsidyFund.objects.filter(venue=venue).values("account")
    owner = venue_organization(venue).code
    rows = Posting.objects.filter(Q(account__owner=owner, account__kind=AccountKind.PUBLIC_INTEREST) | Q(account__in=funds),
                                  transfer__at__gte=start, transfer__at__lt=end)
    found = rows.order_by("transfer_id", "pk").values("transfer__at", "transfer__kind", "transfer__subject", "transfer__hash",
                                                      "account__owner", "amount_fen")
    for row in found.iterator(2_000):
        yield dict(row)


def _rooted(rows: Iterable[dict[str, Any]]) -> str:
    return lines_root({"amount_fen": row["amount_fen"], "transfer_hash": row["transfer__hash"]} for row in rows)


def _lines(rows: Iterable[dict[str, Any]]) -> tuple[Line, ...]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(row["transfer__kind"], []).append(row)
    return tuple(Line(kind, sum(row["amount_fen"] for row in found), len(found), _rooted(found)) for kind, found in sorted(kinds.items()))


@covers("R75", "W25", "G5")
def fund_year(venue: Venue, year: int, at: datetime) -> Year:
    """This will state one calendar year of a venue's fund, by source and by purpose."""
    start, end = _bounds(year)
    owner = venue_organization(venue).code
    moved = list(postings_of(venue, year))
    own = [row for row in moved if row["account__owner"] == owner]
    opened = int(_account(venue).filter(transfer__at__lt=start).aggregate(fen=Sum("amount_fen"))["fen"] or 0)
    donors = Donation.objects.filter(cycle__venue=venue, at__gte=start, at__lt=end).values("pledge__organization").distinct().count()
    return Year(year, opened, _lines(row for row in own if row["amount_fen"] > 0), _lines(row for row in own if row["amount_fen"] < 0),
                opened + sum(row["amount_fen"] for row in own), tuple(_purposes(venue, moved, start)), donors, at >= end)


def _purposes(venue: Venue, moved: list[dict[str, Any]], start: datetime) -> Iterator[Purpose]:
    funds = SubsidyFund.objects.filter(venue=venue).order_by("id")
    before = dict(Posting.objects.filter(account__in=funds.values("account"), transfer__at__lt=start).values_list("account").annotate(
        fen=Sum("amount_fen")))
    for fund in funds:
        rows = [row for row in moved if row["account__owner"] == fund.code]
        opened = int(before.get(fund.account_id, 0))
        if not rows and not opened:
            continue
        given = sum(row["amount_fen"] for row in rows if row["amount_fen"] > 0)
        back = -sum(row["amount_fen"] for row in rows if row["amount_fen"] < 0 and row["transfer__kind"] == "subsidy_fund")
        paid = -sum(row["amount_fen"] for row in rows if row["amount_fen"] < 0 and row["transfer__kind"] != "subsidy_fund")
        yield Purpose(fund, opened, given, paid, back, opened + given - paid - back, len(rows), _rooted(rows))
