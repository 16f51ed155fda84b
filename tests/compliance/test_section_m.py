"""Boundary cases 4, 5, 6, 12 and 14 of section M of the rules, each by its number: the last day before, the day itself, the day after.

4 dominance, 5 concentration, 6 restoration and the end of publicity, 12 complaints and mediation, 14 a penalty without a basis.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from compliance import catalogue
from compliance.catalogue import authority_measures, measures
from compliance.models import CreditRecord, Finding, Sanction
from compliance.operations import (
    accept_complaint,
    adopt_decision,
    apply_for_restoration,
    decide_conduct,
    end_sanction,
    extend_mediation,
    file_complaint,
    lapse_dispute,
    open_conduct_case,
    second_conduct,
)
from compliance.queries import sanctions_in_publicity
from compliance.rules.competition import CHINA_FEN, PARTY_FEN, WORLD_FEN, hhi, must_file_concentration, presumed_dominant
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.queries import add_working_days
from tests.compliance.test_complaints import disputed
from tests.compliance.test_conduct import decided, deciding
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import NOW, clock, venue

# ---- M 4: dominance --------------------------------------------------------------------------------------------------------

REST = {f"x{n}": 3 for n in range(11)}


@covers("R85", "R79", "M4")
@pytest.mark.parametrize(("sales", "presumed"), [
    ({"a": 500, "b": 60, **{f"x{n}": 40 for n in range(11)}}, {"a"}),  # 50.0 %: the line is reached
    ({"a": 499, "b": 61, **{f"x{n}": 40 for n in range(11)}}, set()),  # 49.9 %
    ({"a": 60, "b": 7, **REST}, {"a"}),  # 67 % of two, but the one with 7 % is not presumed
    ({"a": 40, "b": 30, "c": 6, **{f"x{n}": 2 for n in range(12)}}, {"a", "b"}),  # 76 % of three, but the one with 6 % is not
    ({"a": 50, "b": 17, "c": 8, "d": 8, "e": 8, "f": 8, "g": 1}, {"a", "b"}),
    ({"a": 40, "b": 27, "c": 7, "d": 7, "e": 7, "f": 7, "g": 5}, {"a", "b"}),
    ({"a": 500, "b": 300, "c": 200}, {"a", "b", "c"}), ({"a": 30, "b": 25, "c": 20, "d": 25}, {"a", "b", "d"}),
    ({"a": 25, "b": 25, "c": 25, "d": 25}, {"a", "b", "c", "d"}),  # whose name comes last is no smaller than the third
    ({}, set()),
])
def test_m4_dominance_is_presumed_exactly_at_its_lines(sales: dict[str, int], presumed: set[str]) -> None:
    assert presumed_dominant(sales) == presumed


@covers("R85")
def test_m4_concentration_of_a_market_in_points() -> None:
    assert (hhi({"a": 1}), hhi({"a": 1, "b": 1}), hhi({})) == (10_000, 5_000, 0)


# ---- M 5: concentration ----------------------------------------------------------------------------------------------------

OVER = (PARTY_FEN + 1, PARTY_FEN + 1)


@covers("R85", "M5")
@pytest.mark.parametrize(("world", "china", "parties", "filed"), [
    (0, CHINA_FEN, (PARTY_FEN, PARTY_FEN), False),  # 4.0 billion exactly and two of 800 million exactly: at the lines, not over
    (0, CHINA_FEN, OVER, False), (0, CHINA_FEN + 1, (PARTY_FEN + 1, PARTY_FEN), False), (0, CHINA_FEN + 1, OVER, True),
    (WORLD_FEN, 0, OVER, False), (WORLD_FEN + 1, 0, OVER, True), (WORLD_FEN + 1, CHINA_FEN + 1, (2 * PARTY_FEN,), False),
])
def test_m5_a_concentration_is_filed_over_the_lines_not_at_them(world: int, china: int, parties: tuple[int, ...], filed: bool) -> None:
    assert must_file_concentration(world, china, parties) is filed


# ---- M 6: restoration and the end of publicity -----------------------------------------------------------------------------

ORDINARY, SERIOUS = ("late_payment", "ordinary", "raised_deposit"), ("wash_trade", "serious", "suspension")


def months_on(months: int) -> datetime:
    year, index = divmod(NOW.year * 12 + NOW.month - 1 + months, 12)
    return NOW.replace(year=year, month=index + 1)


@pytest.mark.django_db
@covers("E68", "R110", "M6")
@pytest.mark.parametrize(("record", "months", "days", "opens"), [
    (ORDINARY, 3, -1, False), (ORDINARY, 3, 0, True), (SERIOUS, 12, -1, False), (SERIOUS, 12, 0, True)])
def test_m6_a_record_is_repaired_from_the_day_its_minimum_is_over(record: tuple[str, str, str], months: int, days: int,
                                                                  opens: bool) -> None:
    case, _, actor, _ = decided(*record)
    asked: dict[str, Any] = {"finding": case.findings.get(), "text": "已改正并履行义务", "committed": True, "actor": actor,
                             "clock": clock(months_on(months) + timedelta(days=days))}
    if opens:
        assert apply_for_restoration(**asked).status == "applied"
        return
    with pytest.raises(Rejected, match="too_early") as refused:
        apply_for_restoration(**asked)
    assert refused.value.params, "the refusal says from when on"


@pytest.mark.django_db
@covers("E68", "I26", "M6")
@pytest.mark.parametrize(("days", "ends"), [(-1, False), (0, True)])
def test_m6_at_three_years_a_serious_record_leaves_the_public_page_though_no_duty_was_performed(days: int, ends: bool) -> None:
    case, organization, _, _ = decided(*SERIOUS)
    sanction, when = Sanction.objects.get(finding__case=case), months_on(36) + timedelta(days=days)
    assert (sanction.code in {one.code for one in sanctions_in_publicity(when)}) is not ends
    if not ends:
        with pytest.raises(Rejected, match="not_reached"):
            end_sanction(sanction=sanction, clock=clock(when))
        return
    assert end_sanction(sanction=sanction, clock=clock(when)).cause == "served", "no restoration was asked for, none is pretended"
    organization.refresh_from_db()
    assert organization.standing == "good"


@pytest.mark.django_db
@covers("R94", "H6", "M6")
def test_m6_what_another_authority_ordered_is_not_ended_with_the_venues_publicity() -> None:
    organization, _ = merchant()
    case = open_conduct_case(organization=organization, conduct="wash_trade", subject_code="TRD-9", text="外部处罚", actor=officer(),
                             clock=clock())
    adopt_decision(case=case, severity="serious", measures=["suspension"], reasons="采认", basis="反不正当竞争法 第9条",
                   authority_document="国市监处〔2026〕9号", document_date=NOW.date(), actor=regulator(), clock=clock())
    case = second_conduct(case=case, agree=True, reason="同意", actor=regulator(), clock=clock())
    end_sanction(sanction=Sanction.objects.get(finding__case=case), clock=clock(months_on(36) + timedelta(days=1)))
    finding = Finding.objects.get(case=case)
    assert finding.authority_document == "国市监处〔2026〕9号", "the order stands in the file: its penalties run by the rule of its sector"
    assert CreditRecord.objects.filter(source=finding.code, event__startswith="restored").count() == 0
    assert set(authority_measures()) & set(measures()) == set(), "what only an authority orders is never the venue's to end"


# ---- M 12: complaints and mediation ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("R95", "M12")
@pytest.mark.parametrize(("working_day", "by_clock"), [(6, False), (7, True), (8, True)])
def test_m12_a_complaint_is_taken_in_by_the_clock_on_the_seventh_working_day(working_day: int, by_clock: bool) -> None:
    made, _ = file_complaint(kind="privacy", text="样本里有真实手机号，疑似未经同意", subject_code="LST-1", actor=VISITOR, clock=clock())
    when = clock(add_working_days(venue(), NOW, working_day))
    if by_clock:
        assert accept_complaint(complaint=made, actor=SYSTEM, clock=when).status == "handling"
        return
    with pytest.raises(Rejected, match="not_reached"):
        accept_complaint(complaint=made, actor=SYSTEM, clock=when)
    assert accept_complaint(complaint=made, actor=officer(), clock=when).status == "handling", "a person takes it in on any day before"


@pytest.mark.django_db
@covers("R95", "H8", "M12")
def test_m12_a_mediation_is_extended_to_forty_five_working_days_and_ends_there_by_itself() -> None:
    dispute, _, _ = disputed()
    dispute = lapse_dispute(dispute=dispute, clock=clock(dispute.due_at))
    began = dispute.mediation_at
    assert dispute.status == "mediating" and began is not None
    left = next(days for days in range(1, 60)
                if add_working_days(venue(), dispute.due_at - timedelta(microseconds=1), days)
                == add_working_days(venue(), began - timedelta(microseconds=1), 45))
    with pytest.raises(Rejected, match="too_long"):
        extend_mediation(dispute=dispute, days=left + 1, actor=officer(), clock=clock(began))
    dispute = extend_mediation(dispute=dispute, days=left, actor=officer(), clock=clock(began))
    assert dispute.due_at == add_working_days(venue(), began - timedelta(microseconds=1), 45)
    with pytest.raises(Rejected, match="not_reached"):
        lapse_dispute(dispute=dispute, clock=clock(dispute.due_at - timedelta(seconds=1)))
    assert lapse_dispute(dispute=dispute, clock=clock(dispute.due_at)).status == "failed"


# ---- M 14: a penalty without a basis -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@covers("R94", "H6", "M14")
@pytest.mark.parametrize(("severity", "asked", "code"), [
    ("ordinary", ["public_shaming"], "measure_unknown"),  # no row at all
    ("ordinary", ["suspension"], "measure_unknown"),  # a row, but of another severity: not proportionate
    ("ordinary", ["raised_deposit", "public_shaming"], "measure_unknown"),  # one good row does not carry the other
    ("ordinary", [], "measure_unknown"),
    *[(severity, [key], "authority_only") for severity in ("minor", "ordinary", "serious")
      for key in ("market_ban", "office_ban", "travel_ban", "serious_list")],  # the law's own list, which a market body never uses
])
def test_m14_a_penalty_without_a_row_of_basis_is_refused_and_leaves_no_trace(severity: str, asked: list[str], code: str) -> None:
    case, organization, _ = deciding()
    with pytest.raises(Rejected, match=code) as refused:
        decide_conduct(case=case, severity=severity, measures=asked, reasons="理由", basis="信用管理规则 第12条", actor=regulator(),
                       clock=clock())
    assert all(refused.value.text("title", language) for language in ("zh", "en"))
    case.refresh_from_db()
    assert case.status == "deciding" and not Finding.objects.filter(case=case).exists()
    assert not Sanction.objects.filter(organization=organization).exists()


@pytest.mark.django_db
@covers("R94", "R100", "M14")
@pytest.mark.parametrize(("since", "until", "holds"), [
    (NOW.date() + timedelta(days=1), None, False), (NOW.date(), None, True), (None, NOW.date(), False),
    (None, NOW.date() + timedelta(days=1), True)])
def test_m14_a_row_that_is_not_in_force_on_the_day_of_the_decision_is_no_basis(monkeypatch: pytest.MonkeyPatch, since: Any, until: Any,
                                                                               holds: bool) -> None:
    from dataclasses import replace

    table = {key: replace(one, since=since, until=until) for key, one in measures().items()}
    monkeypatch.setattr(catalogue, "measures", lambda: table)
    case, _, _ = deciding()
    asked: dict[str, Any] = {"case": case, "severity": "ordinary", "measures": ["raised_deposit"], "reasons": "理由",
                             "basis": "信用管理规则 第12条", "actor": regulator(), "clock": clock()}
    if holds:
        assert decide_conduct(**asked).status == "decided"
        return
    with pytest.raises(Rejected, match="measure_unknown"):
        decide_conduct(**asked)


@pytest.mark.django_db
@covers("R94", "M14")
def test_m14_the_database_keeps_no_finding_and_no_sanction_without_a_basis() -> None:
    case, organization, _, first = decided()
    finding = case.findings.get()
    with pytest.raises(DatabaseError, match="finding_has_a_basis"), transaction.atomic():
        Finding.objects.create(code="FND-0000000001", case=case, number=2, severity="ordinary", conduct=case.conduct, reasons="x", basis="",
                               decided_by_id=first.user_id, document_hash="0" * 64, at=NOW)
    with pytest.raises(DatabaseError, match="sanction_has_a_basis"), transaction.atomic():
        Sanction.objects.create(code="SAN-0000000001", finding=finding, organization=organization, measure="raised_deposit", basis="",
                                severity="ordinary", effective_from=NOW, earliest_end_at=NOW, effective_to=NOW + timedelta(days=90))


@covers("R94", "M14")
def test_m14_every_row_of_the_measure_table_names_its_basis_in_both_languages() -> None:
    assert all(all(text.strip() for text in (*one.basis, *one.text)) for one in measures().values())
