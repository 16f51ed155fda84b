"""Data the state calls for 政府调用、应急调度 (Data Twenty item 5; white paper 4.2(9)): by law, for a purpose, free, destroyed after."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.states import RequisitionStatus
from evidence.models import Deposit
from participants.actors import acting_for
from participants.models import Organization

__all__ = ["Requisition", "RequisitionKind"]


class RequisitionKind(models.TextChoices):
    DUTY = "duty", _("履职调用")
    EMERGENCY = "emergency", _("应急调度")


class RequisitionQuerySet(models.QuerySet["Requisition"]):
    def visible_to(self, user: Any) -> RequisitionQuerySet:
        """The body's that calls and the holder's that is called upon."""
        return self.filter(Q(body_id=acting_for(user)) | Q(holder_id=acting_for(user)))


class Requisition(models.Model):
    """One public body's call for one holder's data. It is no trade: there is no price, and nobody else may be supplied.

    An emergency is answered at once and explained afterwards: its document follows within the clock.
    """

    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=10, choices=RequisitionKind)
    body = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="requisitions", help_text="the organ that calls")
    holder = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="requisitioned")
    legal_basis = models.CharField(max_length=400, help_text="the provision under which it may call")
    document_no = models.CharField(max_length=80, blank=True, help_text="number of the decision; of an emergency it may follow")
    purpose = models.CharField(max_length=400)
    scope = models.TextField(help_text="which data, no more than the purpose needs")
    status = models.CharField(max_length=10, choices=RequisitionStatus, default=RequisitionStatus.ISSUED)
    use_until = models.DateTimeField()
    purge_by = models.DateTimeField()
    notice_due_at = models.DateTimeField(null=True, blank=True, help_text="of an emergency: when its document is due")
    noticed_at = models.DateTimeField(null=True, blank=True)
    supplied = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file_sha256 = models.CharField(max_length=64, blank=True)
    objection = models.TextField(blank=True)
    decision = models.TextField(blank=True)
    destruction = models.TextField(blank=True, help_text="how it was destroyed")
    destroyed = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="the proof")
    issued_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    supplied_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    objects = RequisitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RequisitionStatus.values), name="requisition_status_known"),
            models.CheckConstraint(condition=Q(kind__in=RequisitionKind.values), name="requisition_kind_known"),
            models.CheckConstraint(condition=~Q(body=F("holder")), name="requisition_of_another"),
            models.CheckConstraint(condition=~Q(legal_basis="") & ~Q(purpose="") & ~Q(scope=""), name="requisition_has_its_grounds"),
            models.CheckConstraint(condition=Q(kind="emergency") | ~Q(document_no=""), name="requisition_has_its_document"),
            models.CheckConstraint(condition=Q(use_until__gt=F("issued_at"), purge_by__gte=F("use_until")), name="requisition_ends"),
            models.CheckConstraint(condition=Q(status__in=["issued", "objected", "withdrawn", "void"])
                                   | Q(supplied__isnull=False, supplied_at__isnull=False), name="requisition_supplied_with_a_file"),
            models.CheckConstraint(condition=~Q(status="purged") | (~Q(destruction="") & Q(destroyed__isnull=False)),
                                   name="requisition_destruction_proven"),
            models.CheckConstraint(condition=~Q(status="objected") | Q(kind="duty"), name="requisition_emergency_not_stopped"),
        ]
        indexes = [models.Index(fields=["body", "-id"], name="requisition_of_body"),
                   models.Index(fields=["holder", "-id"], name="requisition_of_holder"),
                   models.Index(fields=["purge_by"], name="requisition_purge", condition=Q(status="supplied")),
                   models.Index(fields=["notice_due_at"], name="requisition_notice", condition=Q(notice_due_at__isnull=False))]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> tuple[int, ...]:
        return (self.body_id, self.holder_id)
