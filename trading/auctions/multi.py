"""Several equal licences at once: uniform price and pay-as-bid (pilot and simulation venues only, rules E.1).

Uniform price is the (k+1)-th bid: the highest one that was not fully served, at least the reserve (claim E11).
"""

from __future__ import annotations

from collections.abc import Iterable

from trading.auctions.formats import PILOT, auction_format
from trading.auctions.orders import Sheet
from trading.auctions.rules import Award, Order, Outcome, Refused, by_amount

__all__ = ["pay_as_bid", "uniform"]


def _serve(orders: Iterable[Order], supply: int, reserve: int) -> tuple[list[tuple[Order, int]], int, tuple[Refused, ...]]:
    """Units by rank until supply ends, the marginal order in part; also the best amount that went short."""
    served: list[tuple[Order, int]] = []
    short, refused = reserve, []
    for order in by_amount(orders):
        if order.amount < reserve:
            refused.append(Refused(order.bidder, "trading.bid.below_reserve", order.seq, reserve))
            continue
        units = min(order.quantity, supply)
        supply -= units
        if units:
            served.append((order, units))
        if units < order.quantity:
            short = max(short, order.amount)
    return served, short, tuple(refused)


def uniform(orders: Iterable[Order], supply: int, reserve: int = 0) -> Outcome:
    """This will serve the highest bids and charge everyone the highest amount that went short."""
    served, short, refused = _serve(orders, supply, reserve)
    awards = tuple(Award(order.bidder, short, units) for order, units in served)
    return Outcome(awards, short if awards else None, refused)


def pay_as_bid(orders: Iterable[Order], supply: int, reserve: int = 0) -> Outcome:
    """This will serve the highest bids and charge each its own amount."""
    served, _, refused = _serve(orders, supply, reserve)
    return Outcome(tuple(Award(order.bidder, order.amount, units) for order, units in served), None, refused)


@auction_format("uniform", venues=PILOT)
def _uniform(sheet: Sheet) -> Outcome:
    return uniform(sheet.orders(), sheet.quantity("supply"), sheet.reserve())


@auction_format("pay_as_bid", venues=PILOT)
def _pay_as_bid(sheet: Sheet) -> Outcome:
    return pay_as_bid(sheet.orders(), sheet.quantity("supply"), sheet.reserve())
