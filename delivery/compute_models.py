"""Reviewed algorithms and the jobs that carry them to the data (C6, W14): what was approved is pinned, what came back is kept."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from delivery.states import AlgorithmStatus, JobStatus
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["Algorithm", "ComputeJob"]


class AlgorithmQuerySet(models.QuerySet["Algorithm"]):
    def visible_to(self, user: Any) -> AlgorithmQuerySet:
        return self.filter(organization_id=acting_for(user))


class Algorithm(models.Model):
    """One version of an algorithm: its text never changes, another text is another version. Two people pass it, one stage each."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="algorithms")
    title = models.CharField(max_length=80)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="what pins it: of the text, byte by byte")
    status = models.CharField(max_length=10, choices=AlgorithmStatus, default=AlgorithmStatus.SUBMITTED)
    secured_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it was refused")
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = AlgorithmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AlgorithmStatus.values), name="algorithm_status_known"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="algorithm_is_pinned"),
            models.CheckConstraint(condition=~Q(status="approved") | Q(secured_by__isnull=False, approved_by__isnull=False),
                                   name="algorithm_passed_both_stages"),
            models.CheckConstraint(condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("secured_by")), name="algorithm_by_two"),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(reason=""), name="algorithm_refused_why"),
            models.UniqueConstraint(fields=["organization", "sha256"], condition=Q(status__in=["submitted", "secured", "approved"]),
                                    name="algorithm_once"),
        ]

    def __str__(self) -> str:
        return self.code


class ComputeJobQuerySet(models.QuerySet["ComputeJob"]):
    def visible_to(self, user: Any) -> ComputeJobQuerySet:
        """The two sides of the delivery it was ordered under."""
        key = acting_for(user)
        return self.filter(Q(delivery__buyer_id=key) | Q(delivery__seller_id=key))


class ComputeJob(models.Model):
    """One run of an approved algorithm at the holder: asked by the buyer, answered by the holder's runner with its trace."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="jobs")
    algorithm = models.ForeignKey(Algorithm, on_delete=models.PROTECT, related_name="jobs")
    algorithm_sha256 = models.CharField(max_length=64, help_text="as it was approved, pinned when the job was ordered")
    file_sha256 = models.CharField(max_length=64, help_text="the data version it runs over")
    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    rows = models.JSONField(default=list, help_text="groups with their measures; never a row of the data")
    trace = models.JSONField(default=list, help_text="what the holder reads of how its data was computed over")
    reason = models.CharField(max_length=300, blank=True)
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
                                   help_text="who answers for what comes out of it")
    ordered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = ComputeJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="job_status_known"),
            models.CheckConstraint(condition=Q(status="done") & ~Q(trace=[]) | ~Q(status="done") & Q(rows=[], trace=[]),
                                   name="job_answer_has_its_trace"),
            models.CheckConstraint(condition=Q(status="queued", due_at__isnull=False, ended_at__isnull=True)
                                   | ~Q(status="queued") & Q(due_at__isnull=True, ended_at__isnull=False), name="job_queued_until"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="queued"), name="job_due")]

    def __str__(self) -> str:
        return self.code
