"""What kinds share in which the registered file itself is fetched: by one-time tokens, each use of them one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Sum

from delivery.kinds.adapter import Adapter
from delivery.revoking import OPEN, revoke_grants
from kit.actors import Actor

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["ByFile"]


class ByFile(Adapter):
    """A file by one-time token."""

    def spent(self, one: Delivery) -> int:
        return int(one.grants.aggregate(n=Sum("uses"))["n"] or 0)

    def served(self, one: Delivery, *, lock: bool) -> int:
        grants = one.grants.select_for_update(no_key=True) if lock else one.grants.all()
        return sum(grant.uses for grant in grants.order_by("pk"))

    def stands_open(self, one: Delivery) -> bool:
        return one.grants.filter(status__in=OPEN).exists()

    def shut(self, one: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
        revoke_grants(one, cause=cause, actor=actor, at=at)
