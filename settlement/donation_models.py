"""Giving of what one earns 三次分配 (white paper 3.3): an organisation's pledge, and what each cycle gave by it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models import Organization

__all__ = ["Donation", "DonationPledge"]


class DonationPledge(models.Model):
    """So many basis points of every share paid out to the organisation go to the public-interest account, until it is ended."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="donation_pledges")
    bps = models.PositiveIntegerField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bps__range=(1, 10_000)), name="donation_pledge_part"),
            models.UniqueConstraint(fields=["organization"], condition=Q(ended_at__isnull=True), name="donation_pledge_one"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.organization_id}


class Donation(models.Model):
    """What one pledge gave of one cycle; once. Append-only."""

    pledge = models.ForeignKey(DonationPledge, on_delete=models.PROTECT, related_name="donations")
    cycle = models.ForeignKey("settlement.SettlementCycle", on_delete=models.PROTECT, related_name="donations")
    amount_fen = models.BigIntegerField()
    transfer = models.UUIDField()
    transfer_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pledge", "cycle"], name="donation_once_a_cycle"),
                       models.CheckConstraint(condition=Q(amount_fen__gt=0), name="donation_of_something")]
        indexes = [models.Index(fields=["at"], name="donation_at")]
