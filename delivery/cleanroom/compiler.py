"""From a typed question to one parametrised statement; every identifier in it is made here, every word of the buyer is a parameter.

The file's columns are called ``c0, c1, …`` by position and its groups ``g0, g1``: no name from a file or a question ever reaches SQL.
The statement yields whole numbers per group, each with the most that one person can move it; the noise is the runner's.

A file is read whole, from its first byte to its last, by a reader that keeps what it has read up to the engine's limit; or in pieces of
4 MB, each forgotten once it is read. Pieces are cut at line ends, so a file with a line end inside a quoted cell is read whole.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from delivery.cleanroom.language import Filter, Question
from delivery.cleanroom.offering import DAY, NUMBER, Column, Offer

__all__ = ["Scalar", "Statement", "cells_of", "scalars_of", "statement_of"]

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
SOURCE = "/dev/stdin"
_PIECES, _WHOLE = f"parallel = true, buffer_size = {4 << 20}", "parallel = false"


@dataclass(frozen=True)
class Scalar:
    """One number to be measured in each group; ``sensitivity`` is the most that adding or removing one person moves it, over all groups."""

    of: str
    column: str
    sensitivity: int


@dataclass(frozen=True)
class Statement:
    """``sql`` with its parameters; its rows are the group's words, then one whole number for each scalar."""

    sql: str
    values: tuple[str | int | list[str], ...]
    groups: int
    scalars: tuple[Scalar, ...]


def scalars_of(question: Question, offer: Offer) -> tuple[Scalar, ...]:
    """This will list what is measured: always the persons, by whom small groups are told; then what each measure needs, once."""
    each = offer.groups_each
    found = {("persons", ""): Scalar("persons", "", each)}
    for measure in question.measures:
        if measure.of == "count" and offer.person:
            found.setdefault(("rows", ""), Scalar("rows", "", each * offer.rows_each))
        if measure.of in {"sum", "mean"}:
            column = offer.column(measure.column)
            assert column is not None
            most = max(abs(column.lower), abs(column.upper)) * offer.rows_each
            found.setdefault(("sum", column.name), Scalar("sum", column.name, each * most))
        if measure.of == "mean":
            found.setdefault(("filled", measure.column), Scalar("filled", measure.column, each * offer.rows_each))
    return tuple(found.values())


def cells_of(question: Question, offer: Offer) -> list[tuple[str, ...]]:
    """This will list every group that can be answered, in the order the room declares: which exist in the data shows nowhere."""
    return list(itertools.product(*(_column(name, offer).values for name in question.group_by)))


def _column(name: str, offer: Offer) -> Column:
    column = offer.column(name)
    assert column is not None, "a question was read against this offer"
    return column


def _at(name: str, offer: Offer) -> str:
    return f"c{offer.heading.index(name)}"


def _read(name: str, offer: Offer) -> str:
    """How a cell is read: a word without its outer blanks, a fixed-point number, a day; whatever is not of the kind is missing."""
    column, cell = _column(name, offer), f"nullif(trim({_at(name, offer)}), '')"
    if column.kind == "number":
        return (f"CASE WHEN regexp_full_match({cell}, '{NUMBER.pattern}') THEN "
                f"CAST(CAST({cell} AS DECIMAL(18, {column.scale})) * {10 ** column.scale} AS BIGINT) END")
    if column.kind == "date":
        return f"CASE WHEN regexp_full_match({cell}, '{DAY.pattern}') THEN {cell} END"
    return cell


def _condition(one: Filter, held: str, values: list[str | int | list[str]]) -> str:
    if one.op in {"null", "not_null"}:
        return f"{held} IS {'NOT ' if one.op == 'not_null' else ''}NULL"
    values.extend(one.values)
    if one.op == "between":
        return f"{held} BETWEEN ? AND ?"
    if one.op == "in":
        return f"{held} IN ({', '.join('?' * len(one.values))})"
    return f"{held} {_COMPARE[one.op]} ?"


