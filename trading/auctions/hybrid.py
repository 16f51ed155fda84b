"""The hybrid 混合竞价: a Dutch clock, then sealed bids by the others, then one best bid by whoever took the clock's price.

The clock finds who wants it most eagerly; the sealed bids ask whether anybody would pay more; the taker, who showed its hand first, has
the last word and wins at equal amounts.
"""

from __future__ import annotations

from collections.abc import Iterable

from trading.auctions.rules import Award, Order, Outcome, Refused
from trading.auctions.sealed import standing

__all__ = ["clear", "to_beat"]


def to_beat(orders: Iterable[Order], taken: int | None, floor: int) -> Order | None:
    """This will return the sealed bid the taker has to match: the highest above what was taken (nothing taken: at the floor or above);
    of equal ones the earlier."""
    ranked, _ = standing(orders, floor if taken is None else taken + 1)
    return ranked[0] if ranked else None


def clear(taken: Order | None, orders: Iterable[Order], best: int | None, floor: int) -> Outcome:
    """This will award to the highest: the taker at ``best`` (or at what was taken) unless a sealed bid is above it.

    ``taken`` is the taker's order at the clock's price; None when its bid was voided. Sealed bids of the taker do not count.
    """
    others = [one for one in orders if taken is None or one.bidder != taken.bidder]
    rival = to_beat(others, taken.amount if taken else None, floor)
    low = tuple(Refused(one.bidder, "trading.bid.below_reserve", one.seq, floor) for one in others if one.amount < floor)
    if taken is None:
        return Outcome((Award(rival.bidder, rival.amount),), rival.amount, low) if rival else Outcome(refused=low)
    offer = max(taken.amount, best or 0)
    if rival is None or rival.amount <= offer:
        return Outcome((Award(taken.bidder, offer),), offer, low)
    return Outcome((Award(rival.bidder, rival.amount),), rival.amount, low)
