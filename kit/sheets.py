"""Tables people take away: CSV that a spreadsheet opens as texts and numbers, never as formulas (T51).

A cell is what its value is: ``str`` is text and is made harmless, ``int`` and ``Decimal`` are numbers and stay numbers, minus sign
included. Source: OWASP, "CSV Injection"; RFC 4180 for quotes and line ends; the byte order mark lets Excel read Chinese.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

__all__ = ["CALCULATES", "Cell", "csv_rows", "harmless", "yuan_cell"]

Cell = str | int | Decimal
#: What makes a spreadsheet calculate: signs, half and full width, and the controls it skips before looking.
CALCULATES = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """This will put an apostrophe before a text that a spreadsheet would calculate; NUL, which some readers drop, is left out."""
    kept = text.replace("\x00", "")
    return f"'{kept}" if text.startswith(CALCULATES) or kept.startswith(CALCULATES) else kept


def yuan_cell(fen: int) -> Decimal:
    """This will write fen as a number of yuan with two places."""
    return Decimal(fen).scaleb(-2)


class _Line:
    """What csv writes into: hands the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_rows(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """This will write a table line by line; nothing but the line in hand is kept in memory."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([harmless(head) for head in heads])
    for row in rows:
        yield writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
