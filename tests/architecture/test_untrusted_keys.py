"""T57: what a visitor sends is a value, never a name: no key of a request reaches the database as a field, an order or a piece of SQL.

Read from the source, so that a new page cannot forget it. Each rule is shown on the line it is there to find, the naive way of writing it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from kit.coverage import covers
from tests.architecture.test_tidy import SOURCES, shown
from tests.clones import HOUSE

#: Where a request carries what its sender wrote.
_SENT = {"GET", "POST", "FILES", "COOKIES", "META", "headers", "data", "query_params", "body"}
#: Calls whose plain arguments are names of fields.
_NAMING = {"order_by", "values", "values_list", "only", "defer", "distinct", "select_related", "prefetch_related", "dates", "datetimes",
           "F", "OrderBy", "KT", "OuterRef"}
#: Calls whose ``**`` keys are names of fields.
_KEYED = {"filter", "exclude", "get", "get_or_create", "update_or_create", "create", "update", "annotate", "alias", "aggregate", "Q"}
#: Ways of Django around its own quoting; the house has SQL files and ``cursor.execute`` with values instead.
_RAW = {"extra", "raw", "RawSQL"}
_EXECUTE = {"execute", "executemany"}


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _is_sent(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Attribute) and node.attr in _SENT):
        return False
    owner = node.value
    return (isinstance(owner, ast.Name) and owner.id == "request") or (isinstance(owner, ast.Attribute) and owner.attr == "request")


def _looked_up(node: ast.AST) -> ast.AST | None:
    """The table of ``TABLE[key]`` and ``TABLE.get(key)``: what comes out is the table's, whatever the key."""
    if isinstance(node, ast.Subscript):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return node.func.value
    return None


def _is_checked(node: ast.AST) -> bool:
    """``name if name in NAMES else other``: what comes out is one of the names."""
    return isinstance(node, ast.IfExp) and any(isinstance(one, ast.In) for test in ast.walk(node.test) if isinstance(test, ast.Compare)
                                               for one in test.ops)


def _tainted(node: ast.AST, names: set[str]) -> bool:
    """Whether an expression may be what the sender wrote, letter by letter."""
    if _is_sent(node) or (isinstance(node, ast.Name) and node.id in names):
        return True
    if _is_checked(node) or isinstance(node, ast.Compare | ast.Constant):
        return False
    if table := _looked_up(node):
        return _tainted(table, names)
    return any(_tainted(child, names) for child in ast.iter_child_nodes(node))


