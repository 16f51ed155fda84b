"""Taking back what still opens a delivery: tokens not used yet, fetches under way, keys. Part of whatever act ends the right to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from delivery.access_models import FileFetch
from delivery.events import KEYS, GrantRevoked
from delivery.states import GRANT, KEY, GrantStatus, KeyStatus
from evidence.operations import record
from kit.actors import Actor
from kit.states import advance

if TYPE_CHECKING:
    from delivery.models import DataKey, Delivery

__all__ = ["OPEN", "end_key", "end_keys", "note_key", "revoke_grants"]

#: States in which a token can still be, or again become, worth something.
OPEN = (GrantStatus.ACTIVE, GrantStatus.SUSPENDED)


def revoke_grants(delivery: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
    """This will revoke what is still open of a delivery; part of the caller's act."""
    for grant in delivery.grants.filter(status__in=OPEN).select_for_update(no_key=True):
        grant.status = advance(GRANT, GrantStatus(grant.status), "revoke", subject=grant.code, code="delivery.delivery.illegal_move")
        grant.save(update_fields=["status"])
        record(GrantRevoked(subject=grant.code, delivery=delivery.code, cause=cause), actor=actor, at=at)
    FileFetch.objects.filter(grant__delivery=delivery, ended_at__isnull=True, until__gt=at).update(ended_at=at)


def end_keys(one: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
    """This will revoke every key of a delivery that still opens it; part of the caller's act."""
    for held in one.keys.filter(status=KeyStatus.ACTIVE).select_for_update(no_key=True).order_by("pk"):
        end_key(held, "revoke", cause, actor=actor, at=at)


def end_key(held: DataKey, act: str, cause: str, *, actor: Actor, at: datetime) -> DataKey:
    """This will end one locked key; part of the caller's act."""
    held.status = advance(KEY, KeyStatus(held.status), act, subject=held.code, code="delivery.key.illegal_move")
    held.ended_at, held.cause = at, cause[:60]
    held.save(update_fields=["status", "ended_at", "cause"])
    note_key(held.status, held, held.delivery, cause=held.cause, actor=actor, at=at)
    return held


def note_key(word: str, held: DataKey, one: Delivery, *, cause: str = "", actor: Actor, at: datetime) -> None:
    """This will tell what became of a key; its secret is nowhere in it."""
    record(KEYS[word](subject=held.code, delivery=one.code, buyer=one.buyer.code, expires_at=held.expires_at, cause=cause),
           actor=actor, at=at)
