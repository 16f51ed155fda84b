"""Requests of data sources 数据来源者请求: see, copy, move, correct the data that they helped make (R34, R105)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from listings.models.ground import known
from listings.models.supply import DataProduct
from listings.states import RequestStatus
from participants.actors import acting_for
from participants.models import Organization, Person

__all__ = ["RefusalGround", "RequestKind", "SourceRequest"]


class RequestKind(models.TextChoices):
    ACCESS = "access", _("查阅")
    COPY = "copy", _("复制")
    TRANSFER = "transfer", _("转移")
    CORRECTION = "correction", _("更正")


class RefusalGround(models.TextChoices):
    """The only reasons for which a holder may say no."""

    NOT_SHOWN = "not_shown", _("未能证明身份或来源关系")
    NOT_HELD = "not_held", _("本机构没有这些数据")
    OTHERS = "others", _("会损害他人合法权益")
    LAW = "law", _("法律规定不得提供")


class SourceRequestQuerySet(models.QuerySet["SourceRequest"]):
    def visible_to(self, user: Any) -> SourceRequestQuerySet:
        """This will keep what the user's organisation was asked, asked itself, or received by a transfer."""
        ours = acting_for(user)
        received = Q(recipient_id=ours, status=RequestStatus.FULFILLED)
        return self.filter(Q(organization_id=ours) | Q(requested_by_id=ours) | received)


class SourceRequest(models.Model):
    """One request to the holder of a product, by a person with a proof; the holder answers within the clock, with what was asked."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="source_requests", help_text="the holder")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="source_requests")
    requested_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="for whom the requester acts")
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=RequestKind)
    scope = models.TextField(help_text="which data, how the requester helped make it; what is wrong, for a correction")
    proof = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", help_text="identity, and the tie to the data")
    recipient = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                  help_text="to whom a transfer goes")
    status = models.CharField(max_length=10, choices=RequestStatus, default=RequestStatus.FILED)
    answer = models.TextField(blank=True)
    ground = models.CharField(max_length=10, blank=True, choices=RefusalGround)
    handed_over = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    fee_fen = models.BigIntegerField(default=0)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = SourceRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", RequestStatus.values, "source_request_status_known"),
            known("kind", RequestKind.values, "source_request_kind_known"),
            models.CheckConstraint(name="source_request_names_recipient",
                                   condition=Q(kind="transfer", recipient__isnull=False)
                                   | (~Q(kind="transfer") & Q(recipient__isnull=True))),
            models.CheckConstraint(condition=~Q(status="fulfilled", kind__in=["copy", "transfer"]) | Q(handed_over__isnull=False),
                                   name="source_request_hands_over"),
            models.CheckConstraint(condition=~Q(status="refused") | (~Q(ground="") & ~Q(answer="")), name="source_request_refused_why"),
            models.CheckConstraint(condition=Q(fee_fen__gte=0), name="source_request_fee"),
            models.UniqueConstraint(fields=["product", "requester", "kind"], condition=Q(status__in=["filed", "overdue"]),
                                    name="source_request_one_open"),
        ]
        indexes = [models.Index(fields=["due_at"], name="source_request_due", condition=Q(due_at__isnull=False))]
