"""Cases 案件: the work queues of the desks. A case never holds its subject's own state; it says who acts next and by when."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.states import CaseStatus
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["Case", "CaseEntry", "CaseKind"]


class CaseKind(models.TextChoices):
    VERSION_REVIEW = "version_review", _("挂牌审核")
    SAMPLE = "sample", _("抽查")
    TRADE_REVIEW = "trade_review", _("交易复核")
    ALERT = "alert", _("监测预警")
    COMPLAINT = "complaint", _("举报投诉")
    CONDUCT = "conduct", _("失信认定")
    REGISTRATION = "registration", _("登记")
    FILING = "filing", _("备案核验")
    DISPUTE = "dispute", _("争议")
    PAYOUT = "payout", _("提现")
    SETTLEMENT = "settlement", _("清算异常")
    OUTPUT = "output", _("输出审核")
    RIGHT = "right", _("权利暂停")
    INCIDENT = "incident", _("安全事件")
    CONTROL_LIST = "control_list", _("管控名单命中")
    EXPORT = "export", _("数据出境")
    OTHER = "other", _("其他")


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Any) -> CaseQuerySet:
        """Cases in which one's own organisation has been asked something."""
        return self.filter(organization_id=acting_for(user), asked_at__isnull=False)

    def by_deadline(self) -> CaseQuerySet:
        return self.exclude(status=CaseStatus.CLOSED).order_by("due_at", "id")


class Case(models.Model):
    """One piece of work of a desk, about one object (``subject_kind``, ``subject_code``) of any room."""

    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=16, choices=CaseKind)
    queue = models.CharField(max_length=16)
    subject_kind = models.CharField(max_length=30)
    subject_code = models.CharField(max_length=20)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="cases", null=True, blank=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=CaseStatus, default=CaseStatus.OPEN)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    flags = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    priority = models.PositiveSmallIntegerField(default=50)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="end of the desk's own time; stands still while the party is asked")
    asked_at = models.DateTimeField(null=True, blank=True)
    answer_due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="case_status_known"),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_kind_known"),
            models.CheckConstraint(condition=~Q(status="closed") | (~Q(outcome="") & Q(closed_at__isnull=False)),
                                   name="case_closed_has_outcome"),
            models.CheckConstraint(condition=~Q(status="waiting_on_party") | Q(answer_due_at__isnull=False),
                                   name="case_waiting_has_a_term"),
            models.UniqueConstraint(fields=["kind", "subject_code"], condition=~Q(status="closed"), name="case_one_open_per_subject"),
        ]
        indexes = [models.Index(fields=["queue", "status", "due_at"], name="case_queue")]

    @property
    def overdue(self) -> bool:
        return "overdue" in self.flags


class CaseEntry(models.Model):
    """One line of a case's timeline; append-only. ``to_party`` lines are shown to the party."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    act = models.CharField(max_length=16)
    actor = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    papers = models.JSONField(default=list)
    to_party = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
