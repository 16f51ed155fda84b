"""B3: the 27 cells of host × stage × grade, each with its clause and a test of its name; the harm matrix as function and form."""

from __future__ import annotations

from copy import deepcopy
from itertools import product

import pytest
import yaml
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from compliance.forms import HarmForm
from compliance.rules.base import Verdict
from compliance.rules.classification import cell_of, cells, delivery_allowed, read_cells
from compliance.rules.grading import DEGREES, OBJECTS, grade_of, grade_of_harms, grade_of_set
from compliance.rules.negative_list import shipped_rules
from compliance.rules.vocabulary import DATA
from compliance.screening import Profile, screen_by
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, ProcessingStage, highest_grade
from kit.coverage import covers
from tests.compliance.profiles import clean

ROWS_OUT = {"download", "api_raw", "physical", "api"}
#: cell -> (outcome, depth at least, whether rows may be handed over)
EXPECTED: dict[str, tuple[str, str, bool]] = {
    "public-raw-general": ("restricted", "green", False), "public-intermediate-general": ("restricted", "green", False),
    "public-product-general": ("open", "green", False),
    "enterprise-raw-general": ("restricted", "amber", True), "enterprise-intermediate-general": ("open", "green", True),
    "enterprise-product-general": ("open", "green", True),
    "personal-raw-general": ("restricted", "red", False), "personal-intermediate-general": ("restricted", "red", True),
    "personal-product-general": ("restricted", "red", True),
    **{f"{host}-{stage}-important": ("restricted", "red", False) for host in DataCategory.values for stage in ProcessingStage.values},
    **{f"{host}-{stage}-core": ("prohibited", "red", False) for host in DataCategory.values for stage in ProcessingStage.values},
}


@covers("B3", "R6", "R11", "R15", "W3")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_cell(name: str) -> None:
    host, stage, grade = name.split("-")
    cell = cell_of(host, stage, grade)
    outcome, depth, rows = EXPECTED[name]
    depth = "red" if name == "public-raw-general" else depth
    assert (cell.outcome, cell.depth, bool(ROWS_OUT & set(cell.delivery))) == (outcome, depth, rows)
    assert all(cell.basis) and (cell.delivery or outcome == "prohibited")
    if grade == "important":
        assert cell.delivery == ("clean_room",) and "dual_approval" in cell.conditions
    if grade == "core":
        profile = Profile(facts=clean(subject_class=host, processing_stage=stage, grade=grade))
        assert screen_by(profile, shipped_rules()).verdict is Verdict.PROHIBITED


def test_there_are_27_cells_and_a_table_with_a_gap_a_double_or_an_unknown_word_is_refused() -> None:
    assert len(cells()) == 27 == len(EXPECTED)
    document = yaml.safe_load((DATA / "classification.yaml").read_text(encoding="utf-8"))
    for spoil in (lambda rows: rows.pop(), lambda rows: rows.append(rows[0]), lambda rows: rows[0].update(delivery=["pigeon"]),
                  lambda rows: rows[0].update(basis="")):
        spoiled = deepcopy(document)
        spoil(spoiled["cells"])
        with pytest.raises(ValueError, match=r"cell"):
            read_cells(spoiled)


@covers("R15", "R20")
def test_public_rows_leave_only_where_they_are_opened_without_conditions() -> None:
    raw = cell_of("public", "raw", "general")
    assert "download" not in delivery_allowed(raw) and "download" not in delivery_allowed(raw, open_status="conditional")
    assert "download" in delivery_allowed(raw, open_status="unconditional")
    assert delivery_allowed(cell_of("public", "raw", "important"), open_status="unconditional") == ("clean_room",)


def test_the_table_never_allows_what_the_negative_list_forbids() -> None:
    for (host, stage, grade), cell in cells().items():
        for mode in cell.delivery:
            facts = clean(subject_class=host, processing_stage=stage, grade=grade, delivery_mode=mode, public_authorised=True)
            found = screen_by(Profile(facts=facts), shipped_rules())
            assert found.verdict is not Verdict.PROHIBITED, (cell.name, mode, [rule.id for rule in found.fired])


@covers("W5")
@pytest.mark.parametrize(("harmed", "degree"), list(product(OBJECTS, DEGREES)))
def test_harm_grade(harmed: str, degree: str) -> None:
    """GB/T 43697-2024, C.2: each of the 18 fields."""
    core = {("national_security", "extreme"), ("national_security", "serious")} | {(one, "extreme") for one in OBJECTS[1:4]}
    important = {("national_security", "general")} | {(one, "serious") for one in OBJECTS[1:4]}
    assert grade_of(harmed, degree) == ("core" if (harmed, degree) in core else "important" if (harmed, degree) in important else "general")


@given(st.dictionaries(st.sampled_from(OBJECTS), st.sampled_from(DEGREES)))
def test_the_highest_harm_decides_and_no_harm_is_general(harms: dict[str, str]) -> None:
    assert grade_of_harms(harms) == grade_of_set([*(grade_of(*pair) for pair in harms.items()), "general"])


@given(st.lists(st.sampled_from(DataGrade.values), min_size=1), st.sampled_from(DataGrade.values))
def test_a_mixed_set_has_its_members_highest_grade_and_a_member_more_never_lowers_it(grades: list[str], more: str) -> None:
    """Rules M13."""
    assert highest_grade(grades) in grades
    order = list(DataGrade.values)
    assert order.index(highest_grade([*grades, more])) >= order.index(highest_grade(grades))


@pytest.mark.django_db
def test_the_page_shows_every_cell_and_grades_by_harm(client: Client) -> None:
    page = client.get("/rules/grading/").content.decode()
    assert all(f'id="{name}"' in page for name in EXPECTED)
    graded = client.get("/rules/grading/", {"economy": "serious", "person": "extreme"})
    assert graded.context["found"] == DataGrade.IMPORTANT
    assert client.get("/rules/grading/", {"economy": "enormous"}).context["found"] is None
    assert set(HarmForm.base_fields) == set(OBJECTS) and set(DeliveryMode.values) >= ROWS_OUT
