"""Catalogue formats: one file per format, found by themselves; ``import_catalogue`` asks each whether a file is its own.

A format is a module here with one class under ``@catalogue``: ``recognise(head, name)`` and ``read(content, region)``. It yields rows and
faults in the order of the file, never stops at a faulty row, and never fetches anything.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any, Protocol

__all__ = ["CATALOGUES", "Catalogue", "CatalogueRow", "Fault", "Unreadable", "catalogue", "catalogue_for", "hash_of"]


@dataclass(frozen=True)
class Fault:
    """Something wrong with one row (``row`` counts from 1) or with the whole file (``row`` 0); ``refused`` rows are not taken."""

    row: int
    code: str
    text: str
    refused: bool = False


@dataclass(frozen=True)
class CatalogueRow:
    """One row in our words. ``identity`` is unique within a region: from the detail URL, else from the whole row."""

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
    faults: tuple[Fault, ...] = field(default=(), compare=False)


class Unreadable(ValueError):
    """The file is not what it seems: where, a short code, and a text."""

    def __init__(self, where: str, code: str, text: str) -> None:
        super().__init__(f"{where}: {code}: {text}")
        self.where, self.code, self.text = where, code, text


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


def catalogue_for(content: bytes, name: str) -> Catalogue:
    """This will find the format of a file; ``Unreadable`` if no format knows it."""
    for found in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{found.name}")
    for one in CATALOGUES.values():
        if one.recognise(content[:4096], name):
            return one
    raise Unreadable(name, "format_unknown", f"no catalogue format fits; known: {', '.join(sorted(CATALOGUES))}")


def hash_of(value: Any) -> str:
    """This will return the SHA-256 (lower-case hex) of a string, or of a JSON value with sorted keys."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
