"""Share agreements 收益分配协议 (Data Twenty article 12): who gets what of a version's price, signed by every party before it is listed."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listings.models.ground import known
from listings.models.offer import ListingVersion, Part
from listings.states import ShareStatus
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["Beneficiary", "ShareAgreement", "ShareDispute", "ShareParty"]

OPEN = ("proposed", "disputed", "answered")


class Beneficiary(models.TextChoices):
    """For whom a party receives its share (Data Twenty article 12: people, enterprises, the public)."""

    PERSON = "person", _("个人（由受托机构代收）")
    ENTERPRISE = "enterprise", _("企业")
    TREASURY = "treasury", _("公共财政")


class ShareAgreementQuerySet(models.QuerySet["ShareAgreement"]):
    def visible_to(self, user: Any) -> ShareAgreementQuerySet:
        """The seller's and each party's own; nobody else reads how others share."""
        own = acting_for(user)
        return self.filter(Q(version__organization_id=own) | Q(pk__in=ShareParty.objects.filter(organization_id=own).values("agreement")))


class ShareAgreement(models.Model):
    """One agreement as it was proposed: its text never changes; a change is a new one that replaces it.

    ``first``: what is due before the rest goes by weight (``listings.share_terms``). ``links``: which links of making the product
    contributed; each has a share, or the agreement does not come into force (trigger). ``rest``: whether what is left is divided trade by
    trade or once a period, and by which reckoned contribution the weights came about (``listings.share_terms.read_rest``).
    """

    code = models.CharField(max_length=16, unique=True)
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="share_agreements")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    number = models.PositiveSmallIntegerField(help_text="counts the agreements of a listing")
    status = models.CharField(max_length=10, choices=ShareStatus, default=ShareStatus.PROPOSED)
    links = ArrayField(models.CharField(max_length=20, choices=Part))
    first = models.JSONField(default=list)
    rest = models.JSONField(default=dict, help_text="how the rest goes: at once by weight, or period_months out of a pool; contribution")
    shortage = models.CharField(max_length=12, default="proportional")
    content_hash = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="by when whoever is next acts; else it lapses")
    in_force_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ShareAgreementQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", ShareStatus.values, "share_agreement_status_known"),
            known("shortage", ("proportional", "talmud", "cea", "cel"), "share_agreement_shortage_known"),
            models.UniqueConstraint(fields=["version"], condition=Q(status__in=OPEN), name="share_agreement_one_under_way"),
            models.CheckConstraint(name="share_agreement_in_force_since", condition=~Q(status="in_force") | Q(in_force_at__isnull=False)),
            models.CheckConstraint(name="share_agreement_open_has_deadline", condition=Q(status__in=OPEN, due_at__isnull=False)
                                   | (~Q(status__in=OPEN) & Q(due_at__isnull=True))),
            models.CheckConstraint(name="share_agreement_names_links", condition=Q(links__len__gt=0)),
        ]
        indexes = [models.Index(fields=["due_at"], name="share_agreement_due", condition=Q(due_at__isnull=False)),
                   models.Index(fields=["version"], name="share_agreement_signed", condition=Q(in_force_at__isnull=False))]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.version.organization_id, *self.parties.values_list("organization_id", flat=True)}


class ShareParty(models.Model):
    """One line: who contributes in which link, for whom it receives, its weight. ``party`` is its code as the agreement names it."""

    agreement = models.ForeignKey(ShareAgreement, on_delete=models.PROTECT, related_name="parties")
    number = models.PositiveSmallIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="share_lines")
    party = models.CharField(max_length=16)
    part = models.CharField(max_length=20, choices=Part)
    beneficiary = models.CharField(max_length=12, choices=Beneficiary)
    weight = models.PositiveBigIntegerField(help_text="of what is left after what is due first; zero where only that is agreed")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="share_party_number"),
            models.UniqueConstraint(fields=["agreement", "party", "part"], name="share_party_once_a_link"),
            known("part", Part.values, "share_party_part_known"),
            known("beneficiary", Beneficiary.values, "share_party_beneficiary_known"),
            models.CheckConstraint(condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                                   | Q(signed_at__isnull=False, signed_by__isnull=False), name="share_party_signed_by_somebody"),
        ]
        verbose_name_plural = "share parties"

    def party_ids(self) -> set[int]:
        return {self.organization_id}


class ShareDispute(models.Model):
    """A party does not agree: why, and what it would agree to. The seller answers or mends; append-only but for the answer."""

    code = models.CharField(max_length=16, unique=True)
    agreement = models.ForeignKey(ShareAgreement, on_delete=models.PROTECT, related_name="disputes")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="who disputes")
    text = models.TextField()
    counter = models.JSONField(default=dict, help_text="weights it proposes instead, by party")
    answer = models.TextField(blank=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="share_dispute_says_why"),
            models.CheckConstraint(condition=Q(answered_at__isnull=True) | ~Q(answer=""), name="share_dispute_answer_said"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(answered_at__isnull=True), name="share_dispute_one_open"),
        ]
