"""Detectors of unfair advantage (R90): the house favouring its own in search, and prices of independent sellers that move together.

Pure, exact (whole numbers and fractions) and each tested against chance: a screen that fires is a question for a person, never a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

from kit.coverage import covers

__all__ = ["VERSION", "Change", "Preference", "Shown", "Together", "moved_together", "preference", "tail"]

#: What an alert names, with the threshold below which chance is ruled out.
VERSION = "detectors-2026.1"
UNLIKELY = Fraction(1, 100)
#: Fewer coincidences than this are no pattern, however unlikely each.
FEWEST = 3


def tail(hits: int, tries: int, chance: Fraction) -> Fraction:
    """This will return the probability of so many hits or more in so many independent tries."""
    return sum((comb(tries, n) * chance**n * (1 - chance) ** (tries - n) for n in range(hits, tries + 1)), Fraction(0))


# ---- self-preferencing ---------------------------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """One listing on a page of results: whether it is tied to the venue, and the key by which the published order places it."""

    tied: bool
    key: tuple[Any, ...]


@dataclass(frozen=True)
class Preference:
    """How often a tied listing stood before an equal that the published order puts first, and how often the other way round."""

    lifted: int
    lowered: int

    @property
    def chance(self) -> Fraction:
        """The probability of so many lifted among all that stand out of order, if ties played no part."""
        return tail(self.lifted, self.lifted + self.lowered, Fraction(1, 2))

    @property
    def suspect(self) -> bool:
        return self.lifted > self.lowered and self.chance <= UNLIKELY


@covers("R90")
def preference(pages: Iterable[Sequence[Shown]]) -> Preference:
    """This will compare each tied listing with each other one on the same page, as they stood and as the published order would."""
    lifted = lowered = 0
    for page in pages:
        for first, second in combinations(page, 2):
            if first.tied != second.tied and first.key > second.key:
                lifted, lowered = lifted + first.tied, lowered + second.tied
    return Preference(lifted, lowered)


# ---- parallel prices -----------------------------------------------------------------------------------------------------------------


class Change(NamedTuple):
    """One change of a list price: whose, on which day of the period, up (1) or down (-1)."""

    seller: str
    day: int
    way: int


@dataclass(frozen=True)
class Together:
    """Two sellers whose prices moved the same way within the window: how often, of how many changes, and how likely by chance."""

    sellers: tuple[str, str]
    hits: int
    tries: int
    chance: Fraction


@covers("R90")
def moved_together(changes: Iterable[Change], *, days: int, window: int, tied: Callable[[str, str], bool] = lambda _a, _b: False
                   ) -> list[Together]:
    """This will name the pairs of independent sellers whose changes meet more often than chance allows, over a period of ``days``.

    Of each pair the probability is that of the changes of the one, thrown on days at random, meeting the other's; both ways round, and
    the likelier counts. It is multiplied by the number of pairs looked at: of all who changed often enough for a pattern.
    """
    moves: dict[str, set[tuple[int, int]]] = {}
    for change in changes:
        moves.setdefault(change.seller, set()).add((change.day, change.way))
    often = sorted(seller for seller, its in moves.items() if len(its) >= FEWEST)
    pairs = [pair for pair in combinations(often, 2) if not tied(*pair)]
    found = [_pair(pair, moves[pair[0]], moves[pair[1]], days, window, len(pairs)) for pair in pairs]
    return [one for one in found if one.hits >= FEWEST and one.chance <= UNLIKELY]


def _pair(sellers: tuple[str, str], one: set[tuple[int, int]], two: set[tuple[int, int]], days: int, window: int, pairs: int) -> Together:
    met = [(*_met(a, b, days, window), len(a)) for a, b in ((one, two), (two, one))]
    hits, _, tries = min(met)
    chance = max(tail(n, of, likely) for n, likely, of in met)
    return Together(sellers, hits, tries, min(Fraction(1), chance * pairs))


def _met(thrown: set[tuple[int, int]], standing: set[tuple[int, int]], days: int, window: int) -> tuple[int, Fraction]:
    """How many of the thrown changes meet a standing one, and how likely one thrown at random does (the likelier of up and down)."""
    near = {way: {day + off for day, its in standing if its == way for off in range(-window, window + 1)} & set(range(days))
            for way in (1, -1)}
    return sum(day in near[way] for day, way in thrown), max(Fraction(len(near[way]), days) for _, way in thrown)
