"""Shapley's value of a game too large to write out: averaged over random orders of arrival, each order together with its reverse.

The estimate is exact arithmetic on fractions and always sums to the worth of the whole; what is estimated is how it is spread. An order and
its reverse are antithetic: who comes early in one comes late in the other, so the swings cancel in part (E40). An order may be cut short
once the coalition is worth nearly the whole; what is lost by it is added again in proportion (E42).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from math import ceil, log, sqrt

from kit.coverage import covers
from settlement.sharing.games import ShareFault, Shares

__all__ = ["Sampled", "error_bound", "orders_needed", "sampled"]

#: Worth of a coalition, by the places of its members.
Worth = Callable[[frozenset[int]], Fraction | int]


@dataclass(frozen=True)
class Sampled:
    """An estimate: the values, how many orders it is the average of, how often a worth was asked, what truncation had left out."""

    shares: Shares
    orders: int
    asked: int
    lost: Fraction


@covers("E41")
def orders_needed(parties: int, within: Fraction, wrong: Fraction = Fraction(1, 20)) -> int:
    """This will tell how many orders keep every party's error below ``within``, save with probability ``wrong`` (Hoeffding 1963).

    For marginal worths between 0 and 1; else ``within`` is a part of their range.
    """
    if parties < 1 or not 0 < within < 1 or not 0 < wrong < 1:
        raise ShareFault("settlement.share.bad_bound", "the error and the probability lie between 0 and 1, and there is a party")
    return ceil(log(2 * parties / wrong) / (2 * float(within) ** 2))


def error_bound(parties: int, orders: int, wrong: Fraction = Fraction(1, 20)) -> float:
    """This will tell how far, at most, each value is off after so many orders, as a part of the range of the marginal worths.

    An order and its reverse count as one: they are drawn together.
    """
    if parties < 1 or orders < 1:
        raise ShareFault("settlement.share.bad_bound", "there is a party and an order")
    return sqrt(log(2 * parties / wrong) / (2 * orders))


def _orders(parties: int, seed: str) -> Iterator[list[int]]:
    """Orders of arrival drawn by hashing, so that anyone can draw them again from the seed."""
    number = 0
    while True:
        pool = list(range(parties))
        stream = b""
        for left in range(parties, 1, -1):
            limit = 2**64 - 2**64 % left
            while True:
                if len(stream) < 8:
                    stream += sha256(f"{seed}:{number}".encode()).digest()
                    number += 1
                drawn, stream = int.from_bytes(stream[:8], "big"), stream[8:]
                if drawn < limit:
                    break
            place = drawn % left
            pool[left - 1], pool[place] = pool[place], pool[left - 1]
        yield pool


@covers("G4", "E40", "E42")
def sampled(parties: Sequence[str], worth: Worth, *, orders: int, seed: str, tolerance: Fraction | None = None,
            antithetic: bool = True) -> Sampled:
    """This will estimate Shapley's value from ``orders`` orders of arrival (half of them reversed); the values sum to the whole.

    ``tolerance``: an order ends once what is left is at most that part of the whole.
    """
    named = sorted(set(parties))
    if not named or len(named) != len(parties) or orders < (2 if antithetic else 1):
        raise ShareFault("settlement.share.bad_bound", "parties are named once and there is an order, or two where each is reversed")
    n, whole = len(named), Fraction(worth(frozenset(range(len(named)))))
    near = abs(whole) * tolerance if tolerance is not None else Fraction(-1)
    sums, asked, drawn = [Fraction(0)] * n, 1, 0
    source = _orders(n, seed)
    while drawn < orders:
        order = next(source)
        for way in ((order, order[::-1]) if antithetic and drawn + 1 < orders else (order,)):
            before, there = Fraction(0), frozenset[int]()
            for place in way:
                if abs(whole - before) <= near:
                    break
                there |= {place}
                after = whole if len(there) == n else Fraction(worth(there))
                asked += len(there) < n
                sums[place] += after - before
                before = after
            drawn += 1
    values = [one / drawn for one in sums]
    lost = whole - sum(values)
    return Sampled(dict(zip(named, _added_again(values, lost), strict=True)), drawn, asked, lost)


def _added_again(values: Sequence[Fraction], lost: Fraction) -> list[Fraction]:
    """What truncation left out, in proportion to what was found; equally where nothing was."""
    if not lost:
        return list(values)
    found = sum((abs(one) for one in values), Fraction(0))
    return [one + (lost * abs(one) / found if found else lost / len(values)) for one in values]
