"""Prices of noisy answers that nobody can undercut by buying many and averaging them (E25 to E27).

A question's share of what was paid grows with its epsilon: linearly unless the holder says otherwise, and never faster than the square,
for from there on many cheap answers averaged cost less than the one they replace.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from kit.coverage import covers

__all__ = ["MOST_EXPONENT", "bundle_price", "cheapest_attack", "share_fen"]

#: In hundredths: price proportional to epsilon squared is the last that is safe.
MOST_EXPONENT = 200


@covers("E26", "W26")
def share_fen(epsilon_micro: int, whole_micro: int, price_fen: int, exponent: int = 100) -> int:
    """This will say how much of the price a question uses up: ``price · (epsilon / whole) ** (exponent / 100)``, exact when linear.

    >>> share_fen(250_000, 1_000_000, 1_000_00)
    25000
    """
    if not 1 <= exponent <= MOST_EXPONENT or not 0 < epsilon_micro <= whole_micro or price_fen < 0:
        raise ValueError("an exponent up to 2, an epsilon within the whole")
    if exponent % 100 == 0:
        exact = price_fen * Fraction(epsilon_micro, whole_micro) ** (exponent // 100)
        return round(exact)
    with localcontext() as context:
        context.prec = 50
        part = (Decimal(epsilon_micro) / Decimal(whole_micro)) ** (Decimal(exponent) / 100)
        return int((price_fen * part).quantize(Decimal(1), ROUND_HALF_EVEN))


@covers("E25", "E26")
def cheapest_attack(price: Callable[[float], float], *, of: Callable[[float, int], float], target: float, most: int = 49) -> float:
    """This will return the cheapest attack's cost over the list price: buy ``m`` weaker answers (2 to ``most``), average them.

    ``of(target, m)`` is what each of the ``m`` must offer. Below 1 the price can be undercut.
    """
    return min(m * price(of(target, m)) / price(target) for m in range(2, most + 1))


@covers("E27")
def bundle_price(asked: frozenset[str], views: Mapping[frozenset[str], int]) -> int | None:
    """This will price a question by the cheapest set of offered views that together hold all it asks; None where none does.

    Exact, by trying every set: bundles of a room are few. The price so found can be undercut by no other set of the same views.
    """
    rows = list(views.items())
    costs = [sum(cost for _, cost in chosen) for size in range(len(rows) + 1) for chosen in itertools.combinations(rows, size)
             if asked <= frozenset().union(*(view for view, _ in chosen))]
    return min(costs, default=None)
