"""Listings and their versions 挂牌 (Data Twenty articles 8 to 12): what is offered, at what price, shared with whom."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import CirculationMode
from evidence.models import Deposit
from kit.money import MAX_FEN
from listings.models.ground import CATEGORIES, GRADES, STAGES, MarketNow, TenantQuerySet, known
from listings.models.public import Authorisation
from listings.models.registration import RegistrationCertificate
from listings.models.supply import DataProduct
from listings.states import (
    ListingStatus,
    VersionStatus,
)
from participants.actors import acting_for
from participants.models import Organization, Venue


class ListingQuerySet(TenantQuerySet):
    def visible_to(self, user: Any) -> ListingQuerySet:
        """Public once listed (also suspended and delisted: the page stays, with its reason); drafts are the seller's.

        What is closed is there for its seller and for the units admitted now (R30).
        """
        ours = acting_for(user)
        admitted = Q(admitted__organization=ours, admitted__ended_at__isnull=True, admitted__effective_to__gt=MarketNow())
        open_to_us = Q(closed=False) | Exists(self.model.objects.filter(admitted, pk=OuterRef("pk")))
        return self.filter((~Q(status=ListingStatus.UNLISTED) & open_to_us) | Q(organization_id=ours))

    def listed(self) -> ListingQuerySet:
        """On sale now for everyone, as far as the state tells; the gate is ``queries.tradable``. What is closed is in no list."""
        return self.filter(status=ListingStatus.LISTED, closed=False)


class Listing(models.Model):
    """A product on offer at a venue 挂牌. What is offered stands in its versions; ``version`` is the published one."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="listings")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="listings", help_text="the seller")
    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="listings")
    certificate = models.ForeignKey(RegistrationCertificate, on_delete=models.PROTECT, null=True, blank=True, related_name="listings")
    version = models.ForeignKey("ListingVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=ListingStatus, default=ListingStatus.UNLISTED)
    status_reason = models.CharField(max_length=400, blank=True)
    screened_by = models.CharField(max_length=24, blank=True, help_text="label of the negative list that judged what is on sale")
    closed = models.BooleanField(default=False, help_text="special personal data: there for admitted units alone (R30)")
    declare_since = models.DateTimeField(null=True, blank=True, help_text="changed materially then: declared anew since, or off sale")
    listed_at = models.DateTimeField(null=True, blank=True)
    review_at = models.DateTimeField(null=True, blank=True, help_text="looked at again at the latest then")
    delisted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    pilot = models.ForeignKey("Pilot", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
                              help_text="the trial it is sold under, until it is released; an ordinary listing has none")

    objects = ListingQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", ListingStatus.values, "listing_status_known"),
            models.UniqueConstraint(fields=["organization", "id"], name="listing_of_organization"),
            models.UniqueConstraint(fields=["venue", "product"], condition=~Q(status="delisted"), name="listing_once_per_venue"),
            models.CheckConstraint(condition=~Q(status="listed") | Q(version__isnull=False, certificate__isnull=False),
                                   name="listing_listed_has_version_and_certificate"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="listing_newest"),
                   models.Index(fields=["status"], name="listing_status"),
                   models.Index(fields=["screened_by", "id"], name="listing_screened", condition=Q(status__in=["listed", "suspended"]))]

    def __str__(self) -> str:
        return self.code

    @property
    def titles(self) -> tuple[str, str]:
        """What is on offer, in both languages, for notices."""
        return self.version.titles if self.version else (str(self.product), str(self.product))


class SaleMode(models.TextChoices):
    """How a price is found; the formats of an auction are trading's."""

    FIXED = "fixed", _("定价")
    AUCTION = "auction", _("竞价")
    NEGOTIATED = "negotiated", _("协商")


class PricingMode(models.TextChoices):
    """Data Twenty article 8: the market sets prices; public data for industry follows a guided cap (R18)."""

    MARKET = "market", _("市场自主定价")
    GUIDED = "guided", _("政府指导定价")


class Depth(models.TextChoices):
    """How deep the review goes; computed from data in force and stored with the version (lifecycles §1)."""

    GREEN = "green", _("绿色通道")
    AMBER = "amber", _("单人审核")
    RED = "red", _("双人审核")


