"""What an organisation earned by sharing: month by month and product by product, as a picture and as the same in a table (R69, R72)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kit.coverage import covers
from kit.money import nice_top, yuan
from listings.models import Listing
from participants.models import Organization
from participants.queries import LOCAL
from settlement.models import PoolShare, RefundLine, Share

__all__ = ["Earned", "bars", "dividends_of", "earned_by_month", "earned_by_product"]

#: Months drawn and listed; older ones stay in the table for download.
SHOWN = 12


@dataclass(frozen=True)
class Earned:
    """Paid at once with each trade, paid out of pools, given back with refunds."""

    direct_fen: int = 0
    dividends_fen: int = 0
    returned_fen: int = 0

    @property
    def fen(self) -> int:
        return self.direct_fen + self.dividends_fen - self.returned_fen


def _shares(ours: Organization) -> QuerySet[Share]:
    return Share.objects.filter(organization=ours, settlement__status="settled")


def dividends_of(ours: Organization) -> QuerySet[PoolShare]:
    """This will list what an organisation was paid out of pools, newest first."""
    rows = PoolShare.objects.filter(organization=ours).select_related("pool__agreement__version__listing")
    return rows.order_by("-pool__closed_at", "-pk")


def _returned(ours: Organization) -> QuerySet[RefundLine]:
    return RefundLine.objects.filter(account__owner=ours.code, number__gt=0, transfer__isnull=False)


def _joined(direct: Mapping[Any, int], dividends: Mapping[Any, int], returned: Mapping[Any, int]) -> dict[Any, Earned]:
    return {key: Earned(direct.get(key, 0), dividends.get(key, 0), returned.get(key, 0)) for key in {*direct, *dividends, *returned}}


def _monthly(rows: QuerySet[Any], moment: Any) -> dict[date, int]:
    found = rows.annotate(month=TruncMonth(moment, tzinfo=LOCAL)).values("month").annotate(fen=Sum("amount_fen"))
    return {row["month"].date(): int(row["fen"]) for row in found.order_by("month") if row["month"] is not None}


@covers("R69", "R72")
def earned_by_month(ours: Organization) -> list[tuple[date, Earned]]:
    """This will state what was earned month by month, newest first; each figure is the sum of postings to the organisation's account."""
    found = _joined(_monthly(_shares(ours), "settlement__settled_at"),
                    _monthly(PoolShare.objects.filter(organization=ours), "pool__closed_at"),
                    _monthly(_returned(ours), Coalesce("request__posted_at", "request__decided_at")))
    return sorted(found.items(), reverse=True)


@covers("R69", "R72")
def earned_by_product(ours: Organization) -> list[tuple[Listing, Earned]]:
    """This will state what was earned with each product, most first."""
    def by(rows: QuerySet[Any], listing: str) -> dict[int, int]:
        return {row["listing"]: int(row["fen"]) for row in rows.values(listing=F(listing)).annotate(fen=Sum("amount_fen"))
                if row["listing"] is not None}

    found = _joined(by(_shares(ours), "settlement__trade__version__listing"),
                    by(PoolShare.objects.filter(organization=ours), "pool__agreement__version__listing"),
                    by(_returned(ours), "request__settlement__trade__version__listing"))
    known = Listing.objects.select_related("version").in_bulk(list(found))
    return sorted(((known[key], one) for key, one in found.items()), key=lambda pair: (-pair[1].fen, pair[0].code))


def bars(months: Sequence[tuple[date, Earned]], *, width: int = 880, height: int = 240) -> SafeString:
    """This will draw the last months as columns, paid at once below and out of pools above; '' where nothing was earned."""
    shown = list(reversed(months[:SHOWN]))
    most = max((one.direct_fen + one.dividends_fen for _, one in shown), default=0)
    if not most:
        return mark_safe("")
    left, top, floor = 80, 14, height - 26
    step, top_fen = (width - left) / max(len(shown), 6), nice_top(most)
    columns, names = [], []
    for n, (month, one) in enumerate(shown):
        x, y = left + step * n + step * 0.15, float(floor)
        for shade, fen in (("f1", one.direct_fen), ("f3", one.dividends_fen)):
            high = (floor - top) * fen / top_fen
            y -= high
            if fen:
                columns.append((shade, f"{x:.1f}", f"{y:.1f}", f"{step * 0.7:.1f}", f"{max(high, 1.0):.1f}"))
        names.append((f"{x + step * 0.35:.1f}", height - 8, f"{month:%y-%m}"))
    grid = [(left, width, f"{y:.1f}", f"{y:.1f}", left - 8, f"{y + 4:.1f}", yuan(fen).removesuffix(".00"))
            for fen in range(0, top_fen + 1, top_fen // 4) for y in [floor - (floor - top) * fen / top_fen]]
    told = _("近 %(n)s 个月的所得，最多一个月 %(most)s") % {"n": len(shown), "most": yuan(most)}
    return format_html(
        '<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>', width, height, told,
        format_html_join("", '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="e" x="{}" y="{}">{}</text>', grid),
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', columns),
        format_html_join("", '<text class="m" x="{}" y="{}">{}</text>', names))
