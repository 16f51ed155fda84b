"""Archives are judged by what they declare, before anybody unpacks them, and their own directory before it is read (T50)."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from kit.coverage import covers

__all__ = ["MAX_ENTRIES", "MAX_RATIO", "MAX_UNPACKED", "directory_fits", "ends_as_zip", "fault_of_zip", "leads_outside"]

#: What an archive may declare: entries, bytes once unpacked, and how many times its own size.
MAX_ENTRIES, MAX_UNPACKED, MAX_RATIO = 10_000, 512 * 1024 * 1024, 200
#: The end of a zip: its record of 22 bytes and a comment of at most 65,535.
_TAIL, _END, _RECORD = 65_557, b"PK\x05\x06", 22
#: A directory's line is 46 bytes and a name; longer than this on average it is no honest directory.
_LINE = 300
#: How much of an XML part is read to find its first element, and what may stand before it: comments and instructions.
_HEAD, _NOTES = 1 << 20, re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_NESTED = (".zip", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2", ".zst", ".tar", ".jar")


@covers("T50")
def directory_fits(tail: bytes, most: int = MAX_ENTRIES) -> bool:
    """This will tell from a zip's last bytes whether its directory holds at most ``most`` entries, before the directory is read.

    A million entries would otherwise be a million objects in memory. The stated count may lie, so the directory's size is asked too.
    """
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _RECORD:
        return True  # no end at all: reading it fails by itself, at no cost
    count, size = int.from_bytes(tail[place + 10 : place + 12], "little"), int.from_bytes(tail[place + 12 : place + 16], "little")
    return count <= most and size <= most * _LINE


def leads_outside(name: str) -> bool:
    """This will tell whether an entry's name points outside of the folder it would be unpacked to."""
    parts = PurePosixPath(name.replace("\\", "/"))
    return parts.is_absolute() or ".." in parts.parts or ":" in name[:3] or "\0" in name


def ends_as_zip(spool: IO[bytes], size: int) -> bool:
    """This will tell whether a file that begins as something else ends as a zip, so that two programs would read two files."""
    spool.seek(max(0, size - _TAIL))
    tail = spool.read(_TAIL)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _RECORD:
        return False
    directory, comment = int.from_bytes(tail[place + 12 : place + 16], "little"), int.from_bytes(tail[place + 20 : place + 22], "little")
    return len(tail) - place == _RECORD + comment and b"PK\x01\x02" in tail[max(0, place - directory) : place + 4]


def fault_of_zip(spool: IO[bytes], size: int) -> str:
    """This will say what is wrong with a zip (office files are zips), or '' when it may be kept; nothing is unpacked but XML heads."""
    spool.seek(max(0, size - _TAIL))
    if not directory_fits(spool.read(_TAIL)):
        return f"more than {MAX_ENTRIES} entries"
    try:
        with zipfile.ZipFile(spool) as archive:
            return _fault_of_entries(archive, size)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError, EOFError, zlib.error):
        return "unreadable"


def _fault_of_entries(archive: zipfile.ZipFile, size: int) -> str:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    outside = sum(leads_outside(entry.filename) or _is_link(entry) for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > size * MAX_RATIO or outside:
        return f"{len(entries)} entries, {unpacked} bytes unpacked from {size}, {outside} names that lead outside"
    names = [entry.filename.lower() for entry in entries]
    if nested := next((name for name in names if name.endswith(_NESTED)), ""):
        return f"an archive within the archive: {nested[:80]}"
    for entry, name in zip(entries, names, strict=True):
        if name.endswith((".xml", ".rels")) and _declares_entities(archive, entry):
            return f"entities declared in {name[:80]}"
    return ""


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return (entry.external_attr >> 16) & 0o170000 == 0o120000


def _declares_entities(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether anything but notes stands before the first element of an XML part: a document type does. Notes without end count as one."""
    with archive.open(entry) as part:
        head = part.read(_HEAD)
    text = _NOTES.sub(b"", head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff"))
    return text.lstrip()[:1] == b"<" and text.lstrip()[1:2] in {b"!", b"?"}
