"""A window of time in which agents act: each act gets its own instant, drawn from the market's chances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from simulation.heap import Act, Heap

__all__ = ["Window", "office_hours"]


@dataclass
class Window:
    """From ``start`` to ``end``; ``chance`` decides when in it."""

    heap: Heap
    chance: Random
    start: datetime
    end: datetime

    def instant(self) -> datetime:
        """This will draw a whole second of the window."""
        seconds = max(1, int((self.end - self.start).total_seconds()))
        return self.start + timedelta(seconds=self.chance.randrange(seconds))

    def plan(self, act: Act) -> datetime:
        """This will let the act happen some time in the window and return when."""
        at = self.instant()
        self.heap.plan(at, act)
        return at

    def perhaps(self, share: float, act: Act) -> None:
        """This will plan the act with the given probability."""
        if self.chance.random() < share:
            self.plan(act)


def office_hours(day: datetime) -> tuple[datetime, datetime]:
    """This will return 9:00 to 18:00 of a day at UTC+8, as UTC instants."""
    start = day.replace(hour=1, minute=0, second=0, microsecond=0)
    return start, start.replace(hour=10)
