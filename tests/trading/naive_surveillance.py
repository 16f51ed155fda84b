"""The obvious detector, which accuses the honest: first digits against Benford's law, per party."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import log10

from trading.surveillance.direct import Deal

#: 5 % of chi-square with eight degrees of freedom.
LINE = 15.507


def benford_suspects(deals: Iterable[Deal], *, least: int) -> set[str]:
    """Whoever's prices do not follow the law of first digits."""
    digits: dict[str, list[int]] = defaultdict(list)
    for deal in deals:
        for party in (deal.seller, deal.buyer):
            digits[party].append(int(str(deal.price_fen)[0]))
    return {party for party, its in digits.items() if len(its) >= least and _far(its) > LINE}


def _far(digits: list[int]) -> float:
    return sum((digits.count(d) - len(digits) * log10(1 + 1 / d)) ** 2 / (len(digits) * log10(1 + 1 / d)) for d in range(1, 10))
