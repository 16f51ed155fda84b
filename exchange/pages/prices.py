"""``/prices/``: what was paid here, by industry and class of data, with the method and what is not told and why (R109, CAP-E3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from exchange.charts import price_range, spark
from exchange.words import CATEGORY, sector_name
from kit.coverage import covers
from listings.models import PriceEffect, ReferencePrice, SaleMode
from listings.reference_prices import Group, bulletin_of, series_of
from participants.doors import page
from participants.queries import house_venue
from participants.words import spoken

__all__ = ["prices"]


@require_safe
@page("listings.prices.see")
@covers("R109", "CAP-E3")
def prices(request: HttpRequest) -> HttpResponse:
    """The newest bulletin: each group's median between its quartiles, how many trades it rests on, and how the median moved."""
    newest = bulletin_of(house_venue())
    found = list(newest.prices.order_by("sector", "category", "mode")) if newest else []
    rows = _rows(found, series_of(found, newest) if newest else {})
    return render(request, "exchange/prices.html", {
        "bulletin": newest, "groups": len(found), "told": [row for row in rows if not row["one"].withheld],
        "withheld": [row for row in rows if row["one"].withheld],
        "effects": [_effect(one) for one in newest.effects.order_by("pk")] if newest else [],
        "explained": f"{newest.effects_r2_ppm // 10_000}%" if newest and newest.effects_r2_ppm is not None else ""})


_FEATURES = {"category": _("数据主体"), "sector": _("行业"), "mode": _("出售方式"), "rows": _("数据行数"), "term_days": _("使用期"),
             "seats": _("使用席位")}


def _effect(one: PriceEffect) -> dict[str, Any]:
    """An effect in words: a level beside the most frequent one, or an amount that doubles."""
    return {"one": one, "feature": _FEATURES[one.feature], "level": _level(one.feature, one.level),
            "beside": _level(one.feature, one.beside)}


def _level(feature: str, level: str) -> Any:
    if not level:
        return ""
    if feature == "mode":
        return SaleMode(level).label
    return spoken(CATEGORY[level] if feature == "category" else sector_name(level))


def _rows(found: Sequence[ReferencePrice], series: dict[Group, list[int]]) -> list[dict[str, Any]]:
    ends = [fen for one in found if one.low_fen and one.high_fen for fen in (one.low_fen, one.high_fen)]
    return [{
        "one": one, "sector": sector_name(one.sector) if one.sector else ("全部行业", "Every industry"), "category": CATEGORY[one.category],
        "mode": SaleMode(one.mode).label if one.mode else "",
        "range": price_range(one.low_fen, one.median_fen, one.high_fen, least=min(ends), most=max(ends))
        if one.low_fen and one.median_fen and one.high_fen else "",
        "spark": spark(series.get(Group(one.category, one.sector, one.mode), ())),
    } for one in found]
