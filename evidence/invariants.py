"""What must always hold, as classes that look: each room's ``invariants.py`` registers its own, ``check_invariants`` runs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

__all__ = ["Invariant", "invariant", "registered"]


class Invariant:
    """One invariant of the house. ``check`` yields one text for each violation, and looks in slices of under a second."""

    id: ClassVar[str] = ""

    def check(self) -> Iterable[str]:
        raise NotImplementedError


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
