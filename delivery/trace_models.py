"""A sample that is read against every file whose copies are marked: one row of work, read file by file, continued by whoever comes next."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from delivery.states import TraceStatus
from participants.models import User

__all__ = ["LeakTrace"]


class LeakTrace(models.Model):
    """Which files, how many of them are read, what was found; a file counts as read in the very transaction that keeps what it showed."""

    code = models.CharField(max_length=16, unique=True)
    check_of = models.OneToOneField("delivery.LeakCheck", on_delete=models.PROTECT, related_name="trace")
    plans = models.JSONField(help_text="keys of the marked files, in the order they are read")
    files = models.PositiveIntegerField(help_text="how many")
    left_out = models.PositiveIntegerField(default=0, help_text="marked files that are not read for their number")
    compared = models.PositiveIntegerField(help_text="copies of all files together, which share the chance of error")
    read = models.PositiveIntegerField(default=0)
    traces = models.JSONField(default=list, help_text="one row a file that the sample has rows of")
    status = models.CharField(max_length=7, choices=TraceStatus, default=TraceStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often the file that is next was begun")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until then whoever reads has it; afterwards another takes it up")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("副本追踪")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TraceStatus.values), name="trace_status_known"),
            models.CheckConstraint(condition=Q(files__gt=0, read__lte=F("files")), name="trace_reads_its_files"),
            models.CheckConstraint(condition=~Q(status="done") | Q(read=F("files")), name="trace_done_is_whole"),
            models.CheckConstraint(condition=Q(status__in=["queued", "running"], due_at__isnull=False, ended_at__isnull=True)
                                   | Q(status__in=["done", "failed"], due_at__isnull=True, ended_at__isnull=False),
                                   name="trace_open_until"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="trace_due")]

    def __str__(self) -> str:
        return self.code
