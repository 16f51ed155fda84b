"""Cells of a published table that would tell one party's business are hidden, with as many others as keep the sums from telling them.

A table has cells (row, column), with '' for the whole of a row, of a column, and of both; its reader knows that parts make the whole. A
hidden cell that the shown ones determine is protected by the cheapest rectangle it is a corner of: the other three corners are hidden too,
so that what is added in one may be taken from the next. Whether a cell is determined is a question of rank over fractions, no tolerance.
Source: Hundepool et al., Statistical Disclosure Control (2012), ch. 4 (primary and secondary suppression, hypercube method).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction

__all__ = ["Cell", "Equation", "determined", "hidden_cells", "table_equations"]

#: (row, column)
Cell = tuple[str, str]
#: cell -> its sign: parts +1, the whole -1
Equation = Mapping[Cell, int]
#: Where the whole of a row or column stands.
WHOLE = ""


def table_equations(rows: Sequence[str], columns: Sequence[str]) -> list[Equation]:
    """This will write the sums of a table whose cells are (row, column), with '' for the whole of a row, of a column, and of both."""
    lines: list[Equation] = [{**{(row, column): 1 for column in columns}, (row, WHOLE): -1} for row in (*rows, WHOLE)]
    return lines + [{**{(row, column): 1 for row in rows}, (WHOLE, column): -1} for column in (*columns, WHOLE)]


def determined(hidden: Collection[Cell], equations: Iterable[Equation]) -> set[Cell]:
    """This will tell which hidden cells follow from the shown ones: those whose value the reduced equations give alone."""
    rows = [{cell: Fraction(sign) for cell, sign in one.items() if cell in hidden} for one in equations]
    reduced: list[dict[Cell, Fraction]] = []
    for row in filter(None, rows):
        for done in reduced:
            _take_away(row, done, next(iter(done)))
        if row:
            pivot = next(iter(row))
            row = {pivot: Fraction(1), **{cell: value / row[pivot] for cell, value in row.items() if cell != pivot}}
            for done in reduced:
                _take_away(done, row, pivot)
            reduced.append(row)
    return {next(iter(row)) for row in reduced if len(row) == 1}


def _take_away(row: dict[Cell, Fraction], other: Mapping[Cell, Fraction], pivot: Cell) -> None:
    """Subtracts ``other`` so often that ``row`` holds its pivot no more; what becomes nothing is dropped."""
    if factor := row.get(pivot):
        for cell, value in other.items():
            left = row.get(cell, Fraction(0)) - factor * value
            if left:
                row[cell] = left
            else:
                row.pop(cell, None)


def hidden_cells(values: Mapping[Cell, int], sensitive: Collection[Cell], rows: Sequence[str], columns: Sequence[str]) -> set[Cell]:
    """This will return the cells to hide: the sensitive ones and what protects them, wholes and empty cells only where nothing else does.

    Every round hides one cell more at least; ties go by name.
    """
    equations, hidden = table_equations(rows, columns), set(sensitive)

    def price(corners: AbstractSet[Cell]) -> tuple[int, int, int, list[Cell]]:
        fresh = corners - hidden
        sizes = [values.get(cell, 0) for cell in fresh]
        return sum(WHOLE in cell for cell in fresh), sizes.count(0), sum(sizes), sorted(fresh)

    while told := determined(hidden, equations):
        row, column = min(told)
        corners = [{(one, other) for one in (row, row_) for other in (column, column_)}
                   for row_ in (*rows, WHOLE) if row_ != row for column_ in (*columns, WHOLE) if column_ != column]
        hidden = hidden | min(corners, key=price)
    return hidden
