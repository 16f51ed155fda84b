"""Opening gzip, tar and zip without being harmed: bytes are counted while they come out, names and links are judged before (T50).

Not a format itself: archive formats read their members here, and a gzipped file of any format is unwrapped before it is recognised.
Nothing is ever written to disk.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from evidence.archives import directory_fits, leads_outside
from kit.coverage import covers
from listings.catalogues import Unreadable

__all__ = ["MAX_ENTRIES", "MAX_ENTRY", "MAX_RATIO", "MAX_UNPACKED", "is_archive", "members", "sample_of", "unwrapped"]

#: What may come out of one file: bytes in all, times its own size, entries, bytes of one entry.
MAX_UNPACKED, MAX_RATIO, MAX_ENTRIES, MAX_ENTRY = 64 * 1024 * 1024, 200, 10_000, 1024 * 1024
#: A small file may grow by any ratio up to this.
_SMALL = 1024 * 1024
_CHUNK = 1 << 16
_ZIP_TAIL = 65_557
_TOO_MANY = (f"超过 {MAX_ENTRIES} 个条目", f"more than {MAX_ENTRIES} entries")
_LINK = ("归档含有链接或设备", "the archive holds a link or a device")


def _most(packed: int, cap: int = MAX_UNPACKED) -> int:
    return min(cap, max(_SMALL, packed * MAX_RATIO))


@covers("T50")
def unwrapped(name: str, content: bytes, cap: int = MAX_UNPACKED) -> tuple[str, bytes]:
    """This will take the gzip off a file, if it has one; ``x.json.gz`` becomes ``x.json``. ``Unreadable`` when it is a bomb."""
    if not content.startswith(b"\x1f\x8b"):
        return name, content
    plain = name[:-3] if name.lower().endswith(".gz") else f"{name[:-4]}.tar" if name.lower().endswith(".tgz") else name
    most, out, rest = _most(len(content), cap), bytearray(), content
    while rest:
        stream = zlib.decompressobj(wbits=31)
        try:
            while rest and not stream.eof:
                out += stream.decompress(rest, _CHUNK)
                rest = stream.unconsumed_tail
                if len(out) > most:
                    raise Unreadable(name, "archive_bomb", (f"解压后超过 {most} 字节", f"more than {most} bytes unpacked"))
        except zlib.error as fault:
            raise Unreadable(name, "not_gzip", str(fault)) from fault
        if not stream.eof:
            raise Unreadable(name, "not_gzip", ("压缩文件不完整", "the file ends in the middle"))
        rest = stream.unused_data.lstrip(b"\0")
    return plain, bytes(out)


def is_archive(content: bytes) -> bool:
    """This will tell whether the bytes are a tar or a zip."""
    return content[257:262] == b"ustar" or content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def sample_of(content: bytes, suffixes: tuple[str, ...]) -> bytes:
    """This will give the first bytes of an archive's first entry with one of the endings; formats are recognised by them."""
    return next((body[:4096] for _, body in members(content, suffixes)), b"")


@covers("T50")
def members(content: bytes, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """This will yield (name, bytes) of the regular entries with one of the endings, in the archive's order.

    ``Unreadable`` before the first one is read when the archive declares too much, holds a link or device, or a name leads outside.
    """
    yield from _zipped(content, suffixes) if content.startswith(b"PK") else _tarred(content, suffixes)


def _judge(name: str, size: int, number: int, total: int, most: int) -> None:
    if leads_outside(name):
        raise Unreadable(name[:80], "archive_name", ("条目名指向归档之外", "the entry's name leads outside of the archive"))
    if size > MAX_ENTRY or total > most:
        raise Unreadable(
            name[:80],
            "archive_bomb",
            (f"条目超过 {MAX_ENTRY} 字节，或合计超过 {most} 字节", f"an entry over {MAX_ENTRY} bytes, or over {most} in all"),
        )
    if number > MAX_ENTRIES:
        raise Unreadable(name[:80], "archive_bomb", _TOO_MANY)


def _tarred(content: bytes, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            wanted, total = [], 0
            for number, entry in enumerate(archive, start=1):
                total += entry.size
                _judge(entry.name, entry.size, number, total, MAX_UNPACKED)
                if not (entry.isreg() or entry.isdir()):
                    raise Unreadable(entry.name[:80], "archive_link", _LINK)
                if entry.isreg() and entry.name.lower().endswith(suffixes):
                    wanted.append(entry)
            for entry in wanted:
                source = archive.extractfile(entry)
                if source is not None:
                    yield entry.name, source.read(MAX_ENTRY)
    except (tarfile.TarError, EOFError, UnicodeError, OverflowError) as fault:
        raise Unreadable("archive", "not_tar", str(fault) or ("归档不完整", "the archive ends in the middle")) from fault


def _zipped(content: bytes, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    if not directory_fits(content[-_ZIP_TAIL:], MAX_ENTRIES):
        raise Unreadable("archive", "archive_bomb", _TOO_MANY)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            wanted, total = [], 0
            for number, entry in enumerate(archive.infolist(), start=1):
                total += entry.file_size
                _judge(entry.filename, entry.file_size, number, total, _most(len(content)))
                if (entry.external_attr >> 16) & 0o170000 == 0o120000:
                    raise Unreadable(entry.filename[:80], "archive_link", _LINK)
                if not entry.is_dir() and entry.filename.lower().endswith(suffixes):
                    wanted.append(entry)
            for entry in wanted:
                with archive.open(entry) as source:
                    body = source.read(MAX_ENTRY + 1)
                if len(body) > MAX_ENTRY:
                    raise Unreadable(entry.filename[:80], "archive_bomb", ("条目大于其声明", "the entry is larger than it states"))
                yield entry.filename, body
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as fault:
        if isinstance(fault, Unreadable):
            raise
        raise Unreadable("archive", "not_zip", str(fault)) from fault
