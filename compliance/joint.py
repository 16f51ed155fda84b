"""Joint cases 联合办理 (R81): an authority asks another into a case; both give an opinion of their own, the lead named concludes.

The question opens the case's file to the other authority beyond the fields of its people, joining opens its object too, until the end.
No deadline decides: silence to the question lapses it, a missing opinion is marked and the lead may go on without, with that on file.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from compliance.catalogue import hash_of
from compliance.joint_events import joint_moved
from compliance.models import Case, CaseEntry, JointCase, JointOpinion
from compliance.moves import locked, step
from compliance.states import JOINT, CaseStatus, JointStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import FieldExtension, Organization
from participants.operations import notify
from participants.permissions import require
from participants.roles import OrganizationKind
from participants.timers import after

__all__ = ["UNDER_WAY", "VIEWS", "answer_joint", "ask_joint", "begin_joint", "conclude_joint", "give_opinion", "joint_of", "lapse_joint",
           "over_joints", "refuse_unjoined"]

UNDER_WAY = (JointStatus.INVITED, JointStatus.RUNNING, JointStatus.LATE)
#: what an authority may hold
VIEWS: dict[str, tuple[str, str]] = {"in_order": ("无异常", "in order"), "finding": ("应予认定", "a finding is due"),
                                     "refer": ("移送其他机关", "to be referred to another body")}
_FAULT = "compliance.joint.faulty"


def joint_of(case: Case) -> JointCase | None:
    """This will return the joint work on a case that is under way, else the newest that ended."""
    rows = case.joints.select_related("lead", "partner", "asker").order_by("-pk")
    return rows.filter(status__in=UNDER_WAY).first() or rows.first()


def _words(text: str) -> str:
    if len(text.strip()) < 4:
        raise Rejected(_FAULT, errors=[FieldFault("reason", "missing", ("请写明理由，至少四个字", "Give reasons, at least four letters"))])
    return text.strip()[:4000]


def _tell(held: JointCase, act: str, before: str, *, actor: Actor, at: datetime, text: str, view: str = "", by: str = "") -> JointCase:
    """One line in the case's timeline for both to read, one fact; what was said stays in this room."""
    CaseEntry.objects.create(case=held.case, act=f"joint_{act}", actor=actor.code, text=text, at=at)
    record(joint_moved[act](subject=held.code, case=held.case.code, lead=held.lead.code, partner=held.partner.code, from_status=before,
                            to_status=held.status, due_at=held.due_at, by=by, view=view, text_hash=hash_of(text) if text else ""),
           actor=actor, at=at)
    return held


def _say(held: JointCase, to: Organization, text: tuple[str, str], *, at: datetime) -> None:
    notify(organization=to, kind="compliance.joint.moved", tone="wait" if held.due_at else "info", subject=held.code,
           href=f"/admin/cases/{held.case.code}/", due_at=held.due_at, at=at, text=text)


def _worked(joint: JointCase, actor: Actor, clock: Clock) -> tuple[JointCase, datetime]:
    """The joint row after its case, as every act takes them; a stranger to it finds nothing."""
    locked(joint.case)
    held = locked(joint)
    at = clock.now()
    require(actor, "compliance.joint.work", at=at)
    if actor.organization_id not in {held.lead_id, held.partner_id}:
        raise Rejected("compliance.joint.not_yours", joint=held.code)
    return held, at


def _let_in(held: JointCase, authority: Organization, code: str, at: datetime) -> None:
    FieldExtension.objects.get_or_create(organization=authority, subject=code, cause_code=held.code, defaults={"effective_from": at})


def _let_out(held: JointCase, at: datetime) -> None:
    FieldExtension.objects.filter(cause_code=held.code, effective_to__isnull=True).update(effective_to=at)


@covers("R81")
@operation("compliance.joint.ask")
def ask_joint(*, case: Case, partner: Organization, reason: str, partner_leads: bool = False, actor: Actor, clock: Clock) -> JointCase:
    """This will ask another authority into a case that lies in both fields, and name which of the two leads."""
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.joint.ask", subject=held, at=at)
    return begin_joint(held, partner=partner, reason=reason, partner_leads=partner_leads, actor=actor, at=at)


def begin_joint(held: Case, *, partner: Organization, reason: str, partner_leads: bool, actor: Actor, at: datetime) -> JointCase:
    """This will put the question to the other authority, in the caller's transaction; both may read the case's file from now on."""
    said = _words(reason)
    ours = Organization.objects.get(pk=actor.organization_id or 0)
    if partner.kind != OrganizationKind.AUTHORITY or partner.pk == ours.pk or partner.closed_at is not None:
        raise Rejected("compliance.joint.no_authority", organization=partner.short_name)
    if held.status == CaseStatus.CLOSED:
        raise Rejected("compliance.joint.case_closed", case=held.code)
    if held.joints.filter(status__in=UNDER_WAY).exists():
        raise Rejected("compliance.joint.under_way", case=held.code)
    lead, other = (partner, ours) if partner_leads else (ours, partner)
    assert actor.user_id is not None
    made = JointCase.objects.create(code=new_code("JNT"), case=held, lead=lead, partner=other, asked_by_id=actor.user_id, asker=ours,
                                    reason=said, asked_at=at, due_at=after("joint.answer", at))
    for one in made.authorities():
        _let_in(made, one, held.code, at)
    _say(made, partner, (f"{ours.short_name}请贵机构联合办理 {held.code}：{said}",
                         f"{ours.short_name_en or ours.short_name} asks you to work on {held.code} jointly: {said}"), at=at)
    return _tell(made, "ask", "", actor=actor, at=at, text=said, by=ours.code)


