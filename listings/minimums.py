"""A minimum order 起订: how many licences, or how much, one order with this seller comes to at least (R1: kept low for small buyers).

The minimum stands in the version's terms of use, so it enters the version's hash. Micro and small buyers are not asked it: a threshold
that only the large can meet is what R1 lowers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.coverage import covers
from kit.money import MAX_FEN

__all__ = ["MOST_LICENCES", "Minimum", "minimum_in", "read_minimum"]

#: A cart holds fifty; an order that needs more than twenty of one seller is no list price any more.
MOST_LICENCES = 20


@dataclass(frozen=True)
class Minimum:
    """At least so many licences of the seller in one order, at least so much for them together (0 = not asked)."""

    licences: int = 0
    fen: int = 0

    def written(self) -> dict[str, Any]:
        """This will return the minimum as terms of use keep it."""
        return {"licences": self.licences, "fen": self.fen}

    def met_by(self, licences: int, fen: int) -> bool:
        """This will tell whether what one order holds of the seller reaches the minimum."""
        return licences >= self.licences and fen >= self.fen


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


@covers("R1")
def read_minimum(value: Any) -> Minimum:
    """This will read a minimum order; a ``ValueError`` says in both languages what is wrong with it."""
    if not isinstance(value, Mapping) or set(value) - {"licences", "fen"}:
        raise ValueError("应为起订要求", "A minimum order is expected")
    if not _whole(value.get("licences", 0), 0, MOST_LICENCES):
        raise ValueError(f"起订份数至多 {MOST_LICENCES} 份", f"A minimum order is {MOST_LICENCES} licences at most")
    if not _whole(value.get("fen", 0), 0, MAX_FEN):
        raise ValueError("起订金额不小于零", "The sum of a minimum order is not negative")
    return Minimum(value.get("licences", 0), value.get("fen", 0))


def minimum_in(use_terms: Mapping[str, Any]) -> Minimum | None:
    """This will return the minimum order that a version asks, if it asks one."""
    held = use_terms.get("min_order")
    found = read_minimum(held) if held else None
    return found if found is not None and (found.licences > 1 or found.fen) else None
