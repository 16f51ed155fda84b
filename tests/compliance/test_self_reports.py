"""R82: a fault its author reported before it was accused ends in no lesser finding; meant harm still does, by two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.catalogue import measures, mitigations
from compliance.credit import note_credit
from compliance.models import CasePaper, ConductCase, Finding, SelfReport, SelfReportCheck
from compliance.operations import (
    adopt_decision,
    check_report,
    decide_conduct,
    exempt_conduct,
    notify_accused,
    open_conduct_case,
    report_fault,
    second_conduct,
    waive_statement,
)
from evidence.clock import set_market_clock
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.clock import MovingClock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.roles import Role
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import clock, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db
ABOUT = "LST-0000000001"


def told(organization: Organization, actor: Actor, at: MovingClock) -> SelfReport:
    return report_fault(organization=organization, subject_kind="listing", subject_code=ABOUT, text="当日查询量统计有误，少计两成",
                        mended="已更正口径并逐一通知买方", setting="pilot", actor=actor, clock=at)


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


# ---- outside pilots: the published table of mitigation ---------------------------------------------------------------------


def known(organization: Organization, at: MovingClock) -> str:
    """The record book knows the organisation, so that a report and a case can be about it."""
    note_credit(organization=organization, event="sample_passed", source="CASE-0000000000", actor=SYSTEM, clock=at)
    return organization.code


def reported(organization: Organization, actor: Actor, at: MovingClock, conduct: str = "late_payment", about: str = "") -> SelfReport:
    known(organization, at)
    made = report_fault(organization=organization, subject_kind="organization", subject_code=about or organization.code,
                        conduct=conduct, text="九月两笔价款迟付六日，系财务审批积压", mended="已付清并支付违约金，审批改为当日办结",
                        actor=actor, clock=at)
    at.move_to(at.now() + timedelta(hours=1))
    return made


def alleged(organization: Organization, at: MovingClock, conduct: str = "late_payment") -> ConductCase:
    case = open_conduct_case(organization=organization, conduct=conduct, subject_code=organization.code, text="迟付价款",
                             actor=officer(), clock=at)
    case = notify_accused(case=case, actor=officer(), clock=at)
    return waive_statement(case=case, actor=make_actor(Role.DATA_MERCHANT, organization=organization), clock=at)


def found(case: ConductCase, severity: str, measure: str, at: MovingClock) -> str:
    """'' where the decision is taken, else the code of its refusal."""
    try:
        decide_conduct(case=case, severity=severity, measures=[measure], reasons="迟付属实", basis="信用管理规则 第9条", actor=regulator(),
                       clock=at)
    except Rejected as refused:
        return refused.code if refused.text("detail", "zh") and refused.text("detail", "en") else "without words"
    return ""


@covers("R82")
def test_an_ordinary_fault_reported_outside_a_pilot_is_found_as_minor_at_most() -> None:
    at = clock()
    organization, actor = merchant()
    report = reported(organization, actor, at)
    case = alleged(organization, at)
    assert found(case, "ordinary", "raised_deposit", at) == "compliance.conduct.self_reported"
    with pytest.raises(Rejected) as caught:
        exempt_conduct(case=case, ground="self_report", reason="主动报告", actor=regulator(), clock=at)
    assert caught.value.code == "compliance.conduct.report_lessens" and report.code in caught.value.text("detail", "en")
    with pytest.raises(DatabaseError, match="reported by itself"), transaction.atomic():
        Finding.objects.create(code="FND-PASTTHEGATE", case=case, severity="ordinary", conduct=case.conduct, reasons="x", basis="x",
                               decided_by_id=regulator().user_id, document_hash="0" * 64, at=at.now())
    assert found(case, "minor", "watch", at) == ""
    assert Finding.objects.get(case=case).severity == "minor"


@covers("R82")
def test_a_minor_fault_reported_outside_a_pilot_is_exempted() -> None:
    at = clock()
    organization, actor = merchant()
    reported(organization, actor, at, "late_report")
    case = alleged(organization, at, "late_report")
    assert found(case, "minor", "warning", at) == "compliance.conduct.self_reported"
    assert exempt_conduct(case=case, ground="self_report", reason="已补报", actor=regulator(), clock=at).status == "exempted"


@covers("R82", "I18")
def test_a_serious_matter_told_by_itself_is_serious_by_two_alone_and_without_the_heaviest_measures() -> None:
    at = clock()
    organization, actor = merchant()
    reported(organization, actor, at, "wash_trade")
    case = alleged(organization, at, "wash_trade")
    assert found(case, "serious", "suspension", at) == "compliance.conduct.measure_spared"
    assert found(case, "serious", "restriction", at) == "", "a first opinion, which waits for the second"
    assert second_conduct(case=case, agree=True, reason="确属故意", actor=regulator(), clock=at).status == "decided"


@covers("R82")
def test_a_report_counts_for_the_conduct_and_the_thing_it_names() -> None:
    at = clock()
    organization, actor = merchant()
    reported(organization, actor, at, "late_payment")
    other = alleged(organization, at, "false_declaration")
    assert found(other, "ordinary", "raised_deposit", at) == "", "another conduct on the same thing"
    third, acting = merchant()
    reported(third, acting, at, "late_payment", about=organization.code)
    assert found(alleged(third, at), "ordinary", "raised_deposit", at) == "", "the same conduct on another thing"


@covers("R82")
def test_a_report_the_desk_found_untrue_spares_nothing() -> None:
    at = clock()
    organization, actor = merchant()
    report = reported(organization, actor, at)
    case = alleged(organization, at)
    assert found(case, "ordinary", "raised_deposit", at) == "compliance.conduct.self_reported"
    with pytest.raises(Rejected, match="denied"):
        check_report(report=report, stands=False, reason="所称付清并无凭证", actor=actor, clock=at)
    check_report(report=report, stands=False, reason="所称付清并无凭证", actor=officer(), clock=at)
    with pytest.raises(Rejected, match="checked"):
        check_report(report=report, stands=True, reason="改变主意不算数", actor=officer(), clock=at)
    assert found(case, "ordinary", "raised_deposit", at) == ""
    assert SelfReportCheck.objects.get().stands is False


@covers("R82")
def test_a_report_names_a_conduct_of_the_catalogue_and_something_the_house_knows() -> None:
    at = clock()
    organization, actor = merchant()
    with pytest.raises(Rejected) as caught:
        report_fault(organization=organization, subject_kind="trade", subject_code="TRD-NOTHERE000", conduct="rudeness",
                     text="短", mended="", actor=actor, clock=at)
    assert {one.field for one in caught.value.errors} == {"text", "mended", "conduct", "subject_code"}
    assert not SelfReport.objects.exists()


@covers("R82", "R94")
def test_every_row_of_the_table_is_what_the_database_lets_in() -> None:
    """The table a party reads and the trigger that guards findings say the same, row by row and severity by severity."""
    order = ["", "minor", "ordinary"]
    usual = {"minor": "late_report", "ordinary": "late_payment", "serious": "wash_trade"}
    at = clock()
    assert {(setting, one) for setting in ("pilot", "market") for one in usual} == set(mitigations())
    for (setting, severity), row in mitigations().items():
        assert set(row.spares) <= set(measures()) and row.basis[0] and row.basis[1]
        organization, actor = merchant()
        told_of = report_fault(organization=organization, subject_kind="organization", subject_code=known(organization, at),
                               setting=setting, conduct=usual[severity] if setting == "market" else "",
                               text="迟付两笔价款", mended="已付清并改进审批", actor=actor, clock=at)
        at.move_to(at.now() + timedelta(hours=1))
        case = alleged(organization, at, usual[severity])
        for number, asked in enumerate(("minor", "ordinary"), start=1):
            allowed = order.index(asked) <= order.index(row.most)
            finding = Finding(code=f"FND-{told_of.code[4:12]}{number}", case=case, number=number, severity=asked, conduct=case.conduct,
                              reasons="x", basis="x", decided_by_id=regulator().user_id, document_hash="0" * 64, at=at.now())
            if allowed:
                finding.save()
                continue
            with pytest.raises(DatabaseError, match="reported by itself"), transaction.atomic():
                finding.save()


@covers("R82", "C8", "H6")
def test_the_page_takes_a_report_with_its_papers_and_shows_what_came_of_it(client: Client) -> None:
    at = clock()
    set_market_clock(at.now(), 0)
    organization = make_organization(Role.DATA_MERCHANT)
    user = make_user(Role.DATA_MERCHANT, organization=organization)
    client.force_login(user)
    page = "/desk/self-reports/"
    assert "至多认定为轻微" in client.get(page).content.decode()
    said = {"conduct": "late_payment", "subject_code": known(organization, at).lower(), "text": "九月两笔价款迟付六日",
            "mended": "已付清并支付违约金"}
    short = client.post(page, {**said, "mended": "是"})
    assert short.status_code == 400 and "九月两笔价款迟付六日" in short.content.decode(), "what was typed is kept"
    assert not CasePaper.objects.exists()
    paid = SimpleUploadedFile("付款凭证.csv", "日期,金额\n2026-09-30,100\n".encode(), content_type="text/csv")
    assert client.post(page, {**said, "papers": paid}).status_code == 302
    report = SelfReport.objects.get()
    kept = CasePaper.objects.get(subject=report.code)
    shown = client.get(page).content.decode()
    assert report.code in shown and "付款凭证.csv" in shown
    assert client.get(f"/desk/papers/{kept.pk}/").status_code == 200
    other = Client()
    other.force_login(make_user(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT)))
    assert other.get(f"/desk/papers/{kept.pk}/").status_code == 404
