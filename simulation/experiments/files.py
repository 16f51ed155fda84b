"""A report as a Parquet file, written by the engine that the clean rooms use; CSV and workbook are the house's own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import HttpResponse

from kit.coverage import covers
from simulation.experiments.showing import HEADS, report_rows
from simulation.models import Experiment

__all__ = ["FORMS", "parquet_response"]

FORMS = ("csv", "xlsx", "parquet")
_NUMBERS = {"mean", "low", "high", "difference", "difference_low", "difference_high"}
_WHOLE = {"arm", "replications", "seed"}


@covers("CAP-I2")
def parquet_response(one: Experiment) -> HttpResponse:
    """This will answer with the report's rows as Parquet, numbers as numbers."""
    import duckdb  # takes a moment to load; only this answer needs it

    columns = ", ".join(f'"{name}" {"DOUBLE" if name in _NUMBERS else "BIGINT" if name in _WHOLE else "VARCHAR"}' for name in HEADS)
    marks = ", ".join("?" for _ in HEADS)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as engine:
        path = Path(folder) / "report.parquet"
        engine.execute(f"CREATE TABLE report ({columns})")
        engine.executemany(f"INSERT INTO report VALUES ({marks})", [list(row) for row in report_rows(one)])  # noqa: S608 (marks only)
        engine.execute("COPY report TO '" + str(path) + "' (FORMAT parquet)")
        body = path.read_bytes()
    answer = HttpResponse(body, content_type="application/vnd.apache.parquet")
    answer["Content-Disposition"] = f'attachment; filename="report-{one.code}.parquet"'
    return answer
