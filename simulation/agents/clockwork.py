"""What the house's own clock does, while history is lived: the deadlines of every room, as the worker's tasks would.

Live trading does not use this: there the worker and its beat are running.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compliance.tasks import act_on_deadlines
from delivery.tasks import sweep_now
from kit.clock import Clock
from listings.tasks import run_deadlines
from participants.operations import lapse_admissions, lapse_approvals
from participants.queries import house_venue
from settlement.reference_prices import publish_day
from settlement.tasks import run_now
from trading.tasks import default_due, end_talks, lapse_halts, sweep_stopped

__all__ = ["evening_tasks", "nightly_tasks"]

Tasks = Mapping[str, Callable[[], object]]


def nightly_tasks(clock: Clock) -> Tasks:
    """This will return what is due after midnight: terms of days end at 24:00 local time."""
    return {
        "participants": lambda: lapse_admissions(clock=clock) + lapse_approvals(clock=clock),
        "listings": lambda: run_deadlines(clock=clock),
        "compliance": lambda: act_on_deadlines(clock),
        "trading": lambda: default_due(clock) + lapse_halts(clock) + end_talks(clock) + sweep_stopped(clock),
        "delivery": lambda: sweep_now(clock=clock),
        "prices": lambda: publish_day(venue=house_venue(), clock=clock),
    }


def evening_tasks(clock: Clock) -> Tasks:
    """This will return what happens at the close of business, 18:00 local time: the settlement cycle."""
    return {"settlement": lambda: run_now(clock=clock)}
