"""Fingerprints of files on sale, and what a leaked sample shares with them 泄露比对 (R47, Data Twenty 8).

A row is told by its cells, whatever their order, case, width or spacing, under a key of the house: nobody reads a person out of it. Rows
that lost or changed one cell are found by the row with each cell left out. Of a long file only the smallest keys are kept; what falls
under their limit in the sample is compared, and the share is told with its margin. A hit by chance needs two of 2^64 keys to be the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

from django.conf import settings

from kit.composing import normalized
from kit.coverage import covers

__all__ = ["KEPT", "ROWS", "SHARE", "Print", "Row", "Shared", "keys_of", "print_of", "sample_of", "shared"]

#: Keys kept of a file, of whole rows and of rows with a cell left out each: a file with no more rows is compared whole.
KEPT = 65_536
#: Cells of a row that are left out in turn, and the fewest a row needs to be told by all but one of them.
_TURNS, _FEWEST = 48, 4
#: What counts as a match: so many rows at least, and so great a share of the sample (permille).
ROWS, SHARE = 3, 50


@dataclass(frozen=True)
class Print:
    """One file: its rows, the keys kept of them in order, and whether they are all."""

    rows: int
    exact: bytes
    near: bytes
    whole: bool


@dataclass(frozen=True)
class Row:
    """One row of a sample: its key, and the keys with each cell left out."""

    key: int
    without: frozenset[int]


@dataclass(frozen=True)
class Shared:
    """What a sample shares with one file: rows compared, the same, the same but for one cell; share and margin in permille."""

    compared: int
    exact: int
    near: int
    permille: int
    margin: int

    @property
    def matches(self) -> bool:
        return self.exact + self.near >= ROWS and self.permille >= SHARE


def _plain(cell: str) -> str:
    return "".join(normalized("NFKC", cell).casefold().split())


def _key(cells: Sequence[str]) -> int:
    found = hashlib.blake2b("\x1f".join(cells).encode(), digest_size=8, key=settings.REAL_NAME_KEY.encode()[:64]).digest()
    return int.from_bytes(found, "big")


def _row(cells: Iterable[str]) -> Row | None:
    said = sorted(filter(None, map(_plain, cells)))
    if len(said) < 2:
        return None
    turns = range(min(len(said), _TURNS)) if len(said) >= _FEWEST else ()
    return Row(_key(said), frozenset(_key([*said[:place], *said[place + 1:]]) for place in turns))


def sample_of(rows: Iterable[Sequence[str]], *, most: int) -> list[Row]:
    """This will read the distinct rows of a sample, ``most`` at most."""
    found: dict[int, Row] = {}
    for row in filter(None, map(_row, rows)):
        found.setdefault(row.key, row)
        if len(found) == most:
            break
    return list(found.values())


@covers("R47")
def keys_of(rows: Iterable[Sequence[str]]) -> bytes:
    """This will return the keys of rows that go out, eight bytes each, in order; rows with too little in them have none."""
    return b"".join(sorted(row.key.to_bytes(8, "big") for row in map(_row, rows) if row is not None))


class _Smallest:
    """The smallest keys of a stream, each once, in bounded memory."""

    def __init__(self, kept: int) -> None:
        self.kept, self.keys, self.limit = kept, set[int](), 1 << 64

    def take(self, key: int) -> None:
        if key < self.limit:
            self.keys.add(key)
            if len(self.keys) >= 2 * self.kept:
                self._cut()

    def _cut(self) -> None:
        ordered = sorted(self.keys)[:self.kept]
        self.keys, self.limit = set(ordered), ordered[-1] + 1

    def written(self) -> tuple[bytes, bool]:
        if cut := len(self.keys) > self.kept:
            self._cut()
        return b"".join(key.to_bytes(8, "big") for key in sorted(self.keys)), not cut and self.limit == 1 << 64


@covers("R47")
def print_of(rows: Iterable[Sequence[str]], *, kept: int = KEPT) -> Print:
    """This will take a file's fingerprint in one pass."""
    exact, near, count = _Smallest(kept), _Smallest(kept), 0
    for row in filter(None, map(_row, rows)):
        count += 1
        exact.take(row.key)
        for key in row.without:
            near.take(key)
    (rows_kept, whole), (cells_kept, _) = exact.written(), near.written()
    return Print(count, rows_kept, cells_kept, whole)


def _keys(written: bytes) -> Iterator[int]:
    return (int.from_bytes(written[place:place + 8], "big") for place in range(0, len(written), 8))


@covers("R47")
def shared(sample: Sequence[Row], file: Print) -> Shared:
    """This will compare a sample with one file. Of a file kept in part, rows beyond the limit are not compared, and near rows are the
    fewest there are."""
    exact, near = set(_keys(file.exact)), set(_keys(file.near))
    limit = 1 << 64 if file.whole else max(exact, default=0)
    compared = [row for row in sample if row.key <= limit]
    same = sum(row.key in exact for row in compared)
    alike = sum(row.key not in exact and (row.key in near or not near.isdisjoint(row.without) or not exact.isdisjoint(row.without))
                for row in compared)
    count, hits = len(compared), same + alike
    if not count:
        return Shared(0, 0, 0, 0, 1000)
    margin = 0 if file.whole else isqrt(1960 ** 2 * hits * (count - hits) // count ** 3) or min(1000, 3000 // count)
    return Shared(count, same, alike, 1000 * hits // count, margin)
