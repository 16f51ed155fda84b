"""Runs claims and judges them; the seed decides the draws, so any number of workers comes to the same figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context

import django

from simulation.claims.claim import Claim, Figure, Measured, Number, all_claims
from simulation.claims.draws import SEED, Draws

__all__ = ["Verdict", "holds", "reproduce", "row_of", "shown", "verdicts"]


@dataclass(frozen=True)
class Verdict:
    """One figure of a claim: expected, measured, and whether it holds."""

    claim: str
    figure: Figure
    measured: Measured
    holds: bool

    @property
    def interval(self) -> tuple[Number, Number]:
        value, half = self.measured.value, self.measured.half
        return (float(value) - half, float(value) + half) if half else (value, value)


def holds(figure: Figure, measured: Measured, *, full: bool) -> bool:
    """This will tell whether a figure holds: near enough, or its whole interval on the right side of the bound.

    With all draws the tolerance alone decides. A quick look draws too few for that and is forgiven its own interval, no more.
    """
    value, half, expected = measured.value, measured.half, figure.expected
    if figure.relation == "=":
        if not figure.tolerance:
            return value == expected
        return abs(float(value) - float(expected)) <= figure.tolerance + (0.0 if full else half)
    above = figure.relation.startswith(">")
    nearest = float(value) - half if above else float(value) + half
    if figure.relation.endswith("=") and nearest == float(expected):
        return True
    return nearest > float(expected) if above else nearest < float(expected)


def verdicts(one: Claim, *, seed: int = SEED, full: bool = False) -> list[Verdict]:
    """This will measure one claim; it yields exactly the figures it declares."""
    measured = list(one.measure(Draws(one.number, seed=seed, full=full)))
    return [Verdict(one.id, figure, found, holds(figure, found, full=full)) for figure, found in zip(one.figures, measured, strict=True)]


def _by_id(id_: str, seed: int, full: bool) -> list[Verdict]:
    return verdicts(all_claims()[id_], seed=seed, full=full)


def reproduce(ids: Iterable[str], *, seed: int = SEED, full: bool = False, workers: int = 1) -> Iterator[list[Verdict]]:
    """This will run the claims, each in one process, and yield them in the order asked."""
    wanted = list(ids)
    if workers <= 1 or len(wanted) <= 1:
        yield from (_by_id(id_, seed, full) for id_ in wanted)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        running = {id_: pool.submit(_by_id, id_, seed, full) for id_ in wanted}
        yield from (running[id_].result() for id_ in wanted)


def shown(number: Number) -> str:
    """This will write a figure for people: fractions as fractions, else up to six digits."""
    if isinstance(number, Fraction) and number.denominator <= 100_000:
        return str(number)
    return f"{float(number):.6g}"


def row_of(one: Verdict) -> dict[str, object]:
    """This will write one figure as the command prints it; exact fractions as text."""
    low, high = one.interval
    return {"id": one.claim, "figure": one.figure.name, "relation": one.figure.relation, "expected": _plain(one.figure.expected),
            "tolerance": one.figure.tolerance, "measured": _plain(one.measured.value), "interval": [_plain(low), _plain(high)],
            "samples": one.measured.samples, "pass": one.holds}


def _plain(number: Number) -> int | float | str:
    if isinstance(number, Fraction):
        return int(number) if number.denominator == 1 else str(number)
    return int(number) if float(number).is_integer() else round(float(number), 8)
