"""Guards of tables as migration operations: append-only, legal edges of a state, frozen columns, SQL functions of a room.

Every guard stands twice: a trigger that refuses, and a missing grant, since the application's role owns nothing. A migration
that uses them names ``("evidence", "0001_house")`` among its dependencies. Running one again replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import migrations

from kit.states import allowed_edges

__all__ = ["APP_ROLE", "Guard", "append_only", "edges", "frozen_columns", "install", "no_delete", "sql"]

#: The application's role: it may read and write what it is granted, and owns nothing.
APP_ROLE = "dx_app"

_HOUSE = Path(__file__).resolve().parent.parent


def sql(forward: str, reverse: str = migrations.RunSQL.noop) -> migrations.RunSQL:
    """This will return an operation that runs the statements as they stand (percent signs need no doubling)."""
    return migrations.RunSQL(forward, reverse)


def _revoke(rights: str, table: str) -> str:
    return (
        f"DO $$ BEGIN IF to_regrole('{APP_ROLE}') IS NOT NULL THEN "  # a database without the role has nothing to revoke
        f"REVOKE {rights} ON {table} FROM {APP_ROLE}; END IF; END $$;"
    )


class Guard(migrations.RunSQL):
    """A guard as a migration holds it, so that a checker can ask whether it still stands (I3, I17, I32)."""

    def __init__(self, forward: str, reverse: str, *, kind: str, table: str, triggers: Iterable[str], revoked: Iterable[str] = ()) -> None:
        super().__init__(forward, reverse)
        self.kind, self.table, self.triggers, self.revoked = kind, table, tuple(triggers), frozenset(revoked)


def append_only(table: str) -> Guard:
    """This will refuse UPDATE, DELETE and TRUNCATE on the table, by trigger for everyone and by grant for the application."""
    return Guard(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION evidence_refuse_change();"
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();" + _revoke("UPDATE, DELETE, TRUNCATE", table),
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}; DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};",
        kind="append_only", table=table, triggers=(f"{table}_append_only", f"{table}_no_truncate"), revoked=("UPDATE", "DELETE"),
    )


def no_delete(table: str) -> Guard:
    """This will refuse DELETE and TRUNCATE on the table; rows may still change."""
    return Guard(
        f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION evidence_refuse_change();"
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();" + _revoke("DELETE, TRUNCATE", table),
        f"DROP TRIGGER IF EXISTS {table}_no_delete ON {table}; DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};",
        kind="no_delete", table=table, triggers=(f"{table}_no_delete", f"{table}_no_truncate"), revoked=("DELETE",),
    )


def edges(
    table: str, column: str, transitions: Mapping[tuple[Any, str], Any] | Iterable[tuple[str, str]], *, initial: Iterable[str] = ()
) -> Guard:
    """This will let the column move only along the table of transitions, and start only in ``initial`` where that is given."""
    pairs = allowed_edges(transitions) if isinstance(transitions, Mapping) else sorted(set(transitions))
    listed = ", ".join(f"('{_plain(a)}', '{_plain(b)}')" for a, b in pairs)
    name = f"{table}_{column}_edge"
    starts = sorted(str(one) for one in initial)
    forward = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF (OLD.{column}, NEW.{column}) NOT IN ({listed}) THEN "
        f"RAISE EXCEPTION '{table}.{column} may not go from % to %', OLD.{column}, NEW.{column} USING ERRCODE = 'check_violation'; "
        "END IF; RETURN NEW; END $$;"
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW "
        f"WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION {name}();"
    )
    if starts:
        forward += (
            f"CREATE OR REPLACE FUNCTION {name}_start() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{table}.{column} may not start as %', NEW.{column} USING ERRCODE = 'check_violation'; END $$;"
            f"CREATE OR REPLACE TRIGGER {name}_start BEFORE INSERT ON {table} FOR EACH ROW "
            f"WHEN (NEW.{column} NOT IN ({', '.join(repr(_plain(one)) for one in starts)})) EXECUTE FUNCTION {name}_start();"
        )
    reverse = f"DROP FUNCTION IF EXISTS {name}() CASCADE; DROP FUNCTION IF EXISTS {name}_start() CASCADE;"
    return Guard(forward, reverse, kind="edges", table=table, triggers=(name, f"{name}_start") if starts else (name,))


def frozen_columns(table: str, *columns: str) -> Guard:
    """This will refuse any change of the columns after the row is written; a statement that names none of them is not asked row by row."""
    assert columns, "name at least one column"
    name = f"{table}_frozen"
    named = ", ".join(f'"{column}"' for column in columns)
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return Guard(
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {named} ON {table} FOR EACH ROW WHEN ({changed}) "
        f"EXECUTE FUNCTION evidence_refuse_frozen('{', '.join(columns)}');",
        f"DROP TRIGGER IF EXISTS {name} ON {table};",
        kind="frozen", table=table, triggers=(name,),
    )


def install(room: str, name: str) -> migrations.RunSQL:
    """This will run ``<room>/sql/<name>``, which writes ``CREATE OR REPLACE`` so that a later migration can bring a new text."""
    return sql((_HOUSE / room / "sql" / name).read_text(encoding="utf-8"))


def _plain(word: Any) -> str:
    text = str(word)
    assert text.replace("_", "").replace("-", "").isalnum(), f"a state is a plain word, not {text!r}"
    return text
