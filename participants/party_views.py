"""Looking at a party's pages as it sees them: for a reason, for half an hour, each page on record; the party reads who looked (R121)."""

from __future__ import annotations

import hashlib

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.deputy_events import PartyViewBegun, PartyViewEnded, PartyViewPage
from participants.models import Organization, PartyView, ReadKind
from participants.permissions import require
from participants.predicates import OVERSIGHT
from participants.reads import note_read

__all__ = ["begin_party_view", "end_party_view", "note_page", "running_view"]

_LEAST = 4
GROUND = "participants.party_view.begin"


def running_view(actor: Actor, organization: Organization, clock: Clock) -> PartyView | None:
    """This will return the look this person has running at a party; one that ended by itself is none."""
    rows = PartyView.objects.filter(viewer_id=actor.user_id or 0, organization=organization, ends_at__gt=clock.now(), ended_at__isnull=True)
    return rows.order_by("-id").first()


@covers("R121", "H3")
@operation("participants.party_view.begin")
def begin_party_view(*, organization: Organization, reason: str, actor: Actor, clock: Clock) -> PartyView:
    """This will begin to look at a party's pages, for a stated reason; it ends by itself. Desks and the venue itself are no party."""
    at = clock.now()
    require(actor, GROUND, at=at)
    assert actor.user_id is not None
    if organization.memberships.filter(role__in=OVERSIGHT).exists():
        raise Rejected("participants.party_view.no_party")
    if len(reason.strip()) < _LEAST:
        raise Rejected("participants.party_view.unreasoned")
    made = PartyView.objects.create(code=new_code("PVW"), viewer_id=actor.user_id, organization=organization,
                                    reason=reason.strip()[:1000], begun_at=at, ends_at=at + PartyView.LASTS)
    record(PartyViewBegun(subject=made.code, organization=organization.code, ends_at=made.ends_at,
                          reason_hash=hashlib.sha256(made.reason.encode()).hexdigest()), actor=actor, at=at)
    return made


@covers("R121")
@operation("participants.party_view.show")
def note_page(*, view: PartyView, page: str, actor: Actor, clock: Clock) -> None:
    """This will put a page that is looked at on record; refused once the look has ended."""
    at = clock.now()
    require(actor, GROUND, at=at)
    if view.viewer_id != actor.user_id or view.ended_at is not None or at >= view.ends_at:
        raise Rejected("participants.party_view.over")
    record(PartyViewPage(subject=view.code, organization=view.organization.code, page=page), actor=actor, at=at)
    note_read(owner=view.organization, kind=ReadKind.PAGES, subject=view.code, ground=GROUND, actor=actor, clock=clock)


@operation("participants.party_view.end")
def end_party_view(*, view: PartyView, actor: Actor, clock: Clock) -> PartyView:
    """This will end a look of one's own before its time."""
    held = PartyView.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=view.pk)
    at = clock.now()
    require(actor, GROUND, at=at)
    if held.viewer_id != actor.user_id or held.ended_at is not None or at >= held.ends_at:
        raise Rejected("participants.party_view.over")
    held.ended_at = at
    held.save(update_fields=["ended_at"])
    record(PartyViewEnded(subject=held.code, organization=held.organization.code), actor=actor, at=at)
    return held
