"""Every rule on every page of docs/rules names a test that exists and has a case of that rule's own name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import pytest

from kit.coverage import covers
from tests.clones import HOUSE

PAGES = sorted((HOUSE / "docs" / "rules").glob("*.md"))
#: `tests/room/test_file.py` (row), or `tests/room/test_file.py::test_function`.
_NAMED = re.compile(r"`(tests/[a-z_/]+\.py)(?:::([a-z0-9_]+))?`(?: \(([^)]+)\))?")
#: What is a rule on a page: a row of a table that follows its head, or a section of a rule of the list or in code, or an adapter.
_RULE = re.compile(r"^### [A-Z]{2,}-|^## [^`]+ `[a-z_]+`$")


@cache
def cases_of(file: str) -> tuple[frozenset[str], frozenset[str]]:
    """The functions of a test file, and the names its cases are parametrized by: of several values also the first few."""
    module = import_module(file.removesuffix(".py").replace("/", "."))
    functions = {name: one for name, one in vars(module).items() if name.startswith("test_")}
    names: set[str] = set()
    for mark in (mark for one in functions.values() for mark in getattr(one, "pytestmark", []) if mark.name == "parametrize"):
        for case in mark.args[1]:
            values = [str(value) for value in case] if isinstance(case, tuple) else [str(case)]
            names |= {"-".join(values[:many]) for many in range(1, len(values) + 1)}
    return frozenset(functions), frozenset(names)


def rules_of(text: str) -> Iterator[str]:
    """Each rule of a page as it is written there: one row, or one section."""
    lines = text.splitlines()
    tables = {number for number, line in enumerate(lines) if re.fullmatch(r"\|(---\|)+", line)}
    for number, line in enumerate(lines):
        if line.startswith("| ") and number + 1 not in tables:
            yield line
        elif _RULE.match(line):
            yield "\n".join([line, *_until_heading(lines[number + 1 :])])


def _until_heading(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("#"):
            return
        yield line


def untested(text: str) -> list[str]:
    """The rules of a page without a test, with one that does not exist, or with one that has no case of theirs."""
    found = []
    for rule in rules_of(text):
        named = _NAMED.findall(rule)
        good = [file for file, function, row in named if (HOUSE / file).exists()
                and (function in cases_of(file)[0] if function else row in cases_of(file)[1])]
        if not named or len(good) < len(named):
            found.append(rule[:80])
    return found


@covers("R84", "R51")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_rule_names_a_test_with_a_case_of_its_own(page: object) -> None:
    text = page.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert len(list(rules_of(text))) >= 8 and untested(text) == []


@covers("R84")
def test_both_languages_hold_the_same_rules_with_the_same_tests() -> None:
    for page in PAGES:
        if page.name.endswith(".en.md"):
            other = page.with_name(page.name.replace(".en.md", ".zh-CN.md"))
            assert [_NAMED.findall(rule) for rule in rules_of(page.read_text())] == [
                _NAMED.findall(rule) for rule in rules_of(other.read_text())], page.name


@pytest.mark.parametrize("rule", ["| a | b |", "| a | `tests/compliance/test_rule_rows.py` (no_such_row) |",
                                  "| a | `tests/compliance/no_such_file.py` (warning) |",
                                  "| a | `tests/compliance/test_rule_rows.py::test_no_such` |", "### NL-P-01 Secrets\n\n- Clause: x"])
def test_a_rule_without_a_test_is_seen(rule: str) -> None:
    assert untested(f"| Rule | Test |\n|---|---|\n{rule}\n" if rule.startswith("|") else rule) != []
