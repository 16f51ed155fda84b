"""The second review is worth its name: ties bar, bias stands back, differences go to a named third, diligence counts if it came first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from compliance.catalogue import checklists
from compliance.models import ConductCase, DiligenceRecord, Disagreement, Finding, Recusal
from compliance.operations import (
    decide_conduct,
    decide_objection,
    exempt_conduct,
    keep_checklist,
    lapse_disagreement,
    notify_accused,
    object_to_finding,
    open_conduct_case,
    recuse_conduct,
    second_conduct,
    settle_difference,
    waive_statement,
)
from compliance.second_review import thirds_for
from compliance.tasks import act_on_deadlines
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization, OwnershipStake, User
from participants.roles import Role
from tests.compliance.test_conduct import decided, deciding
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import NOW, clock, make_actor

pytestmark = pytest.mark.django_db
ASKED = {"severity": "serious", "measures": ["suspension"], "reasons": "成交对手为同一受益人", "basis": "信用管理规则 第14条"}


def user_of(actor: Actor) -> User:
    return User.objects.get(pk=actor.user_id)


def differing() -> tuple[ConductCase, Actor, Actor, Actor, Actor]:
    """A serious finding over which two regulators differ: (case, accused, first, second, third)."""
    case, _, accused = deciding("wash_trade")
    first, second, third = regulator(), regulator(), regulator()
    decide_conduct(case=case, **ASKED, actor=first, clock=clock())
    case = second_conduct(case=case, agree=False, reason="证据不足以认定串通", third=user_of(third), actor=second, clock=clock())
    return case, accused, first, second, third


@covers("I18")
def test_where_two_differ_the_named_third_decides_and_nobody_else() -> None:
    case, _, first, second, third = differing()
    assert case.status == "deciding" and not Finding.objects.exists(), "nothing takes effect by a difference"
    for other in (first, second, regulator()):
        with pytest.raises(Rejected, match="with_the_third"):
            settle_difference(case=case, with_first=True, reasons="同意第一位", actor=other, clock=clock())
    with pytest.raises(Rejected, match="with_the_third"):
        decide_conduct(case=case, **{**ASKED, "severity": "ordinary", "measures": ["raised_deposit"]}, actor=first, clock=clock())
    done = settle_difference(case=case, with_first=True, reasons="资金链路清楚", actor=third, clock=clock())
    finding = done.findings.get()
    assert (done.status, finding.decided_by_id, finding.second_id) == ("decided", first.user_id, third.user_id)


@covers("I18")
def test_what_the_third_did_not_find_serious_is_not_found_serious_again() -> None:
    case, _, first, _, third = differing()
    settle_difference(case=case, with_first=False, reasons="同意第二位", actor=third, clock=clock())
    with pytest.raises(Rejected, match="settled_milder"):
        decide_conduct(case=case, **ASKED, actor=first, clock=clock())
    milder = decide_conduct(case=case, severity="ordinary", measures=["raised_deposit"], reasons="报价失当", basis="信用管理规则 第12条",
                            actor=first, clock=clock())
    assert milder.findings.get().severity == "ordinary"


def test_unnamed_the_least_burdened_regulator_is_the_third_and_when_late_the_next_one_is() -> None:
    _, _, _, _, third = differing()
    fourth = regulator()
    held = Disagreement.objects.get()
    with pytest.raises(Rejected, match="not_reached"):
        lapse_disagreement(disagreement=held, clock=clock(held.due_at - timedelta(seconds=1)))
    act_on_deadlines(clock(held.due_at))
    held.refresh_from_db()
    following = Disagreement.objects.get(sided="")
    assert held.sided == "lapsed" and following.third_id not in {held.first_id, held.second_id, third.user_id}
    assert following.third_id == fourth.user_id
    late = following.due_at
    act_on_deadlines(clock(late))
    following.refresh_from_db()
    assert (following.sided, following.due_at > late) == ("", True), "nobody else is free: it stays with the one named, told again"


def test_neither_of_the_two_nor_the_accuser_is_named_the_third() -> None:
    opener = regulator()
    case, _, _ = deciding("wash_trade", opener=opener)
    first, second = regulator(), regulator()
    decide_conduct(case=case, **ASKED, actor=first, clock=clock())
    for taken in (first, second, opener):
        with pytest.raises(Rejected, match="no_such_third"):
            second_conduct(case=case, agree=False, reason="不同意", third=user_of(taken), actor=second, clock=clock())
    assert thirds_for(case, [first.user_id, second.user_id], NOW) == []


@covers("I18", "R53")
@pytest.mark.parametrize("way", ["office", "ownership"])
def test_who_works_for_the_accused_or_is_tied_to_it_by_ownership_decides_nothing(way: str) -> None:
    case, organization, _ = deciding()
    judge = make_actor(Role.REGULATOR, organization=organization) if way == "office" else regulator()
    if way == "ownership":
        desk = Organization.objects.get(pk=judge.organization_id)
        OwnershipStake.objects.create(owner=desk, owned=organization, share_bps=6_000, source="工商登记", effective_from=NOW)
    with pytest.raises(Rejected, match="conflict"):
        decide_conduct(case=case, severity="ordinary", measures=["raised_deposit"], reasons="理由", basis="依据", actor=judge,
                       clock=clock())
    assert user_of(judge) not in thirds_for(case, [], NOW)


@covers("I18")
def test_who_stood_back_reads_and_decides_nothing_and_the_database_says_so_too() -> None:
    case, _, _ = deciding()
    judge = regulator()
    with pytest.raises(Rejected, match="reason_missing"):
        recuse_conduct(case=case, reason=" ", actor=judge, clock=clock())
    recuse_conduct(case=case, reason="与其负责人系亲属", actor=judge, clock=clock())
    with pytest.raises(Rejected, match="recused"):
        decide_conduct(case=case, severity="ordinary", measures=["raised_deposit"], reasons="理由", basis="依据", actor=judge,
                       clock=clock())
    with pytest.raises(DatabaseError, match="stood back"), transaction.atomic():
        Finding.objects.create(code="FND-X", case=case, severity="ordinary", conduct=case.conduct, reasons="x", basis="x",
                               decided_by_id=judge.user_id, document_hash="0" * 64, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Recusal.objects.update(reason="改写")


def test_the_one_who_differed_was_on_the_case_and_decides_no_objection() -> None:
    case, accused, _first, second, third = differing()
    settle_difference(case=case, with_first=True, reasons="资金链路清楚", actor=third, clock=clock())
    case = object_to_finding(case=case, text="我方不服", actor=accused, clock=clock())
    with pytest.raises(Rejected, match="already_took_part"):
        decide_objection(case=case, outcome="uphold", reasons="成立", actor=second, clock=clock())
    assert decide_objection(case=case, outcome="uphold", reasons="成立", actor=regulator(), clock=clock()).status == "annulled"


# ---- due diligence ---------------------------------------------------------------------------------------------------


def accused_of_late_delivery(organization: Organization, actor: Actor, at: timedelta) -> ConductCase:
    when = clock(NOW + at)
    case = open_conduct_case(organization=organization, conduct="late_delivery", subject_code="DLV-1", text="迟延两日", actor=officer(),
                             clock=when)
    notify_accused(case=case, actor=officer(), clock=when)
    return waive_statement(case=case, actor=actor, clock=when)


@covers("R102")
def test_a_checklist_on_record_before_the_accusation_exempts_with_its_code_as_the_reason() -> None:
    organization, actor = merchant()
    kept = keep_checklist(organization=organization, checklist="delivery", subject_code="DLV-1", done=list(checklists()["delivery"].items),
                          actor=actor, clock=clock())
    case = accused_of_late_delivery(organization, actor, timedelta(days=1))
    done = exempt_conduct(case=case, ground="due_diligence", reason="清单属实", actor=regulator(), clock=clock(NOW + timedelta(days=1)))
    assert done.status == "exempted" and kept.code in done.closing_reason


@covers("R102")
@pytest.mark.parametrize("subject, checklist, after", [("DLV-1", "delivery", True), ("DLV-2", "delivery", False), ("DLV-1", "use", False)])
def test_one_ticked_afterwards_of_another_object_or_of_other_conduct_excuses_nothing(subject: str, checklist: str, after: bool) -> None:
    organization, actor = merchant()
    ticked = {"organization": organization, "checklist": checklist, "subject_code": subject, "done": list(checklists()[checklist].items),
                  "actor": actor}
    if not after:
        keep_checklist(**ticked, clock=clock())
    case = accused_of_late_delivery(organization, actor, timedelta(days=1))
    if after:
        keep_checklist(**ticked, clock=clock(NOW + timedelta(days=2)))
    with pytest.raises(Rejected, match="no_diligence"):
        exempt_conduct(case=case, ground="due_diligence", reason="", actor=regulator(), clock=clock(NOW + timedelta(days=2)))


def test_a_checklist_is_complete_or_not_on_record_and_is_never_rewritten() -> None:
    organization, actor = merchant()
    with pytest.raises(Rejected, match="incomplete") as refused:
        keep_checklist(organization=organization, checklist="delivery", subject_code="", done=["report"], actor=actor, clock=clock())
    assert {fault.field for fault in refused.value.errors} == {"subject_code", "done"}
    keep_checklist(organization=organization, checklist="use", subject_code="TRD-1", done=list(checklists()["use"].items), actor=actor,
                   clock=clock())
    with pytest.raises(DatabaseError), transaction.atomic():
        DiligenceRecord.objects.update(subject_code="TRD-2")


def test_the_ground_of_a_self_report_needs_the_report() -> None:
    case, _, _ = deciding("late_report")
    with pytest.raises(Rejected, match="no_self_report"):
        exempt_conduct(case=case, ground="self_report", reason="", actor=regulator(), clock=clock())


@covers("R94")
@pytest.mark.parametrize("measure", ["market_ban", "serious_list", "travel_ban"])
def test_a_venue_imposes_no_measure_of_an_authority(measure: str) -> None:
    case, _, _ = deciding()
    with pytest.raises(Rejected, match="authority_only"):
        decide_conduct(case=case, severity="ordinary", measures=[measure], reasons="理由", basis="依据", actor=regulator(), clock=clock())


def test_a_decided_world_keeps_all_invariants() -> None:
    from compliance.invariants import DecidersDiffer, SanctionsRestOnFindings, StandingFollowsSanctions

    decided("wash_trade", "serious", "suspension")
    assert [text for one in (DecidersDiffer, SanctionsRestOnFindings, StandingFollowsSanctions) for text in one().check()] == []
