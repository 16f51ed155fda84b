"""What a bid need not ask again: who was found fit to bid on which lot, and as of when (``trading/sql/bids.sql``)."""

from __future__ import annotations

from django.db import models

__all__ = ["BidPass"]


class BidPass(models.Model):
    """A bidder's pass 入场核验: every gate let this sign-in of this organisation bid on this lot.

    It is derived: deleting it costs one more look. It ends with ``until``, or with the first change of what gates read from
    transaction ``since`` on (``evidence.GateMove``). Only a bid writes it.
    """

    lot = models.CharField(max_length=20)
    user_id = models.BigIntegerField()
    organization_id = models.BigIntegerField()
    auction_id = models.BigIntegerField()
    bidder_id = models.BigIntegerField()
    paddle = models.PositiveSmallIntegerField()
    limit_fen = models.BigIntegerField(null=True, blank=True, help_text="the least of the organisation's and the person's limit")
    since = models.BigIntegerField(help_text="oldest transaction that ran when the gates were asked")
    seen_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "user_id", "organization_id"], name="bidpass_once")]

    def __str__(self) -> str:
        return f"{self.lot} {self.paddle}"
