"""Trading goes on: simulated participants act through the production operations on the running market clock, gently.

Plans are made for a minute at a time; between two acts the process sleeps. A refusal is an answer, a lost connection is
opened again, and a word from outside (SIGTERM) ends it between two acts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from evidence.clock import MARKET_CLOCK
from simulation.engine import Engine, assemble
from simulation.market import Market

__all__ = ["GoingOn"]

log = logging.getLogger(__name__)


@dataclass
class GoingOn:
    """The living market: ``pace_s`` is the mean pause between two bids in seconds while there is something to bid for."""

    stopping: Event
    pace_s: float = 4.0
    minute: timedelta = timedelta(minutes=1)
    market: Market = field(default_factory=lambda: Market(MARKET_CLOCK))
    engine: Engine | None = None
    planned_to: datetime | None = None
    next_pulse: datetime | None = None

    def run(self) -> None:
        """This will trade until ``stopping`` is set."""
        while not self.stopping.is_set():
            try:
                pause = self.round()
            except (DatabaseError, InterfaceError) as fault:
                log.warning("the market waits for the database: %s", type(fault).__name__)
                connection.close()
                self.engine, pause = None, 3.0
            self.stopping.wait(pause)

    def round(self) -> float:
        """This will do what is due now and return how many seconds to wait."""
        close_old_connections()
        engine = self.engine or self._begin()
        if engine is None:
            return 5.0
        now = self.market.now()
        if self.planned_to is None or now >= self.planned_to:
            self.planned_to = now + self.minute
            engine.floor.forget_ended()
            engine.floor.take_up()
            engine.plan(now, self.planned_to)
        while not self.stopping.is_set() and engine.step():
            pass
        self._pulse(engine, now)
        return self._pause(engine)

    def _begin(self) -> Engine | None:
        """Everybody must be here first; ``open_market`` sees to that."""
        self.market.meet()
        if not self.market.is_staffed:
            log.info("the market is not open yet")
            return None
        now = self.market.now()
        self.market.reseed("live", now.date(), now.hour)
        self.engine = assemble(self.market, begins={}, present=now - timedelta(days=2), runs_clock=False)
        self.planned_to = None
        return self.engine

    def _pulse(self, engine: Engine, now: datetime) -> None:
        if self.next_pulse is not None and now < self.next_pulse:
            return
        moved = engine.floor.pulse()
        mean = self.pace_s if moved else 3 * self.pace_s
        self.next_pulse = now + timedelta(seconds=max(0.8, self.market.chance.expovariate(1 / mean)))

    def _pause(self, engine: Engine) -> float:
        now = self.market.now()
        coming = [at for at in (engine.next_at, self.next_pulse, self.planned_to) if at is not None]
        return min(max((min(coming) - now).total_seconds(), 0.05), 2.0) if coming else 1.0
