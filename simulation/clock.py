"""The moved market clock: history is lived at instants that the simulation sets, then the clock runs at the wall's pace.

While history is lived the market's clock stands still between two acts (rate 0) and is set forward to the next act's
instant; the database refuses to go back behind a recorded fact. At the end it is anchored at the present with rate 1.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.test.utils import override_settings

from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.operations import unrung

__all__ = ["LivedClock", "last_recorded_at", "lived_history", "present", "unheard"]


@dataclass
class LivedClock:
    """A clock for operations that tells the instant last set, and sets the database's market clock with it.

    With rate 0 the database tells the same instant, so nothing has to be asked between two acts.
    """

    at: datetime
    moves: int = field(default=0, repr=False)

    def now(self) -> datetime:
        return self.at

    def move_to(self, at: datetime) -> None:
        """This will set both clocks to ``at``; an earlier instant changes nothing (an act may follow at once)."""
        at = at.astimezone(UTC)
        if at > self.at or not self.moves:
            self.at = max(at, self.at)
            self.moves += 1
            set_market_clock(self.at, 0)


def present() -> datetime:
    """This will tell the wall's present instant, where every lived history ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at.astimezone(UTC)


def last_recorded_at() -> datetime | None:
    """This will return the instant of the newest recorded or sealed fact, None when nothing is recorded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT GREATEST((SELECT max(at) FROM evidence_record), (SELECT max(at) FROM evidence_seal))")
        row = cursor.fetchone()
    return row[0].astimezone(UTC) if row and row[0] else None


@contextmanager
def unheard() -> Iterator[None]:
    """This will keep the bells of this process still: no worker runs and no browser listens while history is lived.

    Facts are sealed and told by the history itself (``drain``), and screens read the database when they come.
    """
    from channels.layers import channel_layers

    layers = dict(channel_layers.backends)
    channel_layers.backends["default"] = None
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a long batch with few cycles: look for them less often
    try:
        with unrung(), override_settings(LIVE_PREFIX=""):
            yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        channel_layers.backends.clear()
        channel_layers.backends.update(layers)


@contextmanager
def lived_history(start: datetime) -> Iterator[LivedClock]:
    """This will run the body on a clock that begins at ``start``, and afterwards let the market's clock run from the present.

    Commits do not wait for the disk meanwhile: a machine that stops in the middle loses the newest acts whole, never half
    of one, and the next start lives them again.
    """
    clock = LivedClock(start.astimezone(UTC))
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    clock.move_to(start)
    try:
        yield clock
    finally:
        ended = max(present(), clock.at + timedelta(microseconds=1))
        with transaction.atomic():
            set_market_clock(ended, 1)
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
        assert MARKET_CLOCK.now() >= ended