class ListingVersion(models.Model):
    """What is offered, as one version 挂牌版本: editable as a draft, immutable with its hash from submit (trigger).

    ``reserve_price_fen`` is the seller's secret: it stays here and enters the content hash only as a salted commitment.
    """

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="listing_versions")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    revises = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="revisions")
    status = models.CharField(max_length=12, choices=VersionStatus, default=VersionStatus.DRAFT)
    edit_version = models.PositiveIntegerField(default=1, help_text="counts saves of the draft; a stale save is refused (T8)")

    title_zh = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=240, blank=True)
    summary_zh = models.CharField(max_length=400, blank=True)
    summary_en = models.CharField(max_length=600, blank=True)
    description_zh = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    keywords = models.CharField(max_length=400, blank=True)
    sector = models.CharField(max_length=4, blank=True, help_text="section letter of GB/T 4754-2017")
    update_frequency = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=12, blank=True)
    stage = models.CharField(max_length=14, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    facts = models.JSONField(default=dict, help_text="what the seller states for the screening; an absent fact is unknown")

    circulation = models.CharField(max_length=8, choices=CirculationMode, default=CirculationMode.TRADE,
                                   help_text="how it circulates here: what else it must be follows from its cell (R43)")
    scientific = models.BooleanField(default=False, help_text="scientific data: at most its transport cost, for everyone alike, kept (W11)")
    transport_fen = models.BigIntegerField(null=True, blank=True, help_text="of scientific data: what handing it over costs")
    kept_until = models.DateField(null=True, blank=True, help_text="of scientific data: kept and offered until then at least")
    sale_mode = models.CharField(max_length=12, choices=SaleMode, default=SaleMode.FIXED)
    pricing_mode = models.CharField(max_length=8, choices=PricingMode, default=PricingMode.MARKET)
    price_fen = models.BigIntegerField(null=True, blank=True, help_text="list price, or start price of an auction")
    reserve_price_fen = models.BigIntegerField(null=True, blank=True, help_text="secret")
    reserve_salt = models.CharField(max_length=64, blank=True)
    auction_terms = models.JSONField(default=dict, help_text="format, extension and the like")
    quota = models.PositiveIntegerField(null=True, blank=True, help_text="how many licences; empty = no limit")
    use_terms = models.JSONField(default=dict, help_text="purposes, forbidden, term_days, regions, seats, export, derivatives")
    delivery_mode = models.CharField(max_length=20, blank=True)

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file_sha256 = models.CharField(max_length=64, blank=True, help_text="hash of the deposited data file: what is delivered must equal it")
    file_name = models.CharField(max_length=200, blank=True)
    file_bytes = models.BigIntegerField(null=True, blank=True)
    row_count = models.BigIntegerField(null=True, blank=True)
    columns = models.JSONField(default=list, help_text="per column: name, type, missing, distinct, min, max, bins")
    sample = models.JSONField(default=list, help_text="five masked rows")
    quality = models.JSONField(default=dict, help_text="dimensions computed from the file")
    hints = models.JSONField(default=list, help_text="columns that look like personal data, with what they look like")
    scan = models.JSONField(default=list, help_text="findings of the personal-data scan: column, kind, count, share, masked examples")
    class_note = models.TextField(blank=True, help_text="why the seller classes or grades below the scan or an earlier grade")
    class_contested = models.BooleanField(default=False, help_text="stands below the scan or an earlier grade: needs a reviewer's record")

    certificate = models.ForeignKey(RegistrationCertificate, on_delete=models.PROTECT, null=True, blank=True, related_name="versions")
    authorisation = models.ForeignKey(Authorisation, on_delete=models.PROTECT, null=True, blank=True, related_name="versions",
                                      help_text="of public data: what lets the seller run it")
    content_hash = models.CharField(max_length=64, blank=True)
    depth = models.CharField(max_length=6, choices=Depth, blank=True)
    depth_reasons = models.JSONField(default=list)
    screening = models.JSONField(default=dict, help_text="verdict, hits, missing facts and rule set as at submit")
    conditions = models.JSONField(default=list, help_text="conditions of an approval")
    reason = models.TextField(blank=True)
    publish_at = models.DateTimeField(null=True, blank=True, help_text="the seller's date, at most 30 days ahead")
    due_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["listing"], condition=Q(status="draft"), name="version_one_draft"),
            models.UniqueConstraint(fields=["listing"], condition=Q(status="published"), name="version_one_published"),
            models.UniqueConstraint(fields=["listing"], condition=Q(status__in=["submitted", "approved"]), name="version_one_under_way"),
            known("status", VersionStatus.values, "version_status_known"),
            known("category", ("", *CATEGORIES), "version_category_known"),
            known("stage", ("", *STAGES), "version_stage_known"),
            known("grade", ("", *GRADES), "version_grade_known"),
            known("sale_mode", SaleMode.values, "version_sale_mode_known"),
            known("circulation", CirculationMode.values, "version_circulation_known"),
            models.CheckConstraint(name="version_special_not_in_public", condition=Q(status__in=["draft", "discarded"])
                                   | ~Q(facts__contains={"special_pi": True})
                                   | (~Q(sale_mode="auction") & ~Q(circulation__in=["open", "share"]))),
            models.CheckConstraint(name="version_science_at_cost", condition=Q(status__in=["draft", "discarded"]) | Q(scientific=False)
                                   | Q(sale_mode="fixed", price_fen__isnull=False, transport_fen__isnull=False,
                                       price_fen__lte=F("transport_fen"), kept_until__isnull=False, quota__isnull=True)),
            models.CheckConstraint(name="version_circulation_money", condition=Q(status__in=["draft", "discarded"]) | Q(circulation="trade")
                                   | Q(circulation__in=["open", "share"], sale_mode="fixed", price_fen=0, price_fen__isnull=False)
                                   | Q(circulation="exchange", sale_mode="negotiated", price_fen__isnull=True)),
            models.CheckConstraint(condition=Q(price_fen__isnull=True) | Q(price_fen__range=(0, MAX_FEN)),
                                   name="version_price_in_range"),
            models.CheckConstraint(condition=Q(reserve_price_fen__isnull=True) | Q(reserve_price_fen__range=(0, MAX_FEN)),
                                   name="version_reserve_in_range"),
            models.CheckConstraint(condition=Q(status__in=["draft", "discarded"]) | ~Q(content_hash=""), name="version_submitted_has_hash"),
            models.CheckConstraint(condition=~Q(status__in=["approved", "published"]) | ~Q(grade__in=["core", ""]),
                                   name="version_core_never_approved"),
        ]
        indexes = [models.Index(fields=["due_at"], name="version_due", condition=Q(due_at__isnull=False)),
                   models.Index(fields=["listing"], name="version_special", condition=Q(facts__contains={"special_pi": True}))]

    def __str__(self) -> str:
        return self.title_zh or self.code

    @property
    def titles(self) -> tuple[str, str]:
        """The title in both languages; the Chinese one where no English is written."""
        return self.title_zh, self.title_en or self.title_zh


