"""Direct tests of pretended trade: the same owner on both sides, trades that come back, circles, shared devices (E64).

They look at who stands where, not at the shape of prices: of the published indirect tests only some follow the truth, these do.
Times are whole days, values whole fen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from kit.coverage import covers
from trading.surveillance.rules import MILLION, Found

__all__ = ["Deal", "Mark", "cycles", "round_trips", "same_owner", "shared_sign_ins"]

#: A trade comes back, or a circle closes, within so many days.
WINDOW = 30
#: Circles have so many parties at most (a longer one costs its makers more than it brings).
LONGEST = 4
#: One turn may be chance; two of the same parties are not.
TURNS = 2
ONE_TURN = 700_000
#: A device or address of more organisations than this is an office block or a carrier, and says nothing.
CROWD = 3
#: What one device, and one address, leave of the doubt.
DOUBT = {"device": 100_000, "address": 500_000}


class Deal(NamedTuple):
    """A trade as the detectors see it."""

    code: str
    seller: str
    buyer: str
    thing: str
    market: str
    price_fen: int
    day: int


class Mark(NamedTuple):
    """That an organisation's people signed in from a device or an address, each known by a keyed hash only."""

    party: str
    kind: str
    hash: str


def _by_pair(deals: Iterable[Deal]) -> dict[tuple[str, str], list[Deal]]:
    pairs: dict[tuple[str, str], list[Deal]] = defaultdict(list)
    for deal in deals:
        if deal.price_fen > 0 and deal.seller != deal.buyer:
            pairs[min(deal.seller, deal.buyer), max(deal.seller, deal.buyer)].append(deal)
    return pairs


@covers("H4", "E64")
def same_owner(deals: Iterable[Deal], tied: Callable[[str, str], bool]) -> Iterator[Found]:
    """This will name the pairs who trade with each other under one owner."""
    for pair, its in sorted(_by_pair(deals).items()):
        if tied(*pair):
            yield Found("same_owner", pair, tuple(deal.code for deal in its), MILLION,
                        {"trades": len(its), "fen": sum(deal.price_fen for deal in its)})


@covers("H4", "E64")
def round_trips(deals: Iterable[Deal], *, window: int = WINDOW) -> Iterator[Found]:
    """This will name the pairs between whom trades go out and come back for about as much within the window.

    Each trade answers one other at most, the nearest in value first. The score is how alike the values are, on average over what came
    back; one return is capped, for honest partners exchange once.
    """
    for pair, its in sorted(_by_pair(deals).items()):
        out, back = ([deal for deal in its if deal.seller == one] for one in pair)
        met = sorted(((_alike((a.price_fen, b.price_fen)), a, b) for a in out for b in back if abs(a.day - b.day) <= window),
                     key=lambda one: (-one[0], one[1].code, one[2].code))
        used: set[str] = set()
        trips = []
        for alike, a, b in met:
            if alike >= 800_000 and not {a.code, b.code} & used:
                used |= {a.code, b.code}
                trips.append((alike, a, b))
        if trips:
            score = sum(alike for alike, _, _ in trips) // len(trips)
            yield Found("round_trip", pair, tuple(sorted(used)), _turned(score, len(trips)),
                        {"returns": len(trips), "fen": sum(a.price_fen + b.price_fen for _, a, b in trips), "days": window})


def _alike(values: tuple[int, ...]) -> int:
    """How near values lie: the smallest as a share of the largest, in parts per million."""
    return min(values) * MILLION // max(values)


def _turned(score: int, turns: int) -> int:
    return score if turns >= TURNS else min(score, ONE_TURN)


@covers("H4", "E64")
def cycles(deals: Iterable[Deal], *, window: int = WINDOW, longest: int = LONGEST) -> Iterator[Found]:
    """This will name the circles of three or four parties round which trades of about the same value run, in order and in time.

    Only who both sells and buys can stand in a circle; a chain is followed while each next trade is later, within the window of the
    first, and of like value, so that the search stays small however large the market is.
    """
    rows = [deal for deal in deals if deal.price_fen > 0 and deal.seller != deal.buyer]
    both = {deal.seller for deal in rows} & {deal.buyer for deal in rows}
    after: dict[str, list[Deal]] = defaultdict(list)
    for deal in sorted(rows, key=lambda one: (one.day, one.code)):
        if deal.seller in both and deal.buyer in both:
            after[deal.seller].append(deal)
    turns: dict[tuple[str, ...], list[tuple[Deal, ...]]] = defaultdict(list)
    for first in (deal for its in after.values() for deal in its):
        for chain in _chains((first,), after, first.day + window, longest):
            turns[tuple(sorted(deal.seller for deal in chain))].append(chain)
    for parties, found in sorted(turns.items()):
        kept = _apart(found)
        score = sum(_alike(tuple(deal.price_fen for deal in chain)) for chain in kept) // len(kept)
        yield Found("cycle", parties, tuple(sorted({deal.code for chain in kept for deal in chain})), _turned(score, len(kept)),
                    {"turns": len(kept), "length": len(parties), "fen": sum(deal.price_fen for chain in kept for deal in chain)})


def _chains(chain: tuple[Deal, ...], after: Mapping[str, list[Deal]], until: int, longest: int) -> Iterator[tuple[Deal, ...]]:
    last, seen = chain[-1], {deal.seller for deal in chain}
    for deal in after.get(last.buyer, ()):
        if deal.day < last.day or deal.day > until or deal.code == last.code:
            continue
        if _alike((*(one.price_fen for one in chain), deal.price_fen)) < 750_000:
            continue
        if deal.buyer == chain[0].seller and len(chain) >= 2:
            yield (*chain, deal)
        elif len(chain) < longest - 1 and deal.buyer not in seen:
            yield from _chains((*chain, deal), after, until, longest)


def _apart(found: list[tuple[Deal, ...]]) -> list[tuple[Deal, ...]]:
    """The turns that share no trade, those nearest in value first: one circle seen from three sides is one."""
    used: set[str] = set()
    kept = []
    for chain in sorted(found, key=lambda its: (-_alike(tuple(deal.price_fen for deal in its)), [deal.code for deal in its])):
        codes = {deal.code for deal in chain}
        if not codes & used:
            used |= codes
            kept.append(chain)
    return kept


@covers("H4", "E64")
def shared_sign_ins(met: Iterable[tuple[str, str, str]], marks: Iterable[Mark], *, crowd: int = CROWD) -> Iterator[Found]:
    """This will name the pairs who met (in a trade or a lot, by its code) though their people sign in from the same place."""
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mark in marks:
        holders[mark.kind, mark.hash].add(mark.party)
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (kind, _), parties in holders.items():
        if len(parties) <= crowd:
            for pair in combinations(sorted(parties), 2):
                shared[pair].append(kind)
    codes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one, two, code in met:
        codes[min(one, two), max(one, two)].add(code)
    for pair in sorted(codes.keys() & shared.keys()):
        doubt = MILLION
        for kind in shared[pair]:
            doubt = doubt * DOUBT[kind] // MILLION
        yield Found("shared_sign_in", pair, tuple(sorted(codes[pair])), MILLION - doubt,
                    {"devices": shared[pair].count("device"), "addresses": shared[pair].count("address"), "met": len(codes[pair])})
