"""Accepted trades that could not be taken up for settling: tried five times, then set aside until the operator has looked (T30)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from trading.models import Trade

__all__ = ["Uncollected"]


class Uncollected(models.Model):
    """How often taking up a trade failed; ``parked_at`` says since when nobody tries again."""

    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, related_name="uncollected")
    subject = models.CharField(max_length=16, help_text="the trade's code, as it stands in the ledger")
    tries = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(help_text="of the last failure")
    parked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="when parked: by when it is looked at")

    class Meta:
        constraints = [models.CheckConstraint(
            name="uncollected_parked_is_due",
            condition=Q(parked_at__isnull=True, due_at__isnull=True) | Q(parked_at__isnull=False, due_at__isnull=False, tries__gt=0))]
        indexes = [models.Index(fields=["parked_at"], condition=Q(parked_at__isnull=False), name="uncollected_parked")]

    def __str__(self) -> str:
        return f"{self.trade_id}: {self.tries}"
