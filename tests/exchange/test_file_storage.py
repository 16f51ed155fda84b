"""Files lie in a folder, in an S3-compatible service or in any storage class, by setting; what is missing is said at the start."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage

from evidence.files import deposit, intact, open_deposit
from exchange.file_storage import files_storage
from tests.clones import HOUSE

VAR = Path("/var/lib/exchange")


def setting(**named: str) -> dict[str, Any]:
    env = environ.Env()
    env.ENVIRON = named
    return files_storage(env, VAR)


def test_files_lie_in_a_folder_unless_said_otherwise() -> None:
    assert setting()["OPTIONS"] == {"location": "/var/lib/exchange/files"}
    assert setting(FILES_BACKEND="folder", FILES_FOLDER="/srv/files")["OPTIONS"] == {"location": "/srv/files"}


def test_an_s3_compatible_service_is_named_by_bucket_and_endpoint() -> None:
    with patch("exchange.file_storage.find_spec", return_value=object()):
        made = setting(FILES_BACKEND="s3", FILES_BUCKET="files", FILES_ENDPOINT="https://s3.example.org", FILES_ACCESS_KEY="a",
                       FILES_SECRET_KEY="b", FILES_OPTIONS='{"location": "deposits"}')
    assert made["BACKEND"] == "storages.backends.s3.S3Storage"
    assert made["OPTIONS"]["bucket_name"] == "files" and made["OPTIONS"]["endpoint_url"] == "https://s3.example.org"
    assert (made["OPTIONS"]["access_key"], made["OPTIONS"]["secret_key"], made["OPTIONS"]["location"]) == ("a", "b", "deposits")
    assert "region_name" not in made["OPTIONS"] and made["OPTIONS"]["default_acl"] is None


@pytest.mark.parametrize(("there", "named", "says"), [
    (False, {"FILES_BUCKET": "files"}, "requirements/s3.lock"), (True, {}, "FILES_BUCKET"),
])
def test_what_s3_lacks_is_said(there: bool, named: dict[str, str], says: str) -> None:
    found = object() if there else None
    with patch("exchange.file_storage.find_spec", return_value=found), pytest.raises(ImproperlyConfigured, match=says):
        setting(FILES_BACKEND="s3", **named)


def test_a_word_that_is_no_storage_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="folder, s3 or the dotted name"):
        setting(FILES_BACKEND="ftp")


def test_a_start_that_lacks_something_stops_and_says_what() -> None:
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=HOUSE, capture_output=True, text=True, check=False,
                          env=os.environ | {"FILES_BACKEND": "ftp"})
    assert done.returncode != 0 and "FILES_BACKEND is folder, s3 or" in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("options", [{}, {"location": "deposits"}])
def test_any_storage_class_keeps_what_is_deposited(settings: Any, options: dict[str, str]) -> None:
    made = setting(FILES_BACKEND="django.core.files.storage.InMemoryStorage", FILES_OPTIONS=json.dumps(options))
    settings.STORAGES = settings.STORAGES | {"default": made}
    content = "地区,数量\n北京,1\n".encode()
    one = deposit(io.BytesIO(content), name="表 1.csv", owner="ORG-A", at=datetime(2026, 7, 1, tzinfo=UTC))
    again = deposit(io.BytesIO(content), name="表 2.csv", owner="ORG-B", at=datetime(2026, 7, 1, tzinfo=UTC))
    with open_deposit(one) as source:
        assert source.read() == content
    assert intact(one) and again.storage_name == one.storage_name
    default_storage.delete(one.storage_name)
    assert not intact(one)
