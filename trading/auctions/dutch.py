"""The Dutch clock 荷式竞价: the price falls step by step, the first to take it has it at the clock's price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trading.auctions.formats import PRODUCTION, auction_format
from trading.auctions.orders import Sheet
from trading.auctions.rules import Award, Order, Outcome, Refused

__all__ = ["DutchTerms", "clear", "clock_price"]


@dataclass(frozen=True)
class DutchTerms:
    """The clock starts at ``start`` and falls by ``step`` down to ``floor`` (the last price asked)."""

    start: int
    step: int
    floor: int = 0


def clock_price(terms: DutchTerms, ticks: int) -> int:
    """This will return what the clock asks after ``ticks`` steps; below the floor it does not go."""
    return max(terms.floor, terms.start - terms.step * ticks)


def _taken_at(terms: DutchTerms, willing: int) -> int:
    """The first price of the clock that is not above what the bidder is willing to pay."""
    if willing >= terms.start:
        return terms.start
    ticks = -(-(terms.start - willing) // terms.step)
    return clock_price(terms, ticks)


def clear(terms: DutchTerms, orders: Iterable[Order]) -> Outcome:
    """This will award to whoever takes at the highest clock price; at the same step the earlier order (lock order) has it."""
    taken, refused = [], []
    for order in sorted(orders, key=lambda order: order.seq):
        if order.amount < terms.floor:
            refused.append(Refused(order.bidder, "trading.bid.below_reserve", order.seq, terms.floor))
        else:
            taken.append((-_taken_at(terms, order.amount), order.seq, order))
    if not taken:
        return Outcome(refused=tuple(refused))
    price, _, first = min(taken, key=lambda one: one[:2])
    return Outcome((Award(first.bidder, -price),), -price, tuple(refused))


@auction_format("dutch", venues=PRODUCTION)
def _sheet(sheet: Sheet) -> Outcome:
    """``start`` falls by ``increment`` down to ``reserve``; without a start the clock begins at the highest bid."""
    orders, floor = sheet.orders(), sheet.reserve()
    highest = max((one.amount for one in orders), default=floor)
    start = sheet.amount("start", highest)
    return clear(DutchTerms(highest if start is None else start, max(1, sheet.amount("increment") or 0), floor), orders)
