"""Boundary cases of the law (rules M): export counts, grades. Competition, credit and complaints have theirs in ``test_section_m``."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from compliance.rules.base import Verdict, judge
from compliance.rules.cross_border import Outcome, route
from compliance.rules.grading import DEGREES, OBJECTS, grade_of, grade_of_set, may_be_regraded
from compliance.rules.negative_list import shipped_rules
from compliance.rules.vocabulary import read_facts
from kit.coverage import covers
from tests.compliance.profiles import clean

EXPORT = {"contains_pi": True, "legal_basis": "separate_consent", "cross_border": True}


def routed(**changes: Any) -> Any:
    return route(read_facts(clean(**{**EXPORT, **changes})))


@covers("R64", "R66")
@pytest.mark.parametrize("changes, outcome, row", [
    ({"grade": "core"}, "blocked", 1), ({"state_secret": True}, "blocked", 1), ({"export_controlled": True}, "licence", 3),
    ({"grade": "important"}, "assessment", 4), ({"is_ciio": True, "ytd_pi_out": 1}, "assessment", 5), ({"contains_pi": False}, "exempt", 6),
    ({"export_exemption": "foreign_origin", "ytd_pi_out": 5_000_000}, "exempt", 7),
    ({"export_exemption": "hr", "ytd_pi_out": 5_000_000}, "exempt", 8), ({"export_exemption": "ftz_outside_list"}, "exempt", 9),
    ({"ytd_pi_out": 1_000_000}, "assessment", 10), ({"ytd_spi_out": 10_000}, "assessment", 10), ({"ytd_pi_out": 999_999},
     "contract_or_certification", 11), ({"ytd_pi_out": 100_000}, "contract_or_certification", 11), ({"ytd_spi_out": 1},
     "contract_or_certification", 11), ({"ytd_spi_out": 9_999}, "contract_or_certification", 11), ({"ytd_pi_out": 99_999}, "exempt", 12),
])
def test_each_row_of_the_cross_border_table(changes: dict[str, Any], outcome: str, row: int) -> None:
    found = routed(**changes)
    assert (found.outcome, found.row) == (outcome, row)
    assert all(found.basis)


@covers("R68")
def test_a_foreign_courts_request_is_blocked_and_an_unknown_fact_is_asked_for() -> None:
    assert route(read_facts(clean(**EXPORT)), foreign_request=True).row == 2
    assert (routed(ytd_spi_out=None).outcome, routed(ytd_spi_out=None).missing) == (Outcome.NEEDS_INFO, "ytd_spi_out")
    assert routed(grade="core", ytd_spi_out=None).outcome is Outcome.BLOCKED


@covers("R64")
def test_the_table_and_the_negative_list_say_the_same() -> None:
    for persons, sensitive, ciio in product((0, 99_999, 100_000, 999_999, 1_000_000), (0, 1, 9_999, 10_000), (False, True)):
        facts = read_facts(clean(**EXPORT, ytd_pi_out=persons, ytd_spi_out=sensitive, is_ciio=ciio))
        fired = {rule.id for rule in judge(shipped_rules().rules, facts).fired}
        expected = {Outcome.EXEMPT: "", Outcome.ASSESSMENT: "NL-R-12", Outcome.CONTRACT_OR_CERTIFICATION: "NL-R-11"}[route(facts).outcome]
        assert not expected or expected in fired
        assert expected or judge(shipped_rules().rules, facts).verdict is Verdict.PASS


@covers("W5", "T49")
def test_the_grade_matrix_and_relabelling() -> None:
    assert grade_of("national_security", "general") == "important"
    assert {grade_of(harmed, degree) for harmed in ("organisation", "person") for degree in DEGREES} == {"general"}
    assert [grade_of("economy", degree) for degree in DEGREES] == ["core", "important", "general"]
    assert len(OBJECTS) * len(DEGREES) == 18


@covers("W4", "T49")
def test_m13_a_masked_and_regraded_set_drops_to_general_only_with_a_reviewers_record() -> None:
    assert grade_of_set(["general", "core", "important"]) == "core"
    assert may_be_regraded("important", "general", masked=True, reviewed=True)
    assert not may_be_regraded("important", "general", masked=True, reviewed=False)
    assert not may_be_regraded("core", "general", masked=True, reviewed=True)
    assert may_be_regraded("general", "core", masked=False, reviewed=False)
