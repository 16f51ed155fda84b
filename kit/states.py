"""State tables: one dict of (state, action) -> state per object; the only way a status changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from kit.rejected import Rejected

__all__ = ["IllegalMove", "advance", "allowed_edges", "open_actions"]

S = TypeVar("S", bound=str)


class IllegalMove(Rejected):
    """The object's state does not allow this act; names the present state and the acts that are open."""


def advance(table: Mapping[tuple[S, str], S], status: S, action: str, *, subject: str, code: str) -> S:
    """This will return the next state, or raise ``IllegalMove`` under ``code`` (``<room>.<object>.illegal_move``)."""
    following = table.get((status, action))
    if following is None:
        raise IllegalMove(code, state=str(status), action=action, subject=subject,
                          open_actions=", ".join(open_actions(table, status)) or "-")
    return following


def open_actions(table: Mapping[tuple[S, str], S], status: S) -> list[str]:
    """This will list the acts that the state allows."""
    return sorted(action for (state, action) in table if state == status)


def allowed_edges(table: Mapping[tuple[S, str], S]) -> list[tuple[str, str]]:
    """This will list the (from, to) pairs of the table, for the database's edge trigger and the drawn diagram."""
    return sorted({(str(state), str(following)) for (state, _), following in table.items()})
