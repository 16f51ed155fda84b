"""A reckoned contribution 按贡献: the written inputs, their hash, what each party's part came to; whoever has the inputs reckons again."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from listings.models import ListingVersion, ShareAgreement
from participants.actors import acting_for
from participants.models import Organization

__all__ = ["Contribution"]


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, user: Any) -> ContributionQuerySet:
        """Who reckoned it, and whoever is asked to sign an agreement that goes by it."""
        own = acting_for(user)
        asked = ShareAgreement.objects.visible_to(user).filter(rest__has_key="contribution").annotate(
            named=KeyTextTransform("code", KeyTransform("contribution", "rest"))).values("named")
        return self.filter(Q(organization_id=own) | Q(code__in=asked))


class Contribution(models.Model):
    """One reckoning for one version. Append-only: other inputs are another reckoning."""

    code = models.CharField(max_length=16, unique=True)
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="contributions")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="who reckoned")
    kind = models.CharField(max_length=8, choices=[("coverage", "coverage"), ("utility", "utility"), ("sampled", "sampled")])
    inputs = models.JSONField(help_text="as settlement.sharing.contribution reads them")
    inputs_sha256 = models.CharField(max_length=64, help_text="of the inputs in canonical form")
    method = models.CharField(max_length=12)
    orders = models.PositiveIntegerField(default=0)
    bound_ppm = models.PositiveIntegerField(default=0, help_text="of the range of marginal worths, at 95 %; 0 where exact")
    whole = models.TextField()
    values = models.JSONField(help_text="by party: Shapley's value, what its absence would cost, Banzhaf's index; fractions as text")
    weights = models.JSONField(help_text="by party: whole weights")
    at = models.DateTimeField()

    objects = ContributionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=["coverage", "utility", "sampled"]), name="contribution_kind_known"),
                       models.CheckConstraint(condition=~Q(kind="sampled") | Q(orders__gt=0, bound_ppm__gt=0),
                                              name="contribution_sample_says_its_bound")]
        indexes = [models.Index(fields=["version"], name="contribution_of_version")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.organization_id}
