"""Tables people take away as a workbook (XLSX, ISO/IEC 29500), written line by line: text is text, money is a number, nothing calculates.

A cell of text is an inline string, which no spreadsheet evaluates; one that would start a formula when somebody edits it carries the
mark that the apostrophe sets (``quotePrefix``), so that its text stays exactly what was written. There is no formula element in any part.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from kit.sheets import CALCULATES, Cell

__all__ = ["MOST_ROWS", "write_workbook"]

#: What a sheet holds; what is beyond goes on the next sheet, under the same heads.
MOST_ROWS, MOST_CHARACTERS, EXACT = 1_048_576, 32_767, 2**53
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: 0 text, 1 head, 2 money, 3 text that must not be calculated when it is edited.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/>'
    '<name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    'patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/>'
    '<xf xfId="0" numFmtId="4" applyNumberFormat="1"/><xf xfId="0" numFmtId="49" quotePrefix="1" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>")


def _text(text: str, style: int) -> str:
    kept = _NOT_XML.sub("\ufffd", text.replace("\x00", ""))[:MOST_CHARACTERS]
    style = 3 if kept.startswith(CALCULATES) else style
    # a reader of XML turns a bare CR into LF; written as a character reference it stays what it was
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(kept, {chr(13): "&#13;"})}</t></is></c>'


def _cell(value: Cell, style: int = 0) -> str:
    if isinstance(value, str):
        return _text(value, style)
    if isinstance(value, Decimal):
        return f'<c s="2"><v>{value:f}</v></c>' if value.is_finite() and abs(value) < EXACT else _text(str(value), style)
    # a spreadsheet keeps 15 digits; a longer number would be rounded
    return f"<c><v>{value}</v></c>" if not isinstance(value, bool) and abs(value) < EXACT else _text(str(value), style)


def _row(cells: Sequence[Cell], style: int = 0) -> bytes:
    return f"<row>{''.join(_cell(cell, style) for cell in cells)}</row>".encode()


def _part(book: zipfile.ZipFile, name: str) -> IO[bytes]:
    made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same table is the same file
    made.compress_type = zipfile.ZIP_DEFLATED
    return book.open(made, "w", force_zip64=True)


def _sheet(out: IO[bytes], heads: Sequence[str], rows: Iterator[Sequence[Cell]], most: int) -> Sequence[Cell] | None:
    """Writes one sheet; returns the first row that it had no room for."""
    out.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
              'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'.encode())
    out.write(_row(heads, 1))
    left = None
    for written, row in enumerate(rows, 2):
        if written > most:
            left = row
            break
        out.write(_row(row))
    out.write(b"</sheetData></worksheet>")
    return left


def write_workbook(out: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, most: int = MOST_ROWS) -> None:
    """This will write a table as a workbook into a file that is open for writing; only the line in hand is kept in memory."""
    remaining, sheets = iter(rows), 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        first: Sequence[Cell] | None = ()
        while first is not None:
            sheets += 1
            with _part(book, f"xl/worksheets/sheet{sheets}.xml") as sheet:
                first = _sheet(sheet, heads, _after(first, remaining), most)
        for name, text in _about(sheets):
            with _part(book, name) as part:
                part.write((_HEAD + text).encode())


def _after(first: Sequence[Cell], rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    if first:
        yield first
    yield from rows


def _about(sheets: int) -> Iterator[tuple[str, str]]:
    """The parts that say what is in the workbook."""
    numbers = range(1, sheets + 1)
    listed = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>' for n in numbers)
    yield "[Content_Types].xml", (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_KIND}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{listed}</Types>')
    yield "_rels/.rels", (f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
                          'Target="xl/workbook.xml"/></Relationships>')
    named = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    yield "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>'
    related = "".join(f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    yield "xl/_rels/workbook.xml.rels", (f'<Relationships xmlns="{_PACKAGE}/relationships">{related}<Relationship Id="s" '
                                         f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>')
    yield "xl/styles.xml", _STYLES
