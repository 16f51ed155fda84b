"""Bidding rings 围标: winners who take turns, and losing bids that lie too close together (E66, E67).

Equal numbers of wins are no evidence, their order is; a ring that copies competition escapes both screens, so neither is ever more
than a question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import factorial
from statistics import mean, median, stdev
from typing import NamedTuple

from kit.coverage import covers
from trading.surveillance.rules import MILLION, Found

__all__ = ["Tender", "by_turns", "close_bids", "rotation"]

#: Rounds of the same group before anything is said of it.
FEWEST = 5
#: Bids of honest houses vary by about .08 of their mean, those of a ring by about .02.
HONEST_CV, RING_CV = 0.083, 0.019


class Tender(NamedTuple):
    """A round of bids that has been decided: everybody's figure, and who won."""

    code: str
    market: str
    bids: Mapping[str, int]
    winner: str
    day: int


def _groups(tenders: Iterable[Tender]) -> Iterator[tuple[tuple[str, ...], list[Tender]]]:
    found: dict[tuple[str, tuple[str, ...]], list[Tender]] = defaultdict(list)
    for one in tenders:
        found[one.market, tuple(sorted(one.bids))].append(one)
    for (_, parties), its in sorted(found.items()):
        yield parties, sorted(its, key=lambda one: (one.day, one.code))


def by_turns(size: int, blocks: int) -> float:
    """This will say how likely ``size`` equal bidders all win once in each of so many blocks by chance: (k!/k^k)^blocks.

    Four bidders over three blocks: .000824; three over four: .00244; five over two: .00147.
    """
    return float((factorial(size) / size**size) ** blocks)


@covers("H4", "E67")
def rotation(tenders: Iterable[Tender]) -> Iterator[Found]:
    """This will name the groups in which everybody wins once in each block, block after block; the score is one less the chance of it."""
    for parties, its in _groups(tenders):
        size = len(parties)
        blocks = [its[n:n + size] for n in range(0, len(its) - size + 1, size)]
        if size < 2 or len(its) < FEWEST or not blocks:
            continue
        turned = sum({one.winner for one in block} == set(parties) for block in blocks)
        chance = _at_least(turned, len(blocks), by_turns(size, 1))
        yield Found("rotation", parties, tuple(one.code for one in its), round((1 - chance) * MILLION),
                    {"rounds": len(its), "blocks": len(blocks), "by_turns": turned, "chance_ppm": round(chance * MILLION)})


def _at_least(hits: int, tries: int, chance: float) -> float:
    """The probability of so many hits or more."""
    return sum(factorial(tries) // factorial(n) // factorial(tries - n) * chance**n * (1 - chance) ** (tries - n)
               for n in range(hits, tries + 1))


@covers("H4", "E66")
def close_bids(tenders: Iterable[Tender]) -> Iterator[Found]:
    """This will name the groups whose bids vary little while the winner stands apart from the losers.

    Half the score is the coefficient of variation (none left at the honest level, all of it at a ring's), half the relative distance
    (the winner's lead over the spread of the losers: an honest .7 counts nothing, a ring's 3 and more all).
    """
    for parties, its in _groups(one for one in tenders if len(one.bids) >= 3):
        if len(its) < FEWEST:
            continue
        spread = median(stdev(one.bids.values()) / mean(one.bids.values()) for one in its)
        apart = median(map(_lead, its))
        narrow = min(1.0, max(0.0, (HONEST_CV - spread) / (HONEST_CV - RING_CV)))
        led = min(1.0, max(0.0, (apart - 0.7) / 2.3))
        yield Found("close_bids", parties, tuple(one.code for one in its), round((narrow + led) / 2 * MILLION),
                    {"rounds": len(its), "variation_ppm": round(spread * MILLION), "lead_ppm": round(min(apart, 99) * MILLION)})


def _lead(one: Tender) -> float:
    losing = sorted(abs(fen - one.bids[one.winner]) for party, fen in one.bids.items() if party != one.winner)
    spread = stdev(fen for party, fen in one.bids.items() if party != one.winner) if len(losing) > 1 else 0.0
    return losing[0] / spread if spread else 99.0
