"""The engine: agents plan into one heap, the heap is run in order of time; lived history moves the clock, live trading waits.

The same agents live the ninety days, the days missed in a pause, and the trading that goes on. While history is lived the
engine also does what the worker does otherwise: it opens and closes lots at their instants, acts on deadlines each night,
runs the daily settlement cycle, and seals and delivers the day's records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from evidence.operations import drain
from simulation.agents.agreeing import Agreeing
from simulation.agents.associating import Associating
from simulation.agents.auctioneer import Auctioneer
from simulation.agents.buyer import HUMANS
from simulation.agents.clockwork import evening_tasks, nightly_tasks
from simulation.agents.dealing import Dealing
from simulation.agents.desk import Desk
from simulation.agents.episodes import MENDED, Episodes
from simulation.agents.handing_over import HandingOver
from simulation.agents.mandates import Mandates
from simulation.agents.merchant import Supply
from simulation.agents.noise import Noise
from simulation.agents.offmarket import OffMarket
from simulation.agents.ordering import Ordering
from simulation.agents.overseeing import Overseeing
from simulation.agents.shopping import Shopping
from simulation.agents.signing_in import SigningIn
from simulation.agents.swapping import Swapping
from simulation.agents.talking import Talking
from simulation.agents.watching import Watching
from simulation.clock import LivedClock
from simulation.floor import Floor
from simulation.heap import Heap
from simulation.market import Market
from simulation.times import Window, office_hours

__all__ = ["Agent", "Engine", "Progress"]

Progress = Callable[[int, int, Market], None]


class Agent(Protocol):
    """Somebody who plans what to do in a window of time."""

    def plan(self, window: Window) -> None: ...


@dataclass
class Engine:
    """Who acts, on which market; ``nightly`` are the worker's tasks, by name, done while history is lived."""

    market: Market
    heap: Heap
    floor: Floor
    agents: list[Agent] = field(default_factory=list)
    nightly: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    evening: Mapping[str, Callable[[], object]] = field(default_factory=dict)

    def plan(self, start: datetime, end: datetime) -> None:
        """This will let every agent plan a window."""
        window = Window(self.heap, self.market.chance, start, end)
        for agent in self.agents:
            self.market.timed(f"plan.{type(agent).__name__.lower()}", partial(agent.plan, window))

    # ---- lived history ---------------------------------------------------------------------------------------------------

    def live(self, start: datetime, end: datetime, *, progress: Progress | None = None) -> None:
        """This will live from ``start`` to ``end`` in order of time, day by day, as fast as the machine can."""
        clock = self.market.clock
        assert isinstance(clock, LivedClock), "history is lived on a moved clock"
        self.floor.take_up()
        days = max(1, (end - start).days)
        day, number = start.replace(hour=0, minute=0, second=0, microsecond=0), 0
        while day < end:
            self.market.reseed(day.date())
            opens, closes = office_hours(day)
            if start <= closes and opens < end:
                self._plan_day(max(opens, start), min(closes, end), end)
            self._run(clock, min(day + timedelta(days=1), end))
            number += 1
            if progress is not None:
                progress(min(number, days), days, self.market)
            day += timedelta(days=1)
        clock.move_to(end)
        self._seal()

    def _plan_day(self, opens: datetime, closes: datetime, end: datetime) -> None:
        """Lots open and close every day and the cycle runs every evening; offices and parties work on working days."""
        works = opens.weekday() < 5
        if works:
            self.heap.plan(opens, lambda: self.plan(opens + timedelta(seconds=1), closes))
        nightly = self.nightly if works else {}
        for at, tasks in ((closes + timedelta(seconds=1), self.evening), (closes + timedelta(hours=6, minutes=5), nightly)):
            if at < end:
                for name, task in tasks.items():
                    self.heap.plan(at, partial(self.market.timed, f"clock.{name}", task))
        if works and closes + timedelta(seconds=2) < end:
            self.heap.plan(closes + timedelta(seconds=2), self._seal)

    def _run(self, clock: LivedClock, until: datetime) -> None:
        while (item := self.heap.next_before(until)) is not None:
            at, act = item
            self.market.timed("clock.move", partial(clock.move_to, at))
            act()

    def _seal(self) -> None:
        self.market.timed("evidence.drain", lambda: drain(clock=self.market.clock))

    # ---- live trading ----------------------------------------------------------------------------------------------------

    def step(self) -> bool:
        """This will do the next act whose time has come; False when none has."""
        item = self.heap.next_before(self.market.now())
        if item is None:
            return False
        item[1]()
        return True

    @property
    def next_at(self) -> datetime | None:
        """When the next act is planned."""
        return self.heap.waiting[0][0] if self.heap.waiting else None


def assemble(market: Market, *, begins: Mapping[str, datetime], present: datetime, runs_clock: bool, bids_a_lot: int = 18,
             spares: frozenset[str] = frozenset(), returns: frozenset[str] = frozenset()) -> Engine:
    """This will put the market's agents together."""
    heap = Heap()
    floor = Floor(market, heap, runs_clock=runs_clock, bids_a_lot=bids_a_lot)
    if not runs_clock:  # people sit at the desks now, and at those of the demo accounts' own parties
        return Engine(market, heap, floor, [
            Auctioneer(market, floor, present, most=1, passive=HUMANS),
            Dealing(market, pay=0.02, send=0.03, take=0.02, passive=HUMANS), OffMarket(market, daily=0.01, passive=HUMANS),
            Shopping(market, daily=0.01, passive=HUMANS), Agreeing(market, passive=HUMANS, ends=False),
            Talking(market, daily=0.01, asks=0.005, answers=0.02, passive=HUMANS), Noise(market, floor, daily=0.2)])
    agents: list[Agent] = [Desk(market, spares=spares, returns=returns | MENDED), Supply(market, dict(begins)),
                           Auctioneer(market, floor, present), Dealing(market), OffMarket(market), Shopping(market), Noise(market, floor),
                           Mandates(market), Talking(market), Ordering(market), Swapping(market), Agreeing(market),
                           Episodes(market, present), HandingOver(market, present), Watching(market),
                           SigningIn(market), Associating(market, present), Overseeing(market, present)]
    return Engine(market, heap, floor, agents, nightly_tasks(market.clock), evening_tasks(market.clock))
