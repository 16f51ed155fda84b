"""Shill bidding 托儿: the published features of one bidder in one lot, and one score of them (E60-E62).

Public figures separate proven shills to a limited extent only, so the score ranks what a person looks at. The weights are set by
hand and tried on a labelled set; a bidder's history counts by how much of it there is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from statistics import mean
from typing import NamedTuple

from kit.coverage import covers
from trading.surveillance.rules import MILLION, Found

__all__ = ["WEIGHTS", "Features", "Lot", "Placed", "beyond", "features", "score", "shills", "turns"]

#: A history of one lot says little: so many lots are added to it that were never bid in.
UNKNOWN = 2
#: A name is put on the list only for as many lots of one seller.
FEWEST_LOTS = 3


class Features(NamedTuple):
    """Shares between 0 and 1, named as the literature names them."""

    tendency: float
    """of the lots this bidder bids in, the share that is this seller's, beyond the share of all lots that is"""
    ratio: float
    """of the lot's bids, the share that is this bidder's"""
    successive: float
    """how often it outbids itself: never 0, once .5, oftener 1"""
    losing: float
    """of the lots this bidder bids in, the share it does not win"""


#: What each feature counts, in parts of 100.
WEIGHTS = Features(tendency=30, ratio=20, successive=25, losing=25)


class Lot(NamedTuple):
    """A lot that has ended: its bidders in the order of their bids."""

    code: str
    seller: str
    bids: tuple[str, ...]
    winner: str


class Placed(NamedTuple):
    """A bid as the book holds it: whose, under which paddle, who led after it, and at what price."""

    bidder: str
    paddle: int
    leader: int
    fen: int


@covers("H4", "E62")
def turns(bids: Iterable[Placed]) -> tuple[str, ...]:
    """This will tell whose turn it was, bid by bid. Only who leads can outbid himself, and only by moving the price.

    A leader who raises his maximum moves none: the house bids for him. One who bids again and again below another's hidden maximum
    is catching up with it. Neither is a further turn.
    """
    told: list[str] = []
    last: Placed | None = None
    for one in bids:
        if last is None or one.bidder != last.bidder or (last.leader == one.paddle and one.fen != last.fen):
            told.append(one.bidder)
        last = one
    return tuple(told)


def beyond(share: float, expected: float) -> float:
    """This will return how far a share goes beyond the one that chance gives, of what there is beyond it: .5 of .2 is .375."""
    return max(0.0, share - expected) / (1 - expected) if expected < 1 else 0.0


@covers("H4", "E62")
def score(one: Features) -> int:
    """This will weigh the features into one number, in parts per million.

    0.311, 0.344, 0.833 and 0.865 (the average shill of the labelled set) give .5866; 0.122, 0.102, 0.017 and 0.308 (the average honest
    bidder) .1383.
    """
    return round(sum(weight * value for weight, value in zip(WEIGHTS, one, strict=True)) * MILLION / sum(WEIGHTS))


def features(lots: Iterable[Lot], offered: Mapping[str, int] | None = None) -> Iterator[tuple[Lot, str, Features]]:
    """This will measure every bidder in every lot.

    ``offered`` says how many lots each seller had on the market, where ``lots`` are only some of them. Of a seller with half of all lots
    everybody's lots are half: only what goes beyond that is a tendency, and on a market of one seller there is none.
    """
    rows = list(lots)
    market = offered or Counter(lot.seller for lot in rows)
    whole = sum(market.values())
    entered: dict[str, int] = defaultdict(int)
    with_seller: dict[tuple[str, str], int] = defaultdict(int)
    lost: dict[str, int] = defaultdict(int)
    for lot in rows:
        for bidder in set(lot.bids):
            entered[bidder] += 1
            with_seller[bidder, lot.seller] += 1
            lost[bidder] += bidder != lot.winner
    for lot in rows:
        runs: dict[str, int] = defaultdict(int)
        for one, two in pairwise(lot.bids):
            runs[one] += one == two
        for bidder in sorted(set(lot.bids)):
            known = entered[bidder] + UNKNOWN
            tendency = beyond(with_seller[bidder, lot.seller] / known, market.get(lot.seller, 0) / whole)
            yield lot, bidder, Features(tendency, lot.bids.count(bidder) / len(lot.bids),
                                        min(runs[bidder], 2) / 2, lost[bidder] / known)


@covers("H4", "E62")
def shills(lots: Iterable[Lot], offered: Mapping[str, int] | None = None) -> Iterator[Found]:
    """This will name the pairs of a seller and a bidder over at least three lots, by the average of the lots' scores."""
    met: dict[tuple[str, str], list[tuple[Lot, Features]]] = defaultdict(list)
    for lot, bidder, its in features(lots, offered):
        met[lot.seller, bidder].append((lot, its))
    for (seller, bidder), rows in sorted(met.items()):
        if len(rows) >= FEWEST_LOTS and seller != bidder:
            means = Features(*(mean(column) for column in zip(*(one for _, one in rows), strict=True)))
            yield Found("shill", (seller, bidder), tuple(sorted(lot.code for lot, _ in rows)), score(means),
                        {"lots": len(rows), **{name: round(value * MILLION) for name, value in means._asdict().items()}})
