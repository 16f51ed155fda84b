"""How much one person may commit an organisation to in one act 采购权限, without a second person (issue of the buyer's own house rules)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from kit.money import MAX_FEN
from participants.models.parties import Organization, Person, User

__all__ = ["SpendingLimit"]


class SpendingLimitQuerySet(models.QuerySet["SpendingLimit"]):
    def visible_to(self, user: Any) -> SpendingLimitQuerySet:
        """One's own organisation's."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))

    def in_force(self) -> SpendingLimitQuerySet:
        return self.filter(effective_to__isnull=True)


class SpendingLimit(models.Model):
    """A person's limit for one act, set by somebody else of the organisation; a new one ends the old, which is kept.

    Without a row a person is not limited. ``limit_fen`` 0: every act asks a second person.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="spending_limits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    limit_fen = models.BigIntegerField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    objects = SpendingLimitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "person"], condition=Q(effective_to__isnull=True),
                                    name="spending_limit_one_in_force"),
            models.CheckConstraint(condition=Q(limit_fen__range=(0, MAX_FEN)), name="spending_limit_in_range"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                                   name="spending_limit_period"),
        ]
