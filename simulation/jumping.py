"""A jump of the clock in order: what falls due on the way happens at its own instant, earlier things first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from kit.coverage import covers
from simulation.agents.clockwork import evening_tasks, nightly_tasks
from simulation.clock import LivedClock
from trading.models import Auction
from trading.states import ACTIVE_LOTS
from trading.tasks import close_due, decide_due, open_due

__all__ = ["jump_in_order"]

_EVENING, _NIGHT = timedelta(hours=10, seconds=1), timedelta(hours=16, minutes=5)


def _lots_due(after: datetime, until: datetime) -> list[datetime]:
    found = Auction.objects.filter(status__in=ACTIVE_LOTS).values_list("opens_at", "closes_at")
    return [at for pair in found for at in pair if at is not None and after < at <= until]


def _days(after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
    """Evenings (18:00 local, the settlement cycle) and nights (terms of days end at 24:00 local)."""
    day = after.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= until:
        for at, name in ((day + _EVENING, "evening"), (day + _NIGHT, "night")):
            if after < at <= until:
                yield at, name
        day += timedelta(days=1)


@covers("CAP-I3")
def jump_in_order(target: datetime) -> int:
    """This will move the market's clock to ``target`` by way of every instant at which something is due, and return how many there were.

    A lot that is extended, or opened, on the way is looked for again after each stop.
    """
    assert not settings.PRODUCTION, "the market clock of a production installation is not moved"
    clock = LivedClock(MARKET_CLOCK.now())
    does: dict[str, Callable[[], object]] = {
        "evening": partial(_all, evening_tasks(clock)), "night": partial(_all, nightly_tasks(clock)),
        "lots": lambda: (open_due(clock), close_due(clock), decide_due(clock))}
    stops = 0
    while (following := _next(clock.now(), target)) is not None:
        at, name = following
        clock.move_to(at)
        does[name]()
        drain(clock=clock)
        stops += 1
    clock.move_to(target)
    return stops


def _next(after: datetime, until: datetime) -> tuple[datetime, str] | None:
    coming = [(at, "lots") for at in _lots_due(after, until)] + list(_days(after, until))
    return min(coming) if coming else None


def _all(tasks: Mapping[str, Callable[[], object]]) -> None:
    for task in tasks.values():
        task()
