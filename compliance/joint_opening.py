"""Where joint work begins (R81): from a complaint, an alert or a queue as well as from a case that is open already.

Whoever sees in the first look that a matter lies in another authority's field too need not open a case by hand: the matter's open case is
taken, or one is opened for it, and the question is put in the same transaction. Nothing of a reporter goes into the case's title or text.
"""

from __future__ import annotations

from typing import Any

from compliance.cases import open_case
from compliance.joint import begin_joint
from compliance.models import Case, CaseKind, JointCase
from compliance.moves import locked
from compliance.states import CaseStatus
from evidence.operations import operation
from kit.actors import Actor
from kit.clock import Clock, FixedClock
from kit.coverage import covers
from participants.models import Organization
from participants.permissions import require

__all__ = ["case_about", "open_joint"]


def case_about(code: str) -> Case | None:
    """This will return the open case about an object, the one joint work would be done in; None while there is none."""
    return Case.objects.filter(subject_code=code).exclude(status=CaseStatus.CLOSED).order_by("pk").first()


@covers("R81", "H3")
@operation("compliance.joint.open")
def open_joint(*, subject: Any, subject_kind: str, title: tuple[str, str], organization: Organization | None = None,
               partner: Organization, reason: str, partner_leads: bool = False, actor: Actor, clock: Clock) -> JointCase:
    """This will ask another authority into a matter (``subject``, an object with a code), in its open case or in one opened for it."""
    matter = locked(subject)
    at = clock.now()
    require(actor, "compliance.joint.ask", subject=matter, at=at)
    case = case_about(matter.code) or open_case(
        kind=CaseKind.OTHER, subject_kind=subject_kind, subject_code=matter.code, organization=organization,
        title=(f"联合办理：{title[0]}"[:200], f"Joint work: {title[1]}"[:200]), actor=actor, clock=FixedClock(at))
    return begin_joint(locked(case), partner=partner, reason=reason, partner_leads=partner_leads, actor=actor, at=at)
