"""An admission is taken away on a final serious finding alone, by a regulator who is free of the case, with words (A1, R94, H.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.catalogue import measures
from compliance.expelling import EXPULSION, revocable, revoke_on_finding
from compliance.models import Sanction
from compliance.operations import advance_by_clock, object_to_finding, recuse_conduct
from evidence.clock import set_market_clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.models import Admission, Notice
from participants.queries import may
from participants.roles import Role
from tests.compliance.test_conduct import decided
from tests.compliance.worlds import officer, regulator
from tests.factories import clock, make_user

pytestmark = pytest.mark.django_db
WHY = "虚构成交并隐瞒控制关系，不再符合准入条件"


def final(conduct: str = "wash_trade", severity: str = "serious", measure: str = "suspension"):
    case, organization, actor, first = decided(conduct, severity, measure)
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    return case, organization, actor, first


def code_of(act, **named) -> str:
    with pytest.raises(Rejected) as caught:
        act(**named)
    assert caught.value.text("title", "zh") and caught.value.text("title", "en")
    return caught.value.code


@covers("A1", "R94")
def test_a_final_serious_finding_takes_an_admission_away_and_names_itself_in_it() -> None:
    case, organization, _, _ = final()
    [held] = revocable(case)
    revoked = revoke_on_finding(case=case, admission=held.code, reason=WHY, actor=regulator(), clock=clock(case.closed_at))
    finding = case.findings.get()
    assert revoked.status == "revoked" and revoked.reason == f"{finding.code}：{WHY}"
    assert may(organization, "list", at=case.closed_at) == "participants.capability.not_admitted"
    assert finding.code in Notice.objects.filter(organization=organization, kind="participants.admission.revoke").get().text_zh
    assert revocable(case) == []
    assert code_of(revoke_on_finding, case=case, admission=held.code, reason=WHY, actor=regulator(),
                   clock=clock(case.closed_at)) == "compliance.conduct.carries_no_revocation"


@covers("R94")
def test_what_is_not_final_not_serious_or_somebody_elses_carries_nothing() -> None:
    case, organization, actor, _ = decided("wash_trade", "serious", "suspension")
    held = Admission.objects.get(organization=organization, status="admitted")
    asked = {"admission": held.code, "reason": WHY, "actor": regulator(), "clock": clock()}
    assert code_of(revoke_on_finding, case=case, **asked) == "compliance.conduct.carries_no_revocation"
    object_to_finding(case=case, text="不服", actor=actor, clock=clock())
    assert code_of(revoke_on_finding, case=case, **asked) == "compliance.conduct.carries_no_revocation"
    lesser, _, _, _ = final("late_payment", "ordinary", "raised_deposit")
    assert revocable(lesser) == []
    other, _, _, _ = final()
    assert code_of(revoke_on_finding, case=other, **asked) == "participants.object.absent", "another party's admission"
    held.refresh_from_db()
    assert held.status == "admitted"


@covers("R94", "I18")
def test_only_a_regulator_who_is_free_of_the_case_and_says_why() -> None:
    case, _, actor, _ = decided("wash_trade", "serious", "suspension")
    tied = regulator()
    recuse_conduct(case=case, reason="与当事人有利害关系", actor=tied, clock=clock())
    case = advance_by_clock(case=case, clock=clock(case.due_at))
    [held] = revocable(case)
    for nobody in (officer(), actor):
        assert code_of(revoke_on_finding, case=case, admission=held.code, reason=WHY, actor=nobody,
                       clock=clock(case.closed_at)) == "participants.permission.denied"
    assert code_of(revoke_on_finding, case=case, admission=held.code, reason=WHY, actor=tied,
                   clock=clock(case.closed_at)).startswith("compliance.conduct")
    assert code_of(revoke_on_finding, case=case, admission=held.code, reason="  ", actor=regulator(),
                   clock=clock(case.closed_at)) == "participants.admission.reason_needed"


@covers("A1")
def test_it_is_done_on_the_page_of_the_case() -> None:
    case, _, _, _ = final()
    [held] = revocable(case)
    set_market_clock(case.closed_at, 0)
    page, browser = f"/admin/cases/{case.code}/", Client()
    browser.force_login(make_user(Role.COMPLIANCE_OFFICER))
    assert "撤销准入" not in browser.get(page).content.decode()
    browser.force_login(make_user(Role.REGULATOR))
    assert held.code in browser.get(page).content.decode()
    assert browser.post(page, {"act": "revoke_admission", "admission": held.code, "reason": ""}).status_code == 400
    assert browser.post(page, {"act": "revoke_admission", "admission": held.code, "reason": WHY}).status_code == 302
    held.refresh_from_db()
    shown = browser.get(page).content.decode()
    assert held.status == "revoked" and WHY in shown, "the case's history shows it"


@covers("R94", "H9")
def test_expulsion_is_a_row_of_the_published_table_with_basis_and_term(client: Client) -> None:
    row = measures()[EXPULSION]
    assert row.severity == "serious" and row.basis[0] and row.after_final
    set_market_clock(clock().now(), 0)
    assert row.text[0] in client.get("/rules/standing/").content.decode()
    case, organization, _, _ = final()
    [held] = revocable(case)
    revoke_on_finding(case=case, admission=held.code, reason=WHY, actor=regulator(), clock=clock(case.closed_at))
    imposed = Sanction.objects.get(measure=EXPULSION)
    assert imposed.finding == case.findings.get() and imposed.basis == row.basis[0] and imposed.organization == organization
    assert imposed.effective_from == case.closed_at and imposed.effective_to > imposed.earliest_end_at > case.closed_at


@covers("R94")
def test_a_decision_never_expels_the_finding_comes_first_and_becomes_final() -> None:
    with pytest.raises(Rejected) as caught:
        decided("wash_trade", "serious", EXPULSION)
    assert caught.value.code == "compliance.conduct.measure_after_final" and "取消准入" in caught.value.text("detail", "zh")


@covers("R94", "I26")
def test_the_database_refuses_an_expulsion_on_what_is_not_final_or_not_serious() -> None:
    pending, *_ = decided("wash_trade", "serious", "suspension")
    lesser, *_ = final("late_payment", "ordinary", "raised_deposit")
    for case in (pending, lesser):
        with pytest.raises(DatabaseError, match="expulsion needs a final serious finding"), transaction.atomic():
            Sanction.objects.create(code=new_code("SAN"), finding=case.findings.get(), organization=case.organization, measure=EXPULSION,
                                    basis="x", severity="serious", effective_from=clock().now(), earliest_end_at=clock().now(),
                                    effective_to=clock().now() + timedelta(days=400))


@covers("R94", "A1")
def test_two_admissions_taken_away_on_one_finding_are_one_expulsion() -> None:
    case, organization, _, _ = final()
    second = Admission.objects.get(organization=organization, status="admitted")
    second.pk, second.code, second.role = None, new_code("ADM"), Role.BUYER
    second.save(force_insert=True)
    for held in revocable(case):
        revoke_on_finding(case=case, admission=held.code, reason=WHY, actor=regulator(), clock=clock(case.closed_at))
    assert Admission.objects.filter(organization=organization, status="revoked").count() == 2
    assert Sanction.objects.filter(measure=EXPULSION).count() == 1
