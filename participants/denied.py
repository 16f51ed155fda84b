"""What a request under way was denied, gathered where it is refused; written by the edge when the request has ended (``denials``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from kit.actors import Actor

__all__ = ["Denied", "attempts", "note_denied"]


@dataclass(frozen=True)
class Denied:
    """One refusal by the map or by a field: who asked for which act, about what, and what answered."""

    user_id: int
    organization_id: int | None
    act: str
    code: str
    subject: str


_DENIED: ContextVar[list[Denied] | None] = ContextVar("participants_denied", default=None)


@contextmanager
def attempts() -> Iterator[list[Denied]]:
    """This will gather what is denied meanwhile; the edge opens it around each request."""
    found: list[Denied] = []
    token = _DENIED.set(found)
    try:
        yield found
    finally:
        _DENIED.reset(token)


def note_denied(actor: Actor, act: str, code: str, subject: object) -> None:
    """This will note a refusal for the request under way; the same one once. Outside a request nobody attempts anything."""
    found = _DENIED.get()
    if found is None or actor.user_id is None:
        return
    one = Denied(actor.user_id, actor.organization_id, act, code, str(getattr(subject, "code", "") or "")[:24])
    if one not in found:
        found.append(one)
