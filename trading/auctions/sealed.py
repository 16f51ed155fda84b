"""Sealed bids 密封报价 for one object: first price pays the own bid, second price (Vickrey 1961) the runner-up or the reserve."""

from __future__ import annotations

from collections.abc import Iterable

from trading.auctions.formats import PRODUCTION, auction_format
from trading.auctions.orders import Sheet
from trading.auctions.rules import Award, Order, Outcome, Refused, by_amount

__all__ = ["first_price", "second_price", "standing"]


def standing(orders: Iterable[Order], reserve: int) -> tuple[list[Order], tuple[Refused, ...]]:
    """This will rank one bid a bidder, the last one named (an earlier commit keeps no place); bids under the floor are refused."""
    last: dict[str, Order] = {}
    replaced = []
    for order in sorted(orders, key=lambda order: order.seq):
        if order.bidder in last:
            replaced.append(Refused(order.bidder, "trading.bid.replaced", last[order.bidder].seq))
        last[order.bidder] = order
    low = [Refused(one.bidder, "trading.bid.below_reserve", one.seq, reserve) for one in last.values() if one.amount < reserve]
    return by_amount(one for one in last.values() if one.amount >= reserve), (*replaced, *low)


def first_price(orders: Iterable[Order], reserve: int = 0) -> Outcome:
    """This will award to the highest bid at its own amount; equal bids: the earlier one."""
    ranked, refused = standing(orders, reserve)
    if not ranked:
        return Outcome(refused=refused)
    return Outcome((Award(ranked[0].bidder, ranked[0].amount),), ranked[0].amount, refused)


def second_price(orders: Iterable[Order], reserve: int = 0) -> Outcome:
    """This will award to the highest bid at the second highest, at least the reserve; naming one's value is best."""
    ranked, refused = standing(orders, reserve)
    if not ranked:
        return Outcome(refused=refused)
    price = max(reserve, ranked[1].amount) if len(ranked) > 1 else reserve
    return Outcome((Award(ranked[0].bidder, price),), price, refused)


@auction_format("first_price", venues=PRODUCTION)
def _first(sheet: Sheet) -> Outcome:
    return first_price(sheet.orders(), sheet.reserve())


@auction_format("second_price", venues=PRODUCTION)
def _second(sheet: Sheet) -> Outcome:
    return second_price(sheet.orders(), sheet.reserve())
