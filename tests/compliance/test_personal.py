"""C4, W4, B4: personal data is found with at least 95 % recall per claimed kind, named with its column, and never decides by itself."""

from __future__ import annotations

import json
import random
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.personal.kinds import KINDS, kinds_of_heading
from compliance.personal.scan import Finding, scan_csv, scan_rows, scan_text
from compliance.personal.suggest import MANY_PERSONS, contradictions, suggest
from compliance.personal.words import is_address
from compliance.rules.grading_profiles import ProfileFault, read_profile, shipped_profiles
from kit.coverage import covers
from tests.compliance.people import MAKERS, innocent

#: What the scan claims to find in running English text, and what the labelled set calls it.
CLAIMED = {"PHONE_NUMBER": {"phone", "mobile"}, "CREDIT_CARD": {"bank_card"}, "EMAIL_ADDRESS": {"email"}, "US_SSN": {"us_ssn"},
           "IP_ADDRESS": {"ip_address"}}
RECALL = 0.95


def _overlap(found: tuple[str, int, int], span: dict[str, Any]) -> bool:
    return found[1] < span["end_position"] and span["start_position"] < found[2]


@covers("C4")
def test_claimed_kinds_are_found_in_the_labelled_english_set(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = json.loads((shared / "4-screening/presidio_generated_small.json").read_text())
    expected = json.loads((shared / "4-screening/pii_expected.json").read_text())["spans"]
    found, total, alarms = dict.fromkeys(CLAIMED, 0), dict.fromkeys(CLAIMED, 0), 0
    for document in documents:
        seen = scan_text(document["full_text"])
        for span in document["spans"]:
            if kinds := CLAIMED.get(span["entity_type"]):
                total[span["entity_type"]] += 1
                found[span["entity_type"]] += any(one[0] in kinds and _overlap(one, span) for one in seen)
        alarms += sum(not any(_overlap(one, span) for span in document["spans"]) for one in seen)
    with capsys.disabled():
        print(f"\nlabelled set: {({name: f'{found[name]}/{total[name]}' for name in CLAIMED})}, false alarms {alarms}")
    assert total == {name: expected[name] for name in CLAIMED}
    assert all(found[name] >= RECALL * total[name] for name in CLAIMED)
    assert alarms <= 2


@covers("C4")
def test_the_columns_of_a_hundred_made_up_persons_are_named(shared: Path) -> None:
    with (shared / "4-screening/presidio_fakenames_100.csv").open(encoding="utf-8-sig", newline="") as lines:
        found = {(one.column, one.kind) for one in scan_csv(lines)}
    assert {("GivenName", "name"), ("Surname", "name"), ("StreetAddress", "address"), ("EmailAddress", "email"),
            ("TelephoneNumber", "phone"),
            ("CCNumber", "bank_card"), ("NationalID", "resident_id"), ("Birthday", "birth_date"), ("Password", "password")} <= found
    assert not {"Color", "Vehicle", "Pounds", "Latitude", "GUID", "Domain"} & {column for column, _ in found}


@covers("C4")
def test_published_identity_numbers_are_told_from_wrong_ones(shared: Path) -> None:
    vectors = json.loads((shared / "4-screening/id_vectors.json").read_text())

    def holds(kind: str, text: str) -> bool:
        return any(name == kind for name, _, _ in scan_text(text))

    assert all(holds("uscc", number) for number in vectors["uscc_valid"])
    assert not any(holds("uscc", number) for number, _ in vectors["uscc_invalid"])
    assert all(holds("resident_id", number) is right for number, right in vectors["ric_in_stdnum_doctest"].items())
    library = vectors["hutool"]
    assert all(holds("resident_id", number) for number in (*library["valid18"], *library["valid15"]))
    assert not any(holds("resident_id", number) for number in library["invalid"])
    assert all(holds("mobile", number) for number in library["mobile_valid"])
    assert not any(holds("mobile", number) for number in library["mobile_invalid"])
    assert all(holds("phone", number) for number in library["tel_valid"])


@covers("C4")
@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_each_claimed_kind_is_found_in_a_generated_chinese_column(kind: str) -> None:
    rnd = random.Random(kind)
    rows = [[MAKERS[kind](rnd)] for _ in range(400)]
    finding = next(one for one in scan_rows(["c1"], rows) if one.kind == kind)
    assert (finding.by, finding.column) == ("cells", "c1")
    assert finding.count >= RECALL * len(rows), (kind, finding.count)
    assert all("▓" in example and len(example) <= 7 for example in finding.examples)


@covers("C4")
@pytest.mark.parametrize("kind", sorted(set(MAKERS) - {"name"}))
def test_each_claimed_kind_is_found_inside_a_chinese_sentence(kind: str) -> None:
    rnd = random.Random(kind)
    values = [MAKERS[kind](rnd) for _ in range(400)]
    texts = [rnd.choice(["备注：{}，请核实。", "联系方式为{}。", "该户（{}）已登记", "客户{}来电"]).format(value) for value in values]
    hits = sum(is_address(text) if kind == "address" else any(name == kind for name, _, _ in scan_text(text)) for text in texts)
    assert hits >= RECALL * len(texts), (kind, hits)


@covers("C4")
def test_false_alarms_on_innocent_columns_are_few_and_reported(capsys: pytest.CaptureFixture[str]) -> None:
    rnd = random.Random(7)
    rows = [innocent(rnd) for _ in range(2000)]
    headings = list(rows[0])
    alarms = [one for one in scan_rows(headings, [list(row.values()) for row in rows]) if one.by == "cells"]
    with capsys.disabled():
        print(f"\nfalse alarms by cells on {len(headings)} innocent columns: {[(one.column, one.kind, one.share) for one in alarms]}")
    assert {one.column for one in alarms} <= {"编码"}, "random long numbers pass a check digit now and then"


def test_full_width_digits_and_wrong_check_digits() -> None:
    assert [name for name, _, _ in scan_text("１３８００１３８０００")] == ["mobile"]
    assert scan_text("110105194912310021") == [], "the check digit is X"
    assert [name for name, _, _ in scan_text("11010519491231002X")] == ["resident_id"]
    assert scan_text("4532276644577021") == []


def test_headings_suggest_and_say_nothing_of_cells() -> None:
    assert kinds_of_heading("客户姓名") == ["name"] and kinds_of_heading("sfzh") == ["resident_id"] and kinds_of_heading("利用率") == []
    assert [(one.kind, one.by, one.count) for one in scan_rows(["诊断"], [["正常"]])] == [("health", "heading", 0)]
    assert len({one.name for one in KINDS}) == len(KINDS) and all(all(one.text) and all(one.basis) for one in KINDS)


ID = Finding("证件", "resident_id", 40, 40, "cells", ("1▓▓▓▓▓▓",))
PHONE = Finding("电话", "phone", 40, 40, "cells")


@covers("B4", "W4")
def test_a_suggestion_names_the_column_that_caused_it_and_a_human_decides() -> None:
    found = suggest([ID, PHONE], ["证件", "电话", "余额"], rows=40, sector="J")
    assert (found.category, found.grade, found.level) == ("personal", "general", 4)
    assert found.facts == {"contains_pi": True, "contains_spi": True}
    assert [one.column for one in found.because] == ["证件", "电话", "余额"]
    assert all(all(one.basis) and all(one.text) for one in found.because)
    assert suggest([PHONE], ["电话"]).facts == {}, "a firm has a telephone too"
    assert suggest([ID], ["证件"], rows=MANY_PERSONS).grade == "important"
    assert suggest([], ["PLC 控制指令"], sector="C").grade == "important"


@covers("W4")
def test_what_cells_show_contradicts_a_statement_and_a_heading_alone_does_not() -> None:
    assert [one.field for one in contradictions([ID], {"contains_pi": False, "contains_spi": False}, "general")] == [
        "facts.contains_pi", "facts.contains_spi"]
    assert contradictions([ID], {"contains_pi": True, "contains_spi": True}, "general") == []
    assert contradictions([ID], {}, "general") == [], "what is not stated is asked, not contradicted"
    heading = Finding("身份证号", "resident_id", 0, 40, "heading")
    assert contradictions([heading], {"contains_pi": False}, "general") == []
    assert [one.field for one in contradictions([ID], {}, "general", rows=MANY_PERSONS)] == ["grade"]


@covers("W5")
def test_sector_profiles_are_read_strictly_and_others_can_be_loaded(tmp_path: Path) -> None:
    assert {one.sector for one in shipped_profiles()} == {"C", "G", "I", "J", "Q", "S"}
    document = {"schema": "grading-profile/1", "id": "water", "sector": "D", "zh": "供水", "en": "Water", "standard_zh": "某标准",
                "standard_en": "A standard", "evidence": "recalled",
                "items": [{"id": "net", "zh": "管网", "en": "Mains", "columns": ["管网坐标"], "grade": "important", "level": 4}]}
    own = read_profile(document)
    assert suggest([], ["管网坐标"], sector="D", profiles=[own]).grade == "important"
    for wrong in ({"schema": "x"}, {**document, "more": 1}, {**document, "items": []},
                  {**document, "items": [{**document["items"][0], "grade": "secret"}]},  # type: ignore[index]
                  {**document, "items": [{**document["items"][0], "columns": ["("]}]}):  # type: ignore[index]
        with pytest.raises(ProfileFault):
            read_profile(wrong)


def test_the_command_prints_findings_and_suggestion(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "姓名,证件,金额\n" + "".join(f"王芳{n % 3 or ''},11010519491231002X,{n}\n" for n in range(20)), encoding="utf-8")
    out = StringIO()
    call_command("scan", str(tmp_path / "t.csv"), "--sector", "J", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["rows"] == 20
    assert {(one["column"], one["kind"]) for one in answer["findings"]} == {("姓名", "name"), ("证件", "resident_id")}
    assert answer["suggestion"]["category"] == "personal" and answer["suggestion"]["because"][0]["column"] == "姓名"
    assert "11010519491231002X" not in out.getvalue(), "examples are masked"
    with pytest.raises(CommandError) as fault:
        call_command("scan", str(tmp_path / "absent.csv"))
    assert fault.value.returncode == 2
