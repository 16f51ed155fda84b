"""Tables to take away from a page, written line by line (``kit.sheets``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import StreamingHttpResponse

from kit.sheets import Cell, csv_rows

__all__ = ["table_response"]


def table_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """This will answer with a table that the browser keeps as ``name`` (ASCII, no ending)."""
    answer = StreamingHttpResponse(csv_rows(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
