"""What a buyer paid once to be registered at a venue 买方注册: written when it is paid, never changed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from participants.models.parties import Organization, Venue

__all__ = ["Enrolment"]


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: Any) -> EnrolmentQuerySet:
        """What one's own organisation paid."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))


class Enrolment(models.Model):
    """One buyer's fee at one venue, once: the database takes it at the figure of the day the buyer registered, and no second time."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_fen = models.BigIntegerField()
    paid_at = models.DateTimeField()
    transfer_hash = models.CharField(max_length=64)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "venue"], name="enrolment_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="enrolment_of_something"),
        ]

    def __str__(self) -> str:
        return self.code
