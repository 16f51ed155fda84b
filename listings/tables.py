"""Deposited tables as lines of text: which encoding they are in, and their shape."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from evidence.files import open_deposit
from evidence.models import Deposit
from kit.coverage import covers
from listings.profile import MAX_LINE, CsvFault, CsvProfile, profile_csv

__all__ = ["Typed", "encoding_of", "text_of", "typed_profile"]


@dataclass(frozen=True)
class Typed:
    """A deposited table's shape and the encoding it was read in."""

    profile: CsvProfile
    encoding: str


@covers("T50")
@contextmanager
def text_of(one: Deposit, encoding: str) -> Iterator[Iterator[str]]:
    """This will open a deposited table as lines of text; one that does not end within the bound is a ``CsvFault``, not read to its end."""
    with open_deposit(one) as source, io.TextIOWrapper(source, encoding=encoding, newline="") as text:
        yield _lines(text)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise CsvFault(number, "line_too_long", f"一行超过 {MAX_LINE:,} 个字符", f"A line has more than {MAX_LINE:,} characters")
        yield line


def encoding_of(one: Deposit) -> str:
    """This will find the encoding of a deposited table: UTF-8, or else GB 18030."""
    with suppress(UnicodeDecodeError), text_of(one, "utf-8-sig") as lines:
        for _ in lines:
            pass
        return "utf-8-sig"
    return "gb18030"


def typed_profile(one: Deposit) -> Typed:
    """This will read a deposited CSV once, as UTF-8 or else GB 18030. Raises ``CsvFault``."""
    for encoding in ("utf-8-sig", "gb18030"):
        with text_of(one, encoding) as lines:
            try:
                return Typed(profile_csv(lines), encoding)
            except UnicodeDecodeError:
                continue
    raise CsvFault(1, "not_text", "不是 UTF-8 或 GB 18030 文本", "Neither UTF-8 nor GB 18030 text")
