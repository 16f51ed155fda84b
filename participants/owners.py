"""Owner guards as migration operations (R39): the owner of a row changes by a succession alone, and a closed organisation gets nothing.

A migration that uses them names the migration of ``participants`` that installs ``succession.sql`` among its dependencies.
"""

from __future__ import annotations

from evidence.guards import Guard

__all__ = ["facts_with_owner", "follow_owner", "owners"]


def owners(table: str, *columns: str, born: bool = True) -> Guard:
    """This will let the columns change only as a succession in course hands them over; ``born``: a new row names nobody closed."""
    name = f"{table}_owner"
    checks = " ".join(
        f"IF OLD.{one} IS DISTINCT FROM NEW.{one} THEN "
        f"PERFORM participants_handed_over('{table}', '{one}', OLD.id, OLD.{one}, NEW.{one}); END IF;" for one in columns)
    start = f"IF TG_OP = 'INSERT' THEN PERFORM participants_open({', '.join(f'NEW.{one}' for one in columns)}); RETURN NEW; END IF; "
    return Guard(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {start if born else ''}{checks} "
        "RETURN NEW; END $$;"
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {'INSERT OR ' if born else ''}UPDATE OF {', '.join(columns)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}();",
        f"DROP FUNCTION IF EXISTS {name}() CASCADE;", kind="frozen", table=table, triggers=(name,))


def follow_owner(table: str, *columns: str) -> Guard:
    """This will let the columns change only while a succession hands the row over: what hangs on the owner goes with it."""
    name = f"{table}_follows"
    changed = " OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in columns)
    return Guard(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT participants_is_moving('{table}', OLD.id) THEN "
        f"RAISE EXCEPTION '{table}: these columns never change: {', '.join(columns)}' "
        "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$;"
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW WHEN ({changed}) "
        f"EXECUTE FUNCTION {name}();",
        f"DROP FUNCTION IF EXISTS {name}() CASCADE;", kind="frozen", table=table, triggers=(name,))


def facts_with_owner(table: str, *columns: str) -> Guard:
    """This will keep an append-only table as it is, save that the owner guard judges the columns; the grant stays taken away."""
    named = ", ".join(f"'{one}'" for one in columns)
    name = f"{table}_append_only"
    return Guard(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - ARRAY[{named}]) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY[{named}]) THEN "
        f"RAISE EXCEPTION '{table} is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$;"
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION evidence_refuse_change();",
        kind="append_only", table=table, triggers=(name,), revoked=("UPDATE", "DELETE"))