def statement_of(question: Question, offer: Offer, cohort: list[str] | None = None, *, pieces: bool = False) -> Statement:
    """This will compile a question; ``cohort`` holds the hashes its list stands for; ``pieces`` where no cell holds a line end."""
    scalars, values = scalars_of(question, offer), []  # type: tuple[Scalar, ...], list[str | int | list[str]]
    wanted = list(dict.fromkeys([*question.group_by, *(one.column for one in question.where),
                                 *(one.column for one in scalars if one.column)]))
    names = {name: f"x{number}" for number, name in enumerate(wanted)}
    fields = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(offer.heading)))
    read = [f"{_read(name, offer)} AS {alias}" for name, alias in names.items()]
    if offer.person:
        read.append(f"nullif(trim({_at(offer.person, offer)}), '') AS p")
    source = (f"SELECT {', '.join(read) or '1 AS one'} FROM read_csv('{SOURCE}', auto_detect = false, header = true, delim = ',', "
              f"quote = '\"', escape = '\"', null_padding = false, {_PIECES if pieces else _WHOLE}, columns = {{{fields}}})")
    conditions = [_condition(one, names[one.column], values) for one in question.where]
    for name in question.group_by:
        values.extend(listed := _column(name, offer).values)
        conditions.append(f"{names[name]} IN ({', '.join('?' * len(listed))})")
    if offer.person:
        conditions.append("p IS NOT NULL")
    if question.cohort:
        values.append(list(cohort or []))
        conditions.append("list_contains(CAST(? AS VARCHAR[]), sha256(p))")
    kept = f"SELECT * FROM source{' WHERE ' + ' AND '.join(conditions) if conditions else ''}"
    groups = [names[name] for name in question.group_by]
    whole = _by_person(scalars, names, groups, offer) if offer.person else _by_row(scalars, names, groups, offer)
    return Statement(f"WITH source AS ({source}), kept AS ({kept}) {whole}", tuple(values), len(groups), scalars)


def _clamped(name: str, alias: str, offer: Offer) -> str:
    column = _column(name, offer)
    return f"CASE WHEN {alias} IS NOT NULL THEN least(greatest({alias}, {column.lower}), {column.upper}) END"


def _grouped(groups: list[str], measured: list[str], source: str) -> str:
    listed = ", ".join([*groups, *measured])
    return f"SELECT {listed} FROM {source}" + (f" GROUP BY {', '.join(groups)}" if groups else "")


def _by_row(scalars: tuple[Scalar, ...], names: dict[str, str], groups: list[str], offer: Offer) -> str:
    """Each row is its own: it counts once, its value clamped."""
    measured = []
    for one in scalars:
        if one.of == "sum":
            measured.append(f"CAST(coalesce(sum({_clamped(one.column, names[one.column], offer)}), 0) AS BIGINT)")
        else:
            measured.append(f"count({names[one.column]})" if one.of == "filled" else "count(*)")
    return _grouped(groups, measured, "kept")


def _by_person(scalars: tuple[Scalar, ...], names: dict[str, str], groups: list[str], offer: Offer) -> str:
    """First what each person contributes to each group, clamped; then the groups a person counts in, few and by a fixed lot; then sums."""
    inner = []
    for number, one in enumerate(scalars):
        if one.of == "sum":
            column = _column(one.column, offer)
            low, high = min(column.lower, 0) * offer.rows_each, max(column.upper, 0) * offer.rows_each
            inner.append(f"least(greatest(coalesce(sum({_clamped(one.column, names[one.column], offer)}), 0), {low}), {high}) AS m{number}")
        else:
            counted = {"persons": "1", "rows": f"least(count(*), {offer.rows_each})",
                       "filled": f"least(count({names.get(one.column, 'p')}), {offer.rows_each})"}[one.of]
            inner.append(f"{counted} AS m{number}")
    each = f"SELECT p, {', '.join([*groups, *inner])} FROM kept GROUP BY {', '.join(['p', *groups])}"
    lot = " || chr(31) || ".join(["p", *groups])
    turn = f"row_number() OVER (PARTITION BY p ORDER BY md5({lot}))" if groups else "1"
    drawn = f"SELECT *, {turn} AS turn FROM each_person"
    sums = [f"CAST(coalesce(sum(m{number}), 0) AS BIGINT)" for number in range(len(scalars))]
    last = _grouped(groups, sums, f"(SELECT * FROM drawn WHERE turn <= {offer.groups_each}) AS final")
    return f", each_person AS ({each}), drawn AS ({drawn}) {last}"
