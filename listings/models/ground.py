"""What the room's tables share: checked value lists and the tenant's view of rows."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Func, Q

from compliance.taxonomy import DataCategory, DataGrade, ProcessingStage
from participants.actors import acting_for

CATEGORIES = tuple(DataCategory.values)
STAGES = tuple(ProcessingStage.values)
GRADES = tuple(DataGrade.values)


def known(field: str, values: Any, name: str) -> models.CheckConstraint:
    """This will let the column hold only the values."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


class MarketNow(Func):
    """The market's clock inside a question, read once for it."""

    template = "(SELECT market_now())"
    output_field = models.DateTimeField()


class TenantQuerySet(models.QuerySet[Any]):
    """Objects that belong to one organisation until they are made public."""

    def visible_to(self, user: Any) -> TenantQuerySet:
        """This will keep the user's own organisation's rows; an object out of sight answers 404."""
        return self.filter(organization_id=acting_for(user))
