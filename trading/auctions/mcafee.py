"""McAfee's double auction (1992): many sellers, many buyers, everybody names the own value best, and the house never pays in.

With the best ``k`` pairs that would gain, the price is half way between the first pair that would not. If all of the k pairs accept it,
they trade at it; else the k-th pair stays out, the buyers pay the k-th bid, the sellers get the k-th ask, and the difference is the
house's. Where everybody would gain there is no pair that would not, so the last one stays out. Like every call auction it is for the
simulation venue only.
"""

from __future__ import annotations

from collections.abc import Iterable

from trading.auctions.formats import SIMULATION, auction_format
from trading.auctions.orders import OrderFault, Sheet
from trading.auctions.rules import Award, Order, Outcome, by_amount

__all__ = ["clear"]


def clear(bids: Iterable[Order], asks: Iterable[Order]) -> Outcome:
    """This will match single units: awards of the buyers, the sellers and their price among the facts; ties go to the earlier order."""
    buys, sells = by_amount(bids), sorted(asks, key=lambda one: (one.amount, one.seq))
    gaining = sum(buy.amount >= sell.amount for buy, sell in zip(buys, sells, strict=False))
    if not gaining:
        return _outcome([], [], 0, 0)
    worst_bid, worst_ask = buys[gaining - 1].amount, sells[gaining - 1].amount
    if gaining < min(len(buys), len(sells)):
        middle = (buys[gaining].amount + sells[gaining].amount) // 2
        if worst_ask <= middle <= worst_bid:
            return _outcome(buys[:gaining], sells[:gaining], middle, middle)
    return _outcome(buys[:gaining - 1], sells[:gaining - 1], worst_bid, worst_ask)


def _outcome(buys: list[Order], sells: list[Order], pays: int, gets: int) -> Outcome:
    awards = tuple(Award(one.bidder, pays) for one in buys)
    return Outcome(awards, pays if buys else None, (), {
        "volume": len(buys), "sellers_get": gets if sells else None, "house_gets": (pays - gets) * len(buys),
        "sold": [one.bidder for one in sells]})


@auction_format("mcafee", venues=SIMULATION, amounts=("sellers_get", "house_gets"))
def _sheet(sheet: Sheet) -> Outcome:
    """Single units only: a bid or an ask of several is refused."""
    bids, asks = sheet.orders(), sheet.orders("asks")
    if any(one.quantity != 1 for one in (*bids, *asks)):
        raise OrderFault("quantity: one unit each")
    return clear(bids, asks)
