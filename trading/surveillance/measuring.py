"""How good a rule is: precision and recall on what is known, area under the curve, and what another threshold would have done."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from kit.coverage import covers
from trading.surveillance.rules import MILLION

__all__ = ["Backtest", "area", "backtest", "wilson"]

#: Fewer decisions than this say nothing of a share; the interval is shown, the share is not.
FEWEST = 30


def area(guilty: Sequence[float], innocent: Sequence[float]) -> float:
    """This will return how often a guilty one scores above an innocent one (ties count half): the area under the curve."""
    rows = sorted(innocent)
    won = sum(bisect_left(rows, one) + bisect_right(rows, one) for one in guilty) / 2
    return won / (len(guilty) * len(rows)) if guilty and rows else 0.5


def wilson(hits: int, tries: int) -> tuple[int, int]:
    """This will return the 95 % interval of a share, in parts per million (Wilson); 8 of 10: .4902 to .9433."""
    if not tries:
        return 0, MILLION
    z, share = 1.96, hits / tries
    middle = (share + z * z / 2 / tries) / (1 + z * z / tries)
    half = z * sqrt(share * (1 - share) / tries + z * z / 4 / tries / tries) / (1 + z * z / tries)
    return round(max(0.0, middle - half) * MILLION), round(min(1.0, middle + half) * MILLION)


@dataclass(frozen=True)
class Backtest:
    """What a threshold would have made of decisions taken in the past."""

    threshold_ppm: int
    raised: int
    confirmed: int
    missed: int

    @property
    def precision_ppm(self) -> int | None:
        """Of what it would have raised, the share that people confirmed; none where it raises nothing."""
        return self.confirmed * MILLION // self.raised if self.raised else None

    @property
    def recall_ppm(self) -> int | None:
        """Of what people confirmed, the share it would have raised."""
        known = self.confirmed + self.missed
        return self.confirmed * MILLION // known if known else None

    @property
    def interval_ppm(self) -> tuple[int, int]:
        return wilson(self.confirmed, self.raised)

    @property
    def enough(self) -> bool:
        return self.raised >= FEWEST


@covers("H4", "R83")
def backtest(decided: Iterable[tuple[int, bool]], threshold_ppm: int) -> Backtest:
    """This will put a threshold beside past decisions: pairs of a score and whether a person confirmed it.

    Only what was raised at the old threshold was ever decided: a lower threshold than any decided score is judged on nothing new, and the
    page says so.
    """
    rows = list(decided)
    raised = [confirmed for score, confirmed in rows if score >= threshold_ppm]
    return Backtest(threshold_ppm, len(raised), sum(raised), sum(confirmed for score, confirmed in rows if score < threshold_ppm))
