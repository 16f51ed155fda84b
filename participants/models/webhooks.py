"""Where a party's own programs are told what happened 事件推送 (CAP-I6): an address, its secret, how far it has been told."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.vault import SealedTextField
from participants.models.parties import Organization

__all__ = ["Webhook", "WebhookSend", "WebhookStatus"]


class WebhookStatus(models.TextChoices):
    ACTIVE = "active", _("推送中")
    PAUSED = "paused", _("已暂停")
    ENDED = "ended", _("已停用")


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: Any) -> WebhookQuerySet:
        """One's own organisation's."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))


class Webhook(models.Model):
    """One address of one organisation. ``position`` is the next place in the log to look at; it moves when an answer says so.

    While a secret is being changed both sign. ``tries`` counts failures of the fact at ``position``.
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=400)
    kinds = ArrayField(models.CharField(max_length=80), default=list, help_text="beginnings of kinds; empty = all")
    mine = models.BooleanField(default=True, help_text="only what concerns the organisation; else all it may read")
    secret = SealedTextField()
    former_secret = SealedTextField(blank=True)
    former_until = models.DateTimeField(null=True, blank=True, help_text="until when the former secret signs too")
    status = models.CharField(max_length=8, choices=WebhookStatus, default=WebhookStatus.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    position = models.BigIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True, help_text="when a failed send is tried again")
    created_at = models.DateTimeField()

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "url"], condition=~Q(status="ended"), name="webhook_address_once"),
            models.CheckConstraint(condition=Q(status__in=WebhookStatus.values), name="webhook_status_known"),
            models.CheckConstraint(condition=Q(position__gte=0), name="webhook_position_in_log"),
            models.CheckConstraint(condition=Q(former_secret="", former_until__isnull=True)
                                   | ~Q(former_secret="") & Q(former_until__isnull=False), name="webhook_former_secret_ends"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="active"), name="webhook_active")]

    def __str__(self) -> str:
        return self.code

    def sealed_for(self) -> str:
        return f"{self.organization.code}:webhook"


class WebhookSend(models.Model):
    """One try to tell one fact: the answer's status, or why there was none. Rows are never changed; old ones are forgotten."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="sends")
    position = models.BigIntegerField()
    kind = models.CharField(max_length=80)
    subject = models.CharField(max_length=64)
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.CharField(max_length=12, blank=True)
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(status__isnull=False) | ~Q(fault=""), name="send_has_an_answer_or_a_fault")]
        indexes = [models.Index(F("webhook"), F("id").desc(), name="send_of_webhook")]
