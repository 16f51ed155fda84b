"""What a part came to 减价: the price that stays due for what was kept, and what went back to the buyer."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from participants.actors import acting_for
from trading.models import Trade

__all__ = ["Reduction"]


class ReductionQuerySet(models.QuerySet["Reduction"]):
    def visible_to(self, user: Any) -> ReductionQuerySet:
        """The two sides of the trade."""
        own = acting_for(user)
        return self.filter(Q(trade__seller_id=own) | Q(trade__buyer_id=own))


class Reduction(models.Model):
    """The reduced price of one trade; append-only. Its settlement divides ``due_fen``; the rest is back before it is divided."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, related_name="reduction")
    price_fen = models.BigIntegerField(help_text="the trade's price")
    due_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField(help_text="to the buyer, with the fees that fell away")
    transfer = models.UUIDField(null=True, blank=True, help_text="null where nothing went back")
    transfer_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    objects = ReductionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due_fen__gte=0, due_fen__lte=F("price_fen"),
                                               returned_fen__gte=F("price_fen") - F("due_fen")),
                                   name="reduction_sums"),
            models.CheckConstraint(condition=Q(returned_fen=0, transfer__isnull=True) | Q(returned_fen__gt=0, transfer__isnull=False),
                                   name="reduction_return_is_a_transfer"),
        ]

    def __str__(self) -> str:
        return self.code
