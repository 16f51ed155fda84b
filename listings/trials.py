"""Trial licences 试用许可: a version may be tried for some days by a few people, free or at a small price (R1).

The offer stands in the version's terms of use, so it enters the version's hash; who takes it is told by the trade like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.coverage import covers
from kit.money import MAX_FEN

__all__ = ["Trial", "read_trial", "trial_in"]


@dataclass(frozen=True)
class Trial:
    """For how long, by how many people, over how many rows at most (None = all), and at what price."""

    days: int
    seats: int = 1
    rows: int | None = None
    price_fen: int = 0

    def written(self) -> dict[str, Any]:
        """This will return the offer as terms of use keep it."""
        return {"days": self.days, "seats": self.seats, "rows": self.rows, "price_fen": self.price_fen}


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


@covers("R1")
def read_trial(value: Any) -> Trial:
    """This will read an offer of a trial; a ``ValueError`` says in both languages what is wrong with it."""
    if not isinstance(value, Mapping) or set(value) - {"days", "seats", "rows", "price_fen"}:
        raise ValueError("应为试用条件", "Terms of a trial are expected")
    if not _whole(value.get("days"), 1, 90):
        raise ValueError("试用期为 1 至 90 天", "A trial lasts 1 to 90 days")
    if not _whole(value.get("seats", 1), 1, 1_000):
        raise ValueError("试用人数为 1 至 1,000 人", "A trial is for 1 to 1,000 people")
    if value.get("rows") is not None and not _whole(value["rows"], 1, 10**9):
        raise ValueError("试用行数为正整数", "The rows of a trial are a whole number above zero")
    if not _whole(value.get("price_fen", 0), 0, MAX_FEN):
        raise ValueError("试用价格不小于零", "The price of a trial is not negative")
    return Trial(value["days"], value.get("seats", 1), value.get("rows"), value.get("price_fen", 0))


def trial_in(use_terms: Mapping[str, Any]) -> Trial | None:
    """This will return the trial that a version offers, if it offers one."""
    held = use_terms.get("trial")
    return read_trial(held) if held else None
