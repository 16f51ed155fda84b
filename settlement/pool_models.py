"""The dividend pool of a share agreement 分红: what is shared is gathered over a period and divided once it is over (R72)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from listings.models import ShareAgreement
from participants.models import Organization
from settlement.states import PoolStatus

__all__ = ["DividendPool", "PoolShare"]


class DividendPool(models.Model):
    """One period of one agreement. Its money stands on the agreement's account ``undistributed`` until the period is closed."""

    code = models.CharField(max_length=16, unique=True)
    agreement = models.ForeignKey(ShareAgreement, on_delete=models.PROTECT, related_name="pools")
    number = models.PositiveSmallIntegerField(help_text="counts the periods of an agreement")
    status = models.CharField(max_length=8, choices=PoolStatus, default=PoolStatus.OPEN)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="what is posted before it is divided when it has come")
    received_fen = models.BigIntegerField(null=True, blank=True, help_text="divided at the close, with the fractions carried into it")
    paid_fen = models.BigIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    transfer = models.UUIDField(null=True, blank=True, help_text="null where there was no whole fen to pay")
    transfer_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PoolStatus.values), name="dividend_pool_status_known"),
            models.UniqueConstraint(fields=["agreement", "number"], name="dividend_pool_number"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(status="open"), name="dividend_pool_one_open"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="dividend_pool_period_forward"),
            models.CheckConstraint(
                name="dividend_pool_closed_is_whole",
                condition=Q(status="open", received_fen__isnull=True, closed_at__isnull=True)
                | Q(status="closed", received_fen__gte=0, paid_fen__gte=0, paid_fen__lte=F("received_fen"), closed_at__isnull=False,
                    received_fen__isnull=False, paid_fen__isnull=False)),
        ]
        indexes = [models.Index(fields=["ends_at"], name="dividend_pool_due", condition=Q(status="open"))]

    def __str__(self) -> str:
        return self.code


class PoolShare(models.Model):
    """What one party had accrued when a pool was closed, what it was paid in whole fen, and the fraction that waits. Append-only."""

    pool = models.ForeignKey(DividendPool, on_delete=models.PROTECT, related_name="shares")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="dividends", help_text="who was paid")
    party = models.CharField(max_length=16, help_text="who signed for it")
    weight = models.PositiveBigIntegerField()
    accrued = models.TextField(help_text="exact fen as a fraction")
    carried = models.TextField(help_text="exact fen that wait for the next period, as a fraction")
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "party"], name="pool_share_once"),
                       models.CheckConstraint(condition=Q(amount_fen__gte=0), name="pool_share_not_negative")]

    def party_ids(self) -> set[int]:
        return {self.organization_id}
