"""Experiments of the laboratory: what is asked, its arms, and each run by arm and replication. The market is no part of it.

A run is decided by arm, seed and replication: whoever computes it comes to the same result, so that it may be begun twice and is kept once.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from participants.models import User
from simulation.states import ExperimentStatus
from simulation.wide.parameters import scenarios

__all__ = ["Arm", "Experiment", "Replication"]


class Experiment(models.Model):
    """One question to the simulated market: the same people and chances under every arm; its report once every run is kept."""

    code = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=80)
    about = models.CharField(max_length=20, blank=True, help_text="code of the rule that is proposed and tried here; '' for none")
    scenario = models.CharField(max_length=40)
    agents = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    replications = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=ExperimentStatus, default=ExperimentStatus.DRAFTED)
    version = models.CharField(max_length=20, blank=True, help_text="of the laboratory it was started with; runs of another do not mix")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="by when a draft is started, a pause ended, a run computed")
    fault = models.CharField(max_length=12, blank=True, help_text="why it failed: broken, overdue or version")
    replayed = models.JSONField(null=True, blank=True, help_text="what the rule would have done to the own market's last twelve months")
    report = models.JSONField(null=True, blank=True)
    result_hash = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=43, unique=True, null=True, blank=True,
                            help_text="of the unlisted page; empty when it is shared with nobody")

    class Meta:
        verbose_name = verbose_name_plural = _("政策实验")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExperimentStatus.values), name="experiment_status_known"),
            models.CheckConstraint(condition=Q(agents__gte=160, agents__lte=100_000, days__gte=1, days__lte=365, seed__gte=0,
                                               replications__gte=2, replications__lte=100), name="experiment_bounded"),
            models.CheckConstraint(condition=Q(status__in=["drafted", "running", "paused"], due_at__isnull=False, ended_at__isnull=True)
                                   | Q(status__in=["finished", "cancelled", "failed", "discarded"], due_at__isnull=True,
                                       ended_at__isnull=False),
                                   name="experiment_open_until"),
            models.CheckConstraint(condition=Q(status="finished", report__isnull=False, result_hash__regex="^[0-9a-f]{64}$")
                                   | ~Q(status="finished") & Q(report__isnull=True, result_hash=""), name="experiment_reports_when_whole"),
            models.CheckConstraint(condition=Q(status__in=["drafted", "discarded"], started_at__isnull=True, version="")
                                   | ~Q(status__in=["drafted", "discarded"]) & Q(started_at__isnull=False) & ~Q(version=""),
                                   name="experiment_starts_with_a_version"),
            models.CheckConstraint(condition=Q(status="failed") & ~Q(fault="") | ~Q(status="failed") & Q(fault=""),
                                   name="experiment_fails_for_a_reason"),
            models.CheckConstraint(condition=Q(link__isnull=True) | Q(status="finished"), name="experiment_shared_when_whole"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="experiment_due"),
                   models.Index(fields=["about"], condition=~Q(about=""), name="experiment_about"),
                   models.Index(fields=["asked_by", "status"], name="experiment_whose")]

    def __str__(self) -> str:
        return self.code

    @property
    def runs(self) -> int:
        """How many runs it has in all."""
        return self.arms.count() * self.replications

    @property
    def told(self) -> dict[str, Any]:
        """The report of a finished experiment."""
        assert self.report is not None, "only a finished experiment has a report"
        return dict(self.report)

    @property
    def scenario_words(self) -> tuple[str, str]:
        """The scenario's name in both languages; of one that is no more, its key."""
        one = scenarios().get(self.scenario)
        return (one.zh, one.en) if one else (self.scenario, self.scenario)


class Arm(models.Model):
    """One policy that is tried: what it changes of the scenario's parameters; number 0 is what the others are compared with."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="arms")
    number = models.PositiveSmallIntegerField()
    changes = models.JSONField(help_text="name of the policy -> whole number")

    class Meta:
        verbose_name = verbose_name_plural = _("实验组")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="arm_once"),
            models.UniqueConstraint(fields=["experiment", "changes"], name="arm_differs"),
            models.CheckConstraint(condition=Q(number__lt=8), name="arm_of_eight"),
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id}/{self.number}"


class Replication(models.Model):
    """One run: the arm's policy under the chances of the replication; its result is written once and never changes."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="replicas")
    arm = models.ForeignKey(Arm, on_delete=models.PROTECT, related_name="replicas")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=32, help_text="hash of all that decides the run")
    due_at = models.DateTimeField(null=True, blank=True, help_text="until then whoever computes has it; afterwards another takes it up")
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    result_hash = models.CharField(max_length=64, blank=True)
    took_ms = models.PositiveIntegerField(default=0, help_text="how long the computing took; estimates are made from it")
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("重复运行")
        constraints = [
            models.UniqueConstraint(fields=["arm", "number"], name="replication_once"),
            models.CheckConstraint(
                condition=Q(result__isnull=True, result_hash="", kept_at__isnull=True)
                | Q(result__isnull=False, result_hash__regex="^[0-9a-f]{64}$", kept_at__isnull=False, due_at__isnull=True,
                    attempts__gt=0),
                name="replication_kept_whole"),
        ]
        indexes = [models.Index(fields=["number", "arm"], condition=Q(result__isnull=True), name="replication_waits")]

    def __str__(self) -> str:
        return f"{self.arm_id}.{self.number}"
