"""Capabilities 权能: one is cut with a hold, for a reason and a term, and restored when its last hold is lifted (A3, R87)."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.events import CapabilityHeld, CapabilityLifted
from participants.models import CapabilityHold, Organization
from participants.notices import notify
from participants.permissions import require
from participants.roles import Capability

__all__ = ["hold_capability", "lapse_holds", "lift_capability", "lift_holds"]


@covers("R87", "A3")
@operation("participants.capability.hold")
def hold_capability(*, organization: Organization, capability: str, reason_code: str, reason: str, basis: str = "",
                    until: datetime | None = None, actor: Actor, at: datetime) -> CapabilityHold:
    """This will cut one capability of an organisation, for a reason, until ``until`` or until lifted."""
    require(actor, "participants.capability.hold", subject=organization, at=at)
    hold = CapabilityHold.objects.create(
        organization=organization, capability=Capability(capability), reason_code=reason_code, reason=reason, ordered_by=actor.code,
        basis=basis, placed_at=at, until=until)
    record(CapabilityHeld(subject=organization.code, capability=capability, reason_code=reason_code, basis=basis, until=until),
           actor=actor, at=at)
    label = Capability(capability).label
    notify(organization=organization, kind="participants.capability.held", tone="held", href="/desk/organisation/", due_at=until, at=at,
           text=(f"权能“{label}”已暂停：{reason}", f"The capability “{capability}” is on hold: {reason}"))
    return hold


def lift_capability(*, hold: CapabilityHold, reason: str, actor: Actor, at: datetime) -> CapabilityHold:
    """This will lift a hold; lifting it again changes nothing."""
    hold.refresh_from_db()
    return hold if hold.lifted_at else _lift(hold=hold, reason=reason, actor=actor, at=at)


@operation("participants.capability.lift")
def _lift(*, hold: CapabilityHold, reason: str, actor: Actor, at: datetime) -> CapabilityHold:
    require(actor, "participants.capability.lift", subject=hold.organization, at=at)
    held = CapabilityHold.objects.select_for_update(no_key=True).select_related("organization").get(pk=hold.pk)
    held.lifted_at = at
    held.save(update_fields=["lifted_at"])
    record(CapabilityLifted(subject=held.organization.code, capability=held.capability, reason=reason), actor=actor, at=at)
    notify(organization=held.organization, kind="participants.capability.lifted", tone="ok", href="/desk/organisation/", at=at,
           text=(f"权能“{held.get_capability_display()}”已恢复：{reason}", f"The capability “{held.capability}” is restored: {reason}"))
    return held


def lift_holds(*, organization: Organization, reason_code: str, reason: str, actor: Actor, at: datetime) -> int:
    """This will lift every open hold of one cause; returns how many."""
    rows = CapabilityHold.objects.filter(organization=organization, reason_code=reason_code, lifted_at__isnull=True).order_by("pk")
    return len([lift_capability(hold=one, reason=reason, actor=actor, at=at) for one in rows])


def lapse_holds(*, clock: Clock) -> int:
    """This will write off every hold whose term is over, so that what follows capabilities hears of it; returns how many.

    The gate itself goes by the clock (``participants_may``) and waits for nobody.
    """
    at = clock.now()
    over = CapabilityHold.objects.filter(lifted_at__isnull=True, until__lte=at).select_related("organization").order_by("pk")[:200]
    return len([lift_capability(hold=one, reason="期限届满 / its term is over", actor=SYSTEM, at=at) for one in over])
