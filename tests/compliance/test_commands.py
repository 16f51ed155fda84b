"""The commands as promised: shapes, exit codes, one line per fault."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.rule_pages import pages
from kit.coverage import covers
from tests.compliance.profiles import CLEAN

pytestmark = pytest.mark.django_db


def ran(*args: str) -> tuple[list[dict[str, Any]], str, int]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("screen", *args, "--json", stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue(), code


@covers("R84")
def test_screen_answers_each_line_in_the_promised_shape(tmp_path: Path) -> None:
    rows = [{"id": 1, "title": "公交客流", "description": "", "fields": ["日期"], "sample": [], "facts": CLEAN},
            {"id": "b", "title": "绝密", "facts": {**CLEAN, "grade": "core"}}, {"id": None, "facts": {}}]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    found, err, code = ran(str(tmp_path / "in.jsonl"))
    assert (code, err) == (0, "")
    assert [(one["id"], one["verdict"]) for one in found] == [(1, "pass"), ("b", "prohibited"), (None, "needs_info")]
    assert found[0] == {"id": 1, "verdict": "pass", "hits": [], "missing": [], "rule_set": "2026.1"}
    assert {(hit["rule"], hit["where"]) for hit in found[1]["hits"]} == {("NL-P-03", "facts"), ("NL-P-01", "title")}
    assert all(set(hit) >= {"rule", "where", "span", "basis"} for hit in found[1]["hits"])
    assert found[2]["hits"] == [] and "state_secret" in found[2]["missing"]


def test_screen_takes_term_files_and_names_each_faulty_line(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("\ufeff炸药配方\n\n", encoding="utf-8")
    lines = ['{"id": 1, "title": "炸 药配方", "facts": {}}', "not json", '{"id": 2, "facts": {"grade": "Core"}}', '{"id": 3, "fact": {}}',
             "[]"]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found, err, code = ran(str(tmp_path / "in.jsonl"), "--terms", str(tmp_path / "terms.txt"))
    assert code == 1
    assert [(hit["rule"], hit["span"]) for hit in found[0]["hits"]] == [("terms:terms.txt", [0, 5])]
    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in err.splitlines()] == ["2", "3", "4", "5"]
    assert "wrong_value" in err and "grade" in err


def test_screen_of_a_file_that_is_not_there_is_wrong_usage() -> None:
    with pytest.raises(CommandError) as fault:
        call_command("screen", "/nowhere.jsonl")
    assert fault.value.returncode == 2


@pytest.mark.parametrize("language, word", [("zh", "国家核心数据"), ("en", "National core data")])
def test_print_rules_prints_the_list_of_a_date(language: str, word: str) -> None:
    out = StringIO()
    call_command("print_rules", "--on", "2026-06-01", "--language", language, stdout=out)
    assert word in out.getvalue() and out.getvalue().count("### NL-") == 40
    out = StringIO()
    call_command("print_rules", "--json", stdout=out)
    assert len(json.loads(out.getvalue())["rules"]) == 40
    with pytest.raises(CommandError):
        call_command("print_rules", "--on", "yesterday")


def test_the_rule_pages_are_complete_in_both_languages() -> None:
    for path, text in pages().items():
        assert text.strip() and "None" not in text, path
        if path.name.endswith(".en.md") and path.name.startswith("facts"):
            assert text.isascii()
