"""When dishonesty pays (E53 to E55): the arithmetic by which cheats of the laboratory decide. Exact fractions in, exact fractions out."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["break_even_gain", "fine_needed", "holdback_needed", "lost_by_ban"]


def break_even_gain(patience: Fraction) -> Fraction:
    """This will return the gain of one cheat, in margins, at which an honest future is worth as much: δ/(1-δ)."""
    if not 0 <= patience < 1:
        raise ValueError("patience lies at or above 0 and below 1")
    return patience / (1 - patience)


def lost_by_ban(patience: Fraction, deals: int) -> Fraction:
    """This will return what a ban of ``deals`` deals costs, in margins of today: δ + δ² + … ."""
    if deals < 0:
        raise ValueError("a ban lasts zero deals or more")
    return break_even_gain(patience) * (1 - patience**deals)


def fine_needed(gain: Fraction, found: Fraction, patience: Fraction, deals: int) -> Fraction:
    """This will return the least fine, in margins, at which a cheat that is found with chance ``found`` does not pay."""
    if not 0 < found <= 1:
        raise ValueError("a chance of being found lies above 0 and at most at 1")
    return max(Fraction(0), gain / found - lost_by_ban(patience, deals))


def holdback_needed(open_orders: int, margin: Fraction, patience: Fraction) -> Fraction:
    """This will return the least part of the price to hold back so that leaving with the open orders does not pay."""
    if open_orders <= 0:
        return Fraction(0)
    return max(Fraction(0), 1 - margin * break_even_gain(patience) / open_orders)
