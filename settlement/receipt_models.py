"""Receipts 凭证: the numbered, signed papers of what was paid, whole and forever."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from participants.actors import acting_for
from participants.models import Organization, Venue

__all__ = ["Receipt", "ReceiptKind"]


class ReceiptKind(models.TextChoices):
    """What was paid."""

    TRADE = "trade", _("成交结算")
    REFUND = "refund", _("退款")
    PAYOUT = "payout", _("提现到账")
    ENTRY = "entry", _("买方注册费")


class ReceiptQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> ReceiptQuerySet:
        """Who paid and who was paid."""
        own = acting_for(user)
        return self.filter(Q(payer_id=own) | Q(payee_id=own))


class Receipt(models.Model):
    """One receipt: written once the money moved, numbered within its venue and year without a hole, never changed."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField(help_text="within the venue and the year, from 1")
    kind = models.CharField(max_length=6, choices=ReceiptKind)
    subject = models.CharField(max_length=16, help_text="the settlement, refund or payout it is the receipt of")
    trade = models.CharField(max_length=16, blank=True)
    payer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    payee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_fen = models.BigIntegerField()
    happened_at = models.DateTimeField(help_text="when the money moved")
    issued_at = models.DateTimeField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    key_id = models.CharField(max_length=64)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReceiptKind.values), name="receipt_kind_known"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0, number__gt=0), name="receipt_of_something"),
            models.CheckConstraint(condition=~Q(kind="payout") | Q(payer=F("payee")), name="receipt_payout_is_its_own"),
            models.UniqueConstraint(fields=["venue", "year", "number"], name="receipt_number_once"),
            models.UniqueConstraint(fields=["subject"], name="receipt_once"),
        ]
        indexes = [models.Index(fields=["payer", "-id"], name="receipt_of_payer"), models.Index(fields=["payee", "-id"],
                                                                                                name="receipt_of_payee"),
                   models.Index(fields=["kind", "-happened_at"], name="receipt_latest")]

    def __str__(self) -> str:
        return self.code

    @property
    def numbered(self) -> str:
        """The number as it is printed: year and six digits."""
        return f"{self.year}-{self.number:06d}"
