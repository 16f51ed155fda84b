"""Who of the desks read a party's record 查阅记录 (R121), and what somebody else says of it; both are append-only."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from participants.models.parties import Organization, User

__all__ = ["ReadKind", "ReadReview", "StaffRead"]


class ReadKind(models.TextChoices):
    """What of a party's is not everyone's to read; reading what is public is nobody's business."""

    PROOF = "proof", _("所交准入材料")
    SUCCESSION = "succession", _("承继文件")
    REPORT = "report", _("第三方报告文件")
    CONDITION = "condition", _("条件凭据")
    OBJECTION = "objection", _("异议证据")
    TRADE = "trade", _("成交协议与结算")
    FEED = "feed", _("变更流中的本方事项")
    HISTORY = "history", _("存证历史")
    PAGES = "pages", _("以机构视角查看页面")


class StaffReadQuerySet(models.QuerySet["StaffRead"]):
    def visible_to(self, user: Any) -> StaffReadQuerySet:
        """What was read of one's own organisation."""
        from participants.actors import acting_for

        return self.filter(owner_id=acting_for(user))


class StaffRead(models.Model):
    """One reading: who of the desks, whose record, which one, when; somebody else looks at it until ``due_at``."""

    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="staff_reads")
    kind = models.CharField(max_length=12, choices=ReadKind)
    subject = models.CharField(max_length=20, help_text="code of what was read")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reader_code = models.CharField(max_length=40, help_text="actor code: for whom, and who")
    ground = models.CharField(max_length=60, help_text="the permission it was read by")
    at = models.DateTimeField()
    due_at = models.DateTimeField()

    objects = StaffReadQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=ReadKind.values), name="read_kind_known")]
        indexes = [models.Index(fields=["owner", "-id"], name="read_of_owner"),
                   models.Index(fields=["reader", "kind", "subject", "at"], name="read_of_reader")]

    def party_ids(self) -> set[int]:
        return {self.owner_id}


class ReadReview(models.Model):
    """What another person found: the reading belonged to the reader's work, or it did not, and why (trigger: never the same person)."""

    read = models.OneToOneField(StaffRead, on_delete=models.PROTECT, related_name="review")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    fitting = models.BooleanField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(fitting=True) | ~Q(note=""), name="read_unfit_says_why")]
