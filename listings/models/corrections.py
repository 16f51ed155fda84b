"""Corrections of open data 更正建议 (R117): what anyone signed in found wrong, and what the holder answered; both are public."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from listings.models.ground import known
from listings.models.offer import Listing, ListingVersion
from listings.states import CorrectionStatus
from participants.models import Organization, Person

__all__ = ["Correction"]


class Correction(models.Model):
    """One suggestion about an open listing: where it is wrong and what it should be. Accepted, it waits for the version that mends it.

    Who suggested it is shown to nobody; the page shows what was said and what was answered.
    """

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="corrections")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="corrections",
                                help_text="the version it speaks of")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="corrections",
                                     help_text="the holder, who answers")
    suggested_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    suggester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, help_text="column, row or document")
    wrong = models.TextField(help_text="what is wrong, and how one sees it")
    proposed = models.TextField(help_text="what it should be")
    status = models.CharField(max_length=10, choices=CorrectionStatus, default=CorrectionStatus.OPEN)
    answer = models.TextField(blank=True)
    mended_in = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="mends")
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            known("status", CorrectionStatus.values, "correction_status_known"),
            models.CheckConstraint(condition=Q(status__in=["open", "overdue", "withdrawn"])
                                   | (~Q(answer="") & Q(answered_at__isnull=False)), name="correction_answered"),
            models.CheckConstraint(condition=(Q(status="mended") & Q(mended_in__isnull=False))
                                   | (~Q(status="mended") & Q(mended_in__isnull=True)), name="correction_mended_in_a_version"),
            models.CheckConstraint(condition=Q(status="open", due_at__isnull=False) | ~Q(status="open"), name="correction_has_its_clock"),
            models.CheckConstraint(condition=~Q(organization=F("suggested_by")), name="correction_of_anothers"),
            models.UniqueConstraint(fields=["listing", "suggester", "place"], condition=Q(status__in=["open", "overdue"]),
                                    name="correction_one_open"),
        ]
        indexes = [models.Index(fields=["listing", "-id"], name="correction_newest"),
                   models.Index(fields=["due_at"], name="correction_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.code
