"""The rules of the exchange over whole columns: fee, sealed auction, credit, concentration. Each is held to the production function it
mirrors by a test that hands both the same values; none has a rule of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from trading.auctions.rules import Increments

__all__ = ["Sold", "bps_of", "concentration", "dutch", "english", "gini", "hhi", "ring_bids", "sealed", "weigh", "wilson"]

Column = np.ndarray[Any, Any]
#: Above this an amount times basis points would leave 64 bits.
_MOST_FEN = (2**63 - 1 - 5000) // 10_000
_MONTHS = 24


def bps_of(amounts: Column, bps: int) -> Column:
    """This will take basis points of a column of fen, rounded half up (``kit.money.bps_of``)."""
    if amounts.size and (int(amounts.min()) < 0 or int(amounts.max()) > _MOST_FEN):
        raise ValueError("amounts of a column lie between 0 and 9.2e14 fen")
    taken: Column = (amounts * bps + 5000) // 10_000
    return taken


def weigh(points: Column, months: Column) -> Column:
    """This will return what events still count after whole months, rounded toward zero (``compliance.credit.weigh``)."""
    left = np.maximum(0, _MONTHS - np.maximum(0, months))
    counts: Column = np.sign(points) * (np.abs(points) * left // _MONTHS)
    return counts


class Sold:
    """What became of the lots: for each lot that sold, its number, the place of the winning bid and the price."""

    __slots__ = ("lot", "price", "winner")

    def __init__(self, lot: Column, winner: Column, price: Column) -> None:
        self.lot, self.winner, self.price = lot, winner, price


def sealed(lots: Column, amounts: Column, reserves: Column, *, second: bool) -> Sold:
    """This will award each lot to its highest bid, the earlier among equals, at its own or the second price
    (``trading.auctions.sealed``). ``lots`` says for every bid which lot it is for; ``reserves`` is by lot."""
    standing = np.flatnonzero(amounts >= reserves[lots])
    order = standing[np.lexsort((standing, -amounts[standing], lots[standing]))]
    ranked = lots[order]
    first = np.ones(order.size, dtype=bool)
    first[1:] = ranked[1:] != ranked[:-1]
    at = np.flatnonzero(first)
    sold = ranked[at]
    if not second:
        return Sold(sold, order[at], amounts[order[at]])
    price = reserves[sold].copy()
    follows = at + 1
    rival = (follows < order.size) & ~np.append(first, True)[follows]
    price[rival] = np.maximum(price[rival], amounts[order[follows[rival]]])
    return Sold(sold, order[at], price)


def english(lots: Column, amounts: Column, reserves: Column, raises: Increments) -> Sold:
    """This will award each lot to its highest maximum, the earlier among equals, at the runner-up's maximum and one full raise, never
    above the winner's own (``trading.auctions.english``; the lot starts at its reserve, and any maximum from there on is taken)."""
    sold = sealed(lots, amounts, reserves, second=True)
    standing = amounts >= reserves[lots]
    bidders = np.bincount(lots[standing], minlength=reserves.size)[sold.lot]
    step = np.zeros(sold.price.size, dtype=np.int64)
    for row in reversed(raises.rows):
        due = sold.price < row.below if row.below is not None else np.ones(step.size, dtype=bool)
        step[due] = np.maximum(row.step, -(-sold.price[due] * row.bps // 10_000))
    price = np.where(bidders > 1, np.minimum(amounts[sold.winner], sold.price + step), sold.price)
    return Sold(sold.lot, sold.winner, price)


def dutch(lots: Column, amounts: Column, starts: Column, steps: Column, floors: Column) -> Sold:
    """This will award each lot at the first price of the falling clock that somebody takes, the earlier among equals
    (``trading.auctions.dutch``); starts, steps and floors are by lot."""
    willing = np.minimum(amounts, starts[lots])
    ticks = -(-(starts[lots] - willing) // steps[lots])
    taken = np.where(amounts >= floors[lots], np.maximum(floors[lots], starts[lots] - steps[lots] * ticks), -1)
    return sealed(lots, taken, np.maximum(floors, 0), second=False)


def ring_bids(lots: Column, amounts: Column, members: Column) -> Column:
    """This will let only the highest member of a ring bid in each lot: the others' bids become nothing."""
    found = np.flatnonzero(members)
    order = found[np.lexsort((found, -amounts[found], lots[found]))]
    ranked = lots[order]
    silent = order[1:][ranked[1:] == ranked[:-1]]
    bids = amounts.copy()
    bids[silent] = -1
    return bids


def hhi(sales: Column) -> int:
    """This will return the Herfindahl-Hirschman index in points, rounded half up (``compliance.rules.competition.hhi``)."""
    whole = int(sales.sum())
    if whole <= 0:
        return 0
    squares: int = sum(one * one for one in sales[sales > 0].tolist())
    return (2 * 10_000 * squares + whole * whole) // (2 * whole * whole)


def concentration(sales: Column, most: int = 4) -> float:
    """This will return the share of the largest sellers together (CR4)."""
    whole = int(sales.sum())
    return float(int(np.sort(sales)[::-1][:most].sum()) / whole) if whole > 0 else 0.0


def gini(values: Column) -> float:
    """This will return the Gini coefficient: 0 = all alike, towards 1 = one has everything."""
    ordered = np.sort(values.astype(np.float64))
    whole = float(ordered.sum())
    if ordered.size == 0 or whole <= 0:
        return 0.0
    ranks = np.arange(1, ordered.size + 1)
    return float(2 * (ranks * ordered).sum() / (ordered.size * whole) - (ordered.size + 1) / ordered.size)


def wilson(hits: int, tries: int, z: float = 1.959963984540054) -> tuple[float, float] | None:
    """This will return the 95 % interval of a rate; None below thirty trials, where a rate would say nothing."""
    if tries < 30:
        return None
    rate, spread = hits / tries, z * z / tries
    middle = (rate + spread / 2) / (1 + spread)
    half = z * ((rate * (1 - rate) + spread / 4) / tries) ** 0.5 / (1 + spread)
    # at the ends the interval ends there too; the root would leave a remainder of rounding
    return 0.0 if not hits else max(0.0, middle - half), 1.0 if hits == tries else min(1.0, middle + half)
