"""Resources, products, and the three separate rights (数据资源、产品、产权; Data Twenty articles 3 to 7)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import Right
from evidence.models import Deposit
from kit.money import MAX_FEN
from listings.models.ground import MarketNow, TenantQuerySet, known
from listings.states import RegistrationStatus, RightStatus, ShelfStatus, VersionStatus
from participants.actors import acting_for
from participants.models import Organization


class ImportBatch(models.Model):
    """One file of one import; the evidence record holds the Merkle root of its lines, the rows stay here."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="import_batches")
    region = models.CharField(max_length=80)
    format = models.CharField(max_length=40)
    rows_read = models.PositiveIntegerField()
    rows_created = models.PositiveIntegerField()
    merkle_root = models.CharField(max_length=64)
    at = models.DateTimeField()


class DataResource(models.Model):
    """A data resource 数据资源 as its holder describes it; imported rows become resources, never listings.

    ``identity`` is the detail URL, else the hash of the row, within the file's region. ``missing`` is computed: what a
    listing of it would still need.
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="resources")
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="resources")
    region = models.CharField(max_length=80, blank=True)
    identity = models.CharField(max_length=64, help_text="SHA-256 of the detail URL, else of the row")
    row_hash = models.CharField(max_length=64)
    source_url = models.CharField(max_length=1000, blank=True)
    title = models.CharField(max_length=400, blank=True)
    description = models.TextField(blank=True)
    provider = models.CharField(max_length=200, blank=True)
    theme = models.CharField(max_length=200, blank=True)
    industry = models.CharField(max_length=200, blank=True)
    openness = models.CharField(max_length=40, blank=True)
    frequency = models.CharField(max_length=40, blank=True)
    keywords = models.TextField(blank=True)
    formats = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    row_count = models.BigIntegerField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    updated_on = models.DateField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True, help_text="the data set in full, as its catalogue describes it")
    missing = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    status = models.CharField(max_length=10, choices=ShelfStatus, default=ShelfStatus.ACTIVE)
    created_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "region", "identity"], name="resource_identity_once"),
            models.UniqueConstraint(fields=["organization", "id"], name="resource_of_organization"),
            known("status", ShelfStatus.values, "resource_status_known"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="resource_newest")]

    def __str__(self) -> str:
        return self.title or self.code


class ProductKind(models.TextChoices):
    DATASET = "dataset", _("数据集")
    API = "api", _("数据接口")
    REPORT = "report", _("数据报告")
    MODEL = "model", _("数据模型")


_SAID_SPECIAL = (Q(registrations__special=True) & Q(registrations__status__in=set(RegistrationStatus) - {
    RegistrationStatus.REFUSED, RegistrationStatus.WITHDRAWN}))


class ProductQuerySet(TenantQuerySet):
    """Products, and which of them do not exist for a reader (R30)."""

    def withheld_from(self, user: Any) -> ProductQuerySet:
        """What is special by its registration, by a version or by its listing, but for its holder and the units admitted now.

        It is withheld from the first word of it: before it is listed, in public notice, in a declaration, on a certificate.
        """
        return self.withheld_from_party(acting_for(user))

    def withheld_from_party(self, ours: int | None) -> ProductQuerySet:
        """The same for an organisation; None is the public."""
        stated = Q(listings__versions__facts__contains={"special_pi": True},
                   listings__versions__status__in=set(VersionStatus) - {VersionStatus.DISCARDED})
        admitted = self.model.objects.filter(
            listings__admitted__organization=ours, listings__admitted__ended_at__isnull=True,
            listings__admitted__effective_to__gt=MarketNow())
        special = self.model.objects.filter(_SAID_SPECIAL | stated | Q(listings__closed=True))
        return self.filter(pk__in=special.values("pk")).exclude(organization_id=ours).exclude(pk__in=admitted.values("pk"))


class DataProduct(models.Model):
    """A data product or service 数据产品和服务 made of a resource; it has no workflow of its own."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="products")
    resource = models.ForeignKey(DataResource, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    kind = models.CharField(max_length=10, choices=ProductKind, default=ProductKind.DATASET)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=240, blank=True)
    source_statement = models.TextField(blank=True, help_text="where the data comes from (Data Security Law 33)")
    status = models.CharField(max_length=10, choices=ShelfStatus, default=ShelfStatus.ACTIVE)
    created_at = models.DateTimeField()

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="product_of_organization"),
            known("status", ShelfStatus.values, "product_status_known"),
            known("kind", ProductKind.values, "product_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title_zh


class RightOrigin(models.TextChoices):
    SELF_GENERATED = "self_generated", _("自行产生")
    COLLECTED = "collected", _("合法采集")
    CONTRACT = "contract", _("约定取得")
    STATUTE = "statute", _("法定取得")
    AUTHORISED = "authorised_operation", _("公共数据授权运营")
    OPEN = "open_data", _("公共数据依法开放")
    DEVICE = "device_contract", _("设备或部门契约")


class OriginClass(models.TextChoices):
    """How strong the ground of a right is (W21): what the law gives stands before what was agreed, that before what was declared."""

    STATUTORY = "statutory", _("法定")
    AGREED = "agreed", _("议定")
    DECLARED = "declared", _("意定")

    @property
    def strength(self) -> int:
        """3 is the strongest."""
        return {OriginClass.STATUTORY: 3, OriginClass.AGREED: 2, OriginClass.DECLARED: 1}[self]


_CLASSES = {
    RightOrigin.STATUTE: OriginClass.STATUTORY, RightOrigin.AUTHORISED: OriginClass.STATUTORY, RightOrigin.OPEN: OriginClass.STATUTORY,
    RightOrigin.CONTRACT: OriginClass.AGREED, RightOrigin.DEVICE: OriginClass.AGREED,
    RightOrigin.SELF_GENERATED: OriginClass.DECLARED, RightOrigin.COLLECTED: OriginClass.DECLARED,
}


class PropertyRight(models.Model):
    """One right over one product 数据产权; a granted right names its parent and can never be wider (trigger)."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="rights", help_text="the holder")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="rights")
    right = models.CharField(max_length=8, choices=Right)
    origin = models.CharField(max_length=24, choices=RightOrigin)
    origin_note = models.CharField(max_length=400, blank=True, help_text="agreement, statute or authorisation it rests on")
    scope_note = models.CharField(max_length=400, blank=True, help_text="what of the product it covers and how it may be used, in words")
    proof = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                              help_text="the deed it rests on")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    purposes = ArrayField(models.CharField(max_length=40), default=list, help_text="* = any lawful purpose")
    territory = ArrayField(models.CharField(max_length=20), default=list, help_text="CN, CN-31, …; * = anywhere")
    territory_key = models.CharField(max_length=200, editable=False, default="", help_text="territory as one text, set by trigger")
    sublicence_depth = models.PositiveSmallIntegerField(default=0, help_text="how many times it may be granted on")
    exclusive = models.BooleanField(default=False, help_text="an option that is priced and ends (W2); data is licensed to many")
    exclusive_fen = models.BigIntegerField(null=True, blank=True, help_text="what the exclusivity costs")
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=RightStatus, default=RightStatus.DRAFT)
    cause_code = models.CharField(max_length=16, blank=True, help_text="what suspended or ended it")
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", RightStatus.values, "right_status_known"),
            known("right", Right.values, "right_kind_known"),
            known("origin", RightOrigin.values, "right_origin_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="right_not_its_own_parent"),
            models.CheckConstraint(condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                                   name="right_term_forward"),
            models.CheckConstraint(condition=~Q(purposes=[]) & ~Q(territory=[]), name="right_scope_stated"),
            models.CheckConstraint(name="right_exclusive_priced_and_ends",
                                   condition=Q(exclusive=False, exclusive_fen__isnull=True)
                                   | Q(exclusive=True, exclusive_fen__isnull=False, exclusive_fen__range=(1, MAX_FEN),
                                       effective_to__isnull=False)),
            models.CheckConstraint(condition=~Q(origin="device_contract") | Q(proof__isnull=False), name="right_device_has_proof"),
            ExclusionConstraint(
                name="right_one_exclusive_grant",
                expressions=[
                    ("product", RangeOperators.EQUAL), ("right", RangeOperators.EQUAL), ("territory_key", RangeOperators.EQUAL),
                    (Func(F("effective_from"), F("effective_to"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(exclusive=True, parent__isnull=False, status__in=["active", "suspended"]),
            ),
        ]

    @property
    def origin_class(self) -> OriginClass:
        """This will tell whether the law gave it, an agreement did, or its holder declares it (W21)."""
        return _CLASSES[RightOrigin(self.origin)]
