"""Alerts of market surveillance 监测预警, and the thresholds from which the rules speak (R83, H4)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from participants.models import Organization, User
from trading.states import AlertStatus
from trading.surveillance.rules import MILLION, RULES, Rule, per_cent

__all__ = ["DetectorThreshold", "SurveillanceAlert"]

_OPEN = ("raised", "in_analysis")


class SurveillanceAlert(models.Model):
    """What a rule found, as it was when it was found: version, inputs, score, threshold and base rate never change; a person decides.

    ``subject`` names the group of parties: one alert about it is open at a time. ``base_rate_ppm`` is how rare the thing is, for the
    reader, who would otherwise take a high score for a likely one.
    """

    code = models.CharField(max_length=16, unique=True)
    rule = models.CharField(max_length=24)
    rule_version = models.CharField(max_length=16)
    subject = models.CharField(max_length=16, help_text="of the group of parties, whatever their order")
    parties = ArrayField(models.CharField(max_length=16), help_text="codes of organisations")
    objects_told = ArrayField(models.CharField(max_length=16), help_text="codes of trades, lots, requests, listings")
    inputs_hash = models.CharField(max_length=64)
    figures = models.JSONField(default=dict)
    score_ppm = models.PositiveIntegerField()
    threshold_ppm = models.PositiveIntegerField()
    base_rate_ppm = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=AlertStatus, default=AlertStatus.RAISED)
    overdue = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when it is claimed; then until when it is decided")
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    case = models.CharField(max_length=16, blank=True, help_text="in which the parties are asked")
    conduct_case = models.CharField(max_length=16, blank=True, help_text="what it was referred to")
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AlertStatus.values), name="alert_status_known"),
            models.CheckConstraint(condition=Q(score_ppm__gte=F("threshold_ppm"), score_ppm__lte=MILLION, base_rate_ppm__lte=MILLION),
                                   name="alert_reaches_its_threshold"),
            models.CheckConstraint(condition=Q(
                status__in=_OPEN, due_at__isnull=False, decided_at__isnull=True, decided_by__isnull=True) | Q(
                status__in=("dismissed", "referred"), due_at__isnull=True, decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(reason=""), name="alert_decided_by_a_person"),
            models.CheckConstraint(condition=Q(status="raised", assignee__isnull=True) | ~Q(status="raised") & Q(assignee__isnull=False),
                                   name="alert_held_by_somebody"),
            models.CheckConstraint(condition=Q(status="referred") & ~Q(conduct_case="") | ~Q(status="referred") & Q(conduct_case=""),
                                   name="alert_referred_to_a_case"),
            models.UniqueConstraint(fields=["rule", "subject"], condition=Q(status__in=_OPEN), name="alert_one_open_per_group"),
            models.UniqueConstraint(fields=["rule", "rule_version", "inputs_hash"], name="alert_once_per_inputs"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status__in=_OPEN), name="alert_queue"),
            models.Index(fields=["rule", "subject"], name="alert_of_group"),
            models.Index(fields=["status", "-id"], name="alert_of_status"),
            models.Index(fields=["rule", "-id"], name="alert_of_rule"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        """The parties it is about, of which it keeps the codes."""
        return set(Organization.objects.filter(code__in=self.parties).values_list("pk", flat=True))

    @property
    def test(self) -> Rule:
        """The rule as it stands in the house today; the version it was raised by is ``rule_version``."""
        return RULES[self.rule]

    @property
    def score_percent(self) -> str:
        return per_cent(self.score_ppm)

    @property
    def threshold_percent(self) -> str:
        return per_cent(self.threshold_ppm)

    @property
    def base_rate_percent(self) -> str:
        return per_cent(self.base_rate_ppm)

    @property
    def open(self) -> bool:
        return self.status in _OPEN

    @property
    def titles(self) -> tuple[str, str]:
        return self.test.text


class ThresholdQuerySet(models.QuerySet["DetectorThreshold"]):
    def in_force(self) -> dict[str, int]:
        """The newest adopted threshold of each rule's version of today."""
        newest = self.order_by("rule", "rule_version", "-id").distinct("rule", "rule_version")
        rows: Any = newest.values_list("rule", "rule_version", "threshold_ppm")
        return {rule: value for rule, version, value in rows if rule in RULES and RULES[rule].version == version}


class DetectorThreshold(models.Model):
    """A threshold that two people put in force, with what it would have made of past decisions; never changed, a newer one follows it."""

    rule = models.CharField(max_length=24)
    rule_version = models.CharField(max_length=16)
    threshold_ppm = models.PositiveIntegerField()
    backtest = models.JSONField(help_text="raised, confirmed and missed at this threshold and at the one before")
    source = models.CharField(max_length=300, help_text="why, as it was proposed")
    approval = models.UUIDField(unique=True)
    effective_from = models.DateTimeField()

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(threshold_ppm__range=(1, MILLION)), name="detector_threshold_in_range"),
            models.CheckConstraint(condition=~Q(backtest={}), name="detector_threshold_tried_first"),
        ]
        indexes = [models.Index(fields=["rule", "-id"], name="detector_threshold_newest")]
