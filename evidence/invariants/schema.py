"""Invariants about the database itself: guards stand (I3, I17), exact types only (I31), grants as committed (I32)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings

from evidence import grants
from evidence.guards import APP_ROLE, Guard
from evidence.invariants.base import Invariant, invariant
from evidence.invariants.log import rows
from evidence.tables import Rules
from kit.coverage import covers

__all__ = ["AppendOnlyStands", "EdgesStand", "ExactTypes", "GrantsAsCommitted", "guards_in_migrations"]


@lru_cache(maxsize=1)
def guards_in_migrations() -> tuple[Guard, ...]:
    """This will list the guards that the migrations put up: what must stand, whoever took it away."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    found = (one for migration in loader.disk_migrations.values() for step in migration.operations
             for one in (step.rules if isinstance(step, Rules) else (step,)) if isinstance(one, Guard))
    return tuple({(one.kind, one.table, one.triggers, one.revoked): one for one in found}.values())  # a guard may be put up again


def _standing() -> set[tuple[str, str]]:
    """(table, trigger) of every enabled trigger."""
    return {(table, trigger) for table, trigger in rows(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')")}


def _fallen(*kinds: str) -> Iterator[str]:
    standing = _standing()
    for guard in guards_in_migrations():
        if guard.kind in kinds:
            for trigger in guard.triggers:
                if (guard.table, trigger) not in standing:
                    yield f"{guard.table}: the guard {trigger} is missing or disabled"


@invariant
@covers("I3")
class AppendOnlyStands(Invariant):
    """What is append-only is guarded by trigger and by grant, and the application's role owns nothing."""

    id = "I3"

    def check(self) -> Iterator[str]:
        yield from _fallen("append_only", "no_delete", "frozen")
        for guard in guards_in_migrations():
            for right in sorted(guard.revoked | ({"TRUNCATE"} if guard.revoked else frozenset())):
                if rows("SELECT 1 FROM pg_roles WHERE rolname = %s AND to_regclass(%s) IS NOT NULL AND has_table_privilege(%s, %s, %s)",
                        [APP_ROLE, guard.table, APP_ROLE, guard.table, right]):
                    yield f"{APP_ROLE} may {right} {guard.table}"
        for (table,) in rows("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", [APP_ROLE]):
            yield f"{APP_ROLE} owns {table}"


@invariant
@covers("I17")
class EdgesStand(Invariant):
    """Every state moves under its edge guard, and every record names its actor and its subject."""

    id = "I17"

    def check(self) -> Iterator[str]:
        yield from _fallen("edges")
        for (record,) in rows("SELECT id FROM evidence_record WHERE actor = '' OR subject = '' OR kind NOT LIKE '%%.%%.%%' LIMIT 10"):
            yield f"record {record} names no actor, no subject or no proper kind"


@invariant
@covers("I31")
class ExactTypes(Invariant):
    """No float column, every instant with its zone, money in bigint fen."""

    id = "I31"

    def check(self) -> Iterator[str]:
        for table, column, kind in rows(
                "SELECT c.table_name, c.column_name, CASE WHEN c.data_type = 'ARRAY' THEN c.udt_name ELSE c.data_type END "
                "FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) "
                "WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND ("
                "  c.data_type IN ('real', 'double precision', 'money', 'timestamp without time zone', 'time with time zone') "
                "  OR c.udt_name IN ('_float4', '_float8', '_timestamp') "
                "  OR (c.column_name LIKE '%%\\_fen' AND c.udt_name NOT IN ('int8', '_int8'))) ORDER BY 1, 2"):
            yield f"{table}.{column} is {kind}"


@invariant
@covers("I32")
class GrantsAsCommitted(Invariant):
    """Grants are the committed ones, no trigger is disabled, the server writes through to disk."""

    id = "I32"

    def check(self) -> Iterator[str]:
        yield from grants.differences(guards_in_migrations())
        for table, trigger in rows("SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                                   "WHERE t.tgenabled NOT IN ('O', 'A')"):
            yield f"{table}: the trigger {trigger} is disabled"
        if settings.PRODUCTION:
            for (profile,) in rows("SELECT profile FROM evidence_marketclock WHERE profile <> 'production'"):
                yield f"the market clock was set up for {profile}, this installation runs as production"
        for name, wanted in (("session_replication_role", "origin"), *(() if settings.PROFILE == "test" else _DURABLE)):
            ((found,),) = rows("SELECT current_setting(%s)", [name])
            if found != wanted:
                yield f"{name} is {found}, not {wanted}"

    def skipped(self) -> str:
        return "fsync, synchronous_commit, full_page_writes: test servers run without them" if settings.PROFILE == "test" else ""


_DURABLE = (("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"))
