"""The simulated bank's own book. Nothing of the exchange reads or writes it but by messages (``settlement.simulated_bank``)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

__all__ = ["SimulatedLine", "SimulatedNotice", "SimulatedOrder"]


class SimulatedOrder(models.Model):
    """An order the bank took, and what became of it."""

    reference = models.CharField(max_length=40, unique=True)
    party = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()
    to_account = models.CharField(max_length=30)
    taken_at = models.DateTimeField()
    answer = models.CharField(max_length=10, blank=True, help_text="paid, returned, reversed; empty while it is under way")
    answer_at = models.DateTimeField(help_text="when the bank deals with it")

    class Meta:
        indexes = [models.Index(fields=["answer_at"], condition=Q(answer=""), name="simulated_order_open")]


class SimulatedLine(models.Model):
    """A line of the bank's statement; never changed."""

    reference = models.CharField(max_length=40, db_index=True)
    party = models.CharField(max_length=40, blank=True)
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()


class SimulatedNotice(models.Model):
    """A notice the bank owes its customer; it repeats it until it is taken."""

    ident = models.CharField(max_length=60, unique=True)
    content = models.JSONField()
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(told_at__isnull=True), name="simulated_notice_owed")]
