"""How concentrated a market is, and what a merger would make of it: four largest, index, filing lines (R85, economics §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.rules.competition import hhi, must_file_concentration
from kit.coverage import covers

__all__ = ["Merged", "merged", "top_four_bps"]

#: Reference lines: above it a market is highly concentrated, and a change of more than so much counts.
HIGH, CHANGE = 1_800, 100


def top_four_bps(sales_fen: Mapping[str, int]) -> int:
    """This will return the share of the four largest sellers in basis points; of 25, 20, 15, 10, 9, 8, 7, 4, 2 it is 7000."""
    whole = sum(sales_fen.values())
    return sum(sorted(sales_fen.values(), reverse=True)[:4]) * 10_000 // whole if whole > 0 else 0


@dataclass(frozen=True)
class Merged:
    """Two sellers as one: the index before and after, their share together, and whether the lines of concern are passed."""

    before: int
    after: int
    share_bps: int
    files: bool

    @property
    def change(self) -> int:
        return self.after - self.before

    @property
    def of_concern(self) -> bool:
        return self.change > CHANGE and (self.after > HIGH or self.share_bps > 3_000)


@covers("H5", "R85", "M5")
def merged(sales_fen: Mapping[str, int], one: str, two: str, *, world_fen: int = 0, china_fen: int = 0,
           parties_china_fen: tuple[int, int] = (0, 0)) -> Merged:
    """This will say what a market would look like with two of its sellers as one, and whether their turnovers must be filed.

    25/20/15/10/9/8/7/4/2: merging the 4 and the 2 lifts the index from 1564 to 1580.
    """
    together = {name: amount for name, amount in sales_fen.items() if name not in (one, two)}
    together[f"{one}+{two}"] = sales_fen.get(one, 0) + sales_fen.get(two, 0)
    whole = sum(sales_fen.values())
    share = together[f"{one}+{two}"] * 10_000 // whole if whole > 0 else 0
    return Merged(hhi(sales_fen), hhi(together), share, must_file_concentration(world_fen, china_fen, parties_china_fen))
