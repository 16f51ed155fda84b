"""A certificate taken home proves itself without our server, and shows what it says; a changed word is found (B7, W9)."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from evidence.canonical import canonical
from evidence.operations import drain
from evidence.verify import verify_bundle
from kit.coverage import covers
from tests.listings.worlds import make_registered, make_seller

pytestmark = pytest.mark.django_db


def taken_home(client: Client) -> dict[str, Any]:
    _, certificate = make_registered(make_seller())
    drain()
    found: dict[str, Any] = json.loads(client.get(f"/verify/{certificate.code}/bundle/").content)
    assert found["content"]["subject"] == certificate.code
    return found


def told(place: Path, document: dict[str, Any]) -> tuple[int, str, str]:
    place.write_bytes(canonical(document))
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_evidence", str(place), stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@covers("B7", "W9", "R10")
def test_the_command_verifies_the_bundle_and_prints_what_the_certificate_says(client: Client, tmp_path: Path) -> None:
    document = taken_home(client)
    code, out, err = told(tmp_path / "certificate.json", document)
    assert (code, err) == (0, "")
    said = json.loads(out[out.index("\n") + 1:])
    assert said == document["content"]["document"] and {right["right"] for right in said["rights"]} == {"hold", "use", "operate"}


@covers("B7", "W9")
@pytest.mark.parametrize("change", ["holder_name", "effective_to", "rights", "subject"])
def test_a_changed_word_a_longer_term_or_anothers_paper_is_found(client: Client, tmp_path: Path, change: str) -> None:
    document = taken_home(client)
    if change == "subject":
        document["content"]["subject"] = taken_home(client)["content"]["subject"]
    else:
        document["content"]["document"][change] = [] if change == "rights" else "改过的内容"
    code, out, err = told(tmp_path / "changed.json", document)
    assert code == 1 and "content" in err and "改过的内容" not in out, "what is not proven is not shown"


def test_a_bundle_without_its_paper_still_proves_its_facts(client: Client) -> None:
    document = taken_home(client)
    del document["content"]
    verdict = verify_bundle(document)
    assert verdict.good and verdict.content is None


@covers("B7")
def test_the_page_that_takes_a_bundle_back_shows_the_certificate_too(client: Client) -> None:
    document = taken_home(client)
    page = client.post("/verify/", {"bundle": SimpleUploadedFile("b.json", canonical(document), "application/json")}).content.decode()
    assert document["content"]["document"]["holder_name"] in page and document["content"]["subject"] in page
    document["content"]["document"]["holder_name"] = "冒名的公司"
    bad = client.post("/verify/", {"bundle": SimpleUploadedFile("b.json", canonical(document), "application/json")}).content.decode()
    assert "冒名的公司" not in bad
