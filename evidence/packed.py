"""Packed files judged before they are kept: a gzip is unpacked up to its bound, a Parquet says in its footer what it becomes.

Nothing in the house unfolds a Parquet file, it is handed on as it came (T50); what its own footer and the heads of its dictionaries say
it will become is read here, in Thrift's compact writing, without a library that would unfold it first. A footer that lies is its
reader's to find.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, Any

from evidence.archives import MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED
from kit.coverage import covers

__all__ = ["MAX_DICTIONARY", "fault_of_gzip", "fault_of_parquet"]

_PIECE = 1 << 18
#: What a packed stream may not begin with once unpacked: another packed stream or archive.
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd")
_MAGIC = b"PAR1"
#: A footer is names and numbers; a dictionary is at most sixteen times what writers make by themselves.
_MAX_FOOTER, MAX_DICTIONARY, _HEAD = 4 << 20, 16 << 20, 512
#: How many values of a footer are read; an honest one of ten thousand columns has fewer.
_MAX_VALUES = 1_000_000
_DEEPEST = 24


# ---- gzip ------------------------------------------------------------------------------------------------------------------------


@covers("T50")
def fault_of_gzip(spool: IO[bytes], size: int) -> str:
    """This will say what is wrong with a gzip, or '' when it may be kept; it is unpacked piece by piece and nothing of it is held."""
    spool.seek(0)
    most, told = min(MAX_UNPACKED, size * MAX_RATIO), 0
    try:
        for piece in _unpacked(spool):
            if not told and piece.startswith(_PACKED):
                return "an archive within the archive"
            told += len(piece)
            if told > most:
                return f"more than {most} bytes unpacked from {size}"
    except (zlib.error, EOFError):
        return "unreadable"
    return ""


def _unpacked(spool: IO[bytes]) -> Iterator[bytes]:
    """The contents of every member, one after the other; ``EOFError`` where the last is cut off."""
    unpack, rest = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
    while True:
        rest = rest or spool.read(_PIECE)
        if not rest:
            raise EOFError("cut off")
        if piece := unpack.decompress(rest, _PIECE):
            yield piece
        rest = unpack.unconsumed_tail
        if unpack.eof:
            rest = (unpack.unused_data or spool.read(_PIECE)).lstrip(b"\0")
            if not rest:
                return
            unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)


# ---- Parquet ---------------------------------------------------------------------------------------------------------------------


@covers("T50")
def fault_of_parquet(spool: IO[bytes], size: int) -> str:
    """This will say what is wrong with a Parquet file, or '' when it may be kept: its footer, what it unfolds to, its dictionaries."""
    try:
        return _fault_of_footer(spool, size, _Thrift(_footer(spool, size)).struct())
    except (ValueError, LookupError, TypeError, AttributeError):
        return "unreadable"


def _footer(spool: IO[bytes], size: int) -> bytes:
    if size < 12:
        raise ValueError("too short")
    spool.seek(size - 8)
    tail = spool.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or not 0 < length <= min(size - 12, _MAX_FOOTER):
        raise ValueError("no footer")
    spool.seek(size - 8 - length)
    return spool.read(length)


def _fault_of_footer(spool: IO[bytes], size: int, footer: dict[int, Any]) -> str:
    """By the field numbers of parquet.thrift: 2 schema, 4 row groups; of a group 1 columns; of a column 1 another file, 3 its figures."""
    columns = [column for group in footer.get(4, []) for column in group.get(1, [])]
    if len(columns) > MAX_ENTRIES or len(footer[2]) > MAX_ENTRIES:
        return f"{len(columns)} pieces of columns, {len(footer[2])} names"
    if any(column.get(1) for column in columns):
        return "columns that stand in another file"
    figures = [column[3] for column in columns]
    unpacked, cells = sum(one[6] for one in figures), sum(one[5] for one in figures)
    if unpacked > min(MAX_UNPACKED, size * MAX_RATIO) or cells > MAX_UNPACKED:
        return f"{cells} cells, {unpacked} bytes unpacked from {size}"
    if any(one[5] < 0 or one[6] < 0 or one[7] < 0 or one[7] > size for one in figures):
        return "figures that cannot be"
    return next((found for one in figures if (found := _fault_of_dictionary(spool, size, one))), "")


def _fault_of_dictionary(spool: IO[bytes], size: int, figures: dict[int, Any]) -> str:
    """A column's first page may be its dictionary: how large it becomes, and how large the column once each cell is looked up in it."""
    place = figures.get(11) or figures[9]
    if not 4 <= place < size - 8:
        return "a page outside the file"
    spool.seek(place)
    head = spool.read(_HEAD)
    if _Thrift(head).struct(most=1)[1] != 2:  # PageType.DICTIONARY_PAGE; the head of another page may be longer than what was read
        return ""
    page = _Thrift(head).struct()
    unpacked, packed, entries = page[2], page[3], page[7][1]
    if not 0 <= unpacked <= MAX_DICTIONARY or not 0 <= packed <= size - place or entries < 0:
        return f"a dictionary of {unpacked} bytes"
    unfolded = figures[5] * unpacked // max(entries, 1)
    return f"a column of {unfolded} bytes once its dictionary is looked up" if unfolded > MAX_UNPACKED else ""


class _Thrift:
    """Thrift's compact writing, read once from front to back; a text too deep, too long or cut off is a fault."""

    def __init__(self, text: bytes) -> None:
        self.text, self.at, self.left = text, 0, _MAX_VALUES

    def struct(self, depth: int = 0, most: int = 1_000) -> dict[int, Any]:
        """This will read one struct as its fields by number, at most so many of them."""
        fields: dict[int, Any] = {}
        number = 0
        while len(fields) < most and (head := self._byte()):
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            fields[number] = self._value(head & 15, depth + 1)
        return fields

    def _byte(self) -> int:
        found = self.text[self.at]
        self.at += 1
        return found

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
            if shift > 63:
                raise ValueError("a number without end")

    def _zigzag(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def _bytes(self, count: int) -> bytes:
        if count > len(self.text) - self.at:
            raise ValueError("cut off")
        self.at += count
        return self.text[self.at - count : self.at]

    def _value(self, kind: int, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth > _DEEPEST:
            raise ValueError("too much")
        if kind in (1, 2):  # a truth stands in the head of its field
            return kind == 1
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind in (3, 7):
            return self._bytes(1 if kind == 3 else 8)
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return self.struct(depth)
        raise ValueError("no such kind")  # maps (11) do not occur in a footer

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count, kind = (self._varint() if head >> 4 == 15 else head >> 4), head & 15
        if count > len(self.text) - self.at:  # each takes a byte at least
            raise ValueError("cut off")
        if kind in (1, 2):
            return list(self._bytes(count))
        return [self._value(kind, depth + 1) for _ in range(count)]
