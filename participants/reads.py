"""The desks' own readings 查阅留痕 (R121): what staff open of a party's records is noted, reviewed by somebody else, told to the party.

A surface that hands out what is not public calls ``note_read`` first. The same person reading the same thing again that day is one row.
"""

from __future__ import annotations

from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.events import ReadNoted, ReadReviewed
from participants.models import Organization, ReadReview, StaffRead, User
from participants.notices import notify
from participants.permissions import require
from participants.predicates import standpoint
from participants.queries import LOCAL
from participants.timers import after

__all__ = ["note_read", "overdue_reads", "review_read", "unreviewed"]


def note_read(*, owner: Organization | None, kind: str, subject: str, ground: str, actor: Actor, clock: Clock) -> None:
    """This will note the reading when one of the desks reads another's record; a party reading its own is not noted."""
    at = clock.now()
    if owner is not None and actor.organization_id != owner.pk and standpoint(actor, at).oversees:
        _note(owner=owner, kind=kind, subject=subject, ground=ground, actor=actor, at=at)


@operation("participants.read.note")
@covers("R121")
def _note(*, owner: Organization, kind: str, subject: str, ground: str, actor: Actor, at: datetime) -> None:
    today = datetime.combine(at.astimezone(LOCAL).date(), time(), LOCAL)
    if StaffRead.objects.filter(reader_id=actor.user_id, kind=kind, subject=subject, owner=owner, at__gte=today).exists():
        unchanged(at=at)
        return
    assert actor.user_id is not None, "who oversees is signed in"
    made = StaffRead.objects.create(owner=owner, kind=kind, subject=subject, reader_id=actor.user_id, reader_code=actor.code, ground=ground,
                                    at=at, due_at=after("staff_read.review", at))
    record(ReadNoted(subject=owner.code, read=subject, what=kind, ground=ground, due_at=made.due_at), actor=actor, at=at)


def unreviewed() -> QuerySet[StaffRead]:
    """This will list what nobody else has looked at yet, the first due first."""
    return StaffRead.objects.filter(review__isnull=True).select_related("owner", "reader__person").order_by("due_at", "pk")


def overdue_reads(at: datetime) -> QuerySet[StaffRead]:
    """This will list what nobody else looked at in time."""
    return unreviewed().filter(due_at__lte=at)


@operation("participants.read.review")
@covers("R121", "I18")
def review_read(*, read: StaffRead, fitting: bool, note: str = "", actor: Actor, clock: Clock) -> ReadReview:
    """This will say whether a reading belonged to the reader's work; of one that did not, the party is told and why."""
    at = clock.now()
    require(actor, "participants.read.review", at=at)
    held = StaffRead.objects.select_related("owner", "reader").get(pk=read.pk)
    me, said = User.objects.get(pk=actor.user_id or 0), note.strip()[:1000]
    if held.reader.person_id == me.person_id:
        raise Rejected("participants.read.own")
    if not fitting and len(said) < 4:
        raise Rejected("participants.read.note_missing")
    try:
        with transaction.atomic():
            made = ReadReview.objects.create(read=held, reviewer=me, fitting=fitting, note=said, at=at)
    except IntegrityError as twice:
        raise Rejected("participants.read.reviewed") from twice
    record(ReadReviewed(subject=held.owner.code, read=held.subject, reader=held.reader_code, fitting=fitting, note=said),
           actor=actor, at=at)
    if not fitting:
        notify(organization=held.owner, kind="participants.read.unfit", tone="bad", subject=held.subject, href="/desk/organisation/reads/",
               at=at, text=(f"对贵机构记录 {held.subject} 的一次查阅被认定为不当：{said}",
                            f"A reading of your record {held.subject} was found unfitting: {said}"))
    return made
