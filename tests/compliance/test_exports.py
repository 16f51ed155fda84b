"""Cross-border cases: the table, two deciders, persons counted once a year under a lock, thresholds that stop (R64 to R68, M.1)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from compliance.exports import cleared_for, persons_this_year
from compliance.models import ExportCase, ExportedPerson
from compliance.operations import (
    comment_export,
    count_export,
    decide_export,
    expire_export,
    file_papers,
    hold_for_review,
    open_export,
    release_from_review,
    screen_export,
    second_export,
    withdraw_export,
)
from compliance.rules.cross_border import PAPERS, Outcome, duties
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from tests.compliance.profiles import clean
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import NOW, clock
from tests.threads import together

pytestmark = pytest.mark.django_db


def opened(**facts: Any) -> tuple[ExportCase, Organization, Actor]:
    organization, actor = merchant()
    stated = {**clean(cross_border=True, contains_pi=True, legal_basis="separate_consent"), **facts}
    stated = {name: value for name, value in stated.items() if value is not None}
    case = open_export(exporter=organization, product_code="PRD-1", recipient="Acme Pte", country="SG", facts=stated, actor=actor,
                       safeguards="接收方通过等同认证，合同约定同等保护", clock=clock())
    return case, organization, actor


def cleared(**facts: Any) -> tuple[ExportCase, Organization, Actor]:
    case, organization, actor = opened(**facts)
    return screen_export(case=case, actor=actor, clock=clock()), organization, actor


@covers("R64", "R66")
@pytest.mark.parametrize("facts, expected, status, row", [
    ({}, 0, "cleared", 12), ({}, 100_000, "needs_mechanism", 11), ({"grade": "important"}, 0, "needs_mechanism", 4),
    ({"grade": "core"}, 0, "refused", 1), ({"export_controlled": True}, 0, "needs_mechanism", 3),
])
def test_a_case_is_cleared_sent_to_its_mechanism_or_refused(facts: dict[str, Any], expected: int, status: str, row: int) -> None:
    case, _, actor = opened(**facts)
    found = screen_export(case=case, expected_persons=expected, actor=actor, clock=clock())
    assert (found.status, found.row) == (status, row)


def test_a_missing_fact_leaves_the_draft_and_names_it() -> None:
    case, _, actor = opened(export_exemption=None)
    with pytest.raises(Rejected, match="facts_missing") as refused:
        screen_export(case=case, actor=actor, clock=clock())
    assert [one.field for one in refused.value.errors] == ["facts.export_exemption"]
    assert withdraw_export(case=case, actor=SYSTEM, clock=clock(case.due_at)).status == "withdrawn"


@covers("I18", "R65", "R67", "W17")
def test_papers_are_assessed_and_decided_by_two() -> None:
    case, _, actor = opened(grade="important")
    case = screen_export(case=case, actor=actor, clock=clock())
    with pytest.raises(Rejected, match="no_papers") as refused:
        file_papers(case=case, papers={"contract": "DEP-1"}, actor=actor, clock=clock())
    assert [one.field for one in refused.value.errors] == ["self_assessment", "leak_plan", "committee"], "W17: each paper by its name"
    case = file_papers(case=case, papers=dict.fromkeys(PAPERS, "DEP-1"), actor=actor, clock=clock())
    with pytest.raises(Rejected, match="denied"):
        decide_export(case=case, clear=True, reason="", actor=officer(), clock=clock())
    case = hold_for_review(case=case, reason="外资并购", actor=regulator(), clock=clock())
    case = release_from_review(case=case, reason="审查通过", actor=regulator(), clock=clock())
    first = regulator()
    case = decide_export(case=case, clear=True, reason="评估通过", actor=first, clock=clock())
    assert case.status == "in_assessment"
    case = second_export(case=case, agree=True, reason="", actor=regulator(), clock=clock())
    assert (case.status, case.effective_to) == ("cleared", datetime(2029, 11, 2, 2, 0, tzinfo=UTC))
    with pytest.raises(Rejected, match="not_reached"):
        expire_export(case=case, clock=clock(case.effective_to - timedelta(seconds=1)))
    assert expire_export(case=case, clock=clock(case.effective_to)).status == "expired"


@covers("R67")
def test_several_bodies_speak_on_a_case_before_it_is_decided_and_none_of_it_decides() -> None:
    case, _, actor = opened(grade="important")
    case = screen_export(case=case, actor=actor, clock=clock())
    speaker, other = officer(), regulator()
    with pytest.raises(Rejected, match="illegal_move"):
        comment_export(case=case, text="尚未收到材料", actor=speaker, clock=clock())
    case = file_papers(case=case, papers=dict.fromkeys(PAPERS, "DEP-1"), actor=actor, clock=clock())
    comment_export(case=case, text="接收方的保护措施需补充", actor=speaker, clock=clock())
    comment_export(case=case, text="同意上述意见", actor=other, clock=clock())
    with pytest.raises(Rejected, match="says_nothing"):
        comment_export(case=case, text="  ", actor=other, clock=clock())
    with pytest.raises(Rejected, match="denied"):
        comment_export(case=case, text="我方认为可以", actor=actor, clock=clock())
    case.refresh_from_db()
    assert [one.body.code for one in case.comments.order_by("pk")] == [speaker.organization, other.organization]
    assert case.status == "in_assessment", "an opinion moves nothing"
    with pytest.raises(DatabaseError), transaction.atomic():
        case.comments.update(text="改过的意见")


@covers("R64")
def test_a_person_is_counted_once_a_year_over_all_cases_of_the_exporter() -> None:
    case, organization, actor = cleared()
    assert count_export(case=case, person_keys=["a", "b"], sensitive=False, actor=actor, clock=clock())
    assert count_export(case=case, person_keys=["b", "c", "c"], sensitive=False, actor=actor, clock=clock())
    assert persons_this_year(organization, NOW) == (3, 0)
    january = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert persons_this_year(organization, january) == (0, 0), "the count begins anew on 1 January, local time"
    assert persons_this_year(organization, january - timedelta(seconds=1)) == (3, 0)


@covers("R64")
def test_crossing_a_threshold_counts_nothing_and_asks_for_the_mechanism() -> None:
    case, organization, actor = cleared()
    assert not count_export(case=case, person_keys=["a"], sensitive=True, actor=actor, clock=clock())
    case.refresh_from_db()
    assert (case.status, case.mechanism, persons_this_year(organization, NOW)) == ("needs_mechanism", "contract_or_certification", (0, 0))
    with pytest.raises(Rejected, match="not_cleared"):
        count_export(case=case, person_keys=["b"], sensitive=False, actor=actor, clock=clock())


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("R64")
def test_parallel_deliveries_never_slip_past_a_threshold_together() -> None:
    rounds = 20 if os.environ.get("FULL") == "1" else 3
    print(f"export count: {rounds} rounds of 4 parallel deliveries of 4 persons against a threshold of 10")
    with patch("compliance.rules.cross_border.PI_CONTRACT", 10):
        for number in range(rounds):
            case, organization, actor = cleared()
            keys = [[f"{number}-{n}-{m}" for m in range(4)] for n in range(4)]
            results = together([lambda case=case, actor=actor,
                                mine=mine: count_export(case=case, person_keys=mine, sensitive=False, actor=actor, clock=clock())
                                for mine in keys])
            assert [result for result in results if result is True] == [True, True], results
            assert persons_this_year(organization, NOW) == (8, 0)
    assert ExportedPerson.objects.count() == 8 * rounds


# ---- boundary case M 1: the count of the year, case by case ------------------------------------------------------------------


@covers("R64")
@pytest.mark.parametrize(("persons", "sensitive", "ciio", "status", "mechanism"), [
    (99_999, 0, False, "cleared", "exempt"), (100_000, 0, False, "needs_mechanism", "contract_or_certification"),
    (999_999, 0, False, "needs_mechanism", "contract_or_certification"), (1_000_000, 0, False, "needs_mechanism", "assessment"),
    (0, 0, False, "cleared", "exempt"), (0, 1, False, "needs_mechanism", "contract_or_certification"),
    (0, 9_999, False, "needs_mechanism", "contract_or_certification"), (0, 10_000, False, "needs_mechanism", "assessment"),
    (1, 0, True, "needs_mechanism", "assessment"),
])
def test_m1_the_lines_of_the_yearly_count(persons: int, sensitive: int, ciio: bool, status: str, mechanism: str) -> None:
    case, _, actor = opened(is_ciio=ciio)
    found = screen_export(case=case, expected_persons=persons, expected_sensitive=sensitive, actor=actor, clock=clock())
    assert (found.status, found.mechanism) == (status, mechanism)


@covers("R64")
def test_m1_what_was_counted_before_stands_in_the_new_case_and_a_new_year_begins_at_nothing() -> None:
    case, organization, actor = cleared()
    ExportedPerson.objects.bulk_create([
        ExportedPerson(exporter=organization, year=2026, person_key=f"{n}", sensitive=False) for n in range(99_999)])
    assert count_export(case=case, person_keys=["1", "2"], sensitive=False, actor=actor, clock=clock()), "the same persons again"
    assert persons_this_year(organization, NOW) == (99_999, 0)
    assert not count_export(case=case, person_keys=["one more"], sensitive=False, actor=actor, clock=clock()), "the hundred thousandth"
    later = clock(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    fresh = open_export(exporter=organization, product_code="PRD-2", recipient="Acme Pte", country="SG", facts=case.facts,
                        safeguards="同等保护", actor=actor, clock=later)
    assert screen_export(case=fresh, expected_persons=1, actor=actor, clock=later).status == "cleared"


# ---- what the table does not count -------------------------------------------------------------------------------------------


@covers("R68")
def test_a_foreign_authoritys_request_is_barred_until_the_authority_here_has_approved() -> None:
    organization, actor = merchant()
    stated = clean(cross_border=True, contains_pi=True, legal_basis="separate_consent")
    common: dict[str, Any] = {"exporter": organization, "recipient": "US District Court", "country": "US", "facts": stated,
                              "safeguards": "保密令", "foreign_authority": "US District Court", "actor": actor, "clock": clock()}
    barred = screen_export(case=open_export(product_code="PRD-1", **common), actor=actor, clock=clock())
    assert (barred.status, barred.row) == ("refused", 2)
    assert "第36条" in barred.reason
    allowed = screen_export(case=open_export(product_code="PRD-2", approval_no="司法部函〔2026〕1号", **common), actor=actor, clock=clock())
    assert allowed.status == "cleared"
    with pytest.raises(IntegrityError, match="foreign_authority_approved"), transaction.atomic():
        ExportCase.objects.filter(pk=allowed.pk).update(approval_no="")


@covers("R106")
def test_nothing_is_cleared_without_the_recipients_equal_protection_and_the_law_of_origin() -> None:
    organization, actor = merchant()
    stated = clean(cross_border=True, contains_pi=True, legal_basis="separate_consent", export_exemption="foreign_origin")
    common: dict[str, Any] = {"exporter": organization, "country": "SG", "facts": stated, "actor": actor, "clock": clock()}
    for recipient, papers, code in (("A", {}, "safeguards_missing"), ("B", {"safeguards": "同等保护"}, "origin_law_missing")):
        case = open_export(product_code="PRD-1", recipient=recipient, **papers, **common)
        with pytest.raises(Rejected, match=code):
            screen_export(case=case, actor=actor, clock=clock())
    case = open_export(product_code="PRD-1", recipient="C", safeguards="同等保护", origin_law="依新加坡 PDPA 取得", **common)
    assert (screen_export(case=case, actor=actor, clock=clock()).status, ExportCase.objects.get(pk=case.pk).row) == ("cleared", 7)


@covers("R64", "R106")
def test_exempt_rows_still_owe_notice_assessment_and_safeguards() -> None:
    personal = {"contains_pi": True, "legal_basis": "separate_consent"}
    owed = " ".join(en for _zh, en in duties(Outcome.EXEMPT, personal))
    assert all(word in owed for word in ("art. 39", "arts. 55, 56", "art. 38", "separate consent"))
    assert duties(Outcome.EXEMPT, {"contains_pi": False}) == []
    assert any("five years" in en for _zh, en in duties(Outcome.LICENCE, {"contains_pi": False}))


@covers("R64", "I18")
def test_what_stands_outside_a_zones_list_is_confirmed_by_two_and_not_by_the_exporters_word() -> None:
    """The naive screening cleared the claim at once: whoever ticked the box had no thresholds at all."""
    case, _, actor = opened(export_exemption="ftz_outside_list")
    case = screen_export(case=case, expected_persons=2_000_000, actor=actor, clock=clock())
    assert (case.status, case.row, case.mechanism) == ("needs_mechanism", 9, "exempt") and case.due_at is not None
    with pytest.raises(Rejected, match="not_cleared"):
        cleared_for(case.exporter, case.product_code, case.recipient, clock().now())
    with pytest.raises(Rejected, match="no_papers") as refused:
        file_papers(case=case, papers={"contract": "DEP-1"}, actor=actor, clock=clock())
    assert [one.field for one in refused.value.errors] == ["zone_list"]
    case = file_papers(case=case, papers={"zone_list": "DEP-1"}, actor=actor, clock=clock())
    case = decide_export(case=case, clear=True, reason="对照 2026 版清单第 3 场景，字段均不在内", actor=regulator(), clock=clock())
    assert second_export(case=case, agree=True, reason="", actor=regulator(), clock=clock()).status == "cleared"
    assert count_export(case=case, person_keys={"a", "b"}, sensitive=False, actor=actor, clock=clock())


@covers("R64")
def test_an_operator_of_critical_infrastructure_rests_on_no_zones_list() -> None:
    case, _, actor = opened(export_exemption="ftz_outside_list", is_ciio=True)
    assert screen_export(case=case, actor=actor, clock=clock()).row == 5
