"""Saved views of a queue: one's own, shared with one's desk by choice, one of them opened first. They hide nothing from anybody else."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from compliance.desk_events import ViewRemoved, ViewSaved
from compliance.models import SavedView
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.models import Organization
from participants.permissions import require

__all__ = ["HOLDERS", "MOST", "default_view", "remove_view", "save_view", "views_of", "wanted_of"]

#: Views that one person keeps of one queue.
MOST = 20
#: Who holds a case that the filter keeps: anybody, nobody yet, this person.
HOLDERS = ("", "free", "mine")
_LONGEST = 40


def wanted_of(data: Mapping[str, str]) -> dict[str, str]:
    """This will read a filter from an address or a form; what is empty or unknown asks for nothing."""
    holder = data.get("holder", "")
    found = {"q": data.get("q", "").strip()[:_LONGEST], "state": data.get("state", "").strip()[:_LONGEST],
             "holder": holder if holder in HOLDERS else "", "late": "1" if data.get("late") == "1" else ""}
    return {key: value for key, value in found.items() if value}


def views_of(actor: Actor, queue: str) -> QuerySet[SavedView]:
    """This will list a person's own views of a queue and those his desk shares, his own first."""
    seen = Q(owner_id=actor.user_id) | Q(shared=True)
    rows = SavedView.objects.filter(seen, desk_id=actor.organization_id, queue=queue, removed_at__isnull=True)
    return rows.select_related("owner__person").order_by("name", "id")


def default_view(actor: Actor, queue: str) -> SavedView | None:
    """This will return the view a person opens a queue with."""
    return views_of(actor, queue).filter(owner_id=actor.user_id, is_default=True).first()


@covers("H3")
@operation("compliance.saved_view.save")
def save_view(*, queue: str, name: str, wanted: Mapping[str, str], shared: bool, is_default: bool, actor: Actor, clock: Clock
              ) -> SavedView:
    """This will keep a filter under a name; the same name again replaces it. A new default takes the place of the old one."""
    at = clock.now()
    require(actor, "compliance.saved_view.keep", at=at)
    assert actor.user_id is not None and actor.organization_id is not None, "a view is a person's, at a desk"
    name = name.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise Rejected("compliance.saved_view.name", most=_LONGEST)
    # one person's saves of a desk wait for each other: the desk's row is their lock
    Organization.objects.select_for_update(no_key=True).only("pk").get(pk=actor.organization_id)
    own = SavedView.objects.filter(owner_id=actor.user_id, desk_id=actor.organization_id, queue=queue, removed_at__isnull=True)
    held = own.filter(name=name).first()
    if held is None and own.count() >= MOST:
        raise Rejected("compliance.saved_view.too_many", most=MOST)
    if is_default:
        own.filter(is_default=True).exclude(name=name).update(is_default=False)
    if held is None:
        held = SavedView(code=new_code("SVW"), owner_id=actor.user_id, desk_id=actor.organization_id, queue=queue, name=name)
    held.wanted, held.shared, held.is_default, held.saved_at = wanted_of(wanted), shared, is_default, at
    held.save()
    record(ViewSaved(subject=held.code, queue=queue, shared=shared, is_default=is_default), actor=actor, at=at)
    return held


@covers("H3")
@operation("compliance.saved_view.remove")
def remove_view(*, view: SavedView, actor: Actor, clock: Clock) -> SavedView:
    """This will drop a view of one's own; those of others are theirs to drop."""
    held = SavedView.objects.select_for_update(no_key=True).get(pk=view.pk)
    at = clock.now()
    require(actor, "compliance.saved_view.keep", at=at)
    if held.owner_id != actor.user_id or held.removed_at is not None:
        raise Rejected("compliance.saved_view.not_yours", name=held.name)
    held.removed_at, held.is_default = at, False
    held.save(update_fields=["removed_at", "is_default"])
    record(ViewRemoved(subject=held.code, queue=held.queue), actor=actor, at=at)
    return held
