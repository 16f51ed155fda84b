"""Prices and shares against the venue's own history: outliers, too few round prices, shares that jump (E63, E64).

Never against a law of first digits: honest prices that lie close together break it every time. Medians and their deviations are not
moved by the few prices they are to find.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import erfc, log, sqrt
from statistics import median

from kit.coverage import covers
from trading.surveillance.direct import Deal
from trading.surveillance.rules import MILLION, Found

__all__ = ["concentration", "is_round", "outliers", "unround"]

#: A market with fewer trades has no history to compare with.
FEWEST = 20
#: A price spread narrower than this (in logarithms) is a list price; being off it by a little is nothing.
LEAST_SPREAD = 0.05
#: So many deviations from the median make the whole score.
WHOLE = 10.0
#: Sudden: the last so many days, beside all before.
RECENT = 30
LEAST_SHARE = 300_000


@covers("H4", "E63")
def outliers(deals: Iterable[Deal]) -> Iterator[Found]:
    """This will say of each trade how far its price is from the earlier and later ones of its market, in robust deviations.

    Of prices 100, 110, 90, 105, 95 ... with median 100 and spread .1, a price of 1,000 is ln 10 = 2.3, or 23 spreads, off.
    """
    for market, its in _markets(deals):
        if len(its) < FEWEST:
            continue
        logs = {deal.code: log(deal.price_fen) for deal in its}
        middle = median(logs.values())
        spread = max(LEAST_SPREAD, 1.4826 * median(abs(value - middle) for value in logs.values()))
        for deal in its:
            off = abs(logs[deal.code] - middle) / spread
            yield Found("price_outlier", (deal.seller, deal.buyer), (deal.code,), round(min(1.0, off / WHOLE) * MILLION),
                        {"market": market, "deviations_ppm": round(min(off, 999) * MILLION), "trades": len(its), "fen": deal.price_fen})


def _markets(deals: Iterable[Deal]) -> list[tuple[str, list[Deal]]]:
    found: dict[str, list[Deal]] = defaultdict(list)
    for deal in deals:
        if deal.price_fen > 0:
            found[deal.market].append(deal)
    return sorted(found.items())


def is_round(fen: int) -> bool:
    """This will tell whether people would call a price round: at most two digits that are not trailing noughts (4,500 yuan, not 4,512)."""
    return fen > 0 and len(str(fen).rstrip("0")) <= 2


@covers("H4", "E64")
def unround(deals: Iterable[Deal]) -> Iterator[Found]:
    """This will name the pairs whose prices are round less often than the rest of the market's; machines that trade with themselves
    do not round. The score is one less the chance of so few among so many."""
    rows = [deal for deal in deals if deal.price_fen > 0]
    whole = sum(is_round(deal.price_fen) for deal in rows)
    pairs: dict[tuple[str, str], list[Deal]] = defaultdict(list)
    for deal in rows:
        pairs[min(deal.seller, deal.buyer), max(deal.seller, deal.buyer)].append(deal)
    for pair, its in sorted(pairs.items()):
        rest = len(rows) - len(its)
        if len(its) < FEWEST or rest < FEWEST:
            continue
        own = sum(is_round(deal.price_fen) for deal in its)
        share = (whole - own) / rest
        chance = _low_tail(own, len(its), share)
        yield Found("unround", pair, tuple(deal.code for deal in its), round((1 - chance) * MILLION),
                    {"trades": len(its), "round": own, "market_round_ppm": round(share * MILLION)})


def _low_tail(hits: int, tries: int, share: float) -> float:
    """The probability of so few hits or fewer, by the normal curve with the half step."""
    spread = sqrt(tries * share * (1 - share))
    return 0.5 * erfc((tries * share - hits - 0.5) / spread / sqrt(2)) if spread else 1.0


@covers("H4", "R85")
def concentration(deals: Iterable[Deal], *, today: int) -> Iterator[Found]:
    """This will name the parties whose share of a market's trades in the last month is above what it was, beyond chance.

    A share below three tenths is no concentration, however sudden.
    """
    for market, its in _markets(deals):
        late = [deal for deal in its if deal.day > today - RECENT]
        early = [deal for deal in its if deal.day <= today - RECENT]
        if len(late) < FEWEST or len(early) < FEWEST:
            continue
        for party in sorted({name for deal in late for name in (deal.seller, deal.buyer)}):
            own = [deal for deal in late if party in (deal.seller, deal.buyer)]
            before = (sum(party in (deal.seller, deal.buyer) for deal in early) + 1) / (len(early) + 2)
            if len(own) * MILLION < LEAST_SHARE * len(late) or len(own) <= before * len(late):
                continue
            chance = _low_tail(len(late) - len(own), len(late), 1 - before)
            yield Found("concentration", (party,), tuple(deal.code for deal in own), round((1 - chance) * MILLION),
                        {"market": market, "share_ppm": len(own) * MILLION // len(late), "before_ppm": round(before * MILLION)})
