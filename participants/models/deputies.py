"""Duties for a time: a deputy stands in for a person, a supervisor holds a further power; and looks at a party's pages."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from participants.models.parties import Membership, Organization, Person, User
from participants.roles import Role

__all__ = ["PartyView", "TimedGrant"]


class TimedGrant(models.Model):
    """A role, or a further capability of it, for a period that ends by itself: the membership it made carries the period.

    ``principal`` is who handed the duty over; a power without one was given by another supervisor.
    """

    LONGEST_DEPUTY = timedelta(days=92)
    LONGEST_POWER = timedelta(days=31)

    code = models.CharField(max_length=16, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    principal = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, choices=Role)
    capabilities = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, related_name="grant")
    reason = models.TextField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="taken back before its time")
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("代理与限时授权")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="timed_grant_has_a_reason"),
            models.CheckConstraint(condition=Q(principal__isnull=True) | ~Q(principal=F("person")), name="timed_grant_not_to_oneself"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("effective_from")), name="timed_grant_forward"),
            models.CheckConstraint(condition=Q(effective_to__lte=F("effective_from") + timedelta(days=92)), name="timed_grant_ends_soon"),
            models.CheckConstraint(condition=Q(principal__isnull=False) | Q(effective_to__lte=F("effective_from") + timedelta(days=31)),
                                   name="timed_power_ends_sooner"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                                   | Q(ended_at__isnull=False, ended_by__isnull=False), name="timed_grant_end_has_a_person"),
        ]
        indexes = [models.Index(fields=["person", "effective_to"], name="timed_grant_of")]

    def __str__(self) -> str:
        return self.code


class PartyView(models.Model):
    """Somebody of the venue looks at a party's pages as it sees them: for a reason, for half an hour, writing nothing."""

    LASTS = timedelta(minutes=30)

    code = models.CharField(max_length=16, unique=True)
    viewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="party_view_has_a_reason"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begun_at")) & Q(ends_at__lte=F("begun_at") + timedelta(hours=1)),
                                   name="party_view_ends_soon"),
        ]
        indexes = [models.Index(fields=["viewer", "organization", "ends_at"], name="party_view_running")]

    def __str__(self) -> str:
        return self.code
