"""Packs that an organisation takes along 带走的数据包 (white paper 4.2(7)): everything it has here, to keep or to bring elsewhere."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from evidence.models import Deposit
from participants.models.parties import Organization

__all__ = ["Takeout"]


class TakeoutQuerySet(models.QuerySet["Takeout"]):
    def visible_to(self, user: Any) -> TakeoutQuerySet:
        """One's own organisation's packs."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))


class Takeout(models.Model):
    """One pack: asked for, written part by part (``done`` of ``total``), ready with its file and the hash of its manifest."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="takeouts")
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField()
    file = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    objects = TakeoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], condition=Q(ready_at__isnull=True), name="takeout_one_under_way"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="takeout_progress"),
            models.CheckConstraint(condition=Q(ready_at__isnull=True, file__isnull=True, manifest_sha256="")
                                   | Q(ready_at__isnull=False, file__isnull=False, done=F("total")) & ~Q(manifest_sha256=""),
                                   name="takeout_ready_with_its_file"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="takeout_of_organization")]

    def __str__(self) -> str:
        return self.code

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total