class GradeStatement(models.Model):
    """What a product was classed and graded, whenever it was said: append-only. ``set_aside`` ends what was said before it (T49)."""

    product = models.ForeignKey(DataProduct, on_delete=models.PROTECT, related_name="grade_statements")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="grade_statements")
    category = models.CharField(max_length=12, blank=True)
    stage = models.CharField(max_length=14, blank=True)
    grade = models.CharField(max_length=10)
    cause = models.CharField(max_length=10, default="stated", help_text="stated, or set_aside by a reviewer")
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [known("grade", GRADES, "grade_statement_known"), known("cause", ("stated", "set_aside"), "grade_statement_cause")]
        indexes = [models.Index(fields=["product", "id"], name="grade_statement_product")]


class Part(models.TextChoices):
    """What a contributor put in."""

    SOURCE = "source", _("数据来源")
    PROCESSING = "processing", _("加工")
    LABOUR = "labour", _("劳动")
    QUALITY = "quality", _("质量评价")
    TRUSTEE = "trustee", _("受托管理")
    CIRCULATION = "circulation", _("流通")
    APPLICATION = "application", _("应用")


class Contributor(models.Model):
    """Who contributed to a version and with what weight: settlement shares the proceeds by it (Data Twenty article 12)."""

    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="contributors")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="contributions")
    weight = models.PositiveBigIntegerField()
    part = models.CharField(max_length=20, default=Part.PROCESSING, choices=Part)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "organization"], name="contributor_once"),
                       models.CheckConstraint(condition=Q(weight__gt=0), name="contributor_weight_positive")]
