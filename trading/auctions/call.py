"""The call auction 集合竞价: one price for many bids and asks. Barred to data venues (国发〔2011〕38号): simulation profile only.

Published tie rule: greatest volume; then least imbalance; then the price nearest the reference (if given); then the
lowest price. At the price, orders are served by amount, then by arrival; the marginal order is filled in part.
"""

from __future__ import annotations

from collections.abc import Iterable

from trading.auctions.formats import SIMULATION, auction_format
from trading.auctions.orders import Sheet
from trading.auctions.rules import Award, Order, Outcome

__all__ = ["clear"]


def _fill(ranked: list[Order], volume: int, price: int) -> list[Award]:
    awards = []
    for order in ranked:
        units = min(order.quantity, volume)
        if units:
            awards.append(Award(order.bidder, price, units))
            volume -= units
    return awards


def _crossed(buys: list[Order], sells: list[Order], price: int) -> tuple[int, int]:
    demand = sum(one.quantity for one in buys if one.amount >= price)
    supply = sum(one.quantity for one in sells if one.amount <= price)
    return min(demand, supply), demand - supply


def clear(bids: Iterable[Order], asks: Iterable[Order], reference: int | None = None) -> Outcome:
    """This will find the volume-maximal price among the limits named and fill both sides at it."""
    buys, sells = list(bids), list(asks)
    candidates = []
    for price in sorted({one.amount for one in (*buys, *sells)}):
        volume, imbalance = _crossed(buys, sells, price)
        candidates.append((-volume, abs(imbalance), abs(price - reference) if reference is not None else 0, price))
    if not candidates or min(candidates)[0] == 0:
        return Outcome(facts={"volume": 0})
    most, _, _, price = min(candidates)
    volume, imbalance = _crossed(buys, sells, price)
    bought = _fill(sorted((one for one in buys if one.amount >= price), key=lambda one: (-one.amount, one.seq)), volume, price)
    sold = _fill(sorted((one for one in sells if one.amount <= price), key=lambda one: (one.amount, one.seq)), volume, price)
    tied = [one[3] for one in candidates if one[0] == most]
    return Outcome(tuple(bought), price, (), {"volume": volume, "imbalance": imbalance, "prices": tied,
                                              "sold": [[one.bidder, one.quantity] for one in sold]})


@auction_format("call", venues=SIMULATION, amounts=("prices",))
def _sheet(sheet: Sheet) -> Outcome:
    return clear(sheet.orders(), sheet.orders("asks"), sheet.amount("reference", None))
