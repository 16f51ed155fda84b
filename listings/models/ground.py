"""What the room's tables share: checked value lists and the tenant's view of rows."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Func, Q

from compliance.taxonomy import DataCategory, DataGrade, ProcessingStage
from participants.actors import actor_of
from participants.models import Membership

CATEGORIES = tuple(DataCategory.values)
STAGES = tuple(ProcessingStage.values)
GRADES = tuple(DataGrade.values)


def known(field: str, values: Any, name: str) -> models.CheckConstraint:
    """This will let the column hold only the values."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


def organization_of(user: Any) -> int | None:
    """The organisation a person acts for by a membership in force now; None for visitors and former members."""
    if not getattr(user, "is_authenticated", False) or user.person_id is None:
        return None
    mine = Membership.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=MarketNow()), person_id=user.person_id,
                                     effective_from__lte=MarketNow())
    key = actor_of(user).organization_id
    return key if key is not None and mine.filter(organization_id=key).exists() else None


class MarketNow(Func):
    """SQL ``market_now()``."""

    function = "market_now"
    output_field = models.DateTimeField()


class TenantQuerySet(models.QuerySet[Any]):
    """Objects that belong to one organisation until they are made public."""

    def visible_to(self, user: Any) -> TenantQuerySet:
        """This will keep the user's own organisation's rows; an object out of sight answers 404."""
        return self.filter(organization_id=organization_of(user) or 0)
