"""Invariants as classes that look: each room registers its own, ``check_invariants`` and every fault test run them all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from django.db import DatabaseError, transaction

__all__ = ["NUMBERED", "Invariant", "Report", "Violation", "check_all", "invariant", "registered"]

#: The ids of the house's list of invariants.
NUMBERED = tuple(f"I{number}" for number in range(1, 33))


class Invariant:
    """One invariant of the house. ``check`` yields one text for each violation, and looks in slices of under a second.

    ``skipped`` says what a part of it is not looked at here, and why (empty: everything is).
    """

    id: ClassVar[str] = ""

    def check(self) -> Iterable[str]:
        raise NotImplementedError

    def skipped(self) -> str:
        return ""


T = TypeVar("T", bound=type[Invariant])

_REGISTRY: dict[str, list[type[Invariant]]] = {}


def invariant(cls: T) -> T:
    """This will register the class; several rooms may look after parts of one id."""
    assert cls.id, "an invariant has an id"
    known = _REGISTRY.setdefault(cls.id, [])
    if cls.__qualname__ not in {one.__qualname__ for one in known if one.__module__ == cls.__module__}:
        known.append(cls)
    return cls


def registered() -> list[type[Invariant]]:
    """This will list all invariants in the order of their ids."""
    return [one for key in sorted(_REGISTRY, key=lambda text: (len(text), text)) for one in _REGISTRY[key]]


@dataclass(frozen=True)
class Violation:
    """What does not hold, under which id."""

    id: str
    text: str


@dataclass
class Report:
    """What one run of the checker found."""

    checked: set[str] = field(default_factory=set)
    violations: list[Violation] = field(default_factory=list)
    skipped: list[Violation] = field(default_factory=list)

    @property
    def not_yet(self) -> list[str]:
        """The numbered invariants that no class looks after."""
        return [one for one in NUMBERED if one not in _REGISTRY]


#: More of the same says nothing new.
MOST_PER_CLASS = 50


def check_all(only: Collection[str] = ()) -> Report:
    """This will look at every invariant (or those of ``only``) in the live database. A check that breaks is a violation."""
    report = Report()
    for cls in registered():
        if only and cls.id not in only:
            continue
        report.checked.add(cls.id)
        one = cls()
        if reason := one.skipped():
            report.skipped.append(Violation(cls.id, reason))
        report.violations += _look(one)
    return report


def _look(one: Invariant) -> list[Violation]:
    found: list[Violation] = []
    try:
        with transaction.atomic():
            for text in one.check():
                found.append(Violation(one.id, text))
                if len(found) >= MOST_PER_CLASS:
                    break
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as fault:
        found.append(Violation(one.id, f"{type(one).__name__} could not be checked: {type(fault).__name__}: {fault}"))
    return found
