"""The opening: ninety days lived through the real operations before anybody looks (lifecycles §6).

Day 0 seats the desks, the first days admit the parties, the first weeks register and list what the catalogue holds; from
then on lots are announced, opened, bid for, closed, paid, delivered, accepted and settled, day by day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random

from compliance.taxonomy import DataCategory
from simulation.agents.cheat import Misconduct
from simulation.agents.researching import Research
from simulation.cast import CAST, Player
from simulation.catalogue import OFFERS
from simulation.engine import Engine, Progress, assemble
from simulation.market import SEED, Market
from simulation.stage import admit_player, open_desks

__all__ = ["ACT_BUDGET", "DAYS", "RETURNS", "SPARES", "begin_times", "live_opening"]

DAYS = 90
ACT_BUDGET = 8_000
#: An opening this long has a researcher's experiments at its end.
RESEARCH_FROM = 10
#: What still lies under review when the house opens, and what was sent back.
SPARES = frozenset({"airports_california.csv", "airports_texas.csv", "iris_measurements.csv"})
RETURNS = frozenset({"barley_trials.csv"})


def begin_times(start: datetime, days: int) -> Mapping[str, datetime]:
    """This will tell from when each offer is worked on: spread over the first five weeks, the late ones near the end."""
    order = [one.key for one in OFFERS]
    Random(SEED).shuffle(order)  # noqa: S311 (a game, no secret)
    begins = {key: start + timedelta(days=turn * 34 * days / DAYS / len(order)) for turn, key in enumerate(order)}
    for one in OFFERS:
        if one.file_name in SPARES | RETURNS:
            lead = 20 if one.category is DataCategory.PUBLIC else 6
            begins[one.key] = start + timedelta(days=max(days - lead, 1))
    return begins


def live_opening(market: Market, start: datetime, end: datetime, *, resumed_at: datetime | None = None,
                 progress: Progress | None = None) -> Engine:
    """This will live the market's first days, from an empty house at ``start`` to ``end``.

    An opening that was broken off is taken up at ``resumed_at`` with the plan it had begun with.
    """
    days = max(1, (end - start).days)
    open_desks(market)
    engine = assemble(market, begins=begin_times(start, days), present=end, runs_clock=True, spares=SPARES, returns=RETURNS)
    for turn, one in enumerate(CAST):
        engine.heap.plan(_admitted_at(start, turn), partial(_admit, market, one))
    Misconduct(market).plan_story(engine.heap, start, end)
    if days >= RESEARCH_FROM:
        Research(market).plan_story(engine.heap, end)
    engine.live(resumed_at or start, end, progress=progress)
    return engine


def _admitted_at(start: datetime, turn: int) -> datetime:
    """Buyers and merchants come in the first two days, a quarter of an hour apart."""
    return start + timedelta(days=turn % 2, hours=2, minutes=15 * turn)


def _admit(market: Market, one: Player) -> None:
    if one.key not in market.organizations:
        admit_player(market, one)
