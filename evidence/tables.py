"""A room's tables made in one stroke, and its rules in another, as operations of a room's first migration.

Django renders every model anew for each table that a migration adds, and all that are related to it, and copies the state of all
models for each statement; with the rooms' three hundred related models that was a minute and a half before a new house opened.
Here a room's new tables are rendered once, beside those that stand: rooms point downstairs only, so nothing that stands changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

__all__ = ["Rules", "Tables"]


class Tables(Operation):
    """Creates all models that it holds; they may point at each other in any direction, and at what stands already."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, *tables: migrations.CreateModel) -> None:
        self.tables = tables

    def state_forwards(self, app_label: str, state: Any) -> None:
        rendered = state.__dict__.pop("apps", None)  # a cached property; while it is away, adding a table renders nothing
        for table in self.tables:
            table.state_forwards(app_label, state)
        if rendered is not None:
            rendered.render_multiple([state.models[app_label, table.name_lower] for table in self.tables])
            for model in rendered.get_models(include_auto_created=True, include_swapped=True):
                model._meta.apps = rendered  # what stands is asked who points at it: it has to know of the new ones
            rendered.clear_cache()
            state.__dict__["apps"] = rendered

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


class Rules(Operation):
    """Puts up all rules that it holds, in their order: functions, triggers, guards. They change no model."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, *rules: migrations.RunSQL) -> None:
        self.rules = rules

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing of the models changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for rule in self.rules:
            rule.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for rule in reversed(self.rules):
            rule.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Put up {len(self.rules)} rules"
