"""Time as something handed in: operations take ``clock=`` and ask it, they never look at the wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "FixedClock", "MovingClock"]


class Clock(Protocol):
    """Tells the market's present instant as an aware UTC datetime."""

    def now(self) -> datetime: ...


@dataclass(frozen=True)
class FixedClock:
    """Always tells the same instant; for pure functions and tests."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class MovingClock:
    """Tells an instant that only its owner moves, and never backwards; for replays and simulation."""

    at: datetime

    def __post_init__(self) -> None:
        assert self.at.tzinfo is not None, "market time is aware UTC"
        self.at = self.at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def move_to(self, at: datetime) -> None:
        """This will set the clock to ``at``; going back is a programming error."""
        assert at >= self.at, f"the market clock never goes back ({at} < {self.at})"
        self.at = at

    def advance(self, delta: timedelta) -> None:
        """This will move the clock forward by ``delta``."""
        self.move_to(self.at + delta)
