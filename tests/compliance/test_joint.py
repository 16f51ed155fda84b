"""R81: supervisors see and decide what their sectors and regions take in; a joint case is two authorities with an opinion each."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.models import Case, CaseEntry, JointCase
from compliance.operations import (
    answer_joint,
    ask_joint,
    claim_case,
    close_case,
    conclude_joint,
    give_opinion,
    lapse_joint,
    note_case,
    open_case,
    open_conduct_case,
)
from compliance.tasks import act_on_deadlines
from evidence.clock import MARKET_CLOCK
from exchange.supervision import queues
from exchange.supervision.fields import kept
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import FieldExtension, Membership, Organization, PartyProfile, User
from participants.people import invite_member
from participants.permissions import allowed, refuse_outside
from participants.predicates import standpoint
from participants.roles import OrganizationKind, Role
from participants.timers import after
from tests.factories import NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db


def party(region: str, sector: str) -> Organization:
    one = make_organization()
    PartyProfile.objects.create(organization=one, region=region, sector=sector, updated_at=NOW)
    return one


def supervisor(*, sectors: tuple[str, ...] = (), regions: tuple[str, ...] = (), role: str = Role.REGULATOR,
               authority: Organization | None = None) -> Actor:
    """A supervisor whose field is these sectors and regions."""
    actor = make_actor(role, **({"organization": authority} if authority else {}))
    Membership.objects.filter(organization_id=actor.organization_id, person__users=actor.user_id).update(
        sectors=list(sectors), regions=list(regions))
    return actor


def case_of(one: Organization, subject: str = "TRD-0000000001") -> Case:
    return open_case(kind="other", subject_kind="trade", subject_code=subject, title=("核查", "A check"), organization=one, actor=SYSTEM,
                     clock=clock())


def refused(act: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        act()
    assert caught.value.text("title", "zh") and caught.value.text("title", "en")
    return caught.value


#: region and sector of a party; the supervisor's sectors and regions; whether it is in the field
FIELDS = [
    (("310115", "I"), (), (), True),
    (("310115", "I"), ("I",), (), True),
    (("310115", "I"), ("J",), (), False),
    (("310115", "I"), (), ("310000",), True),
    (("310115", "I"), (), ("31",), True),
    (("310115", "I"), (), ("310115",), True),
    (("310115", "I"), (), ("310100",), True),
    (("310115", "I"), (), ("310104",), False),
    (("310115", "I"), ("I",), ("320000",), False),
    (("310115", "I"), ("I", "J"), ("320000", "310000"), True),
    (("", ""), (), (), True),
    (("", ""), ("I",), (), False),
    (("", "I"), (), ("310000",), False),
]


@covers("R81")
@pytest.mark.parametrize(("told", "sectors", "regions", "inside"), FIELDS)
def test_act_list_and_page_draw_the_field_alike(told: tuple[str, str], sectors: tuple[str, ...], regions: tuple[str, ...], inside: bool
                                                ) -> None:
    case, actor = case_of(party(*told)), supervisor(sectors=sectors, regions=regions)
    assert allowed(actor, "compliance.case.work", subject=case, at=NOW) is inside
    listed = kept("cases", Case.objects.all(), actor, standpoint(actor, NOW))
    assert (case in listed) is inside
    if inside:
        claim_case(case=case, actor=actor, clock=clock())
        refuse_outside(actor, case, NOW)
    else:
        for act in (lambda: claim_case(case=case, actor=actor, clock=clock()), lambda: refuse_outside(actor, case, NOW)):
            no = refused(act)
            assert no.code == "participants.permission.out_of_scope"
            assert all(one in no.text("detail", "zh") for one in (*sectors, *regions)), "the words name the field"


@covers("R81")
def test_the_naive_list_shows_what_its_reader_may_not_act_on() -> None:
    """A desk that filters nothing lists a stranger's case; ours lists only what may be opened."""
    far, actor = case_of(party("440300", "J")), supervisor(sectors=("I",))
    naive = list(Case.objects.by_deadline())
    assert far in naive and not allowed(actor, "compliance.case.work", subject=far, at=NOW)
    assert far.code not in {work.code for work in queues.queue("cases", actor, MARKET_CLOCK.now())}
    assert far.code in {work.code for work in queues.queue("cases", supervisor(), MARKET_CLOCK.now())}, "the whole field misses nothing"


