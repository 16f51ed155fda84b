"""Whether a version counts as personal information because a re-identification test of it failed 重新识别测试 (R32, PIPL 73(4)).

A claim of anonymisation is the seller's word until a test; a test that failed changes the fact itself, for the product and whatever is
said of it, until a later test of the very file passes. One function of the database says so, for the screening, the cell, the review,
the report, the search and the gates of sale and export alike (``sql/retests.sql``).
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.taxonomy import DataCategory
from evidence.prepared import ask
from kit.coverage import covers
from listings.models import ListingVersion

__all__ = ["TEST", "TEST_RULES", "category_of", "counts_as_personal", "personal_among"]

#: The condition whose proof is the test's report, and the rules that ask for it.
TEST = "reidentification_test_report"
TEST_RULES = ("NL-R-05", "PI-03")


@covers("R32", "W6")
def personal_among(versions: Iterable[int]) -> set[int]:
    """This will return which of the versions count as personal by a failed test."""
    return {key for (key,) in ask("SELECT v FROM unnest(%s::bigint[]) v WHERE listings_counts_as_personal(v)", [list(versions)])}


def counts_as_personal(version: ListingVersion) -> bool:
    """This will tell whether one version does."""
    return bool(version.pk) and bool(personal_among([version.pk]))


def category_of(version: ListingVersion, *, personal: bool | None = None) -> str:
    """This will return whose data a version counts as: an organisation's become persons' (public ones keep their own regime too)."""
    changed = version.category == DataCategory.ENTERPRISE and (counts_as_personal(version) if personal is None else personal)
    return DataCategory.PERSONAL.value if changed else version.category
