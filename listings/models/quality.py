"""Quality reports 数据质量报告 (Data Twenty item 5): of one file by its hash, by the venue's engine or by an accredited assessor."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from listings.models.ground import known
from listings.models.offer import Listing, ListingVersion
from participants.models import Organization


class ReportKind(models.TextChoices):
    ENGINE = "engine", _("本所引擎")
    ASSESSOR = "assessor", _("评价机构")


class QualityReport(models.Model):
    """One report, append-only: a new measuring is a new number. What it measured is pinned by the file's hash (trigger)."""

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="quality_reports")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="quality_reports")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ReportKind)
    maker = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="quality_reports_made")
    file_sha256 = models.CharField(max_length=64)
    rows_read = models.PositiveBigIntegerField()
    dimensions = models.JSONField(help_text="the six, in their fixed order: key, passed, checked, permille, note")
    columns = models.JSONField(default=list, help_text="per column: filled, clean, fits, valid, judged")
    method = models.CharField(max_length=400, help_text="the engine's edition, or what the assessor drew and compared with")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="the signed document")
    content_hash = models.CharField(max_length=64)
    signed_by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            known("kind", ReportKind.values, "quality_report_kind_known"),
            models.UniqueConstraint(fields=["listing", "number"], name="quality_report_number_once"),
            models.CheckConstraint(condition=~Q(file_sha256="") & ~Q(content_hash="") & ~Q(signed_by=""), name="quality_report_signed"),
            models.CheckConstraint(condition=Q(kind="engine") | Q(deposit__isnull=False), name="quality_report_assessor_has_document"),
        ]
        indexes = [models.Index(fields=["listing", "kind", "-number"], name="quality_report_newest")]

    def __str__(self) -> str:
        return self.code
