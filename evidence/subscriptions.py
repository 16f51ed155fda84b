"""Upward effects: a room subscribes to kinds of facts; sealed facts are handed to it in order, once, in one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from kit.clock import Clock

__all__ = ["Handler", "SealedFact", "Subscriber", "subscriber", "subscribers"]


@dataclass(frozen=True)
class SealedFact:
    """A record with its place in the log, as a handler sees it."""

    position: int
    record: UUID
    kind: str
    kind_version: int
    command: UUID
    at: datetime
    actor: str
    subject: str
    payload: dict[str, Any]


class Handler(Protocol):
    def __call__(self, fact: SealedFact, *, clock: Clock) -> None: ...


@dataclass(frozen=True)
class Subscriber:
    """A name (its cursor's key, never renamed), the kinds it hears, and what it does."""

    name: str
    kinds: tuple[str, ...]
    handle: Handler


_REGISTRY: dict[str, Subscriber] = {}


def subscriber(name: str, *kinds: str) -> Callable[[Handler], Handler]:
    """This will subscribe the function to the kinds; the same name for another function is a programming error."""
    assert kinds, "a subscriber names the kinds it hears"

    def register(handle: Handler) -> Handler:
        known = _REGISTRY.get(name)
        assert known is None or getattr(known.handle, "__qualname__", "") == getattr(handle, "__qualname__", ""), f"{name} subscribes twice"
        _REGISTRY[name] = Subscriber(name, kinds, handle)
        return handle

    return register


def subscribers() -> Mapping[str, Subscriber]:
    """This will return all subscribers by name."""
    return dict(_REGISTRY)
