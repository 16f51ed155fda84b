"""Reviews of a version and the holds that stop things 审核、暂停."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listings.models.ground import known
from listings.models.offer import Listing, ListingVersion
from listings.models.registration import RegistrationCertificate
from listings.models.supply import PropertyRight
from listings.states import (
    ReviewStatus,
)
from participants.models import Person, User


class Verdict(models.TextChoices):
    APPROVE = "approve", _("通过")
    APPROVE_WITH_CONDITIONS = "approve_with_conditions", _("附条件通过")
    REFUSE = "refuse", _("不予通过")
    RETURN = "return", _("退回补正")


class Review(models.Model):
    """One person's review of a version 审核: rows 1, 2, 3; all persons of a version differ (unique key, set by trigger)."""

    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="reviews")
    order = models.PositiveSmallIntegerField()
    needs = models.CharField(max_length=20, help_text="compliance_officer, review_first or review_second")
    status = models.CharField(max_length=10, choices=ReviewStatus, default=ReviewStatus.WAITING)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                               help_text="the real person behind the account, set by trigger")
    verdict = models.CharField(max_length=24, choices=Verdict, blank=True)
    rules = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="rules cited, at least one in a decision")
    conditions = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    class_record = models.TextField(blank=True, help_text="the reviewer's record on a class or grade below the scan or an earlier one")
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    drafted_at = models.DateTimeField(null=True, blank=True, help_text="own draft written: earlier opinions may be shown")
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True, help_text="when its time ran out and the head of the desk was told")

    class Meta:
        constraints = [
            known("status", ReviewStatus.values, "review_status_known"),
            models.CheckConstraint(condition=Q(order__gte=1, order__lte=3), name="review_order_known"),
            models.UniqueConstraint(fields=["version", "order"], condition=~Q(status__in=["recused", "void"]), name="review_order_once"),
            models.UniqueConstraint(fields=["version", "person"], condition=Q(person__isnull=False), name="review_persons_differ"),
            models.CheckConstraint(condition=Q(status__in=["waiting", "void"]) | Q(reviewer__isnull=False), name="review_has_reviewer"),
            models.CheckConstraint(condition=~Q(status="decided") | (~Q(verdict="") & ~Q(reason="") & ~Q(rules=[])),
                                   name="review_decision_reasoned"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="review_queue")]


class ScreeningRun(models.Model):
    """One answer of the negative list about a version, append-only: at submit, and again whenever the list changes."""

    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="screenings")
    verdict = models.CharField(max_length=12)
    rule_set = models.CharField(max_length=40)
    hits = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    cause = models.CharField(max_length=20, help_text="submit, or the code of the list version that made us look again")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["version", "-at"], name="screening_newest")]


class Hold(models.Model):
    """Why a listing, right or certificate stands still: reason, who ordered it, until when, the way back."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    right = models.ForeignKey(PropertyRight, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    certificate = models.ForeignKey(RegistrationCertificate, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    reason_code = models.CharField(max_length=60)
    reason_zh = models.TextField()
    reason_en = models.TextField(blank=True)
    way_back_zh = models.TextField(blank=True)
    way_back_en = models.TextField(blank=True)
    cause_code = models.CharField(max_length=20, blank=True, help_text="the finding, rule set or right behind it")
    ordered_by = models.CharField(max_length=40, help_text="actor code, or system")
    ordered_as = models.CharField(max_length=24, help_text="seller, compliance_officer, regulator, surveillance, venue_operator, system")
    placed_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_stops_one_thing",
                condition=Q(listing__isnull=False, right__isnull=True, certificate__isnull=True)
                | Q(listing__isnull=True, right__isnull=False, certificate__isnull=True)
                | Q(listing__isnull=True, right__isnull=True, certificate__isnull=False),
            ),
            models.UniqueConstraint(fields=["listing", "reason_code", "cause_code"], name="hold_once_per_cause",
                                    condition=Q(lifted_at__isnull=True, listing__isnull=False)),
        ]
        indexes = [models.Index(fields=["listing"], condition=Q(lifted_at__isnull=True), name="listing_hold_open")]
