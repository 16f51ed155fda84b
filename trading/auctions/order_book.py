"""The order book 连续竞价: bids and asks that meet as they arrive. Barred to data venues (国发〔2011〕38号): simulation profile only.

Published rule: the better price first, then the earlier order; each trade is at the price of the order that was there first. What is
left of an order rests until somebody meets it or its owner takes it back. An order never meets one of the same party: the newer one stops
there and its rest is not entered, so nobody trades with itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from trading.auctions.formats import SIMULATION, auction_format
from trading.auctions.orders import OrderFault, Sheet
from trading.auctions.rules import Award, Order, Outcome, Refused

__all__ = ["BUY", "SELL", "Act", "clear"]

BUY, SELL = "buy", "sell"
_SIDES = (BUY, SELL)


@dataclass(frozen=True)
class Act:
    """An order that arrives on a side, or (``cancels``) one taken back by the number it had."""

    side: str
    order: Order
    cancels: int | None = None


@dataclass
class _Book:
    """The orders that rest, best first on each side, and what was traded so far."""

    resting: dict[str, list[Order]]
    awards: list[Award]
    sold: list[list[object]]
    refused: list[Refused]


def _meets(side: str, newcomer: Order, there: Order) -> bool:
    return newcomer.amount >= there.amount if side == BUY else newcomer.amount <= there.amount


def _enter(book: _Book, side: str, order: Order) -> None:
    other = book.resting[SELL if side == BUY else BUY]
    while order.quantity and other and _meets(side, order, other[0]):
        there = other[0]
        if there.bidder == order.bidder:
            book.refused.append(Refused(order.bidder, "trading.bid.own_order", order.seq))
            return
        units = min(order.quantity, there.quantity)
        buyer, seller = (order, there) if side == BUY else (there, order)
        book.awards.append(Award(buyer.bidder, there.amount, units))
        book.sold.append([seller.bidder, units])
        order = replace(order, quantity=order.quantity - units)
        if units == there.quantity:
            other.pop(0)
        else:
            other[0] = replace(there, quantity=there.quantity - units)
    if order.quantity:
        mine = book.resting[side]
        mine.append(order)
        mine.sort(key=lambda one: (-one.amount if side == BUY else one.amount, one.seq))


def _take_back(book: _Book, act: Act) -> None:
    for rows in book.resting.values():
        for place, one in enumerate(rows):
            if one.seq == act.cancels and one.bidder == act.order.bidder:
                del rows[place]
                return
    book.refused.append(Refused(act.order.bidder, "trading.bid.not_resting", act.order.seq))


def clear(acts: Iterable[Act]) -> Outcome:
    """This will let the orders meet in the order of their arrival; the facts say who sold, at which prices, and what still rests."""
    book = _Book({BUY: [], SELL: []}, [], [], [])
    for act in sorted(acts, key=lambda one: one.order.seq):
        if act.cancels is not None:
            _take_back(book, act)
        else:
            _enter(book, act.side, act.order)
    buys, sells = book.resting[BUY], book.resting[SELL]
    return Outcome(tuple(book.awards), None, tuple(book.refused), {
        "volume": sum(one.quantity for one in book.awards), "sold": book.sold, "prices": [one.price for one in book.awards],
        "best_bid": buys[0].amount if buys else None, "best_ask": sells[0].amount if sells else None,
        "resting": [sum(one.quantity for one in buys), sum(one.quantity for one in sells)]})


@auction_format("order_book", venues=SIMULATION, amounts=("prices", "best_bid", "best_ask"))
def _sheet(sheet: Sheet) -> Outcome:
    """``orders`` as they arrived: bidder, side, amount, quantity; or bidder and ``cancels``, the place (from 1) of an earlier one."""
    rows = sheet.given("orders", [])
    if not isinstance(rows, list) or sheet.given("bids") or sheet.given("asks"):
        raise OrderFault("orders: one list of orders of both sides, as they arrived")
    return clear(_act(row, place, sheet) for place, row in enumerate(rows, start=1))


def _act(row: object, place: int, sheet: Sheet) -> Act:
    where = f"orders[{place - 1}]"
    if not isinstance(row, dict) or "bidder" not in row:
        raise OrderFault(f"{where}: an object with bidder")
    if "cancels" in row:
        named = row["cancels"]
        if isinstance(named, bool) or not isinstance(named, int) or not 0 < named < place:
            raise OrderFault(f"{where}: cancels is the place of an earlier order")
        return Act(BUY, Order(str(row["bidder"]), 0, place), named)
    side, units = row.get("side"), row.get("quantity", 1)
    if side not in _SIDES:
        raise OrderFault(f"{where}: side is buy or sell")
    if isinstance(units, bool) or not isinstance(units, int) or units < 1:
        raise OrderFault(f"{where}: a quantity is a whole number of one or more")
    return Act(str(side), Order(str(row["bidder"]), sheet.units(row.get("amount"), where), place, units))
