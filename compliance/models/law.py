"""The negative list by versions and dates (Data Twenty items 14 and 20): a past act is judged by the list of its date."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.rules.base import Tier
from compliance.states import ListStatus

__all__ = ["ListComment", "NegativeListEntry", "NegativeListVersion", "RuleCheck", "TermList"]


class NegativeListVersion(models.Model):
    """One version of the list. ``edition`` counts what was proposed under this code: entries of an edition never change."""

    code = models.CharField(max_length=16, unique=True)
    version = models.CharField(max_length=24, unique=True, help_text="label shown, e.g. 2026.1")
    status = models.CharField(max_length=12, choices=ListStatus, default=ListStatus.DRAFT)
    edition = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64)
    summary_zh = models.TextField()
    summary_en = models.TextField()
    urgent = models.BooleanField(default=False, help_text="in force at once, only stricter, noticed afterwards")
    drafted_by = models.CharField(max_length=40)
    hands = ArrayField(models.CharField(max_length=40), default=list, help_text="everyone who drafted, edited or proposed it")
    approved_by = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    notice_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ListStatus.values), name="list_status_known"),
            models.UniqueConstraint(fields=["status"], condition=Q(status="in_force"), name="list_one_in_force"),
            models.CheckConstraint(condition=~Q(status__in=["scheduled", "in_force", "superseded"]) | Q(effective_from__isnull=False),
                                   name="list_in_force_has_a_date"),
        ]
        indexes = [models.Index(fields=["-effective_from"], name="list_by_date")]
        verbose_name = verbose_name_plural = "负面清单"

    def __str__(self) -> str:
        return self.version


class NegativeListEntry(models.Model):
    """One rule of one edition, as data; append-only."""

    version = models.ForeignKey(NegativeListVersion, on_delete=models.PROTECT, related_name="entries")
    edition = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField()
    rule_id = models.CharField(max_length=12)
    tier = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Tier])
    category = models.CharField(max_length=60)
    rule = models.JSONField(help_text="the rule in schema negative-list/1")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "edition", "rule_id"], name="entry_once"),
            models.CheckConstraint(condition=Q(tier__in=[one.value for one in Tier]), name="entry_tier_known"),
        ]
        ordering = ["position"]


class ListComment(models.Model):
    """What somebody said of a proposal while its notice ran; append-only, told by its hash alone."""

    version = models.ForeignKey(NegativeListVersion, on_delete=models.PROTECT, related_name="comments")
    edition = models.PositiveIntegerField()
    author = models.CharField(max_length=40)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class RuleCheck(models.Model):
    """Somebody compared a rule with the text it cites: how it was read, whether they agree, when it is due again; append-only."""

    rule_id = models.CharField(max_length=12)
    evidence = models.CharField(max_length=16)
    holds = models.BooleanField()
    note = models.TextField()
    checked_by = models.CharField(max_length=40)
    at = models.DateTimeField()
    next_check_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="rule_check_mark_known",
                                              condition=Q(evidence__in=["seen", "seen_secondary", "recalled"])),
                       models.CheckConstraint(condition=Q(next_check_at__gt=F("at")), name="rule_check_is_due_later")]
        indexes = [models.Index(fields=["rule_id", "-id"], name="rule_check_newest")]
        verbose_name = verbose_name_plural = "规则核对"


class TermList(models.Model):
    """Terms imported by an administrator, beside those of the rules; a find is a suspicion only."""

    name = models.CharField(max_length=60)
    terms = ArrayField(models.CharField(max_length=200))
    source = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    imported_by = models.CharField(max_length=40)
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], condition=Q(effective_to__isnull=True), name="term_list_one_in_force")]
