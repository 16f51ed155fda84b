"""A list that came into force asks about everything on sale anew 重新判定: how far it has come, slice by slice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

__all__ = ["RescreenSlice", "Rescreening"]


class Rescreening(models.Model):
    """One version of the negative list going through everything on sale. What is still to do is read from the listings themselves."""

    code = models.CharField(max_length=16, unique=True)
    rule_set = models.CharField(max_length=24, unique=True, help_text="label of the list version that judges")
    cause = models.CharField(max_length=20, help_text="code of that version")
    total = models.PositiveIntegerField(help_text="listings that stood under another version when it began")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    overtaken = models.BooleanField(default=False, help_text="a further version came into force before it was through")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["overtaken"], condition=Q(finished_at__isnull=True), name="rescreening_one_running")]
        verbose_name = verbose_name_plural = "重新判定"

    def __str__(self) -> str:
        return self.code


class RescreenSlice(models.Model):
    """What one slice did, written in its own transaction; append-only, so what is counted has happened."""

    rescreening = models.ForeignKey(Rescreening, on_delete=models.PROTECT, related_name="slices")
    judged = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    released = models.PositiveIntegerField()
    lines_root = models.CharField(max_length=64, help_text="Merkle root over code and verdict of each listing")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(judged__gt=0), name="rescreen_slice_did_something")]
