"""Reciprocity 对等 (R66, DSL 26, PIPL 43): how a jurisdiction treats us, written by two of the authority, read at every export."""

from __future__ import annotations

from datetime import datetime

from compliance.events import JurisdictionSet
from compliance.models import JurisdictionStance, Stance
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Approval
from participants.operations import ask_approval, decide_approval
from participants.permissions import require

__all__ = ["decide_stance", "propose_stance", "stance_of", "stances_at"]

_SET = "compliance.jurisdiction.set"


def stance_of(jurisdiction: str, *, at: datetime) -> JurisdictionStance | None:
    """This will return the stance on file at ``at``; None where there is none."""
    rows = JurisdictionStance.objects.filter(jurisdiction=jurisdiction.upper(), effective_from__lte=at).exclude(effective_to__lte=at)
    return rows.order_by("-effective_from").first()


def stances_at(at: datetime) -> list[JurisdictionStance]:
    """This will return every stance on file at ``at``, place by place."""
    rows = JurisdictionStance.objects.filter(effective_from__lte=at).exclude(effective_to__lte=at)
    return list(rows.order_by("jurisdiction"))


@covers("R66")
@operation("compliance.jurisdiction.propose")
def propose_stance(*, jurisdiction: str, stance: str, basis: str, actor: Actor, clock: Clock) -> Approval:
    """This will put a jurisdiction's stance before a second regulator ('' takes it off the file)."""
    at = clock.now()
    require(actor, _SET, at=at)
    code = jurisdiction.strip().upper()
    foreign = len(code) == 2 and code.isascii() and code.isalpha() and code != "CN"
    if not foreign or stance not in {"", *Stance.values} or not basis.strip():
        raise Rejected("compliance.jurisdiction.faulty")
    return ask_approval(act=_SET, subject=f"JUR-{code}", payload={"jurisdiction": code, "stance": stance, "basis": basis.strip()[:200]},
                        actor=actor, at=at)


@covers("R66", "I18")
@operation("compliance.jurisdiction.decide")
def decide_stance(*, approval: Approval, agree: bool, reason: str, actor: Actor, clock: Clock) -> JurisdictionStance | None:
    """This will write the stance from now on, by the second regulator; the one before ends, its period stays on file."""
    at = clock.now()
    require(actor, _SET, at=at)
    asked = decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at).payload
    if not agree:
        return None
    JurisdictionStance.objects.filter(jurisdiction=asked["jurisdiction"], effective_to__isnull=True,
                                      effective_from__lt=at).update(effective_to=at)
    made = JurisdictionStance.objects.create(jurisdiction=asked["jurisdiction"], stance=asked["stance"], basis=asked["basis"],
                                             effective_from=at) if asked["stance"] else None
    record(JurisdictionSet(subject=f"JUR-{asked['jurisdiction']}", stance=asked["stance"], basis=asked["basis"]), actor=actor, at=at)
    return made
