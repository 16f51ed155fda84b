"""Security incidents 安全事件: reported by anyone, graded, told to the authority within hours, closed with a report (rules I)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.states import IncidentStatus

__all__ = ["Incident", "IncidentKind", "IncidentLevel"]


class IncidentKind(models.TextChoices):
    PERSONAL_LEAK = "personal_leak", _("个人信息泄露")
    SECURITY_DEFECT = "security_defect", _("危害国家安全、公共利益的安全缺陷")
    CRITICAL_INFRASTRUCTURE = "critical_infrastructure", _("涉及关键信息基础设施")
    OPERATION = "operation", _("系统运行")
    OTHER = "other", _("其他")


class IncidentLevel(models.TextChoices):
    ORDINARY = "ordinary", _("一般")
    LARGER = "larger", _("较大及以上")


class Incident(models.Model):
    """One incident; corrections are new reports, a false alarm is closed with its reason."""

    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=24, choices=IncidentKind, default=IncidentKind.OTHER)
    level = models.CharField(max_length=10, choices=IncidentLevel, blank=True)
    subject_code = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    reported_by = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=IncidentStatus, default=IncidentStatus.REPORTED)
    authority = models.CharField(max_length=120, blank=True, help_text="which authority was told, under which number")
    measures = models.TextField(blank=True)
    report = models.TextField(blank=True)
    persons_told_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=IncidentStatus.values), name="incident_status_known"),
            models.CheckConstraint(condition=~Q(status="closed") | ~Q(report=""), name="incident_closed_has_a_report"),
        ]
