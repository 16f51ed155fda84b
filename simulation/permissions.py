"""Who may act for the laboratory: the system only."""

from __future__ import annotations

from collections.abc import Mapping

from kit.permissions import Predicate, register_permissions
from participants.predicates import by_system

__all__ = ["ROWS"]

ROWS: Mapping[str, Predicate] = {"simulation.market.live": by_system}
register_permissions(ROWS)
