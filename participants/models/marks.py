"""Where an organisation's people signed in from, as keyed hashes of a day: what surveillance may compare, and nothing it could read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models.parties import Organization

__all__ = ["MarkKind", "SignInMark"]


class MarkKind(models.TextChoices):
    DEVICE = "device", "device"
    ADDRESS = "address", "address"


class SignInMark(models.Model):
    """One row a day for an address, or a browser at an address; names no person, and is destroyed with the logs of sign-ins."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=MarkKind)
    hash = models.CharField(max_length=64, help_text="keyed: the same place is known again, no address is told")
    day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MarkKind.values), name="sign_in_mark_kind_known"),
            models.UniqueConstraint(fields=["organization", "kind", "hash", "day"], name="sign_in_mark_once_a_day"),
        ]
        indexes = [models.Index(fields=["day"], name="sign_in_mark_day"), models.Index(fields=["kind", "hash"], name="sign_in_mark_same")]
