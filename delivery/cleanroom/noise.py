"""Noise that is safe in floating point: the discrete Laplace of opendp over whole numbers, and no other source of it.

Epsilon is a whole number of millionths. What a draw costs is asked of the mechanism itself and compared exactly; a scale that would cost
more, or a generator that fails, raises: there is no path on which a value leaves without its noise (F8).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from delivery.cleanroom.compiler import cells_of, scalars_of
from delivery.cleanroom.language import Question
from delivery.cleanroom.offering import Offer

__all__ = ["LEAST_EPSILON", "MICRO", "noisy", "released", "shares_of", "threshold"]

MICRO = 1_000_000
#: The least a question may cost: below it the noise drowns every answer anyway.
LEAST_EPSILON = 10_000
#: How often at most a group smaller than the room's least may come through: once in so many.
_ONCE_IN = 1_000


def shares_of(question: Question, offer: Offer, epsilon_micro: int) -> int:
    """This will say how much each number of the answer costs: the whole split evenly, rounded down."""
    return epsilon_micro // len(scalars_of(question, offer))


def _mechanism(sensitivity: int, epsilon_micro: int) -> Any:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    budget = Fraction(epsilon_micro, MICRO)
    scale = float(Fraction(sensitivity) / budget)
    for _ in range(8):
        made = dp.m.make_laplace(dp.atom_domain(T="i64"), dp.absolute_distance(T="i64"), scale=scale)
        if Fraction(made.map(sensitivity)) <= budget:
            return made
        scale = math.nextafter(scale, math.inf)
    raise ArithmeticError("no scale keeps within the epsilon")


def noisy(value: int, *, sensitivity: int, epsilon_micro: int) -> int:
    """This will return the value with noise for that epsilon; it raises rather than return anything else."""
    if type(value) is not int or sensitivity < 1 or epsilon_micro < 1:
        raise ArithmeticError("a draw needs a whole number, a sensitivity and an epsilon")
    return int(_mechanism(sensitivity, epsilon_micro)(value))


def threshold(least: int, *, sensitivity: int, epsilon_micro: int) -> int:
    """This will say from which noisy number of persons a group is shown: fewer than ``least`` pass once in a thousand at most.

    >>> threshold(20, sensitivity=1, epsilon_micro=1_000_000)
    26
    """
    rate = epsilon_micro / MICRO / sensitivity
    return least - 1 + max(1, math.ceil((math.log(_ONCE_IN) - math.log1p(math.exp(-rate))) / rate))


def released(question: Question, offer: Offer, exact: Mapping[tuple[str, ...], list[int]], *, epsilon_micro: int,
             draw: Any = noisy) -> list[dict[str, Any]]:
    """This will turn exact numbers into what may leave: one row a declared group, small ones without numbers, in declared order."""
    scalars, share = scalars_of(question, offer), shares_of(question, offer, epsilon_micro)
    if share < 1:
        raise ArithmeticError("too little epsilon for so many numbers")
    from_persons = threshold(offer.least, sensitivity=scalars[0].sensitivity, epsilon_micro=share)
    rows = []
    for group in cells_of(question, offer):
        found = exact.get(group) or [0] * len(scalars)
        drawn = {(one.of, one.column): draw(value, sensitivity=one.sensitivity, epsilon_micro=share)
                 for one, value in zip(scalars, found, strict=True)}
        shown = drawn["persons", ""] >= from_persons
        rows.append({"group": list(group), "shown": shown, "measures": [
            _measured(one.of, one.column, drawn, offer) if shown else "" for one in question.measures]})
    return rows


def _measured(of: str, name: str, drawn: Mapping[tuple[str, str], int], offer: Offer) -> str:
    if of in {"count", "persons"}:
        return str(drawn["rows" if of == "count" and offer.person else "persons", ""])
    column = offer.column(name)
    assert column is not None
    if of == "sum":
        return str(Decimal(drawn["sum", name]).scaleb(-column.scale))
    if drawn["filled", name] < 1:
        return ""
    mean = Decimal(drawn["sum", name]) / Decimal(drawn["filled", name])
    held = min(max(mean, Decimal(column.lower)), Decimal(column.upper)).scaleb(-column.scale)
    return str(held.quantize(Decimal(1).scaleb(-column.scale - 2), ROUND_HALF_EVEN))
