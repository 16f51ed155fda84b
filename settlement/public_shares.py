"""The grantor's share of what authorised public data earns 公共数据收益分享 (Data Twenty 13): agreed in the authorisation, posted with
every settlement to the grantor's account, and reported by authorisation and month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from kit.coverage import covers
from listings.models import Authorisation
from listings.partners import Parties
from participants.queries import LOCAL
from settlement.models import Settlement, Share
from settlement.states import SettlementStatus

__all__ = ["Month", "number_of_grantor", "public_paid_fen", "report_of"]


def number_of_grantor(parties: Parties, granted: Authorisation | None) -> int | None:
    """This will tell which of the parties, counted from 1, the grantor is; None where nothing is shared with one."""
    if granted is None or not granted.grantor_share_bps:
        return None
    return next(n for n, (_, key, _) in enumerate(parties, 1) if key == granted.grantor_id)


def _paid() -> QuerySet[Share]:
    return Share.objects.filter(settlement__grantor_number=F("number"))


def public_paid_fen(one: Authorisation) -> int:
    """This will add up what was posted to the grantor under an authorisation."""
    return int(_paid().filter(settlement__trade__version__authorisation=one).aggregate(fen=Sum("amount_fen"))["fen"] or 0)


@dataclass(frozen=True)
class Month:
    """One authorisation's month: trades settled, their prices, what was left to share, what the grantor got."""

    authorisation: Authorisation
    month: date
    trades: int
    price_fen: int
    shared_fen: int
    paid_fen: int


@covers("R76")
def report_of(user: Any) -> tuple[list[Month], dict[int, tuple[int, int]]]:
    """This will report by authorisation and month, newest first, to its two parties; and what is accepted and not settled yet.

    The second answer is {authorisation: (trades, fen of prices)}.
    """
    mine = {one.pk: one for one in Authorisation.objects.visible_to(user).select_related("grantor", "organization")}
    rows = _paid().filter(settlement__trade__version__authorisation__in=mine).annotate(
        month=TruncMonth("settlement__settled_at", tzinfo=LOCAL)).values("settlement__trade__version__authorisation", "month").annotate(
        trades=Count("pk"), price=Sum("settlement__price_fen"), shared=Sum("settlement__shared_fen"), paid=Sum("amount_fen"))
    waiting = Settlement.objects.filter(grantor_number__isnull=False, trade__version__authorisation__in=mine).exclude(
        status=SettlementStatus.SETTLED).values_list("trade__version__authorisation").annotate(Count("pk"), Sum("price_fen"))
    return _months(rows, mine), {key: (count, int(fen)) for key, count, fen in waiting}


def _months(rows: Iterable[Any], mine: dict[int, Authorisation]) -> list[Month]:
    found = [Month(mine[row["settlement__trade__version__authorisation"]], row["month"].date(), row["trades"], int(row["price"]),
                   int(row["shared"]), int(row["paid"])) for row in rows]
    return sorted(found, key=lambda one: (one.month, one.authorisation.pk), reverse=True)