@covers("R81")
def test_a_role_with_the_whole_field_is_not_narrowed_by_another_that_is_bounded() -> None:
    case, actor = case_of(party("440300", "J")), supervisor(sectors=("I",))
    user = User.objects.get(pk=actor.user_id)
    assert user.person is not None
    Membership.objects.create(person=user.person, organization_id=actor.organization_id, role=Role.SURVEILLANCE, effective_from=NOW)
    assert allowed(actor, "compliance.case.work", subject=case, at=NOW), "as surveillance"
    assert not allowed(actor, "compliance.conduct.decide", subject=case, at=NOW), "which is the regulator's alone"


@covers("R81")
def test_nobody_is_accused_from_outside_the_field() -> None:
    no = refused(lambda: open_conduct_case(organization=party("440300", "J"), conduct="late_report", subject_code="TRD-0000000001",
                                           text="报告逾期", actor=supervisor(regions=("31",)), clock=clock()))
    assert no.code == "participants.permission.out_of_scope"


@covers("R81")
def test_a_field_is_given_to_overseers_only_and_in_known_codes() -> None:
    authority, merchant = make_organization(kind=OrganizationKind.AUTHORITY, admitted=False), make_organization()
    given = {"name": "周监管", "identity": "110101199003070011", "username": "zhoujianguan", "actor": SYSTEM, "clock": clock()}
    member, _ = invite_member(organization=authority, role=Role.REGULATOR, sectors=["J", "I"], regions=["310000"], **given)
    assert (member.sectors, member.regions) == (["I", "J"], ["310000"])
    other = {**given, "identity": "110101199003070038", "username": "other"}
    assert refused(lambda: invite_member(organization=authority, role=Role.REGULATOR, sectors=["金融"], **other)
                   ).code == "participants.member.scope_faulty"
    assert refused(lambda: invite_member(organization=authority, role=Role.REGULATOR, regions=["3101151"], **other)
                   ).code == "participants.member.scope_faulty"
    assert refused(lambda: invite_member(organization=merchant, role=Role.BUYER, sectors=["I"], **other)
                   ).code == "participants.member.scope_unfit"


# ---- joint cases ---------------------------------------------------------------------------------------------------------------


def two() -> tuple[Case, Actor, Actor]:
    """A case of one field, its regulator, and one of another field and authority."""
    return case_of(party("310115", "I")), supervisor(sectors=("I",)), supervisor(sectors=("J",))


def authority_of(actor: Actor) -> Organization:
    return Organization.objects.get(pk=actor.organization_id)


def joined() -> tuple[JointCase, Actor, Actor]:
    case, ours, theirs = two()
    joint = ask_joint(case=case, partner=authority_of(theirs), reason="数据兼属金融业", actor=ours, clock=clock())
    return answer_joint(joint=joint, join=True, reason="同意共同办理", actor=theirs, clock=clock()), ours, theirs


@covers("R81")
def test_two_authorities_work_one_case_each_with_its_own_opinion_and_the_lead_concludes() -> None:
    joint, ours, theirs = joined()
    case = joint.case
    refuse_outside(theirs, case, NOW)
    assert case.code in {work.code for work in queues.queue("cases", theirs, MARKET_CLOCK.now())}, "joined: in the other's list too"
    assert refused(lambda: conclude_joint(joint=joint, text="未见异常情形", actor=ours, clock=clock())
                   ).code == "compliance.joint.opinion_missing"
    give_opinion(joint=joint, view="in_order", text="价格在同类之内", actor=ours, clock=clock())
    assert refused(lambda: give_opinion(joint=joint, view="finding", text="改主意了", actor=ours, clock=clock())
                   ).code == "compliance.joint.opinion_given"
    give_opinion(joint=joint, view="finding", text="受益人相同", actor=theirs, clock=clock())
    assert refused(lambda: conclude_joint(joint=joint, text="应予认定", actor=theirs, clock=clock())).code == "compliance.joint.not_lead"
    claim_case(case=case, actor=ours, clock=clock())
    assert refused(lambda: close_case(case=case, outcome="in_order", text="办结", actor=ours, clock=clock())
                   ).code == "compliance.joint.open"
    done = conclude_joint(joint=joint, text="两机关意见不一，转失信认定程序", actor=ours, clock=clock())
    assert (done.status, [one.view for one in done.opinions.order_by("pk")]) == ("concluded", ["in_order", "finding"])
    told = list(CaseEntry.objects.filter(case=case, act__startswith="joint_").order_by("pk").values_list("act", flat=True))
    assert told == ["joint_ask", "joint_join", "joint_opine", "joint_opine", "joint_conclude"], "one timeline holds it all"
    close_case(case=case, outcome="finding_opened", text="办结", actor=ours, clock=clock())
    assert refused(lambda: refuse_outside(theirs, case, NOW)).code == "participants.permission.out_of_scope", "the door closes again"
    assert not FieldExtension.objects.filter(effective_to__isnull=True).exists()


