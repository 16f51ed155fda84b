"""Declarations and commitments 声明承诺 (item 15) and filings of trades made off the exchange 备案 (item 9)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from compliance.states import DeclarationStatus, FilingStatus
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["Declaration", "Filing"]


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def visible_to(self, user: Any) -> DeclarationQuerySet:
        """One's own organisation's declarations (the signed ones are public in extract, elsewhere)."""
        return self.filter(organization_id=acting_for(user))


class Declaration(models.Model):
    """A signed promise about source, rights, quality and use, for 12 months. ``subject`` is a product's code, or '' for all."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="declarations")
    subject = models.CharField(max_length=20, blank=True)
    template = models.CharField(max_length=24)
    template_version = models.CharField(max_length=12)
    template_hash = models.CharField(max_length=64)
    answers = models.JSONField(default=dict)
    document_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 over template hash, answers, declarant and list version")
    rule_set = models.CharField(max_length=24, blank=True, help_text="the negative list it was checked against")
    status = models.CharField(max_length=12, choices=DeclarationStatus, default=DeclarationStatus.DRAFT)
    version = models.PositiveIntegerField(default=1, help_text="raised by each saved change of a draft")
    signed_by = models.CharField(max_length=40, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DeclarationStatus.values), name="declaration_status_known"),
            models.CheckConstraint(condition=Q(status__in=["draft", "discarded"]) | (Q(effective_to__gt=F("effective_from"))
                                   & ~Q(document_hash="") & ~Q(signed_by="")), name="declaration_signed_is_complete"),
            models.UniqueConstraint(fields=["organization", "subject", "template"], condition=Q(status="in_force"),
                                    name="declaration_one_in_force"),
        ]
        indexes = [models.Index(fields=["status", "effective_to"], name="declaration_deadline")]


class FilingQuerySet(models.QuerySet["Filing"]):
    def visible_to(self, user: Any) -> FilingQuerySet:
        """Filings that one's own organisation reported or is named in."""
        key = acting_for(user)
        return self.filter(Q(reporter_id=key) | Q(counterparty_id=key))


class Filing(models.Model):
    """The checking of an off-exchange trade. What was traded stands with the report (``subject``), in the trading room."""

    code = models.CharField(max_length=16, unique=True)
    subject = models.CharField(max_length=20, help_text="code of the trade report")
    title = models.CharField(max_length=200)
    reporter = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="filings_reported")
    counterparty = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="filings_named_in")
    facts = models.JSONField(default=dict, help_text="facts stated for the negative list")
    verdict = models.CharField(max_length=12)
    hits = models.JSONField(default=list)
    rule_set = models.CharField(max_length=24)
    red = models.BooleanField(default=False, help_text="two reviewers of the authority decide")
    status = models.CharField(max_length=12, choices=FilingStatus, default=FilingStatus.FILED)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.TextField(blank=True)
    filed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(default=False)

    objects = FilingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=FilingStatus.values), name="filing_status_known"),
            models.CheckConstraint(condition=~Q(reporter=F("counterparty")), name="filing_two_parties"),
            models.CheckConstraint(condition=~Q(status__in=["confirmed", "verified"]) | Q(confirmed_by__isnull=False),
                                   name="filing_confirmed_by_somebody"),
            models.CheckConstraint(condition=~Q(status="verified") | Q(decided_by__isnull=False), name="filing_verified_by_somebody"),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("filed_by")),
                                   name="filing_confirmer_differs"),
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | (~Q(decided_by=F("filed_by")) & ~Q(decided_by=F("confirmed_by"))),
                                   name="filing_decider_differs"),
            models.UniqueConstraint(fields=["subject"], condition=~Q(status__in=["rejected", "withdrawn"]), name="filing_one_per_report"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="filing_deadline")]

    def party_ids(self) -> tuple[int, ...]:
        return (self.reporter_id, self.counterparty_id)
