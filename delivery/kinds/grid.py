"""Whose data × how far processed × how grave its leak × kind: which deliveries are forbidden, and by which clause (R14, R15, R11, R42).

The cells are compliance's table; here they are read by kind, for whoever delivers, for the pages and for the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from compliance.rules.classification import Cell, cell_of, cells, delivery_allowed
from compliance.taxonomy import DeliveryMode, OpenStatus
from delivery.kinds import KINDS
from kit.coverage import covers
from kit.rejected import Rejected
from listings.anonymity import category_of
from listings.models import ListingVersion
from participants.gates import Gate

__all__ = ["Ruling", "lawful", "ruling", "rulings"]


@dataclass(frozen=True)
class Ruling:
    """What one cell says of one mode: allowed, allowed where public data is open without conditions, or forbidden; and its clause."""

    cell: Cell
    kind: str
    mode: str
    allowed: bool
    if_open: bool

    @property
    def mark(self) -> str:
        """``y`` allowed, ``o`` where it is open without conditions only, ``n`` forbidden."""
        return "y" if self.allowed else "o" if self.if_open else "n"


def _ruled(cell: Cell, kind: str, mode: str) -> Ruling:
    return Ruling(cell, kind, mode, mode in delivery_allowed(cell), mode in delivery_allowed(cell, open_status=OpenStatus.UNCONDITIONAL))


@covers("R14", "R15", "R11", "R42")
def rulings() -> list[Ruling]:
    """This will return every cell's ruling on every mode, in the order of the table and of the kinds."""
    return [_ruled(cell, one.kind, mode.value) for cell in cells().values() for one in KINDS.values() for mode in one.modes]


def ruling(version: ListingVersion) -> Ruling | None:
    """This will return what its cell says of a version's own delivery; None for a version that was never classified."""
    if not (version.category and version.stage and version.grade and version.delivery_mode):
        return None
    kind = next(one.kind for one in KINDS.values() if DeliveryMode(version.delivery_mode) in one.modes)
    return _ruled(cell_of(category_of(version), version.stage, version.grade), kind, version.delivery_mode)


@covers("R14", "R15", "R42", "F6")
def lawful(version: ListingVersion, *, subject: str) -> Gate:
    """This will ask whether data of this class may be delivered in this way at all; the class is what it counts as now."""
    found, asks = ruling(version), ("此类数据可以这样交付", "Data of this class may be delivered so")
    opened = version.facts.get("public_open_status", "") == OpenStatus.UNCONDITIONAL
    if found is None or found.allowed or (found.if_open and opened):
        return Gate(asks)
    return Gate(asks, Rejected("delivery.kind.forbidden", delivery=subject, article=found.cell.basis,
                               mode=(str(DeliveryMode(found.mode).label), found.mode.replace("_", " "))))
