"""What an exclusive licence has to bring: data can be copied, so a seller who grants it to one gives up all the others.

For ``n`` buyers whose values spread evenly from nothing to a most: one exclusive licence by second price with the best reserve (half
of the most) earns (n-1)/(n+1) + (1 - n/(n+1)) / 2^n of the most, open licences at half of it earn n/4. Exact fractions; a hint, no rule.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["MOST_BUYERS", "break_even_premium", "exclusive_revenue", "open_revenue"]

#: Beyond this the hint is no help: nobody sells exclusively to a crowd.
MOST_BUYERS = 1_000


def exclusive_revenue(buyers: int) -> Fraction:
    """This will return the expected price of the one exclusive licence, as a share of the highest value there may be."""
    _refuse(buyers)
    return Fraction(buyers - 1, buyers + 1) + Fraction(1, 2**buyers) * (1 - Fraction(buyers, buyers + 1))


def open_revenue(buyers: int) -> Fraction:
    """This will return what licences to everybody earn at half of the highest value."""
    _refuse(buyers)
    return Fraction(buyers, 4)


def break_even_premium(buyers: int) -> Fraction:
    """This will return by how much an exclusive licence must beat what it would fetch, before it is worth as much as open ones."""
    return open_revenue(buyers) / exclusive_revenue(buyers)


def _refuse(buyers: int) -> None:
    if not 1 <= buyers <= MOST_BUYERS:
        raise ValueError(f"between 1 and {MOST_BUYERS} buyers")
