"""Objections to a refused admission: ten working days, the authority decides, never who refused; upheld, it is examined anew (A1, R40)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from evidence.files import deposit
from evidence.invariants import registered
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.admission_objections import flag_objections, objects_until
from participants.models import Admission, AdmissionObjection, Notice
from participants.operations import (
    accept_admission,
    admit,
    decide_admission_objection,
    object_to_refusal,
    open_admission,
    refuse_admission,
    second_admission,
    withdraw_admission_objection,
)
from participants.queries import add_working_days
from participants.roles import Role
from tests.factories import NOW, clock, make_actor, make_user
from tests.participants.test_admission_classes import ANSWERS, apply_for, party, refused

pytestmark = pytest.mark.django_db
GROUNDS = "场地证明已随申请提交，理由所称缺失与卷宗不符。"


def refusal(key: str = "merchant_supply"):
    """A refused application, its applicant, and the officer who refused it."""
    organization, actor, desk = party(key)
    held = apply_for(key, organization, actor)
    accept_admission(admission=held, actor=desk, clock=clock())
    return refuse_admission(admission=held, reason="缺少场地证明", actor=desk, clock=clock()), actor, desk


@covers("A1", "R40", "I18")
def test_an_upheld_objection_annuls_the_refusal_and_the_desk_examines_it_anew() -> None:
    held, actor, desk = refusal()
    row = object_to_refusal(admission=held, grounds=GROUNDS, deposit=deposit(io.BytesIO(b"%PDF-1.4 lease"), name="lease.pdf",
                            owner=held.organization.code, at=NOW), actor=actor, clock=clock())
    assert row.status == "open" and row.due_at == add_working_days(held.organization.venue, NOW, 5)
    assert refused(open_admission, organization=held.organization, category="merchant_supply", answers=ANSWERS, actor=actor,
                   clock=clock()).code == "participants.admission.objection_open"
    later = NOW + timedelta(days=2)
    decide_admission_objection(objection=row, uphold=True, reason="卷宗第 4 页即为场地证明", actor=make_actor(Role.REGULATOR),
                               clock=clock(later))
    held.refresh_from_db()
    assert held.status == "in_review" and held.due_at == add_working_days(held.organization.venue, later, 10)
    assert "卷宗第 4 页" in Notice.objects.filter(organization=held.organization).latest("seq").text_zh
    assert admit(admission=held, actor=desk, clock=clock(later)).status == "admitted"
    kinds = set(Record.objects.filter(subject=held.code).values_list("kind", flat=True))
    assert kinds >= {f"participants.admission.{word}" for word in ("objected", "objection_upheld", "reopened", "admitted")}


@covers("A1")
def test_a_rejected_objection_leaves_the_refusal_and_the_way_to_apply_anew() -> None:
    held, actor, _ = refusal()
    row = object_to_refusal(admission=held, grounds=GROUNDS, actor=actor, clock=clock())
    decide_admission_objection(objection=row, uphold=False, reason="证明所载地址与执照不符", actor=make_actor(Role.REGULATOR),
                               clock=clock())
    held.refresh_from_db()
    assert held.status == "refused"
    assert refused(object_to_refusal, admission=held, grounds=GROUNDS, actor=actor, clock=clock()
                   ).code == "participants.admission.objected_already"
    anew = open_admission(organization=held.organization, category="merchant_supply", answers=ANSWERS, actor=actor, clock=clock())
    assert anew.status == "draft"


@covers("A1", "R40")
def test_a_refusal_is_objected_to_until_the_end_of_the_tenth_working_day_and_not_after() -> None:
    held, actor, _ = refusal()
    until = objects_until(held)
    assert until == add_working_days(held.organization.venue, NOW, 10)
    no = refused(object_to_refusal, admission=held, grounds=GROUNDS, actor=actor, clock=clock(until))
    assert no.code == "participants.admission.objection_over" and until.date().isoformat() in no.text("detail", "zh")
    assert object_to_refusal(admission=held, grounds=GROUNDS, actor=actor, clock=clock(until - timedelta(seconds=1))).status == "open"


@covers("A1")
@pytest.mark.parametrize("grounds", ["", "  不服  ", "x" * 5001])
def test_grounds_say_something_and_a_stranger_finds_no_application(grounds: str) -> None:
    held, actor, desk = refusal()
    assert refused(object_to_refusal, admission=held, grounds=grounds, actor=actor, clock=clock()
                   ).code == "participants.admission.grounds_missing"
    stranger = actor_of(make_user(Role.DATA_MERCHANT))
    assert refused(object_to_refusal, admission=held, grounds=GROUNDS, actor=stranger, clock=clock()).code == "participants.object.absent"
    row = object_to_refusal(admission=held, grounds=GROUNDS, actor=actor, clock=clock())
    for nobody in (actor, desk, make_actor(Role.VENUE_OPERATOR)):
        no = refused(decide_admission_objection, objection=row, uphold=True, reason="同意", actor=nobody, clock=clock())
        assert no.status in {403, 404}
    assert refused(decide_admission_objection, objection=row, uphold=True, reason=" ", actor=make_actor(Role.REGULATOR), clock=clock()
                   ).code == "participants.admission.reason_needed"


@covers("I18")
def test_the_regulator_who_refused_does_not_decide_the_objection_and_the_database_says_so_too() -> None:
    organization, actor, desk = party("foreign_merchant")
    held = apply_for("foreign_merchant", organization, actor)
    accept_admission(admission=held, actor=desk, clock=clock())
    admit(admission=held, actor=desk, clock=clock())
    user = make_user(Role.REGULATOR)
    second_admission(admission=held, agree=False, reason="控制链未说明", actor=actor_of(user), clock=clock())
    held.refresh_from_db()
    row = object_to_refusal(admission=held, grounds=GROUNDS, actor=actor, clock=clock())
    assert refused(decide_admission_objection, objection=row, uphold=False, reason="维持", actor=actor_of(user), clock=clock()
                   ).code == "participants.approval.same_person"
    with pytest.raises(IntegrityError, match="does not decide"), transaction.atomic():
        AdmissionObjection.objects.filter(pk=row.pk).update(status="rejected", decided_by=user, decided_at=NOW, reason="维持")
    decide_admission_objection(objection=row, uphold=True, reason="已补充说明", actor=make_actor(Role.REGULATOR), clock=clock())
    held.refresh_from_db()
    assert held.status == "in_review"
    assert admit(admission=held, actor=desk, clock=clock()).status == "in_review", "the authority is asked about the control anew"


@covers("A1")
def test_an_objection_nobody_decided_is_flagged_once_and_stays_open() -> None:
    held, actor, _ = refusal()
    row = object_to_refusal(admission=held, grounds=GROUNDS, actor=actor, clock=clock())
    assert flag_objections(clock=clock(row.due_at - timedelta(seconds=1))) == 0
    assert flag_objections(clock=clock(row.due_at)) == 1 and flag_objections(clock=clock(row.due_at + timedelta(days=9))) == 0
    row.refresh_from_db()
    assert row.status == "open" and row.flagged_at == row.due_at
    withdraw_admission_objection(objection=row, actor=actor, clock=clock(row.due_at))
    check = next(one for one in registered() if getattr(one, "table", "") == "participants_admissionobjection")
    assert list(check().check()) == [], "every move of it is told"
    with pytest.raises(Rejected, match="illegal_move"):
        withdraw_admission_objection(objection=row, actor=actor, clock=clock(row.due_at))


@covers("A1")
def test_no_row_objects_to_what_is_not_refused_and_none_is_rewritten() -> None:
    held, actor, _ = refusal()
    row = object_to_refusal(admission=held, grounds=GROUNDS, actor=actor, clock=clock())
    with pytest.raises(IntegrityError), transaction.atomic():
        AdmissionObjection.objects.filter(pk=row.pk).update(grounds="改写后的理由也不短")
    with pytest.raises(IntegrityError), transaction.atomic():
        AdmissionObjection.objects.filter(pk=row.pk).update(status="upheld")
    running = Admission.objects.exclude(pk=held.pk).filter(status="admitted").first()
    if running is not None:
        with pytest.raises(IntegrityError, match="refusal in force"), transaction.atomic():
            AdmissionObjection.objects.create(admission=running, refused_at=NOW, grounds=GROUNDS, filed_by_id=actor.user_id, filed_at=NOW,
                                              due_at=NOW)


# ---- the pages ---------------------------------------------------------------------------------------------------------------


@covers("A1")
def test_the_applicant_objects_on_its_page_and_the_authority_hears_it_at_the_desk(client) -> None:
    from evidence.clock import set_market_clock

    set_market_clock(NOW, 0)
    organization, _, desk = party("merchant_supply")
    applicant = make_user(Role.DATA_MERCHANT, organization=organization)
    held = apply_for("merchant_supply", organization, actor_of(applicant))
    accept_admission(admission=held, actor=desk, clock=clock())
    refuse_admission(admission=held, reason="缺少场地证明", actor=desk, clock=clock())
    client.force_login(applicant)
    page = f"/desk/organisation/admission/{held.code}/"
    assert "提出异议" in client.get(page).content.decode()
    short = client.post(page, {"object": "1", "grounds": "不服"})
    assert short.status_code == 400 and "不服</textarea>" in short.content.decode(), "what was typed is kept"
    assert client.post(page, {"object": "1", "grounds": GROUNDS, "evidence": io.BytesIO(b"%PDF-1.4 lease")}).status_code == 302
    shown = client.get(page).content.decode()
    assert GROUNDS in shown and "监管机构" in shown and "提出异议</button>" not in shown
    client.force_login(make_user(Role.REGULATOR))
    decide = f"/admin/participants/admission/{held.pk}/decide/"
    assert "异议成立，重新审核" in client.get(decide).content.decode()
    assert "对不予准入的异议" in client.get("/admin/queue/admissions/").content.decode()
    assert client.get(f"/admin/participants/admission/{held.pk}/objection/").status_code == 200
    assert client.post(decide, {"act": "uphold", "reason": "卷宗中有此证明"}).status_code == 302
    held.refresh_from_db()
    assert held.status == "in_review"
