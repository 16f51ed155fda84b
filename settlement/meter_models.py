"""What a metered period came to 计次账单: the uses counted, the charge by the plan, what went back to the buyer."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from participants.actors import acting_for
from trading.models import Trade

__all__ = ["Meter"]


class MeterQuerySet(models.QuerySet["Meter"]):
    def visible_to(self, user: Any) -> MeterQuerySet:
        """The two sides of the trade."""
        own = acting_for(user)
        return self.filter(Q(trade__seller_id=own) | Q(trade__buyer_id=own))


class Meter(models.Model):
    """The closed meter of one trade; append-only. Its settlement divides ``charge_fen``, not the cap that was set aside."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, related_name="meter")
    uses = models.PositiveIntegerField()
    cap_fen = models.BigIntegerField(help_text="the trade's price: the most it could come to")
    charge_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField(help_text="to the buyer, with the fees that fell away")
    transfer = models.UUIDField(null=True, blank=True, help_text="null where nothing went back")
    transfer_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    objects = MeterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(charge_fen__gte=0, charge_fen__lte=F("cap_fen"), returned_fen__gte=0),
                                   name="meter_within_cap"),
            models.CheckConstraint(condition=Q(returned_fen=0, transfer__isnull=True) | Q(returned_fen__gt=0, transfer__isnull=False),
                                   name="meter_return_is_a_transfer"),
        ]

    def __str__(self) -> str:
        return self.code
