"""Taking back what still opens a file: tokens not used yet. Part of whatever act ends the right to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from delivery.events import GrantRevoked
from delivery.states import GRANT, GrantStatus
from evidence.operations import record
from kit.actors import Actor
from kit.states import advance

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["OPEN", "revoke_grants"]

#: States in which a token can still be, or again become, worth something.
OPEN = (GrantStatus.ACTIVE, GrantStatus.SUSPENDED)


def revoke_grants(delivery: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
    """This will revoke what is still open of a delivery; part of the caller's act."""
    for grant in delivery.grants.filter(status__in=OPEN).select_for_update():
        grant.status = advance(GRANT, GrantStatus(grant.status), "revoke", subject=grant.code, code="delivery.delivery.illegal_move")
        grant.save(update_fields=["status"])
        record(GrantRevoked(subject=grant.code, delivery=delivery.code, cause=cause), actor=actor, at=at)
