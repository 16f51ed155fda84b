"""The posted price 一口价: licences at the list price, first come first served, until the stock is out."""

from __future__ import annotations

from collections.abc import Iterable

from trading.auctions.formats import PRODUCTION, auction_format
from trading.auctions.orders import OrderFault, Sheet
from trading.auctions.rules import Award, Order, Outcome, Refused

__all__ = ["clear"]


def clear(orders: Iterable[Order], price: int, supply: int) -> Outcome:
    """This will sell in order of arrival to whoever offers at least the list price; a purchase is never cut in part."""
    awards: list[Award] = []
    refused: list[Refused] = []
    left = supply
    for order in sorted(orders, key=lambda order: order.seq):
        if order.amount < price:
            refused.append(Refused(order.bidder, "trading.bid.too_low", order.seq, price))
        elif order.quantity > left:
            refused.append(Refused(order.bidder, "trading.bid.sold_out", order.seq))
        else:
            left -= order.quantity
            awards.append(Award(order.bidder, price, order.quantity))
    return Outcome(tuple(awards), price if awards else None, tuple(refused), {"left": left})


@auction_format("posted", venues=PRODUCTION)
def _sheet(sheet: Sheet) -> Outcome:
    """The list price stands in ``price`` (or ``reserve``), the stock in ``supply``."""
    price = sheet.amount("price", sheet.amount("reserve", None))
    if price is None:
        raise OrderFault("price: a posted price needs its list price")
    return clear(sheet.orders(), price, sheet.quantity("supply"))
