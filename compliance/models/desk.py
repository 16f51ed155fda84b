"""The desk's own papers: queues as somebody likes them, letters with their versions, the end of the operator's day (CAP-H3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models import Organization, User

__all__ = ["DayEnd", "LetterTemplate", "SavedView"]


class SavedView(models.Model):
    """A named filter of one queue, of one person; shared with his desk where he wishes, opened first where it is his default."""

    code = models.CharField(max_length=16, unique=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    queue = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    wanted = models.JSONField(help_text="q, state, holder, late: what the filter keeps")
    shared = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "desk", "queue", "name"], condition=Q(removed_at__isnull=True),
                                    name="saved_view_named_once"),
            models.UniqueConstraint(fields=["owner", "desk", "queue"], condition=Q(removed_at__isnull=True, is_default=True),
                                    name="saved_view_one_default"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        ]
        indexes = [models.Index(fields=["desk", "queue"], name="saved_view_desk")]

    def __str__(self) -> str:
        return f"{self.queue}: {self.name}"


class LetterTemplate(models.Model):
    """One version of a letter in two languages; it is used once a second person has approved it, and never changes after."""

    code = models.CharField(max_length=16, unique=True)
    key = models.SlugField(max_length=20)
    version = models.PositiveSmallIntegerField()
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80)
    body_zh = models.TextField()
    body_en = models.TextField()
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    effective_from = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="letter_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="letter_version_counts_from_one"),
            models.CheckConstraint(condition=~Q(body_zh="") & ~Q(body_en="") & ~Q(name_zh="") & ~Q(name_en=""),
                                   name="letter_in_both_languages"),
            models.CheckConstraint(condition=Q(effective_from__isnull=True) | Q(refused_at__isnull=True), name="letter_decided_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    @property
    def names(self) -> tuple[str, str]:
        return (self.name_zh, self.name_en)


class DayEnd(models.Model):
    """A day of the venue that its operator closed: each check as it stood, and why what was open was left; append-only."""

    code = models.CharField(max_length=16, unique=True)
    day = models.DateField(unique=True)
    checks = models.JSONField(help_text="check -> how many things were open")
    left = models.TextField(blank=True, help_text="why what was open was left")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.day)
