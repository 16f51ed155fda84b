"""Equal terms (R24; Anti-Monopoly Law 22, Shenzhen data regulation 70): what large parties ask of small ones beside what they ask of peers.

Like is compared with like: one seller, one class of data in one industry, one way of delivery, one term. Pure; what it names is a
question to the seller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low
from typing import NamedTuple

from kit.coverage import covers

__all__ = ["EXCEPTIONS", "FEWEST", "Granted", "Like", "Unequal", "unequal"]

Pair = tuple[str, str]
#: Fewer than this on either side are no terms, only deals.
FEWEST = 3
#: The three grounds on which equals may be treated unlike (Shenzhen 70); the desk records which, with the reason.
EXCEPTIONS: dict[str, Pair] = {
    "trade_custom": ("交易相对人实际需要且符合交易习惯", "what the other side needs, by the custom of the trade"),
    "new_user_offer": ("合理期限内的新用户优惠", "an offer to new users for a reasonable time"),
    "fair_random": ("公平、随机的规则", "a rule that is fair and random"),
}


class Like(NamedTuple):
    """What is compared: a seller's terms for one kind of thing."""

    seller: str
    category: str
    sector: str
    delivery: str
    term_days: int


class Granted(NamedTuple):
    """One deal of a large seller that it made at a price of its own: to a micro or small party, or to a peer."""

    like: Like
    small: bool
    price_fen: int


@dataclass(frozen=True)
class Unequal:
    """A seller whose small buyers paid more for the like than its peers: both medians, and how many deals each rests on."""

    like: Like
    small_fen: int
    peers_fen: int
    small: int
    peers: int


@covers("R24", "R85")
def unequal(deals: Iterable[Granted]) -> list[Unequal]:
    """This will name the terms that were worse for small parties than for peers, in the order of seller and kind."""
    groups: dict[Like, dict[bool, list[int]]] = defaultdict(lambda: {True: [], False: []})
    for deal in deals:
        groups[deal.like][deal.small].append(deal.price_fen)
    found = []
    for like in sorted(groups):
        small, peers = groups[like][True], groups[like][False]
        if min(len(small), len(peers)) >= FEWEST and median_low(small) > median_low(peers):
            found.append(Unequal(like, median_low(small), median_low(peers), len(small), len(peers)))
    return found
