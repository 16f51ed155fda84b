"""R82: a fault its author reported before it was accused ends in no lesser finding; meant harm still does, by two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from compliance.models import ConductCase, Finding, SelfReport
from compliance.operations import (
    adopt_decision,
    decide_conduct,
    exempt_conduct,
    notify_accused,
    open_conduct_case,
    report_fault,
    waive_statement,
)
from evidence.models import Record
from kit.actors import Actor
from kit.clock import MovingClock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.roles import Role
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import clock, make_actor

pytestmark = pytest.mark.django_db
ABOUT = "LST-0000000001"


def told(organization: Organization, actor: Actor, at: MovingClock) -> SelfReport:
    return report_fault(organization=organization, subject_kind="listing", subject_code=ABOUT, text="当日查询量统计有误，少计两成",
                        mended="已更正口径并逐一通知买方", actor=actor, clock=at)


def accused(organization: Organization, at: MovingClock) -> ConductCase:
    case = open_conduct_case(organization=organization, conduct="late_delivery", subject_code=ABOUT, text="查询量少计",
                             actor=officer(), clock=at)
    case = notify_accused(case=case, actor=officer(), clock=at)
    return waive_statement(case=case, actor=make_actor(Role.DATA_MERCHANT, organization=organization), clock=at)


def decided(case: ConductCase, at: MovingClock, severity: str = "minor") -> ConductCase:
    return decide_conduct(case=case, severity=severity, measures=["warning"], reasons="少计查询量", basis="交易规则 第40条",
                          actor=regulator(), clock=at)


@covers("R82", "C8")
def test_a_reported_fault_ends_in_no_lesser_finding_and_is_exempted_without_credit_loss() -> None:
    organization, actor = merchant()
    at = clock()
    report = told(organization, actor, at)
    at.move_to(at.now() + timedelta(hours=1))
    case = accused(organization, at)
    with pytest.raises(Rejected) as caught:
        decided(case, at)
    assert caught.value.code == "compliance.conduct.self_reported" and report.code in caught.value.text("detail", "zh")
    with pytest.raises(DatabaseError, match="reported by itself"), transaction.atomic():
        Finding.objects.create(code="FND-PASTTHEGATE", case=case, severity="minor", conduct=case.conduct, reasons="x", basis="x",
                               decided_by_id=regulator().user_id, document_hash="0" * 64,
                               at=at.now())
    band = organization.band
    done = exempt_conduct(case=case, ground="self_report", reason="先行报告并已改正", actor=regulator(), clock=at)
    organization.refresh_from_db()
    assert done.status == "exempted" and organization.band == band and not Finding.objects.exists()
    fact = Record.objects.get(kind="compliance.self_report.filed")
    assert "少计" not in str(fact.payload), "what was said stays in the room"


@covers("R82")
def test_a_report_after_the_accusation_or_about_something_else_spares_nothing() -> None:
    organization, actor = merchant()
    at = clock()
    case = accused(organization, at)
    at.move_to(at.now() + timedelta(hours=1))
    told(organization, actor, at)
    assert decided(case, at).status == "decided"


@covers("R82")
def test_another_authoritys_document_and_meant_harm_are_not_spared() -> None:
    organization, actor = merchant()
    at = clock()
    told(organization, actor, at)
    case = open_conduct_case(organization=organization, conduct="late_delivery", subject_code=ABOUT, text="故意", actor=officer(),
                             clock=at)
    with pytest.raises(Rejected, match="self_reported"):
        adopt_decision(case=case, severity="minor", measures=["warning"], reasons="少计", basis="交易规则 第40条", authority_document="",
                       actor=regulator(), clock=at)
    done = adopt_decision(case=case, severity="minor", measures=["warning"], reasons="少计", basis="交易规则 第40条",
                          authority_document="市监罚〔2026〕1号", actor=regulator(), clock=at)
    assert done.status == "decided"
