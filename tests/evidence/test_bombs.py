"""T50: files made to burst whoever opens them are refused from their own statements, in little memory; nothing is left behind."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.storage import default_storage

from evidence.models import Deposit
from evidence.pictures import MAX_PIXELS, pixels
from kit.coverage import covers
from tests.evidence.test_files import archive, naive_accepts, put, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                                                          "OPTIONS": {"location": str(tmp_path)}}}


def png(width: int, height: int) -> bytes:
    """A picture of a few bytes that states its size."""
    head = struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    return (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
            + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND")))


def jpeg(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00\xff\xd9"


def webp(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


_NOISE = Random(1).randbytes(1_200_000).replace(b"-->", b"---")  # packs badly, and never ends the note
_LAUGHS = ('<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "ha">'
           + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)) + "]><sheet>&a8;</sheet>").encode()


def workbook(sheet: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet})


def many_entries(count: int) -> bytes:
    """A zip whose end states so many entries; the directory itself is as long as such a one would be."""
    line = b"PK\x01\x02" + b"\0" * 42
    directory = line * min(count, 100_000)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, min(count, 65_535), min(count, 65_535), len(directory), 4, 0)
    return b"PK\x03\x04" + directory + end


def polyglot(front: bytes) -> bytes:
    """Begins as one thing and ends as an archive: two programs read two files."""
    return front + archive({"payload.html": b"<script>alert(1)</script>"})


BOMBS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a thousand to one": (lambda: archive({"a.csv": bytes(50_000_000)}), "a.zip", "evidence.file.archive"),
    "an archive within the archive": (lambda: archive({"inner.zip": archive({"a.csv": b"1"})}), "a.zip", "evidence.file.archive"),
    "a packed stream within the archive": (lambda: archive({"inner.csv.gz": b"\x1f\x8b"}), "a.zip", "evidence.file.archive"),
    "a million entries": (lambda: many_entries(1_000_000), "a.zip", "evidence.file.archive"),
    "a name that leads outside": (lambda: archive({"..\\..\\x.csv": b"1"}), "a.zip", "evidence.file.archive"),
    "a workbook of entities": (lambda: workbook(_LAUGHS), "a.xlsx", "evidence.file.archive"),
    "entities behind a long note": (lambda: workbook(b"<!--" + b"<x>" * 20_000 + b"-->" + _LAUGHS[21:]), "a.xlsx", "evidence.file.archive"),
    "entities behind a note without end": (lambda: workbook(b"<!--" + _NOISE), "a.xlsx", "evidence.file.archive"),
    "entities in wide letters": (lambda: workbook(_LAUGHS.decode().encode("utf-16")), "a.xlsx", "evidence.file.archive"),
    "a workbook of zeros": (lambda: workbook(bytes(100_000_000)), "a.xlsx", "evidence.file.archive"),
    "a png of 50,000 by 50,000": (lambda: png(50_000, 50_000), "a.png", "evidence.file.picture"),
    "a jpeg of 50,000 by 50,000": (lambda: jpeg(50_000, 50_000), "a.jpg", "evidence.file.picture"),
    "a webp of 50,000 by 50,000": (lambda: webp(50_000, 50_000), "a.webp", "evidence.file.picture"),
    "a picture that is an archive": (lambda: polyglot(png(10, 10)), "a.png", "evidence.file.type"),
    "a paper that is an archive": (lambda: polyglot(b"%PDF-1.7\n%%EOF\n"), "a.pdf", "evidence.file.type"),
    "an archive under a picture's name": (lambda: archive({"a.csv": b"1"}), "a.png", "evidence.file.type"),
}


@covers("T50")
@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_is_refused_in_little_memory_and_leaves_nothing(name: str) -> None:
    made, filename, code = BOMBS[name]
    content = made()
    tracemalloc.start()
    try:
        assert refused(content, filename) == code
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    assert not Deposit.objects.exists() and default_storage.listdir("")[0] == []


@covers("T50")
@pytest.mark.parametrize("name", ["an archive within the archive", "a workbook of entities", "a png of 50,000 by 50,000",
                                  "a picture that is an archive"])
def test_the_obvious_gate_lets_them_in(name: str) -> None:
    made, filename, _ = BOMBS[name]
    assert naive_accepts(made(), filename)


@covers("T50")
def test_what_the_naive_reader_unfolds() -> None:
    """Five thousandths of a bomb: entities one on another, read as they come, are a thousand times what was sent."""
    small = _LAUGHS.replace(b"&a8;", b"&a4;")
    assert len(ElementTree.fromstring(small).text or "") == 20_000
    with zipfile.ZipFile(io.BytesIO(archive({"a.csv": bytes(5_000_000)}))) as packed:
        assert len(packed.read("a.csv")) > 900 * packed.infolist()[0].compress_size


@covers("T50")
@pytest.mark.parametrize(("content", "name"), [(png(4_000, 3_000), "a.png"), (jpeg(4_000, 3_000), "a.jpg"), (webp(4_000, 3_000), "a.webp")])
def test_an_ordinary_picture_states_its_size_and_is_kept(content: bytes, name: str) -> None:
    kept = put(content, name)
    assert pixels(io.BytesIO(content), kept.media_type) == 12_000_000 < MAX_PIXELS


@covers("T50")
def test_an_ordinary_workbook_and_an_ordinary_archive_are_kept() -> None:
    for sheet in (b"<sheet/>", b'<?xml version="1.0"?>\n<!-- <!DOCTYPE x> -->\n<sheet>&lt;!DOCTYPE</sheet>', b"\xef\xbb\xbf<sheet/>", b""):
        assert put(workbook(sheet), "a.xlsx").media_type.endswith("spreadsheetml.sheet")
    assert put(archive({"a.csv": b"1,2\n", "b/c.csv": b"3,4\n"}), "a.zip").media_type == "application/zip"
