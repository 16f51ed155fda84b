"""Leaving 退出 (R114): an organisation goes of its own will, with its pack, once nothing is open; then it is closed for good.

It is a succession without heirs: the same obstacles, the same winding up, the same closing. The organisation itself puts it to the
authority, which only sees that nothing is left open; what remains is listed before anybody asks.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from evidence.operations import operation
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.approvals import ask_approval
from participants.estates import Obstacle
from participants.models import Organization, Succession, SuccessionKind, Takeout
from participants.permissions import require
from participants.successions import DECIDE, of_the_house, passing_of, standing_in_the_way, tell_succession
from participants.timers import before

__all__ = ["ask_to_leave", "pack_to_leave_with", "remaining"]


@covers("R114")
def remaining(organization: Organization, *, at: datetime) -> list[Obstacle]:
    """This will list what is still open: whatever would hinder the closing, as every room tells it."""
    return standing_in_the_way(passing_of(Succession(pk=0, predecessor=organization, kind=SuccessionKind.LEAVING), at))


def pack_to_leave_with(organization: Organization, *, at: datetime) -> Takeout | None:
    """This will return the organisation's newest pack, where it is fresh enough to leave with."""
    rows = Takeout.objects.filter(organization=organization, ready_at__gt=before("leaving.pack", at)).select_related("file")
    return rows.order_by("-pk").first()


@covers("R114")
@operation("participants.organization.leave")
def ask_to_leave(*, organization: Organization, reason: str, actor: Actor, clock: Clock) -> Succession:
    """This will put one's own leaving to the authority: refused while anything is open, or before everything was taken along."""
    at = clock.now()
    require(actor, "participants.organization.leave", subject=organization, at=at)
    held = Organization.objects.select_for_update(no_key=True).select_related("venue").get(pk=organization.pk)
    if len(reason.strip()) < 2 or of_the_house(held):
        raise Rejected("participants.succession.reason")
    if held.closed_at is not None:
        raise Rejected("participants.organization.closed", organization=held.short_name)
    pack = pack_to_leave_with(held, at=at)
    if pack is None or pack.file is None:
        raise Rejected("participants.leaving.no_pack")
    if found := remaining(held, at=at):
        raise Rejected("participants.leaving.open", count=len(found), subject=found[0].subject, what=found[0].text)
    made = Succession(code=new_code("SUC"), predecessor=held, kind=SuccessionKind.LEAVING, note=reason.strip()[:4000], agreement=pack.file,
                      extract=pack.file, filed_by=actor.code, filed_for=held, filed_at=at)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as taken:
        raise Rejected("participants.succession.under_way", organization=held.short_name) from taken
    tell_succession(made, "file", actor=actor, at=at)
    ask_approval(act=DECIDE, subject=made.code, payload={"reason": reason.strip()[:2000]}, actor=actor, at=at)
    return made
