"""What a page shows of joint work (R81): both authorities, both opinions, what this one may do now; and how a matter gets into joint work.

A complaint and an alert are asked about on their own pages and in their queues: the case that is worked in opens with the question.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import translation

from compliance.joint import UNDER_WAY, VIEWS, joint_of
from compliance.joint_opening import case_about, open_joint
from compliance.models import Case, Complaint, ComplaintKind, JointCase, JointOpinion
from compliance.states import CaseStatus, JointStatus
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.permissions import allowed
from participants.roles import OrganizationKind
from trading.models import SurveillanceAlert

__all__ = ["ask_about", "joint_file", "joint_start", "other_authorities", "partner_of"]

_ASK = "compliance.joint.ask"


def other_authorities(actor: Actor) -> QuerySet[Organization]:
    """This will list the authorities that can be asked in: all but one's own."""
    found = Organization.objects.filter(kind=OrganizationKind.AUTHORITY, closed_at__isnull=True)
    return found.exclude(pk=actor.organization_id or 0).order_by("code")[:50]


def partner_of(data: QueryDict) -> Organization:
    """This will return the authority that a form names."""
    partner = Organization.objects.filter(code=data.get("partner", "")[:16]).first()
    if partner is None:
        raise Rejected("participants.object.absent")
    return partner


def _open_acts(joint: JointCase, actor: Actor, opinions: list[JointOpinion]) -> list[str]:
    ours, given = actor.organization_id, {row.organization_id for row in opinions}
    if ours not in {joint.lead_id, joint.partner_id} or joint.status not in UNDER_WAY:
        return []
    if joint.status == JointStatus.INVITED:
        return ["join", "decline"] if ours == joint.asked.pk else []
    if ours not in given:
        return ["opine"]
    whole = joint.status == JointStatus.LATE or {joint.lead_id, joint.partner_id} <= given
    return ["conclude"] if ours == joint.lead_id and whole else []


@covers("R81")
def joint_file(one: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather the joint work on a case: who leads, both opinions, and what this authority may do in it now."""
    joint = joint_of(one)
    opinions = list(joint.opinions.select_related("organization").order_by("pk")) if joint else []
    able = joint is not None and allowed(actor, "compliance.joint.work", at=now)
    asks = (joint is None or joint.status not in UNDER_WAY) and one.status != CaseStatus.CLOSED
    others = list(other_authorities(actor)) if asks and allowed(actor, _ASK, subject=one, at=now) else []
    return {"joint": joint, "joint_acts": _open_acts(joint, actor, opinions) if able and joint else [], "joint_views": VIEWS,
            "joint_opinions": [(row, VIEWS[row.view]) for row in opinions], "joint_others": others}


@covers("R81")
def joint_start(matter: Complaint | SurveillanceAlert, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather the joint work on a complaint or an alert: read here, worked in its case; asked for here while none is under way."""
    case = case_about(matter.code) or Case.objects.filter(subject_code=matter.code, joints__isnull=False).order_by("-pk").first()
    found = joint_file(case, actor, now) if case is not None else {"joint": None, "joint_views": VIEWS, "joint_opinions": []}
    joint = found["joint"]
    under_way = joint is not None and joint.status in UNDER_WAY
    asks = not under_way and allowed(actor, _ASK, subject=matter, at=now)
    return {**found, "joint_acts": [], "joint_case": case if joint is not None else None,
            "joint_others": list(other_authorities(actor)) if asks else []}


def _party(matter: SurveillanceAlert, actor: Actor, now: datetime) -> Organization | None:
    """The party an alert's case stands under: the first that lies in the asker's field."""
    parties = list(Organization.objects.filter(code__in=matter.parties).order_by("code"))
    return next((one for one in parties if allowed(actor, _ASK, subject=one, at=now)), parties[0] if parties else None)


def ask_about(matter: Complaint | SurveillanceAlert, data: QueryDict, actor: Actor) -> JointCase:
    """This will ask another authority into a complaint or an alert, from its page or its queue. A complaint's case names no party:
    who complained stays with the desk it was routed to."""
    told: dict[str, Any] = {"subject_kind": "complaint", "title": _complaint_words(matter)} if isinstance(matter, Complaint) else {
        "subject_kind": "alert", "title": matter.titles, "organization": _party(matter, actor, MARKET_CLOCK.now())}
    return open_joint(subject=matter, **told, partner=partner_of(data), reason=data.get("reason", "").strip()[:4000],
                      partner_leads=data.get("lead") == "partner", actor=actor, clock=MARKET_CLOCK)


def _complaint_words(matter: Complaint) -> tuple[str, str]:
    """What the complaint is about, in both languages, and its code: never who complained."""
    found = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            found.append(f"{ComplaintKind(matter.kind).label} {matter.code}")
    return found[0], found[1]
