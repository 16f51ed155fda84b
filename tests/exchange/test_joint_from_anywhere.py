"""Joint work begins where the matter is first seen: on a complaint, on an alert, in a queue (R81); the case opens with the question."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from compliance.models import Case, Complaint, JointCase
from compliance.operations import ask_joint, file_complaint, open_joint
from compliance.states import CaseStatus
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.models import FieldExtension, Membership, Organization, PartyProfile
from participants.roles import OrganizationKind, Role
from tests.exchange.test_supervision import text
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_organization
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.test_alerts import raised
from trading.models import SurveillanceAlert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def authority(*, sectors: tuple[str, ...] = (), role: str = Role.REGULATOR) -> tuple[Actor, Organization]:
    body = make_organization(admitted=False, kind=OrganizationKind.AUTHORITY)
    actor = make_actor(role, organization=body)
    Membership.objects.filter(organization=body).update(sectors=list(sectors))
    return actor, body


def party(sector: str) -> Organization:
    one = make_organization()
    PartyProfile.objects.create(organization=one, region="310115", sector=sector, updated_at=MARKET_CLOCK.now())
    return one


def complained(by: Actor = VISITOR) -> Complaint:
    made, _ = file_complaint(kind="privacy", text="样本里有真实手机号，疑似未经同意", subject_code="LST-1", actor=by, clock=MARKET_CLOCK)
    return made


def asked(browser: Client, page: str, partner: Organization, **more: str) -> int:
    return browser.post(page, {"act": "joint", "partner": partner.code, "reason": "兼属两个行业", **more}).status_code


@covers("R81", "R95")
def test_a_complaint_becomes_a_joint_case_in_one_act_and_names_no_reporter() -> None:
    (ours, _), (theirs, body) = authority(), authority(sectors=("J",))
    reporter = party("I")
    made = complained(make_actor(Role.DATA_MERCHANT, organization=reporter))
    browser, page = signed_in(ours), f"/admin/cases/{made.code}/"
    assert "请求联合办理" in text(browser.get(page))
    assert signed_in(theirs).get(page).status_code == 403, "it lies outside the other's field until it is asked and joins"
    assert asked(browser, page, body) == 302
    joint = JointCase.objects.get()
    case = joint.case
    assert (case.subject_code, case.organization_id, case.kind) == (made.code, None, "other")
    assert reporter.short_name not in f"{case.title_zh}{case.title_en}{case.entries.get(act='joint_ask').text}"
    commands = Record.objects.filter(kind__in=["compliance.case.open", "compliance.joint.ask"]).values_list("command", flat=True)
    assert len(set(commands)) == 1 or Record.objects.filter(subject=joint.code).count() == 1
    said = text(browser.get(page))
    assert case.code in said and "请求联合办理" not in said, "one at a time"
    other = signed_in(theirs)
    assert other.get(f"/admin/cases/{case.code}/").status_code == 200
    assert other.post(f"/admin/cases/{case.code}/", {"act": "join", "reason": "同意共同办理"}).status_code == 302
    assert other.get(page).status_code == 200, "joining opens the complaint itself"


@covers("R81", "H4")
def test_an_alert_becomes_a_joint_case_and_its_own_inquiry_goes_on_beside_it() -> None:
    (ours, _), (_theirs, body) = authority(), authority()
    alert = raised()
    browser, page = signed_in(ours), f"/admin/alerts/{alert.code}/"
    assert browser.post(page, {"act": "claim"}).status_code == 302
    assert asked(browser, page, body, lead="partner") == 302
    joint = JointCase.objects.get()
    assert (joint.lead_id, joint.case.subject_kind, joint.case.subject_code) == (body.pk, "alert", alert.code)
    asked_party = Organization.objects.get(code=alert.parties[0]) if Organization.objects.filter(code=alert.parties[0]).exists() else None
    if asked_party is not None:
        assert browser.post(page, {"act": "ask", "party": asked_party.code, "reason": "请说明往返成交的用途。"}).status_code == 302
        assert Case.objects.filter(subject_code=alert.code, kind="alert").exists()
    assert SurveillanceAlert.objects.get(pk=alert.pk).status == "in_analysis"


@covers("R81", "H3")
def test_a_queue_asks_for_several_at_once_after_a_preview_that_changes_nothing() -> None:
    (ours, _), (_theirs, body) = authority(), authority()
    codes = [complained().code for _ in range(2)]
    browser = signed_in(ours)
    form: dict[str, Any] = {"act": "joint", "code": codes, "partner": body.code, "lead": "ours", "reason": "兼属两个行业"}
    page = "/admin/queue/complaints/"
    assert 'name="partner"' in browser.get(page).content.decode()
    shown = browser.post(f"{page}act/", form).content.decode()
    assert JointCase.objects.count() == 0 and "2 件将办理" in shown
    marks = [part.split('"')[0] for part in shown.split('name="mark" value="')[1:]]
    kept = [part.split('"')[0] for part in shown.split('name="code" value="')[1:]]
    assert f'name="partner" value="{body.code}"' in shown
    assert browser.post(f"{page}act/", {**form, "step": "confirm", "code": kept, "mark": marks}).status_code == 200
    assert {one.case.subject_code for one in JointCase.objects.all()} == set(codes)
    again = browser.post(f"{page}act/", form).content.decode()
    assert "2 件将被拒绝" in again, "one joint work at a time on a matter"


@covers("R81")
def test_who_may_not_ask_sees_no_form_and_is_refused() -> None:
    (_ours, body), made = authority(), complained()
    officer, auditor = make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.AUDITOR)
    for actor in (officer, auditor):
        browser = signed_in(actor)
        assert "请求联合办理" not in text(browser.get(f"/admin/cases/{made.code}/"))
        assert 'name="partner"' not in browser.get("/admin/queue/complaints/").content.decode()
        assert asked(browser, f"/admin/cases/{made.code}/", body) == 403
    assert JointCase.objects.count() == 0 and Case.objects.count() == 0, "no case is left behind by a refusal"


@covers("R81")
def test_a_matter_that_has_an_open_case_is_worked_there_and_both_doors_close_with_the_question() -> None:
    (ours, home), (_theirs, body) = authority(), authority()
    made = complained()
    with pytest.raises(Rejected, match="faulty"):
        open_joint(subject=made, subject_kind="complaint", title=("投诉", "a complaint"), partner=body, reason="短", actor=ours,
                   clock=MARKET_CLOCK)
    assert Case.objects.count() == 0
    first = open_joint(subject=made, subject_kind="complaint", title=("投诉", "a complaint"), partner=body, reason="兼属两业", actor=ours,
                       clock=MARKET_CLOCK)
    assert first.case.status == CaseStatus.OPEN
    assert set(FieldExtension.objects.filter(cause_code=first.code).values_list("organization_id", flat=True)) == {home.pk, body.pk}
    with pytest.raises(Rejected, match="under_way"):
        open_joint(subject=made, subject_kind="complaint", title=("投诉", "a complaint"), partner=body, reason="兼属两业", actor=ours,
                   clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="under_way"):
        ask_joint(case=first.case, partner=body, reason="兼属两业", actor=ours, clock=MARKET_CLOCK)
    assert Case.objects.count() == 1


@covers("R95", "H3")
def test_a_complaint_whose_answer_is_objected_to_waits_in_its_queue() -> None:
    made = complained()
    Complaint.objects.filter(pk=made.pk).update(status="handling", accepted_at=MARKET_CLOCK.now())
    Complaint.objects.filter(pk=made.pk).update(status="closed", answer="已核查", closed_at=MARKET_CLOCK.now())
    browser = signed_in(make_actor(Role.REGULATOR))
    assert made.code not in text(browser.get("/admin/queue/complaints/"))
    Complaint.objects.filter(pk=made.pk).update(status="objected", objection="未核查到位", objected_at=MARKET_CLOCK.now())
    assert made.code in text(browser.get("/admin/queue/complaints/"))
