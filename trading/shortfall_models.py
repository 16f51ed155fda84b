"""What a defaulting buyer owes after the lot was auctioned again 悔拍差额: the difference and the first auction's fees (Auction Law 39)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from participants.actors import acting_for
from trading.states import ShortfallStatus

__all__ = ["Shortfall"]

_LACK = Greatest(Value(0), F("first_fen") - F("resale_fen"))


class ShortfallQuerySet(models.QuerySet["Shortfall"]):
    def visible_to(self, user: Any) -> ShortfallQuerySet:
        """Its two sides."""
        key = acting_for(user)
        return self.filter(Q(trade__buyer_id=key) | Q(trade__seller_id=key))


class Shortfall(models.Model):
    """One defaulted award: the price that was not paid, the forfeited deposit, what the lot brought when it was auctioned again."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="shortfall")
    status = models.CharField(max_length=8, choices=ShortfallStatus, default=ShortfallStatus.OPEN)
    first_fen = models.BigIntegerField(help_text="the price that was not paid")
    fees_fen = models.BigIntegerField(help_text="the venue's fees of both sides on it")
    deposit_fen = models.BigIntegerField(help_text="forfeited to the seller, counted first")
    resale = models.ForeignKey("trading.Auction", on_delete=models.PROTECT, null=True, blank=True, related_name="shortfalls",
                               help_text="the lot it was auctioned again in, on terms no lower")
    resale_fen = models.BigIntegerField(null=True, blank=True)
    to_seller_fen = models.BigIntegerField(default=0)
    to_venue_fen = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when it may be auctioned again; then until when it is to be paid")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ShortfallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ShortfallStatus.values), name="shortfall_status_known"),
            models.CheckConstraint(condition=Q(first_fen__gt=0, fees_fen__gte=0, deposit_fen__gte=0), name="shortfall_from_a_price"),
            models.CheckConstraint(name="shortfall_is_exact", condition=Q(
                resale_fen__isnull=True, to_seller_fen=0, to_venue_fen=0) | Q(
                    resale_fen__isnull=False, resale__isnull=False, to_seller_fen=Greatest(Value(0), _LACK - F("deposit_fen")),
                    to_venue_fen=Greatest(Value(0), F("fees_fen") - Greatest(Value(0), F("deposit_fen") - _LACK)))),
            models.CheckConstraint(name="shortfall_claims_something", condition=Q(status__in=("open", "void")) | Q(
                status__in=("claimed", "overdue", "paid"), resale_fen__isnull=False) & ~Q(to_seller_fen=0, to_venue_fen=0)),
            models.CheckConstraint(name="shortfall_due_while_waited_for",
                                   condition=Q(status__in=("open", "claimed"), due_at__isnull=False) | Q(
                                       status__in=("overdue", "paid", "void"), due_at__isnull=True)),
        ]
        indexes = [models.Index(fields=["due_at"], name="shortfall_due", condition=Q(status__in=("open", "claimed")))]

    def __str__(self) -> str:
        return self.code

    @property
    def amount_fen(self) -> int:
        return self.to_seller_fen + self.to_venue_fen

    @property
    def lack_fen(self) -> int:
        """By how much the second price is lower."""
        return max(0, self.first_fen - self.resale_fen) if self.resale_fen is not None else 0
