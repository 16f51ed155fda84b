"""Conditions of a restricted listing 限制性条件 (Data Twenty item 14): one task each, proven by the seller, decided by a reviewer."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.rules.vocabulary import vocabulary
from evidence.models import Deposit
from listings.models.ground import known
from listings.models.offer import ListingVersion
from listings.states import ConditionStatus
from participants.actors import acting_for
from participants.models import User

__all__ = ["Condition", "ProofKind"]


class ProofKind(models.TextChoices):
    """What shows that a condition is met (``vocabulary.yaml`` says which one needs which)."""

    DOCUMENT = "document", _("文件")
    STATEMENT = "statement", _("书面说明")
    RECORD = "record", _("交易所记录")


class ConditionQuerySet(models.QuerySet["Condition"]):
    def visible_to(self, user: Any) -> ConditionQuerySet:
        """The conditions of one's own listings; a desk reads them in its own pages."""
        return self.filter(version__organization_id=acting_for(user))


class Condition(models.Model):
    """One condition of one version. A proof that is renewed, and one that has lapsed, are rows of their own, each with its decision."""

    code = models.CharField(max_length=16, unique=True)
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="asked")
    condition = models.CharField(max_length=60, help_text="code of the vocabulary")
    rules = ArrayField(models.CharField(max_length=40), help_text="the restricted rules that ask for it")
    proof = models.CharField(max_length=10, choices=ProofKind)
    status = models.CharField(max_length=10, choices=ConditionStatus, default=ConditionStatus.OPEN)
    statement = models.TextField(blank=True)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file_sha256 = models.CharField(max_length=64, blank=True, help_text="of a re-identification test: the file that was tested")
    proof_until = models.DateTimeField(null=True, blank=True, help_text="the proof's own end, as the seller reads it on the paper")
    effective_to = models.DateTimeField(null=True, blank=True, help_text="met until then; empty = for as long as the version lasts")
    provided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    provided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="the reviewer's, told to the seller")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="whose turn it is acts until then")

    objects = ConditionQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", ConditionStatus.values, "condition_status_known"),
            known("proof", ProofKind.values, "condition_proof_known"),
            models.UniqueConstraint(fields=["version", "condition"], condition=Q(status__in=["open", "provided", "returned"]),
                                    name="condition_one_under_way"),
            models.CheckConstraint(name="condition_proof_handed_in", condition=Q(status__in=["open", "void"]) | Q(proof="record")
                                   | (Q(provided_by__isnull=False) & ~Q(statement="") & (~Q(proof="document") | Q(deposit__isnull=False)))),
            models.CheckConstraint(name="condition_met_by_somebody", condition=~Q(status__in=["met", "lapsed", "failed"])
                                   | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""))),
            models.CheckConstraint(name="condition_decider_differs",
                                   condition=Q(decided_by__isnull=True) | Q(provided_by__isnull=True)
                                   | ~Q(decided_by=models.F("provided_by"))),
            models.CheckConstraint(name="condition_only_a_test_fails",
                                   condition=~Q(status="failed") | Q(condition="reidentification_test_report")),
            models.CheckConstraint(name="condition_lapses_at_an_end", condition=~Q(status="lapsed") | Q(effective_to__isnull=False)),
        ]
        indexes = [models.Index(fields=["version"], name="condition_failed_tests", condition=Q(status="failed")),
                   models.Index(fields=["version", "condition"], name="condition_of_version"),
                   models.Index(fields=["status", "due_at"], name="condition_queue"),
                   models.Index(fields=["effective_to"], name="condition_ends", condition=Q(status="met", effective_to__isnull=False))]

    def __str__(self) -> str:
        return self.code

    @property
    def text(self) -> tuple[str, str]:
        """What is asked, in both languages."""
        return vocabulary().conditions[self.condition]

    def party_ids(self) -> set[int]:
        return {self.version.organization_id}
