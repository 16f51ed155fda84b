"""What a claim is: its figures with tolerance, its source, the production functions it runs, and how it is measured.

A claim is a function under ``@claim`` in a module of this package. It draws values, hands them to the same functions that price real
lots, and yields what it measured, figure by figure in the order declared. A claim with an auction of its own would show nothing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module
from types import MappingProxyType

from simulation.claims.draws import Draws

__all__ = ["Claim", "Figure", "Measured", "Number", "all_claims", "claim"]

Number = Fraction | float
Measure = Callable[[Draws], Iterator["Measured"]]


@dataclass(frozen=True)
class Figure:
    """One number that is expected. ``tolerance`` 0 = exactly; ``relation`` other than "=": a bound that the interval keeps."""

    name: str
    expected: Number
    tolerance: float = 0.0
    relation: str = "="


@dataclass(frozen=True)
class Measured:
    """What came out: the value and the half width of its 99 % interval (0 = computed, nothing was drawn)."""

    value: Number
    half: float = 0.0
    samples: int = 1


@dataclass(frozen=True)
class Claim:
    """One claim by its id. ``production``: dotted names of the functions it runs; ``setting``: parameters in words."""

    id: str
    title: str
    source: str
    setting: str
    production: tuple[str, ...]
    figures: tuple[Figure, ...]
    measure: Measure

    @property
    def number(self) -> int:
        return int(self.id[1:])


_CLAIMS: dict[str, Claim] = {}


def claim(id_: str, *, title: str, source: str, setting: str, production: tuple[str, ...],
          figures: tuple[Figure, ...]) -> Callable[[Measure], Measure]:
    """This will enter a claim into the registry; a figure's name is said once within it."""
    assert len({one.name for one in figures}) == len(figures) > 0, f"{id_}: every figure has its own name"

    def enter(measure: Measure) -> Measure:
        assert id_ not in _CLAIMS, f"claim {id_} is written twice"
        _CLAIMS[id_] = Claim(id_, title, source, setting, production, figures, measure)
        return measure

    return enter


@cache
def all_claims() -> Mapping[str, Claim]:
    """This will return every claim by id, in order, having looked through the modules of this package once."""
    package = __name__.rpartition(".")[0]
    for found in pkgutil.iter_modules(import_module(package).__path__):
        import_module(f"{package}.{found.name}")
    return MappingProxyType(dict(sorted(_CLAIMS.items(), key=lambda one: one[1].number)))
