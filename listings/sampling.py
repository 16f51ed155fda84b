"""What of a data file may be shown before it is bought: masked rows and statistics, and for important data neither (D4; R14).

Whoever shows a version asks here: the product page, the sample explorer, the feed. A column that looks personal shows no value of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compliance.taxonomy import DataGrade
from kit.coverage import covers
from listings.models import ListingVersion

__all__ = ["Column", "Preview", "columns_shown", "preview_of"]

#: Grades whose values nobody sees before buying.
WITHHELD = frozenset({DataGrade.IMPORTANT.value, DataGrade.CORE.value})
#: What of a column tells its values; the rest tells its shape.
_VALUES = ("min", "max", "q1", "median", "q3", "bins")


@dataclass(frozen=True)
class Column:
    """One column as it may be shown: shape always, spread only where the data is neither important nor personal."""

    name: str
    kind: str
    missing: int
    rows: int
    distinct: int | None
    capped: bool
    masked: bool
    low: str = ""
    high: str = ""
    quartiles: tuple[str, str, str] | None = None
    bins: tuple[int, ...] = ()

    @property
    def gap_permille(self) -> int:
        return 1000 * self.missing // self.rows if self.rows else 0

    @property
    def is_scale(self) -> bool:
        """Whether the bins lie on a scale (numbers, dates) or count the most frequent values."""
        return self.kind in {"integer", "number", "date"}


@dataclass(frozen=True)
class Preview:
    """The columns, the masked rows, and whether values are withheld for the grade."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    withheld: bool


def columns_shown(version: ListingVersion) -> list[dict[str, Any]]:
    """This will return the column descriptions as the feed gives them: without what tells values, where values are withheld."""
    withheld = version.grade in WITHHELD
    personal = {one.get("column") for one in version.hints}
    return [{name: value for name, value in one.items() if name not in _VALUES} if withheld or one.get("name") in personal else one
            for one in version.columns]


@covers("D4", "R14")
def preview_of(version: ListingVersion) -> Preview:
    """This will return what may be shown of a version's file."""
    withheld = version.grade in WITHHELD
    personal = {one.get("column") for one in version.hints}
    rows = () if withheld else tuple(tuple(str(cell) for cell in line) for line in version.sample)
    return Preview(tuple(_column(one, version.row_count or 0, withheld, personal) for one in version.columns), rows, withheld)


def _column(shape: Mapping[str, Any], rows: int, withheld: bool, personal: set[Any]) -> Column:
    masked = shape.get("name") in personal
    shown = {} if withheld or masked else shape
    quartiles = tuple(str(shown[name]) for name in ("q1", "median", "q3") if shown.get(name))
    return Column(
        name=str(shape.get("name", "")), kind=str(shape.get("type", "")), missing=int(shape.get("missing", 0)), rows=rows,
        distinct=shape.get("distinct"), capped=bool(shape.get("distinct_capped")), masked=masked, low=str(shown.get("min", "")),
        high=str(shown.get("max", "")), quartiles=(quartiles[0], quartiles[1], quartiles[2]) if len(quartiles) == 3 else None,
        bins=tuple(shown.get("bins") or ()))
