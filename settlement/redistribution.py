"""First, second and third distribution by month (W25, R75): shares paid, what went to the public, what was given; of every venue's fund."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.models import Posting
from participants.models import Venue
from participants.queries import LOCAL, venue_organization
from settlement.donation_models import Donation
from settlement.models import Settlement, Share, Subsidy

__all__ = ["Period", "statement_of_fund"]


@dataclass(frozen=True)
class Period:
    """One month: shared among parties (first), levy, treasury and subsidies (second), donations (third), and what the fund held."""

    month: date
    shared_fen: int
    levy_fen: int
    treasury_fen: int
    subsidies_fen: int
    donated_fen: int
    opened_fen: int
    other_fen: int
    closed_fen: int


def _by_month(rows: QuerySet[Any], field: str, amount: Any) -> dict[date, int]:
    found = rows.annotate(month=TruncMonth(field, tzinfo=LOCAL)).values("month").annotate(fen=Sum(amount)).order_by("month")
    return {row["month"].date(): int(row["fen"]) for row in found if row["month"] is not None}


@covers("R75", "R76", "W25", "G5")
def statement_of_fund(venue: Venue) -> list[Period]:
    """This will state a venue's fund month by month, newest first. Opened plus what came in less what went out is what it closed with."""
    settled = Settlement.objects.filter(status="settled", trade__venue=venue)
    treasury = Share.objects.filter(settlement__status="settled", settlement__trade__venue=venue, settlement__grantor_number=F("number"))
    owner = venue_organization(venue).code
    fund = Posting.objects.filter(account__owner=owner, account__kind=AccountKind.PUBLIC_INTEREST)
    shared, levy = _by_month(settled, "settled_at", "shared_fen"), _by_month(settled, "settled_at", "levy_fen")
    public = _by_month(treasury, "settlement__settled_at", "amount_fen")
    subsidies = _by_month(Subsidy.objects.filter(status="paid", fund__venue=venue), "ended_at", "paid_fen")
    donated = _by_month(Donation.objects.filter(cycle__venue=venue), "at", "amount_fen")
    moved = _by_month(fund, "transfer__at", "amount_fen")
    return list(reversed(list(_periods(shared, levy, public, subsidies, donated, moved))))


def _periods(shared: dict[date, int], levy: dict[date, int], public: dict[date, int], subsidies: dict[date, int], donated: dict[date, int],
             moved: dict[date, int]) -> Iterator[Period]:
    held = 0
    for month in sorted({*shared, *levy, *subsidies, *donated, *moved}):
        change = moved.get(month, 0)
        other = change - levy.get(month, 0) - donated.get(month, 0)
        yield Period(month, shared.get(month, 0), levy.get(month, 0), public.get(month, 0), subsidies.get(month, 0), donated.get(month, 0),
                     held, other, held + change)
        held += change
