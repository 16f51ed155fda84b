"""Where a product's data comes from 来源: upstream contracts, devices, resources, and rights held in other products (R7, R37, R113)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from listings.models.ground import TenantQuerySet, known
from listings.models.supply import DataProduct, DataResource, PropertyRight
from listings.states import SourceStatus
from participants.models import Organization

__all__ = ["ProductInput", "Source", "SourceKind"]


class SourceKind(models.TextChoices):
    CONTRACT = "contract", _("上游合同")
    DEVICE = "device", _("设备或部门契约")
    AUTHORISATION = "authorisation", _("授权运营协议")
    RESOURCE = "resource", _("数据资源")


class Source(models.Model):
    """A source outside the market on which products rest; when it ends, everything made of it stops in the same transaction.

    ``provider`` gave the data, ``generator`` is whose conduct or device produced it, the organisation processes it (R7).
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sources", help_text="who relies on it")
    kind = models.CharField(max_length=14, choices=SourceKind)
    title = models.CharField(max_length=200)
    provider = models.CharField(max_length=200, blank=True)
    generator = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=200, blank=True, help_text="number of the contract or authorisation; the owner's own")
    resource = models.ForeignKey(DataResource, on_delete=models.PROTECT, null=True, blank=True, related_name="sources")
    proof = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=SourceStatus, default=SourceStatus.ACTIVE)
    reason = models.CharField(max_length=400, blank=True, help_text="why it was revoked")
    created_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", SourceStatus.values, "source_status_known"),
            known("kind", SourceKind.values, "source_kind_known"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                                   name="source_term_forward"),
            models.CheckConstraint(condition=Q(kind="resource", resource__isnull=False) | (~Q(kind="resource") & Q(resource__isnull=True)),
                                   name="source_names_its_resource"),
            models.CheckConstraint(condition=~Q(kind="device") | Q(proof__isnull=False), name="source_device_has_proof"),
            models.CheckConstraint(condition=~Q(status="revoked") | ~Q(reason=""), name="source_revoked_with_reason"),
            models.UniqueConstraint(fields=["resource"], condition=Q(status="active"), name="source_resource_once"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductInput(models.Model):
    """One thing a product is made of: a source, or a right held in another product. It stands for good; a product of other
    inputs is another product (triggers: own, in force, no wider than the input allows, no circle).
    """

    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="inputs")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True, related_name="outputs")
    right = models.ForeignKey(PropertyRight, on_delete=models.PROTECT, null=True, blank=True, related_name="outputs")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__isnull=False, right__isnull=True) | Q(source__isnull=True, right__isnull=False),
                                   name="input_is_one_thing"),
            models.UniqueConstraint(fields=["product", "source"], name="input_source_once"),
            models.UniqueConstraint(fields=["product", "right"], name="input_right_once"),
        ]
