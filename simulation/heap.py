"""The order of things: acts wait in a heap by instant, then by priority; equal ones keep the order in which they were planned."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

__all__ = ["Act", "Heap"]

Act = Callable[[], object]


@dataclass
class Heap:
    """What is still to come, in order of time; the same plan always runs in the same order."""

    waiting: list[tuple[datetime, int, int, Act]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def plan(self, at: datetime, act: Act, priority: int = 0) -> None:
        """This will let ``act`` happen at ``at`` (or at once, when that is past); of one instant the lower priority is first."""
        heapq.heappush(self.waiting, (at, priority, next(self.numbers), act))

    def next_before(self, until: datetime) -> tuple[datetime, Act] | None:
        """This will take the earliest act that lies before ``until``; None when there is none."""
        if not self.waiting or self.waiting[0][0] >= until:
            return None
        at, _, _, act = heapq.heappop(self.waiting)
        return at, act

    def __len__(self) -> int:
        return len(self.waiting)
