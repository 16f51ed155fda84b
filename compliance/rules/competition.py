"""Competition screens (Anti-Monopoly Law 24; State Council Order 773): presumptions of dominance, filing thresholds, HHI.

Screens raise a case for a person; they find nothing by themselves (R85, R79).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations

__all__ = ["hhi", "must_file_concentration", "presumed_dominant"]

_JOINT = ((1, Fraction(1, 2)), (2, Fraction(2, 3)), (3, Fraction(3, 4)))
_MINOR = Fraction(1, 10)
_YI = 100_000_000 * 100  # a hundred million yuan in fen
WORLD_FEN, CHINA_FEN, PARTY_FEN = 120 * _YI, 40 * _YI, 8 * _YI


def presumed_dominant(sales_fen: Mapping[str, int]) -> set[str]:
    """This will name who is presumed dominant by shares of sales: one with 1/2, two with 2/3, three with 3/4 together.

    A member of a joint position with less than 1/10 is not presumed. The presumption is rebuttable.
    """
    whole = sum(sales_fen.values())
    if whole <= 0:
        return set()
    shares = {name: Fraction(amount, whole) for name, amount in sales_fen.items()}
    ranked = sorted(shares, key=lambda name: (-shares[name], name))
    # who ties with the third counts as the third
    largest = ranked[:3] + [name for name in ranked[3:] if shares[name] == shares[ranked[2]] >= _MINOR]
    found: set[str] = set()
    for size, line in _JOINT:
        for group in combinations(largest, size):
            if sum(shares[name] for name in group) >= line:
                found |= {name for name in group if size == 1 or shares[name] >= _MINOR}
    return found


def hhi(sales_fen: Mapping[str, int]) -> int:
    """This will return the Herfindahl-Hirschman index in points (10,000 = one seller), rounded half up."""
    whole = sum(sales_fen.values())
    if whole <= 0:
        return 0
    points = sum(Fraction(amount, whole) ** 2 for amount in sales_fen.values()) * 10_000
    return int(points + Fraction(1, 2))


def must_file_concentration(world_fen: int, china_fen: int, parties_china_fen: Sequence[int]) -> bool:
    """This will tell whether a concentration must be filed: totals over a line, and two parties over ¥800m in China.

    The lines are exceeded, not reached.
    """
    two = sum(amount > PARTY_FEN for amount in parties_china_fen) >= 2
    return two and (world_fen > WORLD_FEN or china_fen > CHINA_FEN)
