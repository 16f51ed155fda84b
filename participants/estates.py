"""What an organisation holds and owes, as every room tells it (R39). A succession passes on exactly what stands here, or nothing.

Rooms above register in their own ``estates.py``: ``estate`` finds rows under an owner guard; ``tied`` names what cannot be parted;
``hinders`` says what has to be settled first; ``follows`` moves what is no column (deposits, shares, money); ``winds_up`` ends what
nobody takes over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from participants.models import Organization, Succession

__all__ = ["Estate", "Held", "Obstacle", "Passing", "Unit", "estate", "estates", "followers", "follows", "hinders", "hindrances",
           "obstacle", "rows_of", "tied", "units_of", "winders", "winds_up"]


@dataclass(frozen=True)
class Held:
    """One owner column of one row. ``unit`` is what it goes with; ``live``: it still gives rights or duties.

    ``other`` is the other side of a contract: what is finished between a party and its own heir stays as it was.
    """

    unit: str
    code: str
    title: str
    table: str
    column: str
    key: int
    live: bool = True
    other: int = 0


@dataclass(frozen=True)
class Obstacle:
    """What stands in the way, about which object, and what to do."""

    subject: str
    text: tuple[str, str]


@dataclass(frozen=True)
class Passing:
    """One succession being carried out: who ends, who takes which unit (None where nobody does), and what every room found.

    ``unended`` is what is live and no room ends by itself.
    """

    succession: Succession
    predecessor: Organization
    heir_of: Callable[[str], Organization | None]
    at: datetime
    held: list[Held] = field(default_factory=list)
    unended: list[Held] = field(default_factory=list)

    def rows(self, table: str, column: str = "") -> list[Held]:
        """This will return what was found in a table."""
        return [one for one in self.held if one.table == table and column in ("", one.column)]


Find = Callable[[Organization], Iterable[Held]]
Tie = Callable[[Organization], Iterable[tuple[str, str]]]
Hinder = Callable[[Passing], Iterable[Obstacle]]
Move = Callable[[Passing], None]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Estate:
    """One kind of thing, under its name in both languages. ``ends``: its room ends what nobody takes over."""

    name: str
    text: tuple[str, str]
    find: Find
    ends: bool = False


_ESTATES: dict[str, Estate] = {}
_TIES: dict[str, Tie] = {}
_HINDERS: dict[str, Hinder] = {}
_FOLLOWS: dict[str, Move] = {}
_WINDS_UP: dict[str, Move] = {}


def estate(name: str, zh: str, en: str, *, ends: bool = False) -> Callable[[Find], Find]:
    """This will register how a kind of thing is found."""

    def register(find: Find) -> Find:
        _ESTATES[name] = Estate(name, (zh, en), find, ends)
        return find

    return register


def _into(book: dict[str, Any], name: str) -> Callable[[F], F]:
    def register(function: F) -> F:
        book[name] = function
        return function

    return register


def tied(name: str) -> Callable[[Tie], Tie]:
    """This will register pairs of units that go to one heir."""
    return _into(_TIES, name)


def hinders(name: str) -> Callable[[Hinder], Hinder]:
    """This will register what has to be settled before a succession."""
    return _into(_HINDERS, name)


def follows(name: str) -> Callable[[Move], Move]:
    """This will register what a room moves besides owner columns, once those have passed; lower rooms go first."""
    return _into(_FOLLOWS, name)


def winds_up(name: str) -> Callable[[Move], Move]:
    """This will register what a room ends where nobody takes over."""
    return _into(_WINDS_UP, name)


def estates() -> list[Estate]:
    """This will list every kind of thing, lower rooms first."""
    return list(_ESTATES.values())


def followers() -> list[Move]:
    """This will list every room's further moves, lower rooms first."""
    return list(_FOLLOWS.values())


def winders() -> list[Move]:
    """This will list what ends things, lower rooms first."""
    return list(_WINDS_UP.values())


def obstacle(subject: str, zh: str, en: str) -> Obstacle:
    """This will say what stands in the way."""
    return Obstacle(subject, (zh, en))


def hindrances(passing: Passing) -> list[Obstacle]:
    """This will ask every room what has to be settled first."""
    return [one for ask in _HINDERS.values() for one in ask(passing)]


def rows_of(organization: Organization) -> list[tuple[Estate, Held]]:
    """This will find everything, room by room; what cannot be parted stands under one unit."""
    found = [(one, held) for one in estates() for held in one.find(organization)]
    root = _roots([pair for tie in _TIES.values() for pair in tie(organization)])
    return [(one, replace(held, unit=root.get(held.unit, held.unit))) for one, held in found]


def _roots(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each unit's name for all that hangs together with it: the smallest code of the group."""
    beside: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        beside[one].add(other)
        beside[other].add(one)
    root: dict[str, str] = {}
    for start in sorted(beside):
        waiting = [] if start in root else [start]
        while waiting:
            if (one := waiting.pop()) not in root:
                root[one] = start
                waiting += beside[one]
    return root


@dataclass(frozen=True)
class Unit:
    """What goes to one heir together: the kinds in it with their counts, and the titles that tell it."""

    code: str
    title: str
    kinds: tuple[tuple[tuple[str, str], int], ...]


def units_of(organization: Organization) -> list[Unit]:
    """This will list the units of an estate for people: what is in each."""
    counts: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    titles: dict[str, str] = {}
    for one, held in rows_of(organization):
        counts[held.unit][one.text].add(held.code)
        if held.title and (held.code == held.unit or held.unit not in titles):
            titles[held.unit] = held.title
    return [Unit(code, titles.get(code, ""), tuple((text, len(codes)) for text, codes in kinds.items()))
            for code, kinds in sorted(counts.items())]
