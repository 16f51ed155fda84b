"""What the room's tables share: checked value lists and the tenant's view of rows."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

#: The values of ``compliance.taxonomy`` as the database checks them; a test keeps the two equal.
CATEGORIES = ("public", "enterprise", "personal")
STAGES = ("raw", "intermediate", "product")
GRADES = ("general", "important", "core")


def known(field: str, values: Any, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


def organization_of(user: Any) -> int | None:
    """The organisation a signed-in user acts for now; None for anonymous."""
    return getattr(user, "acting_for_id", None) if getattr(user, "is_authenticated", False) else None


class TenantQuerySet(models.QuerySet[Any]):
    """Objects that belong to one organisation until they are made public."""

    def visible_to(self, user: Any) -> TenantQuerySet:
        """This will keep the user's own organisation's rows; an object out of sight answers 404."""
        return self.filter(organization_id=organization_of(user) or 0)
