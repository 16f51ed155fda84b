"""Shapley's value: each party's average marginal worth over all orders of arrival (Shapley 1953). Exact, no sampling.

For a game written out the sums run once over its coalitions, by size: with A_s the worth of all coalitions of size s and
B_is of those that hold i, the value of i is the sum over s of (s-1)!(n-s)!/n! B_is - s!(n-s-1)!/n! (A_s - B_is).
For a coverage there is a closed form: each record's worth is divided equally among those who supply it.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial, lcm

from kit.coverage import covers
from settlement.sharing.games import Coverage, Game, Shares

__all__ = ["banzhaf", "banzhaf_of_coverage", "shapley", "shapley_of_coverage"]


@covers("R70", "E34", "E36")
def shapley(game: Game) -> Shares:
    """This will return the exact value of each player; the values sum to the worth of the whole."""
    n = len(game.players)
    scale = lcm(*(worth.denominator for worth in game.worth.values())) if game.worth else 1
    by_size = [0] * (n + 1)
    with_player = [[0] * (n + 1) for _ in range(n)]
    for mask, worth in game.worth.items():
        value, size = int(worth * scale), mask.bit_count()
        by_size[size] += value
        left = mask
        while left:
            lowest = left & -left
            with_player[lowest.bit_length() - 1][size] += value
            left ^= lowest
    inside = [factorial(s - 1) * factorial(n - s) if s else 0 for s in range(n + 1)]
    outside = [factorial(s) * factorial(n - s - 1) if s < n else 0 for s in range(n + 1)]
    whole = factorial(n) * scale
    return {name: Fraction(sum(inside[s] * with_player[i][s] - outside[s] * (by_size[s] - with_player[i][s]) for s in range(n + 1)), whole)
            for i, name in enumerate(game.players)}


@covers("E37")
def shapley_of_coverage(coverage: Coverage) -> Shares:
    """This will divide each record equally among those who supply it."""
    counts: dict[str, dict[int, int]] = {party: {} for party in coverage.records}
    for parties in coverage.suppliers().values():
        for party in parties:
            counts[party][len(parties)] = counts[party].get(len(parties), 0) + 1
    return {party: sum((Fraction(number, among) for among, number in by_number.items()), Fraction(0))
            for party, by_number in counts.items()}


@covers("E43")
def banzhaf(game: Game) -> Shares:
    """This will return the average marginal worth over all coalitions of the others; for display, it does not sum to the whole."""
    n, total = len(game.players), sum(game.worth.values(), Fraction(0))
    with_player = [sum((worth for mask, worth in game.worth.items() if mask >> i & 1), Fraction(0)) for i in range(n)]
    return {name: (2 * with_player[i] - total) / 2 ** (n - 1) for i, name in enumerate(game.players)}


def banzhaf_of_coverage(coverage: Coverage) -> Shares:
    """This will count each record as often as a coalition of its other suppliers is empty."""
    shares: Shares = {party: Fraction(0) for party in coverage.records}
    for parties in coverage.suppliers().values():
        for party in parties:
            shares[party] += Fraction(1, 2 ** (len(parties) - 1))
    return shares
