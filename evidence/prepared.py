"""Questions asked at every act: written as a queryset or as SQL, compiled once a process, planned once a connection.

Django compiles a queryset and PostgreSQL plans its text anew at every call, which costs a multiple of reading a row by its
key. Here both are done once. Values travel apart from the text, so write plain comparisons with columns and leave
arithmetic to the database (a bare number has the narrowest type that holds it). Behind a pooler that shares connections
between transactions nothing is kept (``DISABLE_SERVER_SIDE_CURSORS``), and the answers are the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cached_property, update_wrapper
from inspect import signature
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import psycopg
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.db.models.expressions import Value
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

__all__ = ["Prepared", "PreparedRows", "Presence", "ask", "prepared", "prepared_rows", "presence"]

M = TypeVar("M", bound=models.Model)

#: What a parameter may be, by its annotation.
_FIELDS: dict[str, Callable[[], models.Field[Any, Any]]] = {
    "int": models.BigIntegerField, "str": models.TextField, "datetime": models.DateTimeField, "UUID": models.UUIDField}


class _Planned(psycopg.Cursor[Any]):
    """A cursor whose every statement is prepared, where the connection keeps prepared statements."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> _Planned:
        return super().execute(query, params, prepare=True)


def ask(text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """This will run one statement with its plan kept for the next time, and return the rows."""
    connection.ensure_connection()
    wrapper: Any = connection
    with wrapper._prepare_cursor(_Planned(connection.connection)) as cursor:  # Django's errors, checks and query log
        cursor.execute(text, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


class _Slot(Value):
    """Stands in the compiled text for a value that comes with each call."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class _Question:
    """A function of annotated values that builds querysets: called once with slots, then asked with values."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build, self.names = build, list(signature(build).parameters)
        update_wrapper(self, build)  # type: ignore[arg-type]

    def built(self) -> Any:
        kinds = self.build.__annotations__
        return self.build(*(_Slot(name, output_field=_FIELDS[kinds[name]]()) for name in self.names))

    def asked(self, text: str, given: Sequence[Any], values: Sequence[Any]) -> list[tuple[Any, ...]]:
        named = dict(zip(self.names, values, strict=True))
        return ask(text, [named[one.value] if isinstance(one, _Slot) else one for one in given])


class Prepared(_Question, Generic[M]):
    """The function's queryset, called with the function's own arguments: all rows, the first of them, or the one."""

    @cached_property
    def _compiled(self) -> tuple[models.QuerySet[M], SQLCompiler, str, Any]:
        queryset = self.built()
        compiler = queryset.query.get_compiler(using=connection.alias)
        return queryset, compiler, *compiler.as_sql()

    def __call__(self, *values: Any) -> list[M]:
        """This will return all rows."""
        queryset, compiler, text, given = self._compiled
        assert connection.in_atomic_block or not queryset.query.select_for_update, "a row is locked in a transaction"
        rows = self.asked(text, given, values)
        answered = copy.copy(compiler)
        answered.execute_sql = lambda *_, **__: [rows]  # type: ignore[method-assign, assignment]
        answer: Any = SimpleNamespace(db=connection.alias, model=queryset.model, _known_related_objects={},
                                      query=SimpleNamespace(get_compiler=lambda **_: answered))
        return list(ModelIterable(answer))

    def first(self, *values: Any) -> M | None:
        """This will return the first row, None when there is none."""
        return next(iter(self(*values)), None)

    def get(self, *values: Any) -> M:
        """This will return the one row; ``ObjectDoesNotExist`` when there is none."""
        if (found := self.first(*values)) is None:
            raise ObjectDoesNotExist(f"{self.build.__qualname__}{values}")
        return found


class PreparedRows(_Question):
    """The function's ``values_list``, called with the function's own arguments: tuples of plain values."""

    @cached_property
    def _compiled(self) -> tuple[SQLCompiler, str, Any]:
        compiler = self.built().query.get_compiler(using=connection.alias)
        return compiler, *compiler.as_sql()

    def __call__(self, *values: Any) -> list[tuple[Any, ...]]:
        """This will return all rows."""
        compiler, text, given = self._compiled
        found: Any = [self.asked(text, given, values)]
        rows: Any = compiler.results_iter(found, tuple_expected=True)
        return list(rows)


class Presence(_Question):
    """The function's querysets, in order: which of them have any row, by one statement."""

    @cached_property
    def _compiled(self) -> tuple[str, list[Any]]:
        parts = [one.query.exists().get_compiler(using=connection.alias).as_sql() for one in self.built()]
        return "SELECT " + ", ".join(f"EXISTS ({text})" for text, _ in parts), [value for _, given in parts for value in given]

    def __call__(self, *values: Any) -> tuple[bool, ...]:
        return self.asked(*self._compiled, values)[0]


def prepared(build: Callable[..., models.QuerySet[M]]) -> Prepared[M]:
    """This will make a function that builds a queryset from its arguments a question that is compiled once.

    The arguments are annotated ``int``, ``str``, ``datetime`` or ``UUID`` and never None.
    """
    return Prepared(build)


def prepared_rows(build: Callable[..., models.QuerySet[Any, Any]]) -> PreparedRows:
    """This will make a function that builds a ``values_list`` a question that is compiled once; arguments as for ``prepared``."""
    return PreparedRows(build)


def presence(build: Callable[..., Sequence[models.QuerySet[Any]]]) -> Presence:
    """This will make a function that builds several querysets one question: which of them have rows."""
    return Presence(build)
