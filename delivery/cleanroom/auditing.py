"""Does the noise keep its promise? Answers over neighbouring data, many times over, and how far their frequencies lie apart (F8, T62).

The promise: whoever is in the data or not, no answer becomes likelier by more than e to the epsilon. Frequencies are known up to chance: of
each outcome the log of the ratio is told with four deviations, and the promise is broken where even its near end lies beyond epsilon.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from delivery.cleanroom.noise import noisy

__all__ = ["Audit", "audit"]

#: Outcomes seen less often on either side tell nothing.
_LEAST = 50
_DEVIATIONS = 4.0


@dataclass(frozen=True)
class Audit:
    """What an audit found: its runs on each side, outcomes compared, the largest log ratio, and the largest that chance cannot explain."""

    runs: int
    epsilon: float
    outcomes: int
    largest: float
    sure: float

    @property
    def holds(self) -> bool:
        return self.sure <= self.epsilon


def _draw(value: int, epsilon_micro: int) -> int:
    return noisy(value, sensitivity=1, epsilon_micro=epsilon_micro)


def audit(runs: int, *, epsilon_micro: int = 1_000_000, size: int = 30, draw: Callable[[int, int], int] = _draw) -> Audit:
    """This will answer a count over data with and without one person, ``runs`` times each, and compare outcome by outcome."""
    here, there = (Counter(draw(value, epsilon_micro) for _ in range(runs)) for value in (size, size + 1))
    largest = sure = 0.0
    compared = 0
    for outcome in set(here) & set(there):
        a, b = here[outcome], there[outcome]
        if min(a, b) < _LEAST:
            continue
        compared += 1
        ratio = abs(math.log(a / b))
        largest, sure = max(largest, ratio), max(sure, ratio - _DEVIATIONS * math.sqrt(1 / a + 1 / b))
    return Audit(runs, epsilon_micro / 1_000_000, compared, largest, sure)
