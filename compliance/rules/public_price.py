"""The guided price of public data 公共数据政府指导定价 (发改价格〔2025〕65号; rules F.3): what may be earned, and the highest price.

Plain whole numbers: fen and basis points. What is permitted is rounded down, so that a cap never stands above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kit.coverage import covers

__all__ = ["MOST_ABOVE_BOND_BPS", "Adjust", "Permitted", "adjustment", "highest_rate_bps", "permitted_revenue"]

#: A profit rate stands at most six percentage points above the ten-year government bond's yield.
MOST_ABOVE_BOND_BPS = 600
#: Up to a tenth the prices follow, beyond it the caps.
_TENTH = 10


class Adjust(StrEnum):
    """What a year's deviation asks for."""

    NOTHING = "nothing"
    PRICES = "prices"
    CAPS = "caps"


@dataclass(frozen=True)
class Permitted:
    """What an operator may earn with a product: cost after subsidy, profit on it, tax; ``fen`` is their sum less last cycle's excess."""

    net_cost_fen: int
    rate_bps: int
    profit_fen: int
    tax_fen: int
    excess_fen: int

    @property
    def fen(self) -> int:
        return max(self.net_cost_fen + self.profit_fen + self.tax_fen - self.excess_fen, 0)

    def cap_fen(self, quantity: int) -> int:
        """This will return the highest price of one licence when ``quantity`` are expected."""
        assert quantity > 0, "a cap is set for at least one licence"
        return self.fen // quantity


def highest_rate_bps(bond_yield_bps: int) -> int:
    """This will return the highest profit rate that may be set at this yield."""
    return bond_yield_bps + MOST_ABOVE_BOND_BPS


@covers("R18", "R44", "B10")
def permitted_revenue(*, cost_fen: int, subsidy_fen: int, rate_bps: int, tax_fen: int = 0, excess_fen: int = 0) -> Permitted:
    """This will reckon the revenue permitted: cost net of subsidy, profit at the rate on it, tax, less what was earned too much before."""
    net = max(cost_fen - subsidy_fen, 0)
    return Permitted(net, rate_bps, net * rate_bps // 10_000, tax_fen, excess_fen)


@covers("R44", "B10")
def adjustment(*, revenue_fen: int, permitted_fen: int) -> Adjust:
    """This will say what a year's revenue asks for: a deviation of a tenth at most moves the prices, a larger one the caps."""
    deviation = abs(revenue_fen - permitted_fen)
    if not deviation:
        return Adjust.NOTHING
    return Adjust.PRICES if deviation * _TENTH <= permitted_fen else Adjust.CAPS
