"""The desk of credit by its pages: complaints go to their desk and become cases; objections, restorations and differences are decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from compliance.models import Complaint, ConductCase, Dispute
from compliance.operations import (
    accept_complaint,
    accept_restoration,
    agree_to_arbitrate,
    apply_for_restoration,
    close_complaint,
    decide_conduct,
    file_complaint,
    go_to_mediation,
    lapse_dispute,
    object_to_finding,
    open_dispute,
    propose_settlement,
    refer_to_conduct,
)
from compliance.tasks import act_on_deadlines
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.models import Notice, User
from participants.roles import Role
from tests.compliance.test_conduct import decided, deciding
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db


def page_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def post(actor: Actor, code: str, act: str, **data: Any) -> Any:
    return page_of(actor).post(f"/admin/cases/{code}/", {"act": act, **data})


# ---- complaints ------------------------------------------------------------------------------------------------------


def complained(kind: str, actor: Actor = VISITOR) -> Complaint:
    return file_complaint(kind=kind, text="撮合后私下成交，已有聊天记录", subject_code="TRD-1", actor=actor, clock=clock())[0]


@covers("R95")
@pytest.mark.parametrize("kind, desk", [("privacy", "compliance"), ("unfair_trade", "surveillance"), ("service", "regulator")])
def test_a_complaint_goes_to_the_desk_of_its_kind(kind: str, desk: str) -> None:
    assert complained(kind).queue == desk


def test_a_complaint_about_the_venues_own_people_is_not_the_venues_to_judge() -> None:
    held = complained("service")
    with pytest.raises(Rejected, match="other_desk"):
        accept_complaint(complaint=held, actor=officer(), clock=clock())
    assert post(officer(), held.code, "accept").status_code == 403
    assert post(regulator(), held.code, "accept").status_code == 302
    assert Complaint.objects.get().status == "handling"


@covers("R95", "R94")
def test_a_complaint_becomes_a_case_and_its_reporter_is_told_when_it_is_decided() -> None:
    reporter = make_organization(Role.BUYER)
    held = complained("unfair_trade", make_actor(Role.BUYER, organization=reporter))
    accused, actor = merchant()
    desk = officer()
    accept_complaint(complaint=held, actor=desk, clock=clock())
    assert post(desk, held.code, "refer", organization="ORG-NOBODY", conduct="off_exchange_evasion", reason="x").status_code == 400
    assert post(desk, held.code, "refer", organization=accused.code, conduct="off_exchange_evasion",
                reason="撮合后绕开场内成交").status_code == 302
    case, held = ConductCase.objects.get(), Complaint.objects.get()
    assert (held.transferred_to, case.organization_id, case.text) == (case.code, accused.pk, "撮合后绕开场内成交")
    assert post(desk, case.code, "notify").status_code == 302
    client = page_of(actor)
    assert client.post(f"/desk/credit/{case.code}/", {"act": "waive"}).status_code == 302
    assert post(regulator(), case.code, "dismiss", reason="证据不足").status_code == 302
    assert Notice.objects.filter(organization=reporter, kind="compliance.complaint.decided").exists()
    with pytest.raises(Rejected, match="answer_missing"):
        close_complaint(complaint=held, answer=" ", actor=desk, clock=clock())


def test_a_referral_without_facts_or_party_opens_nothing() -> None:
    held = complained("privacy")
    accept_complaint(complaint=held, actor=officer(), clock=clock())
    with pytest.raises(Rejected, match="referral_incomplete") as refused:
        refer_to_conduct(complaint=held, organization="", conduct="late_report", text="x", actor=officer(), clock=clock())
    assert {fault.field for fault in refused.value.errors} == {"organization", "reason"}
    assert not ConductCase.objects.exists() and Complaint.objects.get().transferred_to == ""


def test_the_desk_never_sees_who_complained() -> None:
    held = file_complaint(kind="privacy", text="样本里有真实手机号，疑似未经同意", reporter_name="王某某",
                          contact="wang@example.cn", actor=VISITOR, clock=clock())[0]
    text = page_of(officer()).get(f"/admin/cases/{held.code}/").content.decode()
    assert "样本里有真实手机号" in text and "王某某" not in text and "wang@example.cn" not in text


# ---- conduct, objection, restoration on the desk ---------------------------------------------------------------------


@covers("H6")
@pytest.mark.parametrize("act, status", [("uphold", "annulled"), ("reject", "final"), ("stay", "objected")])
def test_an_objection_is_decided_on_its_page_by_another_regulator(act: str, status: str) -> None:
    case, organization, actor, first = decided()
    object_to_finding(case=case, text="款项已于当日付清", actor=actor, clock=clock())
    assert post(first, case.code, act, reason="维持").status_code == 409, "who decided is not who hears the objection"
    shown = page_of(regulator()).get(f"/admin/cases/{case.code}/").content.decode()
    assert "款项已于当日付清" in shown and 'value="uphold"' in shown
    assert post(regulator(), case.code, act, reason="付款凭证属实").status_code == 302
    case.refresh_from_db()
    organization.refresh_from_db()
    assert case.status == status and organization.standing == ("watch" if act == "reject" else "good")
    mine = page_of(actor).get(f"/desk/credit/{case.code}/").content.decode()
    assert "款项已于当日付清" in mine, "both sides see the same case"


def test_an_objection_is_marked_on_the_public_page_at_once() -> None:
    case, _, actor, _ = decided()
    assert "异议处理中" not in Client().get("/bulletins/sanctions/").content.decode()
    object_to_finding(case=case, text="不服", actor=actor, clock=clock())
    assert "异议处理中" in Client().get("/bulletins/sanctions/").content.decode()


def test_a_difference_is_shown_to_the_third_with_both_opinions_and_decided_there() -> None:
    case, _, _ = deciding("wash_trade")
    first, second, third = regulator(), regulator(), regulator()
    decide_conduct(case=case, severity="serious", measures=["suspension"], reasons="同一受益人", basis="信用管理规则 第14条", actor=first,
                   clock=clock())
    assert post(second, case.code, "differ", reason="证据不足", third=str(third.user_id)).status_code == 302
    waiting = page_of(regulator()).get(f"/admin/cases/{case.code}/").content.decode()
    assert "等待指定的第三人裁断" in waiting and 'value="third_first"' not in waiting
    shown = page_of(third).get(f"/admin/cases/{case.code}/").content.decode()
    assert "同一受益人" in shown and "证据不足" in shown and 'value="third_first"' in shown
    assert post(third, case.code, "third_first", reason="资金链路清楚").status_code == 302
    case.refresh_from_db()
    assert case.status == "decided"


def test_who_stands_back_keeps_the_file_and_loses_the_form() -> None:
    case, _, _ = deciding()
    judge = regulator()
    assert post(judge, case.code, "recuse", reason="亲属任职").status_code == 302
    shown = page_of(judge).get(f"/admin/cases/{case.code}/").content.decode()
    assert "亲属任职" in shown and 'value="decide"' not in shown and 'value="recuse"' not in shown


@covers("R94")
def test_a_restoration_is_taken_in_and_granted_on_its_page() -> None:
    case, organization, actor, _ = decided()
    due = NOW.replace(year=2027, month=2)
    one = apply_for_restoration(finding=case.findings.get(), text="欠款已付清", committed=True, actor=actor, clock=clock(due))
    queue = page_of(officer()).get("/admin/queue/restorations/").content.decode()
    assert one.code in queue
    assert post(officer(), one.code, "accept").status_code == 302
    shown = page_of(regulator()).get(f"/admin/cases/{one.code}/").content.decode()
    assert "欠款已付清" in shown and "已作公开信用承诺" in shown
    assert post(regulator(), one.code, "grant", reason="属实").status_code == 302
    organization.refresh_from_db()
    assert organization.standing == "good"


def test_a_serious_restoration_refused_by_the_second_stays_as_it_was() -> None:
    case, organization, actor, _ = decided("wash_trade", "serious", "suspension")
    due = NOW.replace(year=2027)
    one = apply_for_restoration(finding=case.findings.get(), text="已整改", committed=True, actor=actor, clock=clock(due))
    accept_restoration(restoration=one, actor=officer(), clock=clock(due))
    assert post(regulator(), one.code, "grant", reason="属实").status_code == 302
    assert post(regulator(), one.code, "differ", reason="未见整改").status_code == 302
    one.refresh_from_db()
    organization.refresh_from_db()
    assert (one.status, organization.standing) == ("refused", "suspended")


# ---- what a party sees -----------------------------------------------------------------------------------------------


@covers("A3", "C7", "H7")
def test_the_credit_page_says_what_may_be_done_now_and_why_not() -> None:
    case, organization, actor, _ = decided("wash_trade", "serious", "suspension")
    shown = page_of(actor).get("/desk/credit/").content.decode()
    assert shown.count("不可以") == 2 and "认定" in shown, "listing and bidding are barred, delivering and money earned are not"
    assert case.code in shown and organization.short_name in shown


@covers("R102")
def test_a_party_puts_a_checklist_on_record_from_its_page() -> None:
    _, actor = merchant()
    client = page_of(actor)
    assert client.post("/desk/diligence/", {"checklist": "use", "subject_code": "TRD-1", "done": ["meter"]}).status_code == 400
    done = {"checklist": "use", "subject_code": "TRD-1", "done": ["licence", "meter", "access", "no_reidentify"]}
    assert client.post("/desk/diligence/", done).status_code == 302
    assert "DLG-" in client.get("/desk/diligence/").content.decode()


# ---- disputes --------------------------------------------------------------------------------------------------------


def arbitrated() -> tuple[Dispute, Actor, Actor, Actor]:
    seller, selling = merchant()
    buyer = make_organization(Role.BUYER)
    buying = make_actor(Role.BUYER, organization=buyer)
    house = make_organization(Role.SERVICE_PROVIDER)
    judge = make_actor(Role.SERVICE_PROVIDER, organization=house)
    held = open_dispute(subject_code="DLV-1", opener=buyer, respondent=seller, claim="样本与交付不符", actor=buying, clock=clock())
    go_to_mediation(dispute=held, actor=buying, clock=clock())
    for actor in (buying, selling):
        held = agree_to_arbitrate(dispute=held, arbitrator=house, actor=actor, clock=clock())
    return held, buying, selling, judge


@covers("R95")
def test_a_late_arbitrator_is_flagged_once_and_everybody_is_told() -> None:
    held, _, _, _ = arbitrated()
    assert held.due_at is not None
    with pytest.raises(Rejected, match="not_reached"):
        lapse_dispute(dispute=held, clock=clock(held.due_at - timedelta(seconds=1)))
    act_on_deadlines(clock(held.due_at))
    held.refresh_from_db()
    assert (held.status, held.overdue) == ("arbitrating", True)
    assert Notice.objects.filter(subject=held.code, text_zh__contains="逾期").count() == 3
    act_on_deadlines(clock(held.due_at + timedelta(days=1)))
    assert Notice.objects.filter(subject=held.code, text_zh__contains="逾期").count() == 3


def test_what_is_no_percentage_is_refused_and_never_read_as_nothing_given_back() -> None:
    held, _, _, judge = arbitrated()
    client = page_of(judge)
    for typed in ("", "abc", "101", "-5", "５０"):
        assert client.post(f"/desk/disputes/{held.code}/", {"act": "award", "percent": typed, "text": "理由充分"}).status_code == 400
    held.refresh_from_db()
    assert held.status == "arbitrating"
    assert client.post(f"/desk/disputes/{held.code}/", {"act": "award", "percent": "60", "text": "理由充分"}).status_code == 302


@covers("H8", "R95")
def test_the_evidence_bundle_is_for_both_sides_and_the_arbitrator_and_proves_itself() -> None:
    from evidence.verify import verify_bundle

    held, buying, _selling, judge = arbitrated()
    drain(clock=clock())
    for actor in (buying, judge):
        answer = page_of(actor).get(f"/desk/disputes/{held.code}/evidence/")
        kinds = [entry["envelope"]["kind"] for entry in answer.json()["entries"]]
        assert "compliance.dispute.opened" in kinds and "compliance.dispute.arbitration_opened" in kinds
        assert verify_bundle(answer.json()).good
    assert page_of(make_actor(Role.BUYER)).get(f"/desk/disputes/{held.code}/evidence/").status_code == 404


def test_the_mediator_extends_within_the_bound_and_ends_a_mediation_on_its_page() -> None:
    seller, _ = merchant()
    buyer = make_organization(Role.BUYER)
    buying = make_actor(Role.BUYER, organization=buyer)
    held = open_dispute(subject_code="DLV-2", opener=buyer, respondent=seller, claim="延迟交付", actor=buying, clock=clock())
    propose_settlement(dispute=held, refund_bps=3000, text="退三成", actor=buying, clock=clock())
    go_to_mediation(dispute=held, actor=buying, clock=clock())
    desk = officer()
    assert held.code in page_of(desk).get("/admin/queue/disputes/").content.decode()
    assert post(desk, held.code, "extend", days="30").status_code == 302
    assert post(desk, held.code, "extend", days="1").status_code == 422
    assert post(desk, held.code, "fail", reason="双方分歧过大").status_code == 302
    held.refresh_from_db()
    assert (held.status, held.outcome) == ("failed", "双方分歧过大")


def test_every_act_of_the_desk_is_reachable() -> None:
    from exchange.supervision.credit_acts import CONDUCT_ACTS, RESTORATION_ACTS

    assert {"exempt", "extend", "adopt", "interim", "uphold", "amend", "reject", "stay", "recuse"} <= set(CONDUCT_ACTS)
    assert {"accept", "return", "grant", "refuse", "agree", "differ", "extend"} == set(RESTORATION_ACTS)
