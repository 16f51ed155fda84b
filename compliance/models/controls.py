"""Control lists 管控名单 (R66, W20): sanction, black, cautious and white lists in dated versions, what they hit, how places treat us."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.states import ControlListStatus, ControlMatchStatus
from evidence.models import Deposit
from participants.models import Organization

__all__ = ["ControlEntry", "ControlKind", "ControlList", "ControlMatch", "JurisdictionStance", "Stance"]


class ControlKind(models.TextChoices):
    SANCTION = "sanction", _("制裁名单")
    BLACK = "black", _("黑名单")
    CAUTIOUS = "cautious", _("谨慎名单")
    WHITE = "white", _("白名单")


class ControlList(models.Model):
    """One dated version of a list. A new version of the same key takes its place; a revoked one hits nobody any more."""

    code = models.CharField(max_length=16, unique=True)
    key = models.SlugField(max_length=40, help_text="which list, over all its versions")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ControlKind)
    name = models.CharField(max_length=120)
    authority = models.CharField(max_length=120, help_text="who publishes it")
    dated = models.DateField(help_text="the list's own date")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64)
    entries_count = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=ControlListStatus, default=ControlListStatus.PROPOSED)
    reason = models.TextField(blank=True)
    proposed_at = models.DateTimeField()
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("管控名单")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ControlListStatus.values), name="control_list_status_known"),
            models.CheckConstraint(condition=Q(kind__in=ControlKind.values), name="control_list_kind_known"),
            models.UniqueConstraint(fields=["key", "version"], name="control_list_version_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(status="in_force"), name="control_list_one_in_force"),
            models.UniqueConstraint(fields=["key"], condition=Q(status="proposed"), name="control_list_one_proposed"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ControlEntry(models.Model):
    """One name of a list, as published, with its skeleton and credit code for matching; append-only."""

    list = models.ForeignKey(ControlList, on_delete=models.PROTECT, related_name="entries")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=160, db_index=True)
    uscc = models.CharField(max_length=18, blank=True, db_index=True)
    jurisdiction = models.CharField(max_length=2, blank=True)
    basis = models.CharField(max_length=200, blank=True)
    until = models.DateField(null=True, blank=True, help_text="the entry's own end")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "position"], name="control_entry_once"),
            models.CheckConstraint(condition=~Q(name_key="") | ~Q(uscc=""), name="control_entry_can_match"),
        ]


class ControlMatch(models.Model):
    """That a list in force names an organisation: flagged until the list is revoked, the entry ends, or another party was meant."""

    code = models.CharField(max_length=16, unique=True)
    entry = models.ForeignKey(ControlEntry, on_delete=models.PROTECT, related_name="matches")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="control_matches")
    kind = models.CharField(max_length=10, choices=ControlKind)
    by = models.CharField(max_length=4, choices=[("uscc", "uscc"), ("name", "name")])
    status = models.CharField(max_length=8, choices=ControlMatchStatus, default=ControlMatchStatus.OPEN)
    case_code = models.CharField(max_length=16, blank=True)
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ControlMatchStatus.values), name="control_match_status_known"),
            models.CheckConstraint(condition=~Q(status="cleared") | (Q(cleared_at__isnull=False) & ~Q(reason="")),
                                   name="control_match_cleared_with_reason"),
            models.UniqueConstraint(fields=["entry", "organization"], name="control_match_once"),
        ]
        indexes = [models.Index(fields=["organization", "status"], name="control_match_open")]


class Stance(models.TextChoices):
    RECIPROCAL = "reciprocal", _("对等")
    RESTRICTIVE = "restrictive", _("对我国采取歧视性措施")


class JurisdictionStance(models.Model):
    """How a jurisdiction treats data investment and trade with China, for a period: the reciprocity flag (R66, DSL 26)."""

    jurisdiction = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    stance = models.CharField(max_length=12, choices=Stance)
    basis = models.CharField(max_length=200)
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("对等立场")
        constraints = [
            models.CheckConstraint(condition=Q(stance__in=Stance.values), name="stance_known"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                                   name="stance_period_forward"),
            models.UniqueConstraint(fields=["jurisdiction"], condition=Q(effective_to__isnull=True), name="stance_one_in_force"),
        ]
