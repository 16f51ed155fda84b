"""What is asked for again: a paper missing from a restoration, with a clock; an objection to the answer of a complaint."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.complaints import accept_complaint, close_complaint, decline_complaint
from compliance.corrections import (
    decide_complaint_objection,
    lapse_restoration,
    late_complaint_objection,
    object_to_complaint,
    return_restoration,
    supply_restoration,
)
from compliance.models import Complaint, ConductCase, Restoration
from compliance.moves import refuse_same_person
from compliance.operations import accept_restoration, apply_for_restoration
from evidence.clock import set_market_clock
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.deputies import name_deputy
from participants.models import Notice
from participants.queries import add_working_days
from participants.roles import Role
from tests.compliance.test_complaints import complained
from tests.compliance.test_conduct import decided
from tests.compliance.test_desk_of_credit import page_of, post
from tests.compliance.worlds import officer, regulator
from tests.factories import NOW, clock, make_actor, make_user, venue

pytestmark = pytest.mark.django_db
DUE = NOW.replace(year=2027, month=2)


def applied() -> tuple[Restoration, ConductCase, Actor]:
    case, _organization, actor, _ = decided()
    return apply_for_restoration(finding=case.findings.get(), text="欠款已付清", committed=True, actor=actor, clock=clock(DUE)), case, actor


# ---- restoration ---------------------------------------------------------------------------------------------------------


@covers("R94")
def test_an_application_is_sent_back_for_what_it_lacks_and_the_party_has_ten_working_days() -> None:
    one, _case, actor = applied()
    back = return_restoration(restoration=one, missing="请附银行回单", actor=officer(), clock=clock(DUE))
    assert (back.status, back.due_at, back.reason) == ("returned", add_working_days(venue(), DUE, 10), "请附银行回单")
    assert Notice.objects.filter(organization=one.organization, kind="compliance.restoration.returned", due_at=back.due_at).exists()
    again = supply_restoration(restoration=back, text="回单编号 88", actor=actor, clock=clock(DUE + timedelta(days=1)))
    assert again.status == "applied" and again.text.startswith("欠款已付清") and "回单编号 88" in again.text
    told = ["compliance.restoration.returned", "compliance.restoration.supplied"]
    assert Record.objects.filter(subject=one.code, kind__in=told).count() == 2


@covers("R94")
def test_what_does_not_come_ends_the_application_and_it_may_be_asked_for_again_at_once() -> None:
    one, case, actor = applied()
    taken = accept_restoration(restoration=one, actor=officer(), clock=clock(DUE))
    back = return_restoration(restoration=taken, missing="请附整改报告", actor=officer(), clock=clock(DUE))
    with pytest.raises(Rejected, match="not_reached"):
        lapse_restoration(restoration=back, clock=clock(back.due_at - timedelta(seconds=1)))
    with pytest.raises(Rejected, match="already_open"):
        apply_for_restoration(finding=case.findings.get(), text="再申请一次", committed=True, actor=actor, clock=clock(DUE))
    with pytest.raises(IntegrityError), transaction.atomic():
        Restoration.objects.create(code="RST-0000000000", finding=one.finding, organization=one.organization, text="x", applied_at=DUE)
    assert lapse_restoration(restoration=back, clock=clock(back.due_at)).status == "withdrawn"
    fresh = apply_for_restoration(finding=case.findings.get(), text="材料已齐", committed=True, actor=actor, clock=clock(back.due_at))
    assert fresh.status == "applied"


def test_only_a_desk_sends_back_only_with_words_and_only_the_party_supplies() -> None:
    one, _case, actor = applied()
    for who, missing, code in ((officer(), " ", "reason_missing"), (actor, "请附回单", "permission.denied")):
        with pytest.raises(Rejected, match=code):
            return_restoration(restoration=one, missing=missing, actor=who, clock=clock(DUE))
    back = return_restoration(restoration=one, missing="请附回单", actor=officer(), clock=clock(DUE))
    for who, said, code in ((make_actor(Role.DATA_MERCHANT), "回单在此", "absent"), (actor, "", "nothing_supplied")):
        with pytest.raises(Rejected, match=code):
            supply_restoration(restoration=back, text=said, actor=who, clock=clock(DUE))


@covers("R94", "H7")
def test_it_is_sent_back_on_its_page_and_supplied_on_the_partys() -> None:
    one, case, actor = applied()
    assert post(officer(), one.code, "return", reason="请附银行回单").status_code == 302
    shown = page_of(actor).get(f"/desk/credit/{case.code}/").content.decode()
    assert "补正修复申请" in shown and "请附银行回单" in shown
    assert page_of(actor).post(f"/desk/credit/{case.code}/", {"act": "supply", "text": "回单编号 88"}).status_code == 302
    one.refresh_from_db()
    assert one.status == "applied"


# ---- complaints ----------------------------------------------------------------------------------------------------------


def answered(by: Actor | None = None) -> tuple[Complaint, str, Actor]:
    made, key = complained()
    who = by or officer()
    taken = accept_complaint(complaint=made, actor=who, clock=clock())
    return close_complaint(complaint=taken, answer="未发现违法事实", actor=who, clock=clock()), key, who


OBJECTION = "样本第三行仍有真实手机号，请再核对"


@covers("R95", "I18")
def test_who_complained_objects_once_and_another_than_who_answered_decides() -> None:
    closed, key, who = answered()
    held = object_to_complaint(complaint=closed, key=key, text=OBJECTION, clock=clock())
    assert (held.status, held.due_at) == ("objected", add_working_days(venue(), NOW, 15))
    with pytest.raises(Rejected, match="already_took_part"):
        decide_complaint_objection(complaint=held, uphold=False, reason="维持原答复", actor=who, clock=clock())
    again = decide_complaint_objection(complaint=held, uphold=True, reason="样本确有号码", actor=regulator(), clock=clock())
    assert (again.status, again.closed_at) == ("handling", None)
    last = close_complaint(complaint=again, answer="已移送认定", actor=regulator(), clock=clock())
    with pytest.raises(Rejected, match="objected_already"):
        object_to_complaint(complaint=last, key=key, text=OBJECTION, clock=clock())


@covers("R95")
def test_a_rejected_objection_lets_the_answer_stand_and_no_reporter_is_named_by_it() -> None:
    made, key = complained()
    declined = decline_complaint(complaint=made, reason="不属本所职责", actor=officer(), clock=clock())
    held = object_to_complaint(complaint=declined, key=key, text=OBJECTION, clock=clock())
    done = decide_complaint_objection(complaint=held, uphold=False, reason="职责划分无误", actor=regulator(), clock=clock())
    assert done.status == "closed"
    for fact in Record.objects.filter(subject=made.code):
        assert "王某" not in str(fact.payload) and "手机号" not in str(fact.payload)
    assert Record.objects.get(subject=made.code, kind="compliance.complaint.objected").actor == SYSTEM.code


def test_an_objection_has_its_key_its_words_and_its_ten_working_days() -> None:
    closed, key, _who = answered()
    late = clock(add_working_days(venue(), NOW, 10))
    for given, said, at, code in (("wrong", OBJECTION, clock(), "absent"), (key, "不服", clock(), "incomplete"),
                                  (key, OBJECTION, late, "objection_late")):
        with pytest.raises(Rejected, match=code):
            object_to_complaint(complaint=closed, key=given, text=said, clock=at)


def test_nobody_decides_an_objection_by_silence() -> None:
    closed, key, _who = answered()
    held = object_to_complaint(complaint=closed, key=key, text=OBJECTION, clock=clock())
    with pytest.raises(Rejected, match="not_reached"):
        late_complaint_objection(complaint=held, clock=clock(held.due_at - timedelta(seconds=1)))
    flagged = late_complaint_objection(complaint=held, clock=clock(held.due_at))
    assert (flagged.status, flagged.overdue) == ("objected", True)


@covers("R95", "H8")
def test_the_page_takes_the_objection_and_the_desks_page_decides_it_and_hands_out_the_file(client: Client) -> None:
    from evidence.operations import drain

    set_market_clock(NOW, 0)
    closed, key, _who = answered()
    page = f"/complaints/{closed.code}/"
    assert "对答复不服" in client.get(f"{page}?key={key}").content.decode()
    assert client.post(page, {"key": key, "act": "object", "text": "短"}).status_code == 400
    assert client.post(page, {"key": key, "act": "object", "text": OBJECTION}).status_code == 200
    judge = regulator()
    assert OBJECTION in page_of(judge).get(f"/admin/cases/{closed.code}/").content.decode()
    assert post(judge, closed.code, "uphold", reason="样本确有号码").status_code == 302
    drain()
    made = page_of(judge).get(f"/admin/cases/{closed.code}/bundle/")
    assert made.status_code == 200 and "compliance.complaint.objected" in made.content.decode() and "王某" not in made.content.decode()
    assert page_of(make_actor(Role.VENUE_OPERATOR)).get(f"/admin/cases/{closed.code}/bundle/").status_code == 403


@covers("I18", "T42")
def test_a_deputy_takes_no_second_step_after_who_he_stands_in_for() -> None:
    """Confirming a filing, a second opinion, an objection to a finding: all ask this one question."""
    boss = make_user(Role.REGULATOR)
    deputy = make_user(Role.SURVEILLANCE, organization=boss.acting_for)
    refuse_same_person(actor_of(deputy), boss.pk, at=NOW)
    name_deputy(deputy=deputy, role=Role.REGULATOR, effective_from=NOW, effective_to=NOW + timedelta(days=5), reason="年假五日",
                actor=actor_of(boss), clock=clock())
    for one, other in ((deputy, boss), (boss, deputy)):
        with pytest.raises(Rejected, match="already_took_part"):
            refuse_same_person(actor_of(one), None, other.pk, at=NOW)
    refuse_same_person(actor_of(deputy), boss.pk, at=NOW + timedelta(days=5))
