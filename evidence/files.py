"""The one place where files enter: hashed while they stream, capped, named by content, their type read from their bytes.

Bytes go to Django's default storage (a folder, or any S3-compatible service by setting). Nothing here serves a file; a page
hands it out by token after asking who may read. Archives are judged before anybody unpacks them (T50).
"""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from evidence.archives import ends_as_zip, fault_of_zip
from evidence.models import Deposit, DepositErasure
from evidence.packed import fault_of_gzip, fault_of_parquet
from evidence.pictures import MAX_PIXELS, pixels
from evidence.prepared import presence
from kit.composing import normalized
from kit.rejected import Rejected

__all__ = ["TAKEN", "clean_name", "deposit", "erase_deposit", "intact", "open_deposit", "sniff"]

#: Types taken where the caller names none. HTML and SVG are not among them: they run in a browser.
TAKEN = frozenset({
    "application/pdf", "application/json", "application/xml", "application/zip", "application/gzip", "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/png", "image/jpeg", "image/webp", "text/csv", "text/plain", "text/turtle", "application/yaml",
})
_OFFICE = {".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
           ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
_MAGIC = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"),
          (b"\x1f\x8b", "application/gzip"), (b"PAR1", "application/vnd.apache.parquet"), (b"PK\x03\x04", "application/zip"),
          (b"PK\x05\x06", "application/zip"))
_TEXT = {".json": "application/json", ".geojson": "application/json", ".jsonl": "application/json", ".csv": "text/csv", ".tsv": "text/csv",
         ".xml": "application/xml",
         ".rdf": "application/xml", ".ttl": "text/turtle", ".yaml": "application/yaml", ".yml": "application/yaml"}
_BY_NAME = {**_OFFICE, ".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
            ".zip": "application/zip", ".gz": "application/gzip", ".parquet": "application/vnd.apache.parquet", ".gif": "image/gif"}
_PACKED = {"application/gzip": fault_of_gzip, "application/vnd.apache.parquet": fault_of_parquet}
_CHUNK = 1 << 16
_HEAD = 4096


def deposit(stream: Any, *, name: str, owner: str, at: datetime, allowed: Collection[str] = TAKEN, cap_bytes: int | None = None) -> Deposit:
    """This will take a file in and return its row; ``stream`` is anything with ``read(n)`` or Django's ``chunks()``.

    ``owner`` is an organisation's code. ``Rejected``: ``evidence.file.empty``, ``.too_large``, ``.type``, ``.archive``. The same
    bytes are stored once, however often they come.
    """
    name = clean_name(name)
    cap = settings.FILE_CAP_BYTES if cap_bytes is None else cap_bytes
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as spool:
        digest, size, head = _take(stream, spool, cap)
        media_type = sniff(head, name)
        _judge_type(media_type, name, allowed)
        _judge_inside(spool, size, head, media_type)
        spool.seek(0)
        storage_name = _store(spool, digest)
    return Deposit.objects.create(sha256=digest, size=size, media_type=media_type, name=name, storage_name=storage_name, owner=owner, at=at)


@presence
def _erased(deposit: UUID) -> list[QuerySet[DepositErasure]]:
    return [DepositErasure.objects.filter(deposit=deposit)]


def open_deposit(one: Deposit) -> File[bytes]:
    """This will open the deposited bytes for reading; who may read is the caller's to ask. ``evidence.file.erased`` if they are gone."""
    if _erased(one.pk)[0]:
        raise Rejected("evidence.file.erased", name=one.name)
    opened: File[bytes] = default_storage.open(one.storage_name, "rb")
    return opened


def erase_deposit(one: Deposit, *, reason: str, at: datetime) -> bool:
    """This will erase a deposited file, in the caller's transaction; False while another deposit still needs the same bytes.

    The row with its hash stays: what was handed in can still be proven by whoever kept the file. The bytes go after commit.
    """
    DepositErasure.objects.get_or_create(deposit=one, defaults={"reason": reason, "at": at})
    if _needed(one.storage_name):
        return False
    transaction.on_commit(lambda: None if _needed(one.storage_name) else default_storage.delete(one.storage_name))
    return True


