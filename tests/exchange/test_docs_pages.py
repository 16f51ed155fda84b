"""The pages of docs/: one index names each of them, links lead somewhere, and the commands they name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands

from tests.clones import HOUSE

DOCS = HOUSE / "docs"
FRONT = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
PAGES = [*sorted(DOCS.rglob("*.md")), *(HOUSE / name for name in FRONT)]


def name_of(page: Path) -> str:
    return page.relative_to(HOUSE).as_posix()


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return [one for one in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if "://" not in one]


def test_the_index_names_every_page_once() -> None:
    named = [one for one in links(DOCS / "README.md") if one.endswith(".md")]
    assert len(named) == len(set(named))
    assert set(named) == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"README.md"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_or_folder(page: Path) -> None:
    assert [one for one in links(page) if not (page.parent / one).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_it_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.M)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())


def test_the_description_of_the_api_names_every_thing_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Two rows of one name would be described as one of them."""
    call_command("spectacular", validate=True, fail_on_warn=True)
    assert "openapi:" in capsys.readouterr().out
