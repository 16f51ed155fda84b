"""What the application's role may do, as text: the committed statement (docs/operating/grants.txt) against the live database (I32).

One line a table, in alphabetical order. On a table that the file does not name yet the role may have no more than reading and
writing, less what the guards of its migrations take away; ``check_grants`` asks that the file names every table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import connection

from evidence.guards import APP_ROLE, Guard

__all__ = ["FILE", "committed", "differences", "live", "text_of"]

FILE = Path(__file__).resolve().parent.parent / "docs" / "operating" / "grants.txt"
_HEAD = f"""# What the role {APP_ROLE} may do; written by `manage.py check_grants --write`, compared by invariant I32.
# It owns nothing and may not TRUNCATE, REFERENCES or TRIGGER anywhere. The role dx_owner migrates and is not used to run.
"""
_ORDER = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def live() -> dict[str, str]:
    """This will read the live grants: each table with the rights of the role, ``PUBLIC`` rights marked, and the role's powers."""
    found = {f"role {name}": powers or "login only" for name, powers in _rows(
        "SELECT rolname, concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreatedb THEN 'createdb' END, "
        "CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolbypassrls THEN 'bypassrls' END, "
        "CASE WHEN rolreplication THEN 'replication' END) FROM pg_roles WHERE rolname IN (%s, 'dx_owner')", [APP_ROLE])}
    for table, rights, everyone in _rows(
            "SELECT c.relname, array_agg(DISTINCT a.privilege_type) FILTER (WHERE a.grantee = to_regrole(%s)), "
            "array_agg(DISTINCT a.privilege_type) FILTER (WHERE a.grantee = 0) "
            "FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) a ON true "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') GROUP BY 1", [APP_ROLE]):
        found[table] = _line(rights) + (f"; PUBLIC: {_line(everyone)}" if everyone else "")
    return found


def _line(rights: Iterable[str] | None) -> str:
    return ", ".join(sorted(rights or (), key=_ORDER.index)) or "nothing"


def text_of(grants: Mapping[str, str]) -> str:
    """This will write grants as the committed file does."""
    return _HEAD + "".join(f"{name}: {grants[name]}\n" for name in sorted(grants))


def committed() -> dict[str, str]:
    """This will read the committed file; empty where there is none."""
    if not FILE.exists():
        return {}
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def differences(guards: Iterable[Guard]) -> Iterator[str]:
    """This will tell where the live grants differ from the committed ones."""
    stated, revoked = committed(), _revoked(guards)
    for name, found in live().items():
        if name in stated or name.startswith("role "):
            wanted = stated.get(name, "login only")
            if found != wanted:
                yield f"grants on {name}: {found}, not {wanted}"
            continue
        most = [right for right in _ORDER[:4] if right not in revoked.get(name, frozenset())]
        if not set(found.split(", ")) <= {*most, "nothing"}:
            yield f"grants on {name}: {found}, more than {_line(most)}"


def _revoked(guards: Iterable[Guard]) -> dict[str, frozenset[str]]:
    taken: dict[str, frozenset[str]] = {}
    for guard in guards:
        taken[guard.table] = taken.get(guard.table, frozenset()) | guard.revoked
    return taken
