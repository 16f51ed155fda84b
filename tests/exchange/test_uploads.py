"""T50: a body over the bound is refused from what it states, or while it arrives; nothing of it is left on the disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.test import Client

from exchange.uploads import CappedUploads
from kit.coverage import covers
from participants.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
_HEAD = (b'--line\r\nContent-Disposition: form-data; name="contract"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n')


class Endless:
    """A line without end, as a client that lies about its length would send it."""

    def __init__(self) -> None:
        self.sent = 0

    def read(self, size: int = 65_536) -> bytes:
        first = _HEAD if not self.sent else b""
        self.sent += size
        return first + b"x" * (size - len(first))


@pytest.fixture(autouse=True)
def _small(settings: Any, tmp_path: Path) -> None:
    settings.FILE_CAP_BYTES, settings.FILE_UPLOAD_TEMP_DIR = 1_000_000, str(tmp_path)


def parse(stream: Endless, length: int, handlers: list[Any]) -> QueryDict:
    meta = {"CONTENT_TYPE": "multipart/form-data; boundary=line", "CONTENT_LENGTH": str(length)}
    return MultiPartParser(meta, stream, handlers, "utf-8").parse()[0]  # type: ignore[arg-type]


@covers("T50")
@pytest.mark.parametrize("stated", [2_000_000_000, 4_000_000])
def test_a_line_of_two_gigabytes_is_refused_before_it_fills_the_disk(stated: int, tmp_path: Path) -> None:
    from django.core.exceptions import RequestDataTooBig

    endless = Endless()
    with pytest.raises(RequestDataTooBig):
        parse(endless, stated, [CappedUploads(), TemporaryFileUploadHandler()])
    assert endless.sent < 6_000_000 and (stated < 5_000_000 or endless.sent == 0)
    assert list(tmp_path.iterdir()) == []


@covers("T50")
def test_the_naive_door_writes_all_of_it_down_before_anybody_asks(tmp_path: Path) -> None:
    class Ends(Endless):
        def read(self, size: int = 65_536) -> bytes:
            return super().read(size) if self.sent < 20_000_000 else b""

    class Counting(TemporaryFileUploadHandler):
        written = 0

        def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
            super().receive_data_chunk(raw_data, start)
            self.written = self.file.tell()

    handler = Counting()
    parse(Ends(), 20_000_000, [handler])
    assert handler.written > 19_000_000


@covers("T50")
def test_the_page_says_how_much_is_taken_and_a_file_just_over_the_cap_is_told_by_its_field(client: Client) -> None:
    member = make_user(Role.DATA_MERCHANT)
    client.force_login(member)
    begun = time.process_time()
    answer = client.post("/desk/filings/new/", {"title": "甲", "contract": SimpleUploadedFile("a.csv", b"x" * 6_000_000)})
    print(f"T50: an oversize form: {time.process_time() - begun:.2f} s of CPU")
    assert answer.status_code == 400 and "文件过大" in answer.content.decode()
    answer = client.post("/desk/filings/new/", {"title": "甲", "contract": SimpleUploadedFile("a.csv", b"x" * 1_200_000)})
    assert answer.status_code == 400 and "文件过大" not in answer.content.decode()
