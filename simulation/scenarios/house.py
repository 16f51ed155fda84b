"""Opening the house, at every start: live what has not been lived yet, then let the market's clock run (lifecycles §6).

A fresh database lives ninety days; one that was closed for a while lives the days it missed, at most thirty; one that was
broken off in the middle goes on where it stands. When nothing is missing nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from evidence.operations import drain
from kit.ids import drawn_from
from participants.queries import house_venue
from simulation.clock import LivedClock, last_recorded_at, lived_history, present, unheard
from simulation.engine import Engine, Progress, assemble
from simulation.market import SEED, Market
from simulation.operations import note_lived_days
from simulation.scenarios.opening import DAYS, RETURNS, SPARES, live_opening

__all__ = ["Opened", "open_house"]

_MOST_MISSED = timedelta(days=30)
_WORTH_LIVING = timedelta(minutes=15)


@dataclass(frozen=True)
class Opened:
    """What opening the house meant: which stretch was lived, by how many acts, and how many were refused."""

    lived_from: datetime
    lived_to: datetime
    acts: int
    refused: int
    market: Market | None

    @property
    def days(self) -> int:
        return round((self.lived_to - self.lived_from) / timedelta(days=1))


def open_house(*, days: int = DAYS, progress: Progress | None = None) -> Opened:
    """This will live what is missing up to the present and leave the market's clock running at the wall's pace."""
    end, last, opened = present(), last_recorded_at(), opening_is_complete()
    start = end - timedelta(days=days)
    if last is not None:
        start = max(last, end - _MOST_MISSED) if opened else max(last, start)
    if opened and end - start < _WORTH_LIVING:
        with lived_history(max(last or end, end)):
            return Opened(end, end, 0, 0, None)
    codes = Random(f"{SEED}/codes/{start.isoformat()}")  # noqa: S311 (a game, no secret)
    with unheard(), lived_history(start) as clock, drawn_from(codes):
        market = Market(clock)
        market.meet()
        _live(market, clock, start, end, opened, last, progress)
        note_lived_days(lived_from=start, lived_to=end, seed=SEED, acts=market.acts, refused=market.refused.total(), clock=clock)
        drain(clock=clock)
    return Opened(start, end, market.acts, market.refused.total(), market)


def _live(market: Market, clock: LivedClock, start: datetime, end: datetime, opened: bool, last: datetime | None,
          progress: Progress | None) -> Engine:
    if not opened:
        return live_opening(market, first_recorded_at() or start, end, resumed_at=start if last else None, progress=progress)
    engine = assemble(market, begins={}, present=end, runs_clock=True, spares=SPARES, returns=RETURNS)
    engine.live(start, end, progress=progress)
    return engine


def first_recorded_at() -> datetime | None:
    """This will return the instant of the oldest fact, where an opening that was broken off had begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM evidence_record")
        row = cursor.fetchone()
    return row[0] if row else None


def opening_is_complete() -> bool:
    """This will tell whether the first stretch of history was lived to its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM evidence_record WHERE kind = 'simulation.market.lived' AND subject = %s)",
                       [house_venue().code])
        return bool(cursor.fetchone()[0])