def _written(function: ast.AST) -> set[str]:
    """The names of a function that hold what the sender wrote; read twice, for what is passed on before it is seen."""
    names: set[str] = set()
    for _ in range(2):
        for node in ast.walk(function):
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and value is not None and _tainted(value, names):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {one.id for target in targets for one in ast.walk(target)
                          if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return names


def _formatted(node: ast.AST) -> bool:
    """SQL put together from pieces instead of values."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(one, ast.FormattedValue) for one in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) or _formatted(node.left) or _formatted(node.right) or not (
            isinstance(node.left, ast.Constant | ast.BinOp) and isinstance(node.right, ast.Constant | ast.BinOp))
    return isinstance(node, ast.Call) and _name(node) == "format"


def _of_call(call: ast.Call, names: set[str]) -> Iterator[str]:
    name, words = _name(call), [one.value for one in call.keywords if one.arg is None]
    if name in _RAW:
        yield f".{name}()"
    if name in _NAMING and any(_tainted(one, names) for one in call.args):
        yield f"a sent name in {name}()"
    if any(_tainted(one, names) for one in words) and (name in _KEYED or any(_is_sent(one) for each in words for one in ast.walk(each))):
        yield f"sent keys in {name}()"
    if name in _EXECUTE and call.args and _tainted(call.args[0], names):
        yield "a sent word in SQL"


def faults(source: str) -> list[str]:
    """This will name every line where a sent key may become a name of the database."""
    tree = ast.parse(source)
    found: set[tuple[int, str]] = set()
    for scope in [tree, *(one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))]:
        names = set() if scope is tree else _written(scope)
        found |= {(call.lineno, said) for call in ast.walk(scope) if isinstance(call, ast.Call) for said in _of_call(call, names)}
    return [f"{line} {said}" for line, said in sorted(found)]


def formatted_sql(source: str) -> list[int]:
    """This will name every line that runs SQL put together from pieces on the spot."""
    return sorted(call.lineno for call in ast.walk(ast.parse(source))
                  if isinstance(call, ast.Call) and _name(call) in _EXECUTE and call.args and _formatted(call.args[0]))


@covers("T57")
def test_no_key_of_a_request_becomes_a_name_of_the_database() -> None:
    assert [f"{shown(path)}:{fault}" for path in SOURCES for fault in faults(path.read_text(encoding="utf-8"))] == []


@covers("T57")
@pytest.mark.parametrize(("line", "said"), [
    ("rows.filter(**request.GET.dict())", "sent keys in filter()"),
    ("rows.exclude(**{key: 1 for key in request.data})", "sent keys in exclude()"),
    ("rows.filter(Q(**dict(request.query_params.items())))", "sent keys in Q()"),
    ("rows.annotate(**self.request.data)", "sent keys in annotate()"),
    ("asked = dict(request.GET.items())\n    rows.alias(**asked)", "sent keys in alias()"),
    ("rows.order_by(request.GET['order'])", "a sent name in order_by()"),
    ("sort = request.GET.get('order', '')\n    rows.order_by(f'-{sort}')", "a sent name in order_by()"),
    ("rows.values_list(*request.GET.getlist('fields'))", "a sent name in values_list()"),
    ("rows.filter(price=F(request.POST['field']))", "a sent name in F()"),
    ("rows.extra(where=['1=1'])", ".extra()"),
    ("Listing.objects.raw('SELECT 1')", ".raw()"),
    ("rows.annotate(one=RawSQL('1', ()))", ".RawSQL()"),
    ("q = request.GET['q']\n    cursor.execute(f\"SELECT 1 WHERE text LIKE '%{q}%'\")", "a sent word in SQL"),
    ("cursor.execute('SELECT 1 WHERE a = ' + request.POST['a'])", "a sent word in SQL"),
])
def test_the_naive_way_of_writing_it_is_found(line: str, said: str) -> None:
    assert any(said in one for one in faults(f"def page(request, rows, cursor, self):\n    {line}\n"))


@covers("T57")
@pytest.mark.parametrize("line", [
    "rows.filter(code=request.GET['code'])", "rows.order_by(SORTS[request.GET['order']])",
    "rows.order_by(SORTS.get(request.GET['order'], 'id'))",
    "sort = request.GET.get('sort', '')\n    sort = sort if sort in SORTS else 'newest'\n    rows.filter(sort=sort)",
    "cursor.execute('SELECT 1 WHERE a = %s', [request.POST['a']])", "operate(**form.cleaned_data)",
])
def test_a_sent_value_or_a_name_out_of_a_table_is_no_fault(line: str) -> None:
    assert faults(f"def page(request, rows, cursor, form):\n    {line}\n") == []


#: Where SQL is put together from pieces and run on the spot, and what the pieces are: never anything that was sent.
PIECES = {
    "delivery/cleanroom/runner.py": "the fixed settings of the engine",
    "evidence/queries.py": "the fixed columns of the envelope",
    "evidence/sealing.py": "the fixed columns of the envelope",
    "exchange/local_servers.py": "names of roles and databases, quoted by psycopg.sql",
    "exchange/throwaway.py": "names of databases, quoted by psycopg.sql",
    "ledger/rebuilding.py": "a fixed statement",
    "listings/finding.py": "the fixed columns of the search row, one placeholder each",
    "listings/search.py": "the fixed columns of the search row, and conditions whose values stay apart (listings.matching)",
    "simulation/experiments/files.py": "the columns of the laboratory's own report, in an engine of its own",
}


@covers("T57")
def test_sql_is_put_together_only_where_it_is_said_and_why() -> None:
    assert {shown(path) for path in SOURCES if formatted_sql(path.read_text(encoding="utf-8"))} == set(PIECES)


@covers("T57")
@pytest.mark.parametrize("line", [
    "cursor.execute(f'SELECT {column}')", "cursor.execute('SELECT ' + column)", "cursor.execute('SELECT %s' % column)",
    "cursor.executemany('SELECT {}'.format(column), [])",
])
def test_sql_put_together_from_pieces_is_seen(line: str) -> None:
    assert formatted_sql(line) == [1] and formatted_sql("cursor.execute('SELECT %s', [column])") == []


@covers("T57")
def test_the_linter_looks_for_formatted_sql_and_only_the_clean_rooms_compiler_is_let_off_as_a_whole() -> None:
    lint = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"] and not {"S608", "S610", "S611"} & set(lint["ignore"])
    let_off = {place for place, rules in lint["per-file-ignores"].items() if {"S", "S608", "S610", "S611"} & set(rules)}
    assert let_off == {"delivery/cleanroom/compiler.py", "tests/**", "benchmarks/**"}
    waived = [shown(path) for path in SOURCES if re.search(r"noqa:.*S61[01]", path.read_text(encoding="utf-8"))]
    assert waived == [], "Django's own ways around its quoting are never waived"
