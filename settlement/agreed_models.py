"""The share agreement a settlement is divided by, frozen with it when it falls due, and what each figure is made of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

__all__ = ["AgreedShares"]


class AgreedShares(models.Model):
    """Which agreement, by its code and hash; what had come in under it before; the parts of each share. Append-only.

    ``parts`` are ``[number of the party, why, exact fen as a fraction, who signed]``: fixed, royalty, milestone, weight or grantor.
    """

    settlement = models.OneToOneField("settlement.Settlement", on_delete=models.PROTECT, primary_key=True, related_name="agreed")
    agreement = models.CharField(max_length=16, help_text="code of the share agreement (listings)")
    content_hash = models.CharField(max_length=64)
    terms = models.JSONField(help_text="as signed: weights, what is due first, the rule for too little")
    before_fen = models.BigIntegerField(help_text="shared under the agreement before this trade")
    pot_fen = models.BigIntegerField(help_text="of this trade, shared under it")
    parts = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(before_fen__gte=0, pot_fen__gte=0), name="agreed_shares_not_negative")]
        indexes = [models.Index(fields=["agreement"], name="agreed_shares_agreement")]
        verbose_name_plural = "agreed shares"
