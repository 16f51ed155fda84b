"""Files are hashed, capped, typed by their bytes and stored once; archives are judged before anybody unpacks them (T50)."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from evidence.files import clean_name, deposit, intact, open_deposit, sniff
from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import Rejected

AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                                                          "OPTIONS": {"location": str(tmp_path)}}}


def put(content: bytes, name: str = "表 1.csv", **more: Any) -> Deposit:
    return deposit(io.BytesIO(content), name=name, owner="ORG-A", at=AT, **more)


def refused(content: bytes, name: str, **more: Any) -> str:
    with pytest.raises(Rejected) as said:
        put(content, name, **more)
    assert said.value.status == 400
    return said.value.code


def archive(entries: dict[str, bytes], mode: int = stat.S_IFREG | 0o644) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def test_a_file_is_kept_byte_for_byte_with_its_hash() -> None:
    content = "地区,数量\n北京,1\n".encode()
    one = put(content)
    assert (one.sha256, one.size, one.media_type, one.name) == (hashlib.sha256(content).hexdigest(), len(content), "text/csv", "表 1.csv")
    with open_deposit(one) as source:
        assert source.read() == content
    assert intact(one)


def test_djangos_uploads_are_taken_too() -> None:
    assert deposit(ContentFile(b"%PDF-1.7 ..."), name="a.pdf", owner="ORG-A", at=AT).media_type == "application/pdf"


def test_the_same_bytes_are_stored_once_under_two_rows() -> None:
    first, second = put(b"a,b\n1,2\n"), put(b"a,b\n1,2\n", "other.csv")
    assert first.pk != second.pk and first.storage_name == second.storage_name
    assert len(default_storage.listdir(first.sha256[:2])[1]) == 1


def test_a_changed_or_lost_file_is_noticed() -> None:
    one = put(b"a,b\n1,2\n")
    Path(default_storage.path(one.storage_name)).write_bytes(b"a,b\n1,3\n")
    assert not intact(one)
    default_storage.delete(one.storage_name)
    assert not intact(one)


@covers("T50")
def test_the_cap_is_enforced_while_streaming() -> None:
    class Endless:
        taken = 0

        def read(self, size: int) -> bytes:
            self.taken += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Rejected) as said:
        deposit(endless, name="a.txt", owner="ORG-A", at=AT, cap_bytes=100_000)
    assert said.value.code == "evidence.file.too_large" and endless.taken < 300_000
    assert refused(b"", "a.txt") == "evidence.file.empty"
    assert not Deposit.objects.exists() and default_storage.listdir("")[0] == []


@covers("T50")
@pytest.mark.parametrize(("content", "name"), [
    (b"<html><script>alert(1)</script>", "a.html"),
    (b"  <!DOCTYPE html>", "a.txt"),
    (b"<svg onload=alert(1)>", "a.png"),
    (b"<?xml version='1.0'?><svg xmlns='x'/>", "a.xml"),
    (b"MZ\x90\x00\x03", "a.exe"),
    (b"%PDF-1.7", "a.png"),
    (b"\x89PNG\r\n\x1a\n", "a.pdf"),
    (b"a,b\n1,2", "a.xlsx"),
    (b"a\x00b", "a.csv"),
])
def test_what_runs_or_pretends_is_refused(content: bytes, name: str) -> None:
    assert refused(content, name) == "evidence.file.type"


def test_a_caller_may_narrow_the_types() -> None:
    assert refused(b"%PDF-1.7", "a.pdf", allowed={"text/csv"}) == "evidence.file.type"


@covers("T50")
def test_archives_that_bomb_or_lead_outside_are_refused() -> None:
    assert put(archive({"a/b.csv": b"1,2\n"}), "a.zip").media_type == "application/zip"
    assert refused(archive({"a.bin": bytes(30_000_000)}), "a.zip") == "evidence.file.archive"
    assert refused(archive({"../../etc/x": b"1"}), "a.zip") == "evidence.file.archive"
    assert refused(archive({"/etc/x": b"1"}), "a.zip") == "evidence.file.archive"
    assert refused(archive({"C:\\x": b"1"}), "a.zip") == "evidence.file.archive"
    assert refused(archive({"link": b"/etc/passwd"}, stat.S_IFLNK | 0o777), "a.zip") == "evidence.file.archive"
    assert refused(archive({str(number): b"" for number in range(10_001)}), "a.zip") == "evidence.file.archive"
    assert refused(b"PK\x03\x04 and nothing else", "a.zip") == "evidence.file.archive"


def naive_accepts(content: bytes, name: str) -> bool:
    """The obvious gate: an ending that is allowed, and an upload that is small."""
    return name.rpartition(".")[2] in {"csv", "txt", "pdf", "png", "xml", "xlsx", "zip"} and len(content) < 1_000_000


@covers("T50")
@pytest.mark.parametrize(("content", "name"), [
    (b"<svg onload=alert(1)>", "a.png"), (b"  <!DOCTYPE html>", "a.txt"), (b"%PDF-1.7", "a.png"), (b"a,b\n1,2", "a.xlsx"),
])
def test_an_ending_alone_would_have_let_the_pretender_in(content: bytes, name: str) -> None:
    assert naive_accepts(content, name)
    assert refused(content, name) == "evidence.file.type"


@covers("T50")
def test_the_size_of_the_upload_alone_would_have_let_the_bomb_in() -> None:
    for made in (archive({"a.bin": bytes(30_000_000)}), archive({"../../etc/x": b"1"})):
        assert naive_accepts(made, "a.zip")
        assert refused(made, "a.zip") == "evidence.file.archive"


@pytest.mark.parametrize(("typed", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\a\\b.csv", "b.csv"), ("a\x00\n\u202egpj.exe", "agpj.exe"), ("\u200b", "file"), ("...", "file"),
    ("x" * 300 + ".csv", "x" * 196 + ".csv"), ("数据  说明.pdf", "数据  说明.pdf"),
])
def test_names_lose_folders_and_invisible_characters(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def types() -> Iterator[tuple[bytes, str, str]]:
    yield b"\xff\xd8\xff\xe0", "a.jpg", "image/jpeg"
    yield b"RIFF\x00\x00\x00\x00WEBP", "a.webp", "image/webp"
    yield b"\x1f\x8b\x08", "a.gz", "application/gzip"
    yield b"PAR1....", "a.parquet", "application/vnd.apache.parquet"
    yield b"PK\x03\x04", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    yield '{"甲": 1}'.encode(), "a.json", "application/json"
    yield "地区,数量".encode("gb18030"), "a.csv", "text/csv"
    yield ("x" + "地区" * 1000).encode()[:4096], "a.txt", "text/plain"
    yield "地区".encode()[:-1] + b"\xff", "a.txt", "application/octet-stream"
    yield b"GIF89a", "a.gif", "image/gif"


@pytest.mark.parametrize(("head", "name", "media_type"), list(types()))
def test_types_are_read_from_bytes(head: bytes, name: str, media_type: str) -> None:
    assert sniff(head, name) == media_type
