"""A room's tables made in one stroke, as a migration operation of a squashed migration.

Django renders every model anew for each table that a migration adds, and all that are related to it; with the rooms' hundred
and more related models that is most of a minute before a new house opens. Here the state takes all tables of a room first and
is rendered once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

__all__ = ["Tables"]


class Tables(Operation):
    """Creates all models that it holds; they may point at each other in any direction."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, *tables: migrations.CreateModel) -> None:
        self.tables = tables

    def state_forwards(self, app_label: str, state: Any) -> None:
        if "apps" in state.__dict__:
            del state.apps  # a cached property: the next to ask renders it, once
        for table in self.tables:
            table.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for table in self.tables:
            table.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for table in reversed(self.tables):
            table.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        return any(table.references_model(name, app_label) for table in self.tables)

    def describe(self) -> str:
        return f"Create the tables of {', '.join(self._names())}"

    def _names(self) -> Iterator[str]:
        return (table.name for table in self.tables)
