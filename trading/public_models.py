"""Free uses of public data 无偿使用: which task each serves, how that was proven, the report that is owed on it (R17)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from evidence.models import Deposit
from participants.actors import acting_for
from trading.states import PublicUseStatus

__all__ = ["PublicUse"]


class PublicUseQuerySet(models.QuerySet["PublicUse"]):
    def visible_to(self, user: Any) -> PublicUseQuerySet:
        """What one's own organisation took or gave."""
        key = acting_for(user)
        return self.filter(Q(trade__buyer_id=key) | Q(trade__seller_id=key))


class PublicUse(models.Model):
    """One licence of public data taken free of charge; what was proven is fixed, the report comes later."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="public_use")
    purpose = models.CharField(max_length=24)
    task = models.TextField(help_text="the public task it serves, and whose it is")
    paper = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
                              help_text="the proof; a public body acts of its own office")
    conditions_sha256 = models.CharField(max_length=64, help_text="of the conditions that were accepted")
    accepted_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=PublicUseStatus, default=PublicUseStatus.OWED)
    report = models.TextField(blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = PublicUseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PublicUseStatus.values), name="public_use_status_known"),
            models.CheckConstraint(condition=Q(purpose__in=["public_governance", "public_welfare"]), name="public_use_is_public"),
            models.CheckConstraint(condition=~Q(task=""), name="public_use_names_its_task"),
            models.CheckConstraint(condition=Q(conditions_sha256__regex=r"^[0-9a-f]{64}$"), name="public_use_conditions_hash"),
            models.CheckConstraint(condition=Q(status="filed", filed_at__isnull=False) & ~Q(report="")
                                   | Q(filed_at__isnull=True, report="") & ~Q(status="filed"), name="public_use_filed_has_a_report"),
            models.CheckConstraint(condition=Q(status="owed", due_at__isnull=False) | Q(due_at__isnull=True) & ~Q(status="owed"),
                                   name="public_use_owed_until"),
        ]
        indexes = [models.Index(fields=["due_at"], name="public_use_due", condition=Q(status="owed"))]

    def __str__(self) -> str:
        return self.code
