"""House manners that a machine can see: short functions, short modules, docstrings, no wall clock, no foreign tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.apps import ROOMS
from tests.clones import HOUSE

PACKAGES = ("exchange", *ROOMS, "kit")
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "core.py", "manager.py", "managers.py", "services.py", "selectors.py", "misc.py"}
SOURCES = sorted(path for package in PACKAGES for path in (HOUSE / package).rglob("*.py") if "migrations" not in path.parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def shown(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def test_no_function_is_longer_than_seventy_lines() -> None:
    long = [f"{shown(p)}:{f.lineno} {f.name}" for p in SOURCES for f in functions(p) if (f.end_lineno or 0) - f.lineno >= 70]
    assert long == []


def test_no_module_is_longer_than_five_hundred_lines() -> None:
    assert [shown(p) for p in SOURCES if len(p.read_text(encoding="utf-8").splitlines()) > 500] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [shown(p) for p in SOURCES if p.stat().st_size and not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert [name for name in silent if not name.endswith("/sql/__init__.py")] == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [shown(p) for p in SOURCES if p.name in FORBIDDEN_NAMES] == []


#: Where real wall time is the subject: the market clock's own anchor, logs, processes, health, limits.
WALL_CLOCK_ALLOWED = {"exchange/logs.py", "exchange/supervisor.py", "exchange/local_servers.py", "exchange/health.py", "evidence/clock.py"}
WALL_CLOCK = re.compile(r"timezone\.now\(|datetime\.now\(|datetime\.utcnow\(|date\.today\(|time\.time\(|auto_now")


def test_a_room_never_looks_at_the_wall_clock() -> None:
    looking = [
        f"{shown(p)}:{number}"
        for p in SOURCES
        if shown(p) not in WALL_CLOCK_ALLOWED
        for number, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1)
        if WALL_CLOCK.search(line) and "# wall clock:" not in line
    ]
    assert looking == [], "take clock= or market_now(); where wall time is the subject, say so in a comment '# wall clock: why'"


SQL_WALL_CLOCK = re.compile(r"\b(now\(\)|current_timestamp|clock_timestamp\(\)|transaction_timestamp\(\)|statement_timestamp\(\))", re.I)


#: The market clock itself, and when a record entered the queue of the sealer (never part of an envelope).
SQL_WALL_CLOCK_ALLOWED = {"evidence/sql/clock.sql", "evidence/sql/record.sql"}


def test_sql_reads_the_market_clock_only() -> None:
    looking = [
        shown(p)
        for room in ROOMS
        for p in (HOUSE / room / "sql").glob("*.sql")
        if SQL_WALL_CLOCK.search(re.sub(r"--.*", "", p.read_text(encoding="utf-8"))) and shown(p) not in SQL_WALL_CLOCK_ALLOWED
    ]
    assert looking == []


TABLE_NAMED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+([a-z]+)_[a-z_]+(?![a-z_]*\()", re.I)


def test_sql_of_a_room_names_no_table_of_another() -> None:
    foreign = [
        f"{shown(p)}: {table}"
        for room in ROOMS
        for p in (HOUSE / room / "sql").glob("*.sql")
        for table in TABLE_NAMED.findall(re.sub(r"--.*", "", p.read_text(encoding="utf-8")))
        if table in ROOMS and table != room
    ]
    assert foreign == [], "a function reaches another room through that room's function"


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "simulation"])
def test_a_rooms_template_links_no_room_above_it(room: str) -> None:
    above = ROOMS[: ROOMS.index(room)]
    linked = [
        f"{shown(p)}: {name}"
        for p in (HOUSE / "templates" / room).rglob("*.html")
        for name in re.findall(r"{%\s*url\s+['\"]([a-z]+):", p.read_text(encoding="utf-8"))
        if name in above
    ]
    assert linked == [], "pages that join rooms belong to templates/exchange"


def test_no_room_imports_the_houses_celery_app_or_admin_site() -> None:
    upward = [
        shown(p)
        for p in SOURCES
        if p.relative_to(HOUSE).parts[0] in ROOMS and re.search(r"^\s*(from|import) exchange\b", p.read_text(encoding="utf-8"), re.M)
        and p.relative_to(HOUSE).parts[0] != "exchange"
    ]
    assert upward == []


def test_no_line_speaks_of_the_machine_it_was_made_on() -> None:
    paths = re.compile(r"/wo" + r"rk/|/ro" + r"ot/|/ho" + r"me/[a-z]|bash_jo" + r"bs")
    speaking = [
        f"{shown(p)}:{number}"
        for p in HOUSE.rglob("*")
        if p.is_file() and p.suffix in {".py", ".md", ".html", ".toml", ".yaml", ".yml", ".sql", ".css", ".js"}
        and not {".venv", "node_modules", "var", ".git", ".mypy_cache", ".ruff_cache"} & set(p.relative_to(HOUSE).parts)
        for number, line in enumerate(p.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if paths.search(line)
    ]
    assert speaking == []


def test_the_steps_of_a_story_are_not_shared_out_over_processes() -> None:
    """A browser story hands its codes from step to step in memory: a run that takes single tests to another process breaks it."""
    run = next(line for line in (HOUSE / "Makefile").read_text(encoding="utf-8").splitlines() if 'half="browser or fault"' in line)
    assert "--dist loadfile" in run


def test_a_row_is_locked_without_its_key() -> None:
    """A lock on the whole row keeps every foreign key that names it waiting at its commit, with other locks held: half of a deadlock."""
    python = [f"{shown(path)}:{call.lineno}" for path in SOURCES for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
              if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "select_for_update"
              and "no_key" not in {word.arg for word in call.keywords}]
    files = [*SOURCES, *(path for package in PACKAGES for path in (HOUSE / package).rglob("*.sql"))]
    assert python + [shown(path) for path in files if "FOR UPDATE" in path.read_text(encoding="utf-8")] == []
