"""Terms of keeping 保存期限 (section I): what may be kept no longer is destroyed by the nightly round, personal values by their keys.

Rooms register what they keep and how it is destroyed in their ``keeping.py``; the terms stand in the timers. The record book is
never touched: it holds commitments, and those lose their salt.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.events import RetentionKept
from participants.models import Person, Venue
from participants.permissions import require
from participants.queries import house_venue
from participants.timers import before

__all__ = ["Eraser", "Keeping", "erasers", "erases", "keep_retention", "keepings", "keeps"]

log = logging.getLogger(__name__)

#: destroys what ended before the first instant, at the second; returns how many
Destroy = Callable[[datetime, datetime], int]
#: destroys what a room keeps of a person, in the caller's transaction; returns the tables it touched
Eraser = Callable[[Person, datetime], list[str]]


@dataclass(frozen=True)
class Keeping:
    """One kind of thing that is kept for a term: its name, its timer, and how it goes."""

    kind: str
    timer: str
    destroy: Destroy


_KEEPINGS: dict[str, Keeping] = {}
_ERASERS: dict[str, Eraser] = {}


def keeps(kind: str, timer: str) -> Callable[[Destroy], Destroy]:
    """This will register how things of a kind are destroyed once their timer has run out."""

    def register(destroy: Destroy) -> Destroy:
        known = _KEEPINGS.get(kind)
        assert known is None or known.destroy.__qualname__ == destroy.__qualname__, f"{kind} is kept twice"
        _KEEPINGS[kind] = Keeping(kind, timer, destroy)
        return destroy

    return register


def erases(name: str) -> Callable[[Eraser], Eraser]:
    """This will register how a room erases what it keeps of a person."""

    def register(eraser: Eraser) -> Eraser:
        known = _ERASERS.get(name)
        assert known is None or known.__qualname__ == eraser.__qualname__, f"{name} erases twice"
        _ERASERS[name] = eraser
        return eraser

    return register


def keepings() -> list[Keeping]:
    """This will list everything kept for a term, by its kind."""
    return [_KEEPINGS[kind] for kind in sorted(_KEEPINGS)]


def erasers() -> list[Eraser]:
    """This will list every room's eraser, by name."""
    return [_ERASERS[name] for name in sorted(_ERASERS)]


@covers("T60")
def keep_retention(*, clock: Clock) -> dict[str, int]:
    """This will destroy whatever is past its term; a kind that fails is logged and holds up no other. Level-triggered."""
    destroyed: dict[str, int] = {}
    for one in keepings():
        try:
            if count := _destroy(one=one, venue=house_venue(), actor=SYSTEM, at=clock.now()):
                destroyed[one.kind] = count
        except Exception:
            log.exception("what %s keeps could not be destroyed", one.kind)
    return destroyed


@operation("participants.retention.keep")
def _destroy(*, one: Keeping, venue: Venue, actor: Actor, at: datetime) -> int:
    """One kind, and the record of it in the same transaction: nothing is destroyed untold."""
    require(actor, "participants.retention.keep", at=at)
    if count := one.destroy(before(one.timer, at), at):
        record(RetentionKept(subject=venue.code, destroyed={one.kind: count}), actor=actor, at=at)
    else:
        unchanged(at=at)
    return count
