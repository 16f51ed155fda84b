"""Conduct 失信认定: accusation, statement, decision, objection; then sanctions from a table with basis, restoration, credit.

Data Twenty item 16; rules H. A venue is a market body: it uses contract measures only, and none without a basis.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.states import ConductStatus, RestorationStatus, SanctionStatus
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["ConductCase", "CreditRecord", "Finding", "Objection", "ReportSetting", "Restoration", "Sanction", "SelfReport",
           "SelfReportCheck", "Severity"]


class Severity(models.TextChoices):
    MINOR = "minor", _("轻微")
    ORDINARY = "ordinary", _("一般")
    SERIOUS = "serious", _("严重")


class ConductQuerySet(models.QuerySet["ConductCase"]):
    def visible_to(self, user: Any) -> ConductQuerySet:
        """Cases against one's own organisation, from the notice on."""
        return self.filter(organization_id=acting_for(user)).exclude(status=ConductStatus.ACCUSED)


class ConductCase(models.Model):
    """One accusation against an organisation, with its clock at each step."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="conduct_cases")
    subject_code = models.CharField(max_length=20, help_text="what it is about: an alert, trade, declaration, complaint")
    conduct = models.CharField(max_length=40, help_text="row of the conduct catalogue")
    alleged = models.CharField(max_length=12, choices=Severity)
    text = models.TextField(help_text="what is alleged, on which facts")
    status = models.CharField(max_length=12, choices=ConductStatus, default=ConductStatus.ACCUSED)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    statement = models.TextField(blank=True)
    papers = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    extended = models.BooleanField(default=False)
    overdue = models.BooleanField(default=False)
    closing_reason = models.TextField(blank=True)

    objects = ConductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ConductStatus.values), name="conduct_status_known"),
            models.CheckConstraint(condition=Q(alleged__in=Severity.values), name="conduct_severity_known"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="conduct_deadline")]


class Finding(models.Model):
    """The decision document; append-only. ``second`` is the other regulator where the finding is serious (I18)."""

    code = models.CharField(max_length=16, unique=True)
    case = models.ForeignKey(ConductCase, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField(default=1, help_text="2 = as amended on objection")
    severity = models.CharField(max_length=12, choices=Severity)
    conduct = models.CharField(max_length=40)
    reasons = models.TextField()
    basis = models.CharField(max_length=200)
    authority_document = models.CharField(max_length=200, blank=True, help_text="where another authority's decision is adopted")
    document_date = models.DateField(null=True, blank=True, help_text="of the adopted document: terms of publicity run from it")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    document_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="finding_severity_known"),
            models.CheckConstraint(condition=~Q(severity="serious") | Q(second__isnull=False), name="finding_serious_needs_two"),
            models.CheckConstraint(condition=Q(second__isnull=True) | ~Q(second=F("decided_by")), name="finding_two_persons"),
            models.CheckConstraint(condition=~Q(basis=""), name="finding_has_a_basis"),
            models.UniqueConstraint(fields=["case", "number"], name="finding_numbered"),
        ]


class Sanction(models.Model):
    """One measure in force against an organisation, from the decision on; the code of a row of the measure table."""

    code = models.CharField(max_length=16, unique=True)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="sanctions")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sanctions")
    measure = models.CharField(max_length=40)
    basis = models.CharField(max_length=200)
    severity = models.CharField(max_length=12, choices=Severity)
    status = models.CharField(max_length=12, choices=SanctionStatus, default=SanctionStatus.IN_FORCE)
    effective_from = models.DateTimeField()
    earliest_end_at = models.DateTimeField(help_text="restoration is refused before")
    effective_to = models.DateTimeField(help_text="ends by itself")
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=12, blank=True, choices=[(c, c) for c in ("served", "restored", "annulled", "amended")])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SanctionStatus.values), name="sanction_status_known"),
            models.CheckConstraint(condition=~Q(basis=""), name="sanction_has_a_basis"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("effective_from")), name="sanction_period_forward"),
            models.CheckConstraint(condition=~Q(status="ended") | (Q(ended_at__isnull=False) & ~Q(cause="")),
                                   name="sanction_end_has_cause"),
        ]
        indexes = [models.Index(fields=["status", "effective_to"], name="sanction_deadline")]


class ReportSetting(models.TextChoices):
    PILOT = "pilot", _("试点内")
    MARKET = "market", _("试点外")


class SelfReport(models.Model):
    """An organisation's own report of a fault, and how it is mended; append-only. What it does stands in the table of mitigation (R82)."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="self_reports")
    subject_code = models.CharField(max_length=20)
    text = models.TextField(help_text="what went wrong")
    mended = models.TextField(help_text="what was done about it")
    setting = models.CharField(max_length=8, choices=ReportSetting, default=ReportSetting.PILOT)
    conduct = models.CharField(max_length=40, blank=True, help_text="row of the conduct catalogue; blank in a pilot: whatever went wrong")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(setting__in=["pilot", "market"]), name="self_report_setting_known"),
            models.CheckConstraint(condition=Q(setting="pilot") | ~Q(conduct=""), name="self_report_names_its_conduct"),
        ]
        indexes = [models.Index(fields=["subject_code", "organization"], name="self_report_about")]


class SelfReportCheck(models.Model):
    """What the desk found when it checked a self-report: it stands, or it is untrue or nothing was mended; append-only, once."""

    report = models.OneToOneField(SelfReport, on_delete=models.PROTECT, related_name="check_made")
    stands = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="self_report_check_has_a_reason")]


class Objection(models.Model):
    """An objection to a finding; marked at once, decided by a regulator who was not on the case."""

    case = models.OneToOneField(ConductCase, on_delete=models.PROTECT, related_name="objection")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    papers = models.JSONField(default=list)
    at = models.DateTimeField()
    stayed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    reasons = models.TextField(blank=True)


class Restoration(models.Model):
    """Credit restoration 信用修复 of one finding: publishing, sharing and using stop together."""

    code = models.CharField(max_length=16, unique=True)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="restorations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="restorations")
    status = models.CharField(max_length=12, choices=RestorationStatus, default=RestorationStatus.APPLIED)
    text = models.TextField(help_text="what was mended; the commitment that this is true")
    committed = models.BooleanField(default=False, help_text="the public commitment: what is said is true, its consequences accepted")
    papers = models.JSONField(default=list)
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    extended = models.BooleanField(default=False)
    overdue = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RestorationStatus.values), name="restoration_status_known"),
            models.UniqueConstraint(fields=["finding"], condition=Q(status__in=["applied", "returned", "deciding"]),
                                    name="restoration_one_open"),
        ]


class CreditRecord(models.Model):
    """One event of an organisation's credit; append-only. The score is the fold of these rows (I26), never a column."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="credit_records")
    event = models.CharField(max_length=40, help_text="row of the credit event table")
    points = models.SmallIntegerField()
    source = models.CharField(max_length=20, help_text="code of what caused it")
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "event", "source"], name="credit_event_once")]
        indexes = [models.Index(fields=["organization", "at"], name="credit_by_date")]
