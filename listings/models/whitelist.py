"""Who may see and use special personal data 特殊个人信息 (Data Twenty item 6): the units that an authorisation names, nobody else."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from evidence.models import Deposit
from listings.models.offer import Listing
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["AdmittedBuyer"]


class AdmittedBuyerQuerySet(models.QuerySet["AdmittedBuyer"]):
    def visible_to(self, user: Any) -> AdmittedBuyerQuerySet:
        """The seller sees who is admitted to its listing, a buyer what it is admitted to."""
        key = acting_for(user)
        return self.filter(Q(listing__organization_id=key) | Q(organization_id=key))


class AdmittedBuyer(models.Model):
    """One unit admitted to one closed listing by a document, for a term; recorded by a regulator. An end is final."""

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="admitted")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=120, help_text="the body that authorised")
    number = models.CharField(max_length=80, help_text="number of its document")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField()
    admitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    objects = AdmittedBuyerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "organization"], condition=Q(ended_at__isnull=True), name="admitted_once"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("effective_from")), name="admitted_for_a_term"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(end_reason=""), name="admitted_end_reasoned"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.listing.organization_id, self.organization_id}