@covers("R81")
def test_the_other_authority_may_be_named_the_lead() -> None:
    case, ours, theirs = two()
    joint = ask_joint(case=case, partner=authority_of(theirs), reason="对方为主管机关", partner_leads=True, actor=ours, clock=clock())
    assert (joint.lead_id, joint.asked.pk) == (theirs.organization_id, theirs.organization_id)
    assert refused(lambda: answer_joint(joint=joint, join=True, reason="自己应允", actor=ours, clock=clock())
                   ).code == "compliance.joint.other_answers"


@covers("R81")
def test_who_may_not_ask_and_who_cannot_be_asked() -> None:
    case, ours, theirs = two()
    asks = {"case": case, "reason": "兼属两业", "clock": clock()}
    assert refused(lambda: ask_joint(partner=authority_of(ours), actor=theirs, **asks)).code == "participants.permission.out_of_scope"
    for nobody in (authority_of(ours), make_organization()):
        assert refused(lambda nobody=nobody: ask_joint(partner=nobody, actor=ours, **asks)).code == "compliance.joint.no_authority"
    assert refused(lambda: ask_joint(partner=authority_of(theirs), actor=make_actor(Role.AUDITOR), **asks)
                   ).code == "participants.permission.denied"
    joint = ask_joint(partner=authority_of(theirs), actor=ours, **asks)
    assert refused(lambda: ask_joint(partner=authority_of(theirs), actor=ours, **asks)).code == "compliance.joint.under_way"
    assert refused(lambda: give_opinion(joint=joint, view="in_order", text="尚未应允", actor=ours, clock=clock())
                   ).code == "compliance.joint.illegal_move"
    assert refused(lambda: answer_joint(joint=joint, join=True, reason="旁人应允", actor=supervisor(), clock=clock())
                   ).code == "compliance.joint.not_yours"


@covers("R81")
def test_declined_the_file_closes_to_the_other_authority() -> None:
    case, ours, theirs = two()
    joint = ask_joint(case=case, partner=authority_of(theirs), reason="兼属两业", actor=ours, clock=clock())
    refuse_outside(theirs, case, NOW)
    assert answer_joint(joint=joint, join=False, reason="不在本机关职责", actor=theirs, clock=clock()).status == "declined"
    assert refused(lambda: refuse_outside(theirs, case, NOW)).code == "participants.permission.out_of_scope"
    note_case(case=claim_case(case=case, actor=ours, clock=clock()), text="单独办理", actor=ours, clock=clock())


@covers("R81")
def test_no_deadline_decides_silence_lapses_the_question_and_a_late_opinion_is_marked() -> None:
    case, ours, theirs = two()
    silent = ask_joint(case=case, partner=authority_of(theirs), reason="兼属两业", actor=ours, clock=clock())
    due = after("joint.answer", NOW)
    assert refused(lambda: lapse_joint(joint=silent, clock=clock())).code == "compliance.deadline.not_reached"
    act_on_deadlines(clock(due))
    silent.refresh_from_db()
    assert silent.status == "lapsed"
    joint, ours, _ = joined()
    give_opinion(joint=joint, view="in_order", text="价格在同类之内", actor=ours, clock=clock())
    act_on_deadlines(clock(after("joint.opinion", NOW)))
    joint.refresh_from_db()
    assert joint.status == "late" and joint.conclusion == "", "marked, not concluded"
    done = conclude_joint(joint=joint, text="据在案意见作结", actor=ours, clock=clock(after("joint.opinion", NOW)))
    assert (done.status, done.opinions.count()) == ("concluded", 1)