def _needed(storage_name: str) -> bool:
    return Deposit.objects.filter(storage_name=storage_name, erasure__isnull=True).exists()


def intact(one: Deposit) -> bool:
    """This will tell whether the stored bytes are still the deposited ones."""
    digest = hashlib.sha256()
    try:
        with open_deposit(one) as source:
            for chunk in source.chunks(_CHUNK):
                digest.update(chunk)
    except (OSError, Rejected):
        return False
    return digest.hexdigest() == one.sha256


def clean_name(name: str) -> str:
    """This will return a file name without folders, control or invisible characters, at most 200 characters, its ending kept."""
    tail = normalized("NFC", name).replace("\\", "/").rpartition("/")[2]
    tail = "".join(character for character in tail if unicodedata.category(character)[0] != "C").strip(" .")
    if len(tail) > 200:
        suffix = PurePosixPath(tail).suffix[:20]
        tail = tail[: 200 - len(suffix)] + suffix
    return tail or "file"


def sniff(head: bytes, name: str) -> str:
    """This will tell a file's type from its first bytes; the name only tells texts and office archives apart."""
    suffix = PurePosixPath(name.lower()).suffix
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return _OFFICE.get(suffix, media_type) if media_type == "application/zip" else media_type
    return _sniff_text(head, suffix)


def _sniff_text(head: bytes, suffix: str) -> str:
    text = _as_text(head)
    if text is None:
        return "application/octet-stream"
    start = text.lstrip("\ufeff \t\r\n").lower()
    if "<svg" in start[:1000] and start.startswith("<"):
        return "image/svg+xml"
    if start.startswith(("<!doctype html", "<html", "<script", "<head", "<body")):
        return "text/html"
    return _TEXT.get(suffix, "text/plain")


def _as_text(head: bytes) -> str | None:
    """UTF-8, or the GB 18030 that Chinese tables often come in; the end of a full head may cut its last character."""
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4 if len(head) == _HEAD else 1):
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if any(ord(one) < 32 and one not in "\t\r\n\f" for one in text) else text
    return None


def _take(stream: Any, spool: IO[bytes], cap: int) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in _chunks(stream):
        size += len(chunk)
        if size > cap:
            raise Rejected("evidence.file.too_large", cap_bytes=cap)
        digest.update(chunk)
        if len(head) < _HEAD:
            head = (head + chunk)[:_HEAD]
        spool.write(chunk)
    if not size:
        raise Rejected("evidence.file.empty")
    return digest.hexdigest(), size, head


def _chunks(stream: Any) -> Iterator[bytes]:
    if hasattr(stream, "chunks"):
        yield from stream.chunks(_CHUNK)
        return
    while chunk := stream.read(_CHUNK):
        yield chunk


def _judge_type(media_type: str, name: str, allowed: Collection[str]) -> None:
    promised = _BY_NAME.get(PurePosixPath(name.lower()).suffix)
    if media_type not in allowed or (promised is not None and promised != media_type):
        raise Rejected("evidence.file.type", found=media_type, allowed=", ".join(sorted(allowed)))


def _judge_inside(spool: IO[bytes], size: int, head: bytes, media_type: str) -> None:
    """Archives by their own directory or footer; pictures by their stated size; whatever else ends as an archive is two files in one."""
    fault = fault_of_zip if head.startswith(b"PK") else _PACKED.get(media_type)
    if fault and (found := fault(spool, size)):
        raise Rejected("evidence.file.archive", found=found)
    if head.startswith(b"PK"):
        return
    if media_type.startswith("image/") and (stated := pixels(spool, media_type)) > MAX_PIXELS:
        raise Rejected("evidence.file.picture", pixels=stated, most=MAX_PIXELS)
    if ends_as_zip(spool, size):
        raise Rejected("evidence.file.type", found=f"{media_type} + application/zip", allowed=media_type)


def _store(spool: IO[bytes], digest: str) -> str:
    wanted = f"{digest[:2]}/{digest}"
    if default_storage.exists(wanted):
        return wanted
    return str(default_storage.save(wanted, File(spool)))
