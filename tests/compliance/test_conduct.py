"""From accusation to restoration: heard, decided with a basis, two for serious, standing in the same transaction (H, I26)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from compliance.credit import due_standing, explain, score
from compliance.models import ConductCase, Finding, Sanction
from compliance.operations import (
    accept_restoration,
    adopt_decision,
    advance_by_clock,
    apply_for_restoration,
    decide_conduct,
    decide_objection,
    decide_restoration,
    dismiss_conduct,
    end_sanction,
    exempt_conduct,
    extend_conduct,
    note_credit,
    notify_accused,
    object_to_finding,
    open_conduct_case,
    second_conduct,
    second_restoration,
    state_case,
    stay_effects,
    take_interim_measure,
    waive_statement,
)
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import CapabilityHold, Organization, User
from participants.queries import add_working_days
from participants.roles import Role
from tests.compliance.worlds import merchant, officer, regulator, signed
from tests.factories import NOW, clock, make_actor, venue

pytestmark = pytest.mark.django_db


def deciding(conduct: str = "late_payment", opener: Actor | None = None, subject: str = "TRD-1") -> tuple[ConductCase, Organization, Actor]:
    organization, actor = merchant()
    case = open_conduct_case(organization=organization, conduct=conduct, subject_code=subject, text="事实", actor=opener or officer(),
                             clock=clock())
    case = notify_accused(case=case, actor=officer(), clock=clock())
    state_case(case=case, text="我方意见", actor=actor, clock=clock())
    return waive_statement(case=case, actor=actor, clock=clock()), organization, actor


def decided(conduct: str = "late_payment", severity: str = "ordinary", measure: str = "raised_deposit",
            **fields: Any) -> tuple[ConductCase, Organization, Actor, Actor]:
    case, organization, actor = deciding(conduct, **fields)
    first = regulator()
    case = decide_conduct(case=case, severity=severity, measures=[measure], reasons="理由", basis="信用管理规则 第12条", actor=first,
                          clock=clock())
    if severity == "serious":
        case = second_conduct(case=case, agree=True, reason="同意", actor=regulator(), clock=clock())
    organization.refresh_from_db()
    return case, organization, actor, first


@covers("R94", "H6", "I26")
def test_a_decision_imposes_a_measure_and_moves_standing_in_one_transaction() -> None:
    case, organization, _, _ = decided()
    assert (case.status, organization.standing, organization.band) == ("decided", "watch", "C")
    sanction = Sanction.objects.get(organization=organization)
    assert (sanction.earliest_end_at, sanction.effective_to) == (NOW.replace(year=2027, month=2), NOW.replace(year=2027))
    commands = set(Record.objects.filter(kind__in=["compliance.finding.made", "compliance.sanction.imposed",
                                                   "participants.standing.changed"])
                   .values_list("command", flat=True))
    assert len(commands) == 1


@covers("I18")
def test_a_serious_finding_takes_effect_only_with_a_second_regulator() -> None:
    case, organization, _ = deciding("wash_trade")
    first = regulator()
    args: dict[str, Any] = {"severity": "serious", "measures": ["suspension"], "reasons": "环状成交", "basis": "信用管理规则 第14条"}
    case = decide_conduct(case=case, actor=first, clock=clock(), **args)
    assert (case.status, Finding.objects.count()) == ("deciding", 0)
    twin = make_actor(Role.REGULATOR, person=User.objects.get(pk=first.user_id).person)
    with pytest.raises(Rejected, match="same_person"):
        second_conduct(case=case, agree=True, reason="", actor=twin, clock=clock())
    case = second_conduct(case=case, agree=True, reason="", actor=regulator(), clock=clock())
    organization.refresh_from_db()
    assert (case.status, organization.standing, organization.band) == ("decided", "suspended", "D")
    with pytest.raises(Rejected, match="serious_record"):
        signed(organization, make_actor(Role.DATA_MERCHANT, organization=organization))


def test_the_database_refuses_a_serious_finding_by_one_person_and_a_rewritten_finding() -> None:
    case, _, _, first = decided()
    with pytest.raises(DatabaseError), transaction.atomic():
        Finding.objects.create(code="FND-X", case=case, number=9, severity="serious", conduct="wash_trade", reasons="", basis="x",
                               decided_by_id=first.user_id, document_hash="", at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Finding.objects.update(severity="minor")


@pytest.mark.parametrize("severity, measure", [("ordinary", "public_shaming"), ("ordinary", "suspension"), ("minor", "raised_deposit")])
@covers("R94")
def test_m14_a_measure_without_a_row_of_that_severity_is_refused(severity: str, measure: str) -> None:
    case, organization, _ = deciding()
    with pytest.raises(Rejected, match="measure_unknown"):
        decide_conduct(case=case, severity=severity, measures=[measure], reasons="", basis="x", actor=regulator(), clock=clock())
    assert not Sanction.objects.filter(organization=organization).exists()


def test_only_a_regulator_decides_and_nobody_before_the_accused_was_heard() -> None:
    case, _, _ = deciding()
    with pytest.raises(Rejected, match="denied"):
        decide_conduct(case=case, severity="ordinary", measures=["raised_deposit"], reasons="", basis="x", actor=officer(), clock=clock())
    organization, _ = merchant()
    fresh = open_conduct_case(organization=organization, conduct="late_payment", subject_code="TRD-2", text="", actor=officer(),
                              clock=clock())
    with pytest.raises(Rejected, match="illegal_move"):
        decide_conduct(case=fresh, severity="ordinary", measures=["raised_deposit"], reasons="", basis="x", actor=regulator(),
                       clock=clock())


def test_silence_leads_to_a_decision_never_to_a_finding() -> None:
    organization, _ = merchant()
    case = open_conduct_case(organization=organization, conduct="late_payment", subject_code="TRD-3", text="", actor=officer(),
                             clock=clock())
    case = notify_accused(case=case, actor=officer(), clock=clock())
    assert case.due_at == add_working_days(venue(), NOW, 10)
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    assert case.status == "deciding"
    longer = extend_conduct(case=case, reason="需要鉴定", actor=regulator(), clock=clock(NOW))
    assert longer.due_at > case.due_at
    late = advance_by_clock(case=longer, clock=clock(longer.due_at))
    assert (late.status, late.overdue) == ("deciding", True)


@covers("R94", "I18")
def test_an_objection_is_decided_by_another_and_can_be_stayed() -> None:
    case, organization, actor, first = decided()
    case = object_to_finding(case=case, text="付款凭证在此", actor=actor, clock=clock())
    with pytest.raises(Rejected, match="already_took_part"):
        stay_effects(case=case, reason="", actor=first, clock=clock())
    other = regulator()
    stay_effects(case=case, reason="显有疑问", actor=other, clock=clock())
    organization.refresh_from_db()
    assert organization.standing == "good"
    case = decide_objection(case=case, outcome="uphold", reasons="凭证属实", actor=other, clock=clock())
    organization.refresh_from_db()
    assert (case.status, organization.standing, organization.band) == ("annulled", "good", "B")
    assert score(organization, at=NOW) == 70


def test_a_rejected_objection_lets_the_measure_run_again_and_an_amended_one_is_milder() -> None:
    case, organization, actor, _ = decided()
    case = object_to_finding(case=case, text="认定有误", actor=actor, clock=clock())
    other = regulator()
    stay_effects(case=case, reason="", actor=other, clock=clock())
    with pytest.raises(Rejected, match="not_milder"):
        decide_objection(case=case, outcome="amend", reasons="", severity="serious", measures=["suspension"], actor=other, clock=clock())
    assert decide_objection(case=case, outcome="reject", reasons="不成立", actor=other, clock=clock()).status == "final"
    organization.refresh_from_db()
    assert organization.standing == "watch"
    case, organization, actor, _ = decided()
    case = object_to_finding(case=case, text="认定有误", actor=actor, clock=clock())
    case = decide_objection(case=case, outcome="amend", reasons="较轻", severity="minor", measures=["warning"], actor=regulator(),
                            clock=clock())
    organization.refresh_from_db()
    assert (case.status, organization.standing) == ("final", "good")
    assert list(case.findings.order_by("number").values_list("severity", flat=True)) == ["ordinary", "minor"]


def test_an_objection_nobody_decides_in_time_suspends_the_effects() -> None:
    case, organization, actor, _ = decided()
    case = object_to_finding(case=case, text="认定有误", actor=actor, clock=clock())
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    assert case.overdue
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    organization.refresh_from_db()
    assert (case.status, organization.standing) == ("objected", "good")


def test_without_objection_it_becomes_final_and_breaks_the_declaration_it_is_about() -> None:
    organization, actor = merchant()
    declaration = signed(organization, actor)
    case = open_conduct_case(organization=organization, conduct="false_declaration", subject_code=declaration.code, text="",
                             actor=officer(),
                             clock=clock())
    case = notify_accused(case=case, actor=officer(), clock=clock())
    case = waive_statement(case=case, actor=actor, clock=clock())
    case = decide_conduct(case=case, severity="ordinary", measures=["raised_deposit"], reasons="声明不实", basis="x", actor=regulator(),
                          clock=clock())
    with pytest.raises(Rejected, match="window_over"):
        object_to_finding(case=case, text="认定有误", actor=actor, clock=clock(case.due_at))
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    declaration.refresh_from_db()
    assert (case.status, declaration.status) == ("final", "breached")


@covers("R82", "R102")
def test_a_first_minor_fault_mended_in_time_is_exempt_a_second_is_not() -> None:
    case, organization, _ = deciding("late_report")
    case = exempt_conduct(case=case, ground="first_minor_mended", reason="次日补报", actor=regulator(), clock=clock())
    organization.refresh_from_db()
    assert (case.status, organization.standing) == ("exempted", "good")
    ordinary, _, _ = deciding("late_payment")
    with pytest.raises(Rejected, match="not_first"):
        exempt_conduct(case=ordinary, ground="first_minor_mended", reason="", actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="no_diligence"):
        exempt_conduct(case=ordinary, ground="due_diligence", reason="清单齐备", actor=regulator(), clock=clock())


def test_interim_measures_are_for_serious_matters_and_lapse_by_themselves() -> None:
    case, organization, _ = deciding("wash_trade")
    take_interim_measure(case=case, capabilities=["bid", "list"], reason="证据确凿", actor=regulator(), clock=clock())
    assert {hold.until - hold.placed_at for hold in CapabilityHold.objects.filter(organization=organization)} == {timedelta(days=15)}
    ordinary, _, _ = deciding()
    with pytest.raises(Rejected, match="not_serious"):
        take_interim_measure(case=ordinary, capabilities=["bid"], reason="", actor=regulator(), clock=clock())


def test_another_authoritys_document_can_be_adopted() -> None:
    organization, _ = merchant()
    case = open_conduct_case(organization=organization, conduct="late_payment", subject_code="X", text="", actor=officer(), clock=clock())
    case = adopt_decision(case=case, severity="ordinary", measures=["no_new_business"], reasons="生效判决", basis="民事判决",
                          actor=regulator(),
                          authority_document="（2026）沪01民终1号", clock=clock())
    organization.refresh_from_db()
    assert (case.status, organization.standing) == ("decided", "restricted")


@covers("R94", "I26")
def test_restoration_comes_after_the_shortest_term_and_ends_everything_at_once() -> None:
    case, organization, actor, _ = decided()
    finding = case.findings.get()
    due = NOW.replace(year=2027, month=2)
    with pytest.raises(Rejected, match="too_early"):
        apply_for_restoration(finding=finding, text="已付清", committed=True, actor=actor, clock=clock(due - timedelta(days=1)))
    application = apply_for_restoration(finding=finding, text="已付清", committed=True, actor=actor, clock=clock(due))
    application = accept_restoration(restoration=application, actor=officer(), clock=clock(due))
    application = decide_restoration(restoration=application, grant=True, reason="属实", actor=regulator(), clock=clock(due))
    organization.refresh_from_db()
    assert (application.status, organization.standing, organization.band) == ("granted", "good", "B")
    assert Sanction.objects.get(finding=finding).cause == "restored"
    assert [line.counts for line in explain(organization, at=due) if line.event == "finding_ordinary"] == [0]
    assert score(organization, at=due - timedelta(days=1)) < 70, "the past is recomputed as it was"


def test_a_serious_record_is_restored_by_two() -> None:
    case, organization, actor, _ = decided("wash_trade", "serious", "suspension")
    due = NOW.replace(year=2027)
    application = apply_for_restoration(finding=case.findings.get(), text="已注销相关账户", committed=True, actor=actor, clock=clock(due))
    application = accept_restoration(restoration=application, actor=SYSTEM, clock=clock(application.due_at))
    application = decide_restoration(restoration=application, grant=True, reason="", actor=regulator(), clock=clock(due))
    assert application.status == "deciding"
    assert second_restoration(restoration=application, agree=True, reason="", actor=regulator(), clock=clock(due)).status == "granted"
    organization.refresh_from_db()
    assert organization.standing == "good"


def test_at_the_longest_term_a_measure_ends_by_itself() -> None:
    case, organization, _, _ = decided()
    sanction = Sanction.objects.get(finding__case=case)
    with pytest.raises(Rejected, match="not_reached"):
        end_sanction(sanction=sanction, clock=clock(sanction.effective_to - timedelta(seconds=1)))
    assert end_sanction(sanction=sanction, clock=clock(sanction.effective_to)).cause == "served"
    organization.refresh_from_db()
    assert organization.standing == "good"


@covers("H7", "I26")
def test_the_score_is_a_fold_that_fades_and_counts_each_source_once() -> None:
    organization, _ = merchant()
    for source in ("TRD-1", "TRD-1", "TRD-2"):
        note_credit(organization=organization, event="payment_default", source=source, actor=SYSTEM, clock=clock())
    assert score(organization, at=NOW) == 50
    assert score(organization, at=NOW.replace(year=2027)) == 60
    assert score(organization, at=NOW.replace(year=2028)) == 70
    assert score(organization, at=NOW - timedelta(seconds=1)) == 70
    assert due_standing(organization, at=NOW) == ("good", "C")


@covers("H6", "R82")
def test_no_decision_about_a_party_goes_without_its_reasons() -> None:
    case, _, actor = deciding("late_report")
    by: dict[str, Any] = {"actor": regulator(), "clock": clock()}
    for act in (lambda: decide_conduct(case=case, severity="minor", measures=["warning"], reasons=" ", basis="信用管理规则 第10条", **by),
                lambda: exempt_conduct(case=case, ground="first_minor_mended", reason=" ", **by),
                lambda: dismiss_conduct(case=case, reason="", **by)):
        with pytest.raises(Rejected, match="unreasoned"):
            act()
    grave, _, _ = deciding("wash_trade", subject="TRD-2")
    with pytest.raises(Rejected, match="unreasoned"):
        decide_conduct(case=grave, severity="serious", measures=["suspension"], reasons="", basis="信用管理规则 第14条", **by)
    found = decide_conduct(case=case, severity="minor", measures=["warning"], reasons="报告迟延三日", basis="信用管理规则 第10条", **by)
    found = object_to_finding(case=found, text="有不可抗力", actor=actor, clock=clock())
    with pytest.raises(Rejected, match="unreasoned"):
        decide_objection(case=found, outcome="reject", reasons="", actor=regulator(), clock=clock())
