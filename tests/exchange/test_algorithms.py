"""R83 and R119: no registered algorithm changes without a new version and a review that answers the question of fairness."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from exchange.algorithms import HOUSE, KINDS, read, register, source_hash, unreviewed
from kit.coverage import covers

_BOOK = HOUSE / "exchange" / "algorithms.yaml"


@covers("R83")
def test_every_registered_algorithm_is_what_its_newest_version_was_reviewed_on() -> None:
    assert unreviewed() == {}, "add a version with its review to exchange/algorithms.yaml (manage.py algorithms prints the hash)"


@covers("R83")
def test_ranking_matching_clearing_pricing_screening_and_sharing_are_all_registered() -> None:
    assert {one.kind for one in register()} == set(KINDS)


@covers("R83")
def test_a_change_of_one_character_in_any_source_is_noticed(tmp_path: Path) -> None:
    for one in register():
        for path in one.sources:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HOUSE / path, tmp_path / path)
    assert unreviewed(tmp_path) == {}
    for one in register():
        touched = tmp_path / one.sources[-1]
        before = touched.read_bytes()
        touched.write_bytes(before + b" ")
        assert one.key in unreviewed(tmp_path)
        touched.write_bytes(before)


@covers("R83")
def test_anyone_reckons_the_hash_with_sha256sum() -> None:
    one = register()[0]
    listed = subprocess.run(["sha256sum", *sorted(one.sources)], cwd=HOUSE, capture_output=True, check=True).stdout
    again = subprocess.run(["sha256sum"], input=listed, capture_output=True, check=True).stdout
    assert again.decode().split()[0] == one.now.sha256 == source_hash(one.sources)


@covers("R119")
def test_each_review_answers_the_question_of_fairness_and_the_tests_it_names_are_there() -> None:
    for one in register():
        for version in one.versions:
            for answer in (version.review.inputs, version.review.fairness, version.review.recourse):
                assert all(len(text) > 10 for text in answer), one.key
            for named in version.review.tests:
                path, _, name = named.partition("::")
                assert re.search(rf"^def {name}\(", (HOUSE / path).read_text(encoding="utf-8"), re.M), named


@covers("R83", "R119")
@pytest.mark.parametrize(("found", "instead"), [
    (r"          fairness: .*\n", ""), (r"          by: self\n", "          by: nobody\n"), (r"kind: ranking", "kind: guessing"),
    (r"          dated: 2026-11-29\n", "          dated: 2026-11-28\n"),
    (r"(?s)          tests:\n.*?(?=  bidding:)", "          tests: []\n")])
def test_a_version_without_its_review_is_not_read(found: str, instead: str) -> None:
    text = _BOOK.read_text(encoding="utf-8")
    changed = re.sub(found, instead, text, count=1)
    assert changed != text
    with pytest.raises((ValueError, KeyError)):
        read(changed)


@covers("R83", "R119")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_public_page_shows_every_algorithm_with_version_hash_and_review(language: str, client: Client,
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    read_in = {"accept-language": language}
    page = client.get("/rules/algorithms/", headers=read_in).content.decode()
    place = 0 if language == "zh-hans" else 1
    for one in register():
        assert one.now.sha256 in page and one.name[place] in page
    assert "/rules/algorithms/" in client.get("/rules/", headers=read_in).content.decode()
    monkeypatch.setattr("exchange.pages.algorithms.unreviewed", lambda: {"ranking": "0" * 64})
    changed = client.get("/rules/algorithms/", headers=read_in).content.decode()
    assert ("尚未审查" if place == 0 else "not reviewed yet") in changed


def test_the_command_says_what_is_as_reviewed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("algorithms")
    assert capsys.readouterr().out.count("as reviewed") == len(register())
    monkeypatch.setattr("exchange.management.commands.algorithms.unreviewed", lambda: {"ranking": "0" * 64})
    with pytest.raises(SystemExit):
        call_command("algorithms")
