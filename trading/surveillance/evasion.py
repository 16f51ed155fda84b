"""Going round the venue: talks that end here and trades that appear elsewhere, copies of listings, uses beyond the grant (R47)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from kit.coverage import covers
from trading.surveillance.rules import MILLION, Found

__all__ = ["Copy", "Elsewhere", "Talk", "Use", "off_venue", "overuse", "replicas"]

#: A trade elsewhere so many days after the talks is taken to be theirs.
AFTER = 45
#: Pieces that more listings than this share are a form, not a product.
COMMON = 20


class Talk(NamedTuple):
    """Two parties in touch here about a thing, and the talks ended without a trade."""

    code: str
    seller: str
    buyer: str
    thing: str
    ended: int


class Elsewhere(NamedTuple):
    """A trade made off the exchange: reported by its parties, or found out."""

    code: str
    seller: str
    buyer: str
    thing: str
    day: int


class Copy(NamedTuple):
    """A listing as its fingerprint: pieces of it, and since when it stands."""

    code: str
    owner: str
    since: int
    pieces: Collection[str]


class Use(NamedTuple):
    """What a trade granted, and what was used."""

    trade: str
    buyer: str
    granted: int
    used: int


@covers("H4", "R47")
def off_venue(talks: Iterable[Talk], elsewhere: Iterable[Elsewhere]) -> Iterator[Found]:
    """This will name the pairs whose talks ended here and whose trade in the same thing followed elsewhere. Each further one halves the
    doubt: once .5, twice .75, three times .875."""
    ended: dict[tuple[str, str, str], list[Talk]] = defaultdict(list)
    for talk in talks:
        ended[talk.seller, talk.buyer, talk.thing].append(talk)
    pairs: dict[tuple[str, str], list[tuple[Talk, Elsewhere]]] = defaultdict(list)
    used: set[str] = set()
    for trade in sorted(elsewhere, key=lambda one: (one.day, one.code)):
        for talk in sorted(ended.get((trade.seller, trade.buyer, trade.thing), ()), key=lambda one: (-one.ended, one.code)):
            if 0 <= trade.day - talk.ended <= AFTER and talk.code not in used:
                used.add(talk.code)
                pairs[trade.seller, trade.buyer].append((talk, trade))
                break
    for pair, its in sorted(pairs.items()):
        objects = sorted({code for talk, trade in its for code in (talk.code, trade.code)})
        yield Found("off_venue", pair, tuple(objects), MILLION - MILLION // 2 ** min(len(its), 20), {"times": len(its), "days": AFTER})


@covers("H4", "CAP-E9")
def replicas(copies: Iterable[Copy], *, own: Mapping[str, str] | None = None) -> Iterator[Found]:
    """This will name each listing that repeats an earlier one of somebody else: the share of its pieces that stood there first."""
    rows = sorted((one for one in copies if one.pieces), key=lambda one: (one.since, one.code))
    holders: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(rows):
        shared: dict[int, int] = defaultdict(int)
        for piece in set(one.pieces):
            if len(holders[piece]) <= COMMON:
                for earlier in holders[piece]:
                    shared[earlier] += 1
            holders[piece].append(number)
        others = [(count, rows[earlier]) for earlier, count in shared.items() if rows[earlier].owner != one.owner]
        if others:
            count, first = max(others, key=lambda its: (its[0], its[1].code))
            yield Found("replica", (one.owner, first.owner), (one.code, first.code), count * MILLION // len(set(one.pieces)),
                        {"pieces": len(set(one.pieces)), "shared": count})


@covers("H4", "R40")
def overuse(uses: Iterable[Use]) -> Iterator[Found]:
    """This will name the buyers who used more than was granted: the score is the excess as a share of the grant, one at most."""
    for one in uses:
        if one.used > one.granted > 0:
            yield Found("overuse", (one.buyer,), (one.trade,), min(MILLION, (one.used - one.granted) * MILLION // one.granted),
                        {"granted": one.granted, "used": one.used})
