"""What a case page shows of joint work on it (R81): both authorities, both opinions, and what this one may do now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compliance.joint import UNDER_WAY, VIEWS, joint_of
from compliance.models import Case, JointCase, JointOpinion
from compliance.states import CaseStatus, JointStatus
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Organization
from participants.permissions import allowed
from participants.roles import OrganizationKind

__all__ = ["joint_file"]


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
    others = Organization.objects.none()
    if asks and allowed(actor, "compliance.joint.ask", subject=one, at=now):
        others = Organization.objects.filter(kind=OrganizationKind.AUTHORITY, closed_at__isnull=True).exclude(pk=actor.organization_id or 0)
    return {"joint": joint, "joint_acts": _open_acts(joint, actor, opinions) if able and joint else [], "joint_views": VIEWS,
            "joint_opinions": [(row, VIEWS[row.view]) for row in opinions], "joint_others": list(others.order_by("code")[:50])}
