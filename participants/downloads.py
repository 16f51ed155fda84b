"""Tables to take away from a page, as CSV (``kit.sheets``) or as a workbook (``kit.workbooks``), written line by line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence

from django.http import FileResponse, StreamingHttpResponse

from kit.sheets import Cell, csv_rows
from kit.workbooks import write_workbook

__all__ = ["WORKBOOK", "table_response"]

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What stays in memory of a workbook before it goes to a file that vanishes with the answer.
IN_MEMORY = 4 * 1024 * 1024


def table_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, form: str = "csv") -> StreamingHttpResponse:
    """This will answer with a table that the browser keeps as ``name`` (ASCII, no ending); ``form`` is ``csv`` or ``xlsx``."""
    if form == "xlsx":
        out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the answer closes it)
        write_workbook(out, heads, rows)  # type: ignore[arg-type]
        out.seek(0)
        return FileResponse(out, as_attachment=True, filename=f"{name}.xlsx", content_type=WORKBOOK)
    answer = StreamingHttpResponse(csv_rows(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
