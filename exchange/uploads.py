"""What may come in with one form (T50): a body over the bound is refused by its stated length, or while it arrives, before it fills a disk.

Every file is capped again where it is kept (``evidence.files``); this is the door before it, where Django would write the whole of a
two-gigabyte line into a temporary file first and ask afterwards.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from kit.coverage import covers

__all__ = ["CappedUploads"]

#: What the fields of a form and a file one byte over the cap, which is told by name, may take beside the cap; the proxy's bound is near.
_BESIDES = 4 * 1024 * 1024


class CappedUploads(FileUploadHandler):
    """First of the upload handlers: counts what arrives and hands it on; over the bound the request ends with 400."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._arrived = 0

    @covers("T50")
    def handle_raw_input(self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str,
                         encoding: str | None = None) -> None:
        """This will refuse a body by its stated length, before a byte of it is read."""
        _refuse(content_length)

    @covers("T50")
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """This will hand a piece on to the next handler while all that arrived is within the bound."""
        self._arrived += len(raw_data)
        _refuse(self._arrived)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""


def _refuse(told: int) -> None:
    most = settings.FILE_CAP_BYTES + _BESIDES
    if told > most:
        raise RequestDataTooBig(f"{told} bytes came in with one form, at most {most} are taken")
