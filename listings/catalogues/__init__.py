"""Catalogue formats: one file per format, found by themselves; ``import_catalogue`` asks each whether a file is its own.

A format is a module here with one class under ``@catalogue``: ``recognise(head, name)`` and ``read(content, region)``. It yields rows and
faults in the order of the file, never stops at a faulty row, and never fetches anything. A gzipped file is unwrapped before it is
recognised; an archive is recognised by its first entry (``unpacking.py``). Formats that describe data sets rather than rows fill an
``Entry`` (``entries.py``) and make their row of it.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any, Protocol

__all__ = ["CATALOGUES", "Catalogue", "CatalogueRow", "Fault", "Text", "Unreadable", "catalogue", "catalogue_for", "hash_of", "said"]

#: A text for people: (Chinese, English), or one text for both.
Text = str | tuple[str, str]


def said(text: Text, language: str = "zh") -> str:
    """This will give a text in one of the two languages."""
    return text if isinstance(text, str) else text[0 if language.startswith("zh") else 1]


@dataclass(frozen=True)
class Fault:
    """Something wrong with one row (``row`` counts from 1) or with the whole file (``row`` 0); ``refused`` rows are not taken."""

    row: int
    code: str
    text: Text
    refused: bool = False
    #: the line of the file, where it is known
    line: int = 0


@dataclass(frozen=True)
class CatalogueRow:
    """One row in our words. ``identity`` is unique within a region: from the detail URL, else from the whole row.

    ``details`` is the data set in full (``entries.Entry``) for formats that say more than the columns hold.
    """

    row: int
    identity: str
    row_hash: str
    source_url: str = ""
    title: str = ""
    description: str = ""
    provider: str = ""
    theme: str = ""
    industry: str = ""
    openness: str = ""
    frequency: str = ""
    keywords: str = ""
    formats: tuple[str, ...] = ()
    row_count: int | None = None
    published_on: date | None = None
    updated_on: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    #: how many distributions (files, interfaces) the source states for it
    distributions: int = 0
    faults: tuple[Fault, ...] = field(default=(), compare=False)


class Unreadable(ValueError):
    """The file is not what it seems: where (a line, an entry, the file), a short code, and a text."""

    def __init__(self, where: str, code: str, text: Text, *, line: int = 0) -> None:
        super().__init__(f"{where}: {code}: {said(text, 'en')}")
        self.where, self.code, self.text, self.line = where, code, text, line or _line_in(where)


def _line_in(where: str) -> int:
    word, _, number = where.partition(" ")
    return int(number) if word == "line" and number.isascii() and number.isdigit() else 0


class Catalogue(Protocol):
    """A format of catalogue files."""

    name: str

    def recognise(self, head: bytes, name: str) -> bool:
        """This will tell from the first bytes and the file name whether the file is of this format."""
        ...

    def read(self, content: bytes, region: str) -> Iterator[CatalogueRow | Fault]:
        """This will yield rows and faults; ``Unreadable`` when nothing can be read."""
        ...


CATALOGUES: dict[str, Catalogue] = {}


def catalogue(cls: type) -> type:
    """This will enter a format class into the registry under its ``name``."""
    one = cls()
    assert one.name not in CATALOGUES, f"catalogue format {one.name} is written twice"
    CATALOGUES[one.name] = one
    return cls


def catalogue_for(content: bytes, name: str, *, head: bytes = b"") -> Catalogue:
    """This will find the format of a file (of an archive by ``head``, its first entry); ``Unreadable`` if no format knows it."""
    for found in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{found.name}")
    for one in CATALOGUES.values():
        if one.recognise(head or content[:4096], name):
            return one
    known = ", ".join(sorted(CATALOGUES))
    raise Unreadable(name, "format_unknown", (f"没有可识别的目录格式；支持：{known}", f"no catalogue format fits; known: {known}"))


def hash_of(value: Any) -> str:
    """This will return the SHA-256 (lower-case hex) of a string, or of a JSON value with sorted keys."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
