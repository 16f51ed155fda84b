"""Random sampling optimal price (Goldberg, Hartline, Wright 2001) for goods that can be copied: each half sets the other's price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from trading.auctions.formats import PILOT, auction_format
from trading.auctions.orders import Sheet
from trading.auctions.rules import Award, Order, Outcome

__all__ = ["clear", "clear_halves", "optimal_price"]


def optimal_price(amounts: Sequence[int]) -> int | None:
    """This will return the price that earns most from these bids (the higher one of equals); None for no bids."""
    ranked = sorted(amounts, reverse=True)
    best: tuple[int, int] | None = None
    for count, amount in enumerate(ranked, start=1):
        if best is None or amount * count > best[0]:
            best = (amount * count, amount)
    return best[1] if best else None


def clear_halves(left: Sequence[Order], right: Sequence[Order]) -> Outcome:
    """This will offer each half the other half's optimal price; an empty half offers nothing."""
    awards = []
    prices = [optimal_price([one.amount for one in half]) for half in (left, right)]
    for half, price in ((left, prices[1]), (right, prices[0])):
        if price is not None:
            awards += [Award(one.bidder, price, one.quantity) for one in half if one.amount >= price]
    return Outcome(tuple(awards), None, (), {"prices": prices})


def clear(orders: Iterable[Order], seed: int | str) -> Outcome:
    """This will toss a fair coin for each bid from ``seed`` (published with the result) and clear the halves."""
    draw = Random(seed)  # noqa: S311 - a published seed is what lets anyone repeat the draw
    left: list[Order] = []
    right: list[Order] = []
    for order in sorted(orders, key=lambda order: order.seq):
        (left if draw.random() < 0.5 else right).append(order)
    return clear_halves(left, right)


@auction_format("rsop", venues=PILOT, amounts=("prices",))
def _sheet(sheet: Sheet) -> Outcome:
    """``seed`` is published with the result, so that anyone can toss the same coins."""
    return clear(sheet.orders(), str(sheet.given("seed", "0")))
