"""Yearly responsibility reports 社会责任报告 of large parties (R78): prepared, due, filed and published, or missed and a desk's task."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from compliance.states import ResponsibilityStatus
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["ResponsibilityReport"]


class ResponsibilityQuerySet(models.QuerySet["ResponsibilityReport"]):
    def visible_to(self, user: Any) -> ResponsibilityQuerySet:
        """One's own; what is filed is everyone's."""
        return self.filter(organization_id=acting_for(user))

    def published(self) -> ResponsibilityQuerySet:
        return self.filter(status=ResponsibilityStatus.FILED)


class ResponsibilityReport(models.Model):
    """One large party's report of one year; what was filed stands as it was, with its hash."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="responsibility_reports")
    year = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=ResponsibilityStatus, default=ResponsibilityStatus.DUE)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField(default=dict, help_text="by the heads of the form; a draft until it is filed")
    drafted_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)
    late = models.BooleanField(default=False)
    case = models.CharField(max_length=16, blank=True, help_text="the desk's task over a missed one")

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "year"], name="responsibility_once_a_year"),
            models.CheckConstraint(condition=Q(status__in=ResponsibilityStatus.values), name="responsibility_status_known"),
            models.CheckConstraint(condition=~Q(status="filed") | (Q(filed_at__isnull=False) & ~Q(sha256="")),
                                   name="responsibility_filed_whole"),
            models.CheckConstraint(condition=~Q(status="missed") | ~Q(case=""), name="responsibility_missed_is_a_task"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="responsibility_deadline")]

    def party_ids(self) -> tuple[int, ...]:
        return (self.organization_id,)
