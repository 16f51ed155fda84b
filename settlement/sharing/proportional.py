"""Shares in proportion to agreed weights, or all alike (R9: the share table agreed before listing)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from kit.coverage import covers
from settlement.sharing.games import ShareFault, Shares

__all__ = ["equal", "proportional"]


@covers("R9", "R71")
def proportional(pot: Fraction, weights: Mapping[str, Fraction]) -> Shares:
    """This will give each party ``pot`` times its part of the weights."""
    whole = sum(weights.values(), Fraction(0))
    if whole <= 0 or min(weights.values()) < 0:
        raise ShareFault("settlement.share.bad_weights", "weights are zero or more and at least one is above zero")
    return {party: pot * weight / whole for party, weight in weights.items()}


def equal(pot: Fraction, parties: Iterable[str]) -> Shares:
    """This will give every party the same."""
    named = sorted(set(parties))
    return {party: pot / len(named) for party in named}
