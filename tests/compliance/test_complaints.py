"""Complaints from anyone, with or without a name, and disputes from negotiation to award (R95, rules I)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from compliance.models import Complaint, Dispute
from compliance.operations import (
    accept_complaint,
    accept_proposal,
    agree_to_arbitrate,
    award_dispute,
    close_complaint,
    decline_complaint,
    escalate_complaint,
    extend_mediation,
    file_complaint,
    go_to_mediation,
    lapse_dispute,
    open_dispute,
    propose_settlement,
    transfer_complaint,
    withdraw_complaint,
    withdraw_dispute,
)
from evidence.models import Command, Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.models import User
from participants.queries import add_working_days
from participants.roles import Role
from tests.compliance.worlds import merchant, officer
from tests.factories import NOW, clock, make_actor, make_organization, make_user, venue

pytestmark = pytest.mark.django_db
TEXT = "样本里有真实手机号，疑似未经同意"


def complained(actor: Actor = VISITOR) -> tuple[Complaint, str]:
    return file_complaint(kind="privacy", text=TEXT, subject_code="LST-1", reporter_name="王某", contact="a@example.cn", actor=actor,
                          clock=clock())


@covers("R95")
def test_a_complaint_is_taken_in_by_the_seventh_working_day_and_flagged_after_forty_five() -> None:
    made, _ = complained()
    assert made.due_at == add_working_days(venue(), NOW, 7)
    with pytest.raises(Rejected, match="not_reached"):
        accept_complaint(complaint=made, actor=SYSTEM, clock=clock(made.due_at - timedelta(seconds=1)))
    taken = accept_complaint(complaint=made, actor=SYSTEM, clock=clock(made.due_at))
    assert (taken.status, taken.due_at) == ("handling", add_working_days(venue(), made.due_at - timedelta(seconds=1), 45))
    late = escalate_complaint(complaint=taken, clock=clock(taken.due_at))
    assert (late.status, late.overdue) == ("handling", True)
    late = transfer_complaint(complaint=late, to="CND-1", actor=officer(), clock=clock())
    assert close_complaint(complaint=late, answer="已立案", actor=officer(), clock=clock()).status == "closed"


@covers("R95")
def test_no_reporter_stands_in_the_record_book() -> None:
    _, actor = merchant()
    made, key = complained(actor)
    record = Record.objects.get(subject=made.code)
    assert record.actor == "system"
    text = str(record.payload)
    assert "王某" not in text and TEXT not in text and "a@example.cn" not in text and key not in text
    assert Command.objects.filter(pk=record.command_id if hasattr(record, "command_id") else record.command).exists()


def test_only_the_key_opens_and_withdraws_a_complaint() -> None:
    made, key = complained()
    client = Client()
    assert client.get(f"/complaints/{made.code}/").status_code == 404
    assert client.get(f"/complaints/{made.code}/?key=wrong").status_code == 404
    assert TEXT in client.get(f"/complaints/{made.code}/?key={key}").content.decode()
    accept_complaint(complaint=made, actor=officer(), clock=clock())
    with pytest.raises(Rejected, match="absent"):
        withdraw_complaint(complaint=made, key="wrong", clock=clock())
    assert client.post(f"/complaints/{made.code}/", {"key": key}).status_code == 200
    made.refresh_from_db()
    assert made.status == "withdrawn"


def test_the_form_takes_a_nameless_complaint_and_names_what_is_missing() -> None:
    client = Client()
    assert "LST-7" in client.get("/complaints/new/?subject=LST-7").content.decode()
    faulty = client.post("/complaints/new/", {"kind": "privacy", "text": "短", "reporter_name": "王某"})
    assert faulty.status_code == 400 and Complaint.objects.count() == 0
    done = client.post("/complaints/new/", {"kind": "privacy", "text": TEXT})
    made = Complaint.objects.get()
    assert done.status_code == 200 and made.code in done.content.decode() and not made.real_name


def test_a_declined_complaint_has_its_reason_and_a_party_handles_none() -> None:
    made, _ = complained()
    with pytest.raises(Rejected, match="denied"):
        accept_complaint(complaint=made, actor=merchant()[1], clock=clock())
    assert decline_complaint(complaint=made, reason="不属本所", actor=officer(), clock=clock()).answer == "不属本所"


def disputed() -> tuple[Dispute, Actor, Actor]:
    seller, selling = merchant()
    buyer = make_organization(Role.BUYER)
    buying = make_actor(Role.BUYER, organization=buyer)
    return open_dispute(subject_code="TRD-1", opener=buyer, respondent=seller, claim="质量低于声明", actor=buying,
                        clock=clock()), buying, selling


@covers("R95")
def test_one_side_proposes_the_other_accepts() -> None:
    dispute, buying, selling = disputed()
    with pytest.raises(Rejected, match="no_proposal"):
        accept_proposal(dispute=dispute, actor=selling, clock=clock())
    dispute = propose_settlement(dispute=dispute, refund_bps=3000, text="退三成", actor=buying, clock=clock())
    with pytest.raises(Rejected, match="no_proposal"):
        accept_proposal(dispute=dispute, actor=buying, clock=clock())
    dispute = accept_proposal(dispute=dispute, actor=selling, clock=clock())
    assert (dispute.status, dispute.refund_bps) == ("settled", 3000)


def test_negotiation_passes_to_mediation_and_mediation_ends_by_the_clock() -> None:
    dispute, _, selling = disputed()
    with pytest.raises(Rejected, match="already_open"):
        open_dispute(subject_code="TRD-1", opener=dispute.respondent, respondent=dispute.opener, claim="", actor=selling, clock=clock())
    dispute = lapse_dispute(dispute=dispute, clock=clock(dispute.due_at))
    assert dispute.status == "mediating"
    dispute = extend_mediation(dispute=dispute, days=30, actor=officer(), clock=clock(dispute.mediation_at))
    with pytest.raises(Rejected, match="too_long"):
        extend_mediation(dispute=dispute, days=1, actor=officer(), clock=clock(dispute.mediation_at))
    assert lapse_dispute(dispute=dispute, clock=clock(dispute.due_at)).status == "failed"


@covers("R95", "R61")
def test_arbitration_needs_both_and_an_independent_arbitrator() -> None:
    dispute, buying, selling = disputed()
    dispute = go_to_mediation(dispute=dispute, actor=buying, clock=clock())
    third = make_organization(Role.SERVICE_PROVIDER)
    judge = make_actor(Role.SERVICE_PROVIDER, organization=third)
    with pytest.raises(Rejected, match="not_independent"):
        agree_to_arbitrate(dispute=dispute, arbitrator=dispute.opener, actor=selling, clock=clock())
    dispute = agree_to_arbitrate(dispute=dispute, arbitrator=third, actor=buying, clock=clock())
    assert dispute.status == "mediating"
    dispute = agree_to_arbitrate(dispute=dispute, arbitrator=third, actor=selling, clock=clock())
    other = make_actor(Role.SERVICE_PROVIDER)
    with pytest.raises(Rejected, match="absent"):
        award_dispute(dispute=dispute, refund_bps=1, reasons="", actor=other, clock=clock())
    dispute = award_dispute(dispute=dispute, refund_bps=5000, reasons="各半", actor=judge, clock=clock())
    assert (dispute.status, dispute.refund_bps) == ("awarded", 5000)


def test_only_its_opener_withdraws_and_strangers_see_nothing() -> None:
    dispute, buying, selling = disputed()
    with pytest.raises(Rejected, match="denied"):
        withdraw_dispute(dispute=dispute, actor=selling, clock=clock())
    assert withdraw_dispute(dispute=dispute, actor=buying, clock=clock()).status == "withdrawn"
    assert not Dispute.objects.visible_to(make_user(Role.DATA_MERCHANT)).exists()


def test_the_page_of_a_dispute_carries_its_acts() -> None:
    dispute, buying, selling = disputed()
    path = f"/desk/disputes/{dispute.code}/"
    client = Client()
    client.force_login(User.objects.get(pk=buying.user_id), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(path, {"act": "propose", "percent": "30", "text": "退三成"}).status_code == 302
    other = Client()
    other.force_login(User.objects.get(pk=selling.user_id), backend="django.contrib.auth.backends.ModelBackend")
    assert 'value="accept"' in other.get(path).content.decode()
    assert dispute.code in other.get("/desk/cases/").content.decode()
    assert other.post(path, {"act": "accept"}).status_code == 302
    dispute.refresh_from_db()
    assert dispute.refund_bps == 3000
