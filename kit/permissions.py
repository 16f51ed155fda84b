"""The permission map: one row ``name -> predicate`` per act, written by rooms, assembled at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Predicate", "permission_map", "register_permissions"]

#: ``predicate(actor, subject, at) -> bool``; ``subject`` is None for acts that open an object.
Predicate = Callable[[Any, Any, Any], bool]

_MAP: dict[str, Predicate] = {}


def register_permissions(rows: Mapping[str, Predicate]) -> None:
    """This will add a room's rows; the same name twice is a programming error."""
    for name, predicate in rows.items():
        assert _MAP.get(name) in (None, predicate), f"permission {name} is written twice"
        _MAP[name] = predicate


def permission_map() -> Mapping[str, Predicate]:
    """This will return the whole map; whatever is not in it is denied."""
    return dict(_MAP)
