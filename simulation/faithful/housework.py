"""What the house's own clock does in a run, each piece under a name: done here in order, or by a real worker (``faults``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random

from evidence.operations import drain
from kit.clock import Clock
from kit.ids import drawn_from
from simulation.agents.clockwork import evening_tasks, nightly_tasks
from trading.tasks import close_due, open_due
from trading.watching import watch_market

__all__ = ["EVENING", "NIGHT", "Codes", "inline", "pieces"]

EVENING, NIGHT = ("settlement", "drain"), ("participants", "listings", "compliance", "trading", "delivery", "watch", "prices", "drain")


def pieces(clock: Clock) -> Mapping[str, Callable[[], object]]:
    """This will return every piece of the house's work by name; each finds in the database what is to do and may be done again."""
    return {**evening_tasks(clock), **nightly_tasks(clock), "watch": lambda: watch_market(clock=clock),
            "open_due": lambda: open_due(clock), "close_due": lambda: close_due(clock), "drain": lambda: drain(clock=clock)}


class Codes:
    """Codes of one piece of work, drawn from the seed, the piece and its instant, wherever the piece is done."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @contextmanager
    def of(self, name: str, key: str) -> Iterator[None]:
        with drawn_from(Random(f"{self.seed}/{name}/{key}")):  # noqa: S311 (a game, no secret)
            yield


def inline(clock: Clock, seed: int) -> Callable[[str], None]:
    """This will do each piece in this process, at once."""
    known, codes = pieces(clock), Codes(seed)

    def do(name: str) -> None:
        with codes.of(name, clock.now().isoformat()):
            known[name]()

    return do
