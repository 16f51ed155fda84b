"""``@covers`` ties operations, rules and tests to the ids of requirements; docs/coverage.md is made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["COVERED", "covers"]

T = TypeVar("T", bound=Callable[..., object] | type)

#: id -> names of what claims to fulfil it
COVERED: dict[str, set[str]] = {}


def covers(*ids: str) -> Callable[[T], T]:
    """This will record that the decorated thing fulfils the ids: R14, W3, B5, CAP-E5, I7, E30, T24."""

    def mark(thing: T) -> T:
        for one in ids:
            COVERED.setdefault(one, set()).add(f"{thing.__module__}.{thing.__qualname__}")
        thing.covers = (*getattr(thing, "covers", ()), *ids)  # type: ignore[union-attr]
        return thing

    return mark
