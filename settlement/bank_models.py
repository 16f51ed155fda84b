"""What the bank told 银行来账通知: one row for each line of its statement, whatever became of the money."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models import Organization

__all__ = ["BankNotice"]


class BankNotice(models.Model):
    """One line of the bank's statement, booked once: to a party, or to suspense until the operator says whose it is."""

    reference = models.CharField(max_length=40, unique=True, help_text="the bank's own number of the line")
    named = models.CharField(max_length=40, help_text="whose money or which trade the payer named")
    amount_fen = models.BigIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    suspense = models.CharField(max_length=60, blank=True, help_text="why it is in suspense; empty where it was booked to a party")
    transfer = models.UUIDField()
    transfer_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="bank_notice_of_something"),
            models.CheckConstraint(name="bank_notice_booked_or_in_suspense",
                                   condition=Q(suspense="", organization__isnull=False, cleared_at__isnull=True)
                                   | ~Q(suspense="") & Q(organization__isnull=True, cleared_at__isnull=True)
                                   | ~Q(suspense="") & Q(organization__isnull=False, cleared_at__isnull=False)),
        ]
        indexes = [models.Index(fields=["received_at"], condition=~Q(suspense="") & Q(cleared_at__isnull=True), name="bank_notice_open")]

    def __str__(self) -> str:
        return self.reference
