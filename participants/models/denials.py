"""Attempts that were denied 越权尝试 (I28): numbered without a gap, append-only, kept as long as the logs must be."""

from __future__ import annotations

from django.db import models

from participants.models.parties import Organization, User

__all__ = ["DeniedAttempt"]


class DeniedAttempt(models.Model):
    """Somebody signed in was refused an act or an object: who, for whom, which act, where. ``seq`` is given by the database."""

    seq = models.BigIntegerField(unique=True, help_text="1, 2, 3 … without a gap")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    act = models.CharField(max_length=80, help_text="the permission that was asked for")
    code = models.CharField(max_length=80, help_text="the refusal that answered")
    subject = models.CharField(max_length=24, blank=True, help_text="code of the object, where one was asked for")
    place = models.CharField(max_length=120, help_text="the address' pattern, never what was typed")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "denied attempts"
        indexes = [models.Index(fields=["user", "-seq"], name="denied_of_user")]