@covers("R81")
@operation("compliance.joint.answer")
def answer_joint(*, joint: JointCase, join: bool, reason: str, actor: Actor, clock: Clock) -> JointCase:
    """This will join, or decline with a reason, by the authority that was asked; joining opens case and object to it."""
    held, at = _worked(joint, actor, clock)
    if actor.organization_id != held.asked.pk:
        raise Rejected("compliance.joint.other_answers", organization=held.asked.short_name)
    said = _words(reason)
    before = step(held, JOINT, "join" if join else "decline", "joint")
    held.due_at, held.ended_at = (after("joint.opinion", at), None) if join else (None, at)
    held.save()
    if join:
        _let_in(held, held.asked, held.case.subject_code, at)
    else:
        _let_out(held, at)
    _say(held, held.asker, (f"{held.case.code} 的联合办理{'已应允' if join else '未获应允'}：{said}",
                            f"Joint work on {held.case.code} is {'accepted' if join else 'declined'}: {said}"), at=at)
    return _tell(held, "join" if join else "decline", before, actor=actor, at=at, text=said, by=held.asked.code)


@covers("R81")
@operation("compliance.joint.opine")
def give_opinion(*, joint: JointCase, view: str, text: str, actor: Actor, clock: Clock) -> JointOpinion:
    """This will put one authority's own opinion on file, once; the other's neither binds it nor is changed by it."""
    held, at = _worked(joint, actor, clock)
    said = _words(text)
    if view not in VIEWS:
        raise Rejected(_FAULT, errors=[FieldFault("view", "unknown", ("请选择意见", "Choose an opinion"))])
    if held.status not in {JointStatus.RUNNING, JointStatus.LATE}:
        step(held, JOINT, "conclude", "joint")
    assert actor.organization_id is not None
    if held.opinions.filter(organization_id=actor.organization_id).exists():
        raise Rejected("compliance.joint.opinion_given", joint=held.code)
    assert actor.user_id is not None
    ours = Organization.objects.get(pk=actor.organization_id)
    made = JointOpinion.objects.create(joint=held, organization=ours, view=view, text=said, by_id=actor.user_id, at=at)
    other = held.partner if ours.pk == held.lead_id else held.lead
    _say(held, other, (f"{ours.short_name}对 {held.case.code} 的意见：{VIEWS[view][0]}。",
                       f"{ours.short_name_en or ours.short_name} holds about {held.case.code}: {VIEWS[view][1]}."), at=at)
    _tell(held, "opine", held.status, actor=actor, at=at, text=f"{VIEWS[view][0]} / {VIEWS[view][1]}：{said}", view=view, by=ours.code)
    return made


@covers("R81")
@operation("compliance.joint.conclude")
def conclude_joint(*, joint: JointCase, text: str, actor: Actor, clock: Clock) -> JointCase:
    """This will conclude by the lead, once both opinions are in (or the other's is late): where they differ, the reasons say why."""
    held, at = _worked(joint, actor, clock)
    if actor.organization_id != held.lead_id:
        raise Rejected("compliance.joint.not_lead", organization=held.lead.short_name)
    said = _words(text)
    given = {one.organization_id: one.view for one in held.opinions.all()}
    if held.lead_id not in given or (held.status == JointStatus.RUNNING and held.partner_id not in given):
        raise Rejected("compliance.joint.opinion_missing", joint=held.code)
    before = step(held, JOINT, "conclude", "joint")
    held.conclusion, held.ended_at, held.due_at = said, at, None
    held.save()
    _let_out(held, at)
    _say(held, held.partner, (f"{held.case.code} 的联合办理已有结论：{said}",
                              f"Joint work on {held.case.code} is concluded: {said}"), at=at)
    return _tell(held, "conclude", before, actor=actor, at=at, text=said, by=held.lead.code)


@covers("R81")
def refuse_unjoined(case: Case) -> None:
    """This will refuse to close a case over the head of an authority that works on it too."""
    if case.joints.filter(status__in=UNDER_WAY).exists():
        raise Rejected("compliance.joint.open", case=case.code)


def over_joints(at: datetime) -> QuerySet[JointCase]:
    """This will list joint work whose term has ended: questions nobody answered, opinions nobody gave."""
    return JointCase.objects.filter(status__in=[JointStatus.INVITED, JointStatus.RUNNING], due_at__lte=at).order_by("due_at")


@covers("R81")
@operation("compliance.joint.lapse")
def lapse_joint(*, joint: JointCase, clock: Clock) -> JointCase:
    """This will end a question that was not answered, and mark opinions that are late; nothing is decided by it."""
    locked(joint.case)
    held = locked(joint)
    at = clock.now()
    if held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    if held.status == JointStatus.INVITED:
        before = step(held, JOINT, "lapse", "joint")
        held.due_at, held.ended_at = None, at
        held.save()
        _let_out(held, at)
        _say(held, held.asker, (f"{held.case.code} 的联合办理未获答复。", f"Joint work on {held.case.code} was not answered."), at=at)
        return _tell(held, "lapse", before, actor=SYSTEM, at=at, text="期限内没有答复 / no answer in time")
    before = step(held, JOINT, "miss", "joint")
    held.due_at = None
    held.save()
    for one in held.authorities():
        _say(held, one, (f"{held.case.code} 的联合办理：意见逾期，牵头机关可据在案意见作结。",
                         f"Joint work on {held.case.code}: an opinion is late; the lead may conclude on what is on file."), at=at)
    return _tell(held, "miss", before, actor=SYSTEM, at=at, text="意见逾期 / an opinion is late")
