"""Model and verification services, their calls, and what is held because it looks like probing (C6, R14, W14)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from delivery.compute_models import Algorithm
from delivery.states import HoldStatus, ServiceStatus
from listings.models import ListingVersion
from participants.actors import acting_for
from participants.models import User

__all__ = ["Service", "ServiceCall", "ServiceHold", "ServiceKind"]


class ServiceKind(models.TextChoices):
    MODEL = "model", _("模型评分")
    VERIFICATION = "verification", _("核验")


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: Any) -> ServiceQuerySet:
        """The holder's own."""
        return self.filter(version__organization_id=acting_for(user))


class Service(models.Model):
    """What may be called of one version: a model by its reviewed text, or records kept as keyed hashes; what it is never changes."""

    code = models.CharField(max_length=16, unique=True)
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="services")
    kind = models.CharField(max_length=12, choices=ServiceKind)
    algorithm = models.ForeignKey(Algorithm, on_delete=models.PROTECT, null=True, blank=True, related_name="services")
    pinned_sha256 = models.CharField(max_length=64, help_text="of the model's text, or of all hashes of the records")
    fields = ArrayField(models.CharField(max_length=40), help_text="a model's inputs, or the subject's field and those matched")
    purposes = ArrayField(models.CharField(max_length=80), help_text="for what it may be called")
    subjects = models.BinaryField(default=b"", help_text="sixteen bytes a subject, keyed, in order")
    records = models.BinaryField(default=b"", help_text="sixteen bytes a record, keyed, in order")
    most_calls = models.PositiveIntegerField(help_text="of one buyer in 24 hours")
    most_subjects = models.PositiveIntegerField(help_text="different subjects of one buyer in 24 hours")
    status = models.CharField(max_length=6, choices=ServiceStatus, default=ServiceStatus.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=40, help_text="actor code")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ServiceStatus.values, kind__in=ServiceKind.values), name="service_words_known"),
            models.CheckConstraint(condition=Q(kind="model", algorithm__isnull=False, subjects=b"", records=b"")
                                   | Q(kind="verification", algorithm__isnull=True) & ~Q(records=b""), name="service_is_one_kind"),
            models.CheckConstraint(condition=Q(pinned_sha256__regex=r"^[0-9a-f]{64}$"), name="service_is_pinned"),
            models.CheckConstraint(condition=Q(most_calls__gt=0, most_subjects__gt=0), name="service_is_limited"),
            models.UniqueConstraint(fields=["version"], condition=Q(status="open"), name="service_one_open"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.version.organization_id}


class ServiceCall(models.Model):
    """One call and its answer; append-only. Who was asked about stands as a keyed hash, found again by whoever is asked for access."""

    code = models.CharField(max_length=16, unique=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="calls")
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="service_calls")
    subject = models.CharField(max_length=32, help_text="keyed hash of the subject")
    inputs = models.CharField(max_length=64, help_text="keyed hash of everything asked")
    parts = ArrayField(models.CharField(max_length=16), default=list, help_text="keyed hashes of each input")
    neighbour = models.BooleanField(default=False, help_text="its subject lies next to one asked before")
    purpose = models.CharField(max_length=80)
    basis = models.CharField(max_length=64, help_text="hash of the consent or ground the buyer named")
    outcome = models.CharField(max_length=40, help_text="yes, no, unknown, or the score")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(outcome="") & ~Q(purpose="") & ~Q(basis=""), name="call_is_for_something")]
        indexes = [models.Index(fields=["delivery", "-id"], name="call_of_delivery"),
                   models.Index(fields=["service", "subject"], name="call_of_subject")]

    def __str__(self) -> str:
        return self.code


class ServiceHold(models.Model):
    """Calls of one delivery held because they look like probing: both sides are told, the desk lifts or upholds it."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="service_holds")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="holds")
    status = models.CharField(max_length=6, choices=HoldStatus, default=HoldStatus.HELD)
    pattern = models.CharField(max_length=12)
    calls = models.PositiveIntegerField(help_text="answered before it was held; those before an end of it do not count again")
    reason = models.TextField(blank=True, help_text="what the desk said")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=HoldStatus.values), name="hold_status_known"),
            models.CheckConstraint(condition=Q(status="held", due_at__isnull=False, ended_at__isnull=True)
                                   | ~Q(status="held") & Q(due_at__isnull=True, ended_at__isnull=False), name="hold_until"),
            models.UniqueConstraint(fields=["delivery"], condition=Q(status="held"), name="hold_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.code
