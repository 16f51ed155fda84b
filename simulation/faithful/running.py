"""A faithful run from its first admission to its hash.

Time goes in whole seconds. Acts wait in one heap by instant, priority (the house before the agents) and order of planning; every
chance comes from the seed; a run of the same scenario, agents, days and seed ends in the same state, on one worker or on two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import numpy as np

from evidence.invariants import check_all
from kit.ids import drawn_from
from simulation.clock import LivedClock, lived_history, unheard
from simulation.faithful.acting import Acting
from simulation.faithful.deciding import Deciding, deciding
from simulation.faithful.exporting import note_stance
from simulation.faithful.housework import EVENING, NIGHT, inline
from simulation.faithful.measuring import measure
from simulation.faithful.plugins import load
from simulation.faithful.population import SHARDS, folk
from simulation.faithful.seeing import Seeing
from simulation.faithful.stage import Stage
from simulation.faithful.state import lines_of_state, state_hash
from simulation.heap import Heap
from simulation.market import Market
from simulation.wide.parameters import ParameterFault, Values, values_of

__all__ = ["LEAST_AGENTS", "MOST_AGENTS", "VERSION", "Run", "run"]

#: Changes whenever the same seed would give another state, or tell another result of it.
VERSION = "faithful-5"
#: Durability of the server: a throw-away database does without it on purpose.
_OF_THE_SERVER = ("I32",)
LEAST_AGENTS, MOST_AGENTS, MOST_DAYS, MOST_WORKERS = 20, 5_000, 370, 64
#: A Monday; every run begins here, so that no calendar of the day it is run on decides anything.
_FIRST = datetime(2030, 1, 7, tzinfo=UTC)
#: Days before the first: registration and listing; public data stands in notice before its certificate.
_PROLOGUE, _NOTICED = timedelta(days=3), timedelta(days=21)
_OPENS, _CLOSES, _NIGHT = timedelta(hours=1), timedelta(hours=10, seconds=1), timedelta(hours=16, minutes=5)

#: What a run through the rooms does not know: here a list bars by what its rules say, and buyers turn to anybody alike.
_WIDE_ONLY = ("barred_share_bps", "reputation", "auction_format", "reserve_bps")
Progress = Callable[[int, int, Market], None]
#: Lends somebody who does the house's work; the usual one does it in this process.
Helpers = Callable[[LivedClock, int], AbstractContextManager[Callable[[str], None]]]


def _here(clock: LivedClock, seed: int) -> AbstractContextManager[Callable[[str], None]]:
    return nullcontext(inline(clock, seed))


@dataclass
class Run:
    """The parts of one run, put together."""

    stage: Stage
    heap: Heap
    acting: Acting
    seeing: Seeing
    decides: Deciding
    clock: LivedClock
    background: Callable[[str], None]
    inspected: set[str]

    def live(self, begins: datetime, days: int, progress: Progress | None) -> None:
        """This will live the days."""
        for number in range(days):
            start = begins + timedelta(days=number)
            self.heap.plan(start + _OPENS - timedelta(seconds=60), partial(self._morning, start + _OPENS), priority=1)
            for at, names in ((start + _CLOSES, EVENING), (start + _NIGHT, NIGHT)):
                for name in names:
                    self.heap.plan(at, partial(self.background, name))
            while (item := self.heap.next_before(start + timedelta(days=1))) is not None:
                at, act = item
                assert not at.microsecond, "a run knows whole seconds only"
                self.clock.move_to(at)
                act()
            if progress is not None:
                progress(number + 1, days, self.stage.market)

    def _morning(self, opens: datetime) -> None:
        at = self.clock.now()
        market = self.stage.market
        view = market.timed("morning.view", partial(self.seeing.market, at))
        desks = market.timed("morning.desks", partial(self.seeing.desks, self.acting.memory, self.inspected))
        intents = market.timed("morning.decide", partial(self.decides.morning, view, desks))
        self.acting.plan(intents, opens)


def _checked(name: str, given: int, least: int, most: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise ParameterFault("simulation.run.out_of_bounds", f"{name}: a whole number from {least} to {most} is needed")


def run(scenario: str = "baseline", *, agents: int = 60, days: int = 30, seed: int = 1, workers: int = 1,
        changes: Mapping[str, int] | None = None, helpers: Helpers = _here, plugin: str = "",
        progress: Progress | None = None) -> dict[str, Any]:
    """This will live a scenario on the present (empty, migrated) database and return its result as plain data."""
    loaded = load(plugin)
    values = values_of(scenario, changes)
    if unheld := [name for name in _WIDE_ONLY if values[name] != values_of("baseline")[name]]:
        raise ParameterFault("simulation.scenario.wide_only", f"{scenario}: {', '.join(unheld)} has no form in the real rooms; run "
                             f"simulate wide {scenario}")
    for name, given, least, most in (("agents", agents, LEAST_AGENTS, MOST_AGENTS), ("days", days, 1, MOST_DAYS),
                                     ("seed", seed, 0, 2**63 - 1), ("workers", workers, 1, MOST_WORKERS)):
        _checked(name, given, least, most)
    people = folk(agents, seed, values)
    prologue = _NOTICED if any(one.public for one in people) else _PROLOGUE
    lived = np.random.SeedSequence(seed, spawn_key=(0, 0)).spawn(2)[1]
    with ExitStack() as lent:
        lent.enter_context(unheard())
        clock = lent.enter_context(lived_history(_FIRST - prologue + _OPENS))
        lent.enter_context(drawn_from(Random(f"{seed}/codes")))  # noqa: S311 (a game, no secret)
        market = Market(clock)
        stage = Stage(market, people, seed, auctions=values["auction_share_bps"] > 0)
        background = lent.enter_context(helpers(clock, seed))
        _prologue(stage, clock, background, values, prologue)
        decides = lent.enter_context(deciding(lived, people, values, workers, plugin))
        heap = Heap()
        acting = Acting(stage, heap, values, _FIRST, background, chance=Random(f"{seed}/meetings"))  # noqa: S311
        one = Run(stage, heap, acting, Seeing(stage, _FIRST), decides, clock, background, set())
        one.live(_FIRST, days, progress)
        return _result(scenario, agents, days, seed, values, loaded, one)


def _prologue(stage: Stage, clock: LivedClock, background: Callable[[str], None], values: Values, lasts: timedelta) -> None:
    """The days before the first: admission, registration the day after, listing on the last."""
    steps: tuple[Callable[[], object], ...] = (partial(_open, stage), stage.register, partial(_sell, stage, values))
    todo = dict(zip((0, 1, lasts.days - 1), steps, strict=True))
    for number in range(lasts.days):
        clock.move_to(_FIRST - lasts + timedelta(days=number) + _OPENS)
        todo.get(number, _nothing)()
        for name in NIGHT:
            clock.move_to(_FIRST - lasts + timedelta(days=number) + _NIGHT)
            background(name)


def _nothing() -> None:
    """A day of waiting."""


def _open(stage: Stage) -> None:
    stage.open()
    if any(one.foreign for one in stage.people):
        note_stance(stage)


def _sell(stage: Stage, values: Values) -> None:
    stage.offer()
    stage.assess()
    stage.broker(max(100, values["price_median_yuan"] * 100 * values["broker_bps"] // 10_000))


def _result(scenario: str, agents: int, days: int, seed: int, values: Values, plugin: str, one: Run) -> dict[str, Any]:
    market, lines = one.stage.market, lines_of_state()
    report = check_all()
    told: dict[str, Any] = {
        "version": VERSION, "scenario": scenario, "agents": agents, "days": days, "seed": seed, "shards": SHARDS,
        "plugin": plugin, "parameters": dict(sorted(values.items())), "acts": market.acts, "refused": dict(sorted(market.refused.items())),
        "metrics": measure(one.stage, one.acting, _FIRST, days), "state_hash": state_hash(lines),
        "facts": sum(line.startswith('["') and not line.startswith(('["balance"', '["status"')) for line in lines),
        "invariants_checked": len(report.checked),
        "violations": sorted(f"{found.id}: {found.text}" for found in report.violations if found.id not in _OF_THE_SERVER)}
    told["result_hash"] = hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    told["citation"] = (f"Data exchange laboratory {VERSION}, scenario {scenario}, {agents} agents, {days} days, seed {seed}, "
                        f"sha256:{told['result_hash'][:16]}")
    return told
