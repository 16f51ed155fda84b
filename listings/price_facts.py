"""What the calculator reads instead of asking: freshness, span, quality, class, scarcity, setting; and what is asked for things alike."""

from __future__ import annotations

from datetime import date
from statistics import median_low
from typing import Any

from compliance.taxonomy import SERVICES, DataCategory, DataGrade
from kit.coverage import covers
from listings.grounds import Pair
from listings.measuring import cycle_days
from listings.models import Listing, ListingVersion, SaleMode
from listings.profile import day_of
from listings.quality import report_in_force

__all__ = ["alike", "asked_for_alike", "read_choices"]

#: Fewer prices than this are not summed up: one seller's price would be told (E3).
_FEWEST = 3


def alike(version: ListingVersion) -> Any:
    """This will list what else is on sale in the sector, of the same stage."""
    rows = Listing.objects.listed().filter(version__sector=version.sector, version__stage=version.stage)
    return rows.exclude(pk=version.listing_id)


@covers("E2", "R120")
def asked_for_alike(version: ListingVersion) -> tuple[int, int, int, int] | None:
    """This will return (how many, lowest, median, highest) of the prices asked for things alike; None below three sellers."""
    rows = alike(version).filter(version__price_fen__gt=0, version__use_terms__plan__bands__isnull=True)
    rows = rows.exclude(version__sale_mode=SaleMode.AUCTION)
    found = list(rows.values_list("organization_id", "version__price_fen"))
    if not version.sector or len({seller for seller, _ in found}) < _FEWEST:
        return None
    fens = [fen for _, fen in found]
    return len(fens), min(fens), median_low(fens), max(fens)


@covers("E2", "R60")
def read_choices(version: ListingVersion) -> dict[str, tuple[str, Pair]]:
    """This will choose what facts decide, each with its reason; who owns the seller is not among them."""
    return {"timeliness": _timeliness(version), "span": _span(version), "quality": _quality(version), "grade": _grade(version),
            "scarcity": _scarcity(version), "scenario": _scenario(version)}


def _timeliness(version: ListingVersion) -> tuple[str, Pair]:
    said = version.update_frequency
    days = cycle_days(said)
    if not said:
        return "unknown", ("没有填写更新频率", "No update frequency is stated")
    return ("slow" if days is None or days > 92 else "live" if days <= 1 else "regular"), (f"更新频率：{said}", f"Renewed: {said}")


def _span(version: ListingVersion) -> tuple[str, Pair]:
    ends: list[tuple[date, date]] = []
    for one in version.columns:
        first, last = day_of(str(one.get("min", ""))), day_of(str(one.get("max", "")))
        if one.get("type") == "date" and first and last:
            ends.append((first, last))
    if not ends:
        return "none", ("文件中没有日期列", "The file has no column of dates")
    first, last = max(ends, key=lambda pair: pair[1] - pair[0])
    days = (last - first).days
    return ("long" if days > 1096 else "medium" if days >= 365 else "short"), (f"{first} 至 {last}", f"{first} to {last}")


def _quality(version: ListingVersion) -> tuple[str, Pair]:
    report = report_in_force(version.listing, version.file_sha256) if version.file_sha256 else None
    figures = [one["permille"] for one in report.dimensions if one["permille"] is not None] if report else []
    if not report or not figures:
        return "unknown", ("没有质量报告", "No quality report")
    mean = sum(figures) // len(figures)
    shown = f"{mean // 10}.{mean % 10}%"
    told = (f"质量报告第 {report.number} 号，平均 {shown}", f"Quality report {report.number}, mean {shown}")
    return ("high" if mean >= 980 else "fair" if mean >= 900 else "low"), told


def _grade(version: ListingVersion) -> tuple[str, Pair]:
    if version.category == DataCategory.PERSONAL or version.grade == DataGrade.IMPORTANT:
        return "personal", ("按本稿的分类分级", "By the class and grade of the draft")
    if version.delivery_mode in SERVICES:
        return "service", ("按交付方式", "By the mode of delivery")
    return "general", ("按本稿的分类分级", "By the class and grade of the draft")


def _scarcity(version: ListingVersion) -> tuple[str, Pair]:
    many = alike(version).count()
    return ("sole" if not many else "few" if many <= 5 else "many"), (f"同行业同类在售 {many} 件", f"{many} alike on sale in the sector")


def _scenario(version: ListingVersion) -> tuple[str, Pair]:
    purposes = set(version.use_terms.get("purposes") or [])
    free = {"public_governance", "public_welfare", "public_safety"}
    told = ("按允许的用途", "By the purposes allowed")
    if purposes and purposes <= free:
        return "welfare", told
    return ("research" if purposes and purposes <= free | {"research"} else "commercial"), told
