"""A part of a file for an HTTP range 断点续传 (RFC 9110, 14): one range, told by bytes; If-Range by the file's hash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from delivery.models import FileFetch
from kit.coverage import covers

__all__ = ["HandedOut", "Part", "answer_part", "part_of", "unfit"]

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
_CHUNK = 1 << 16


@dataclass(frozen=True)
class HandedOut:
    """What a buyer gets: the open file, its own hash and size, the hash it was registered by, and the fetch it belongs to."""

    stream: Any
    name: str
    media_type: str
    sha256: str
    size: int
    registered_sha256: str
    fetch: FileFetch

    @property
    def whole(self) -> Part:
        return Part(0, max(0, self.size - 1), True)


@dataclass(frozen=True)
class Part:
    """First and last byte, both in the file; ``whole`` where no range was asked for, or one that is not taken."""

    first: int
    last: int
    whole: bool


@covers("F5")
def part_of(request: HttpRequest | Any, *, sha256: str, size: int) -> Part | None:
    """This will read the range a request asks for; None where it lies outside the file. Several ranges at once are answered whole."""
    whole = Part(0, max(0, size - 1), True)
    found = _ONE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or not any(found.groups()) or not _same(request.headers.get("If-Range"), sha256):
        return whole
    begin, end = found.groups()
    if not begin:  # the last so many bytes
        return Part(max(0, size - int(end)), size - 1, False) if int(end) and size else None
    first, last = int(begin), min(int(end), size - 1) if end else size - 1
    if end and int(end) < first:
        return whole  # no range at all, says the RFC
    return Part(first, last, False) if first < size else None


def _same(if_range: str | None, sha256: str) -> bool:
    """A range is answered if the caller's copy is of these very bytes; a date tells nothing here, the hash does."""
    return if_range is None or if_range.strip() == f'"{sha256}"'


def unfit(answer: HttpResponse, size: int) -> HttpResponse:
    """This will tell with a refusal (416) how long the file is."""
    answer["Content-Range"] = f"bytes */{size}"
    return answer


@covers("F5", "R47")
def answer_part(given: HandedOut, part: Part) -> HttpResponseBase:
    """This will answer with the file or its part, its hash, the registered one, and the mark of this copy."""
    answer: HttpResponseBase
    if part.whole:
        answer = FileResponse(given.stream, as_attachment=True, filename=given.name, content_type=given.media_type)
        answer["Content-Length"] = str(given.size)
    else:
        answer = StreamingHttpResponse(_bytes(given, part), status=206, content_type=given.media_type)
        answer["Content-Range"] = f"bytes {part.first}-{part.last}/{given.size}"
        answer["Content-Length"] = str(part.last - part.first + 1)
    answer["Accept-Ranges"], answer["ETag"] = "bytes", f'"{given.sha256}"'
    answer["X-Content-SHA256"], answer["X-Registered-SHA256"] = given.sha256, given.registered_sha256
    answer["X-Copy-Mark"], answer["X-Content-Type-Options"] = given.fetch.mark, "nosniff"
    return answer


def _bytes(given: HandedOut, part: Part) -> Iterator[bytes]:
    left = part.last - part.first + 1
    with given.stream as source:
        source.seek(part.first)
        while left and (chunk := source.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
