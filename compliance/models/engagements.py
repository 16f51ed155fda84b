"""Third parties' services 第三方专业服务: what is offered, what a client ordered, the signed reports that came of it (R61, E.6)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from compliance.engaging.kinds import service_kinds
from compliance.models.complaints import Dispute
from compliance.states import EngagementStatus, OfferStatus, ReportStanding
from evidence.models import Deposit
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["MERCHANT_SERVICES", "Engagement", "EngagementReport", "ServiceOffer"]

#: What data merchants do for others (R58), as the database knows it; a test holds it against the table of kinds.
MERCHANT_SERVICES = ["service_develop", "service_publish", "service_underwrite", "service_compliance", "service_standardise",
                     "service_value_add"]


class ServiceOffer(models.Model):
    """One service of the directory; its terms never change: another price is another offer.

    ``kind`` is a third party's class of admission, or one of the merchants' services.
    """

    code = models.CharField(max_length=16, unique=True)
    provider = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="service_offers")
    kind = models.CharField(max_length=40)
    title_zh = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)
    scope_zh = models.TextField()
    scope_en = models.TextField(blank=True)
    price_fen = models.BigIntegerField()
    days = models.PositiveSmallIntegerField(help_text="working days from the acceptance of an order to the report")
    status = models.CharField(max_length=10, choices=OfferStatus, default=OfferStatus.OFFERED)
    published_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OfferStatus.values), name="service_offer_status_known"),
            models.CheckConstraint(condition=Q(kind__startswith="provider_") | Q(kind__in=MERCHANT_SERVICES), name="service_offer_kind"),
            models.CheckConstraint(condition=Q(price_fen__gt=0), name="service_offer_price"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=250), name="service_offer_days"),
        ]
        indexes = [models.Index(fields=["kind", "price_fen"], name="service_offer_directory", condition=Q(status="offered"))]

    def party_ids(self) -> tuple[int, ...]:
        return (self.provider_id,)

    @property
    def kind_words(self) -> tuple[str, str]:
        """What the class is called, as the checklist in force when it was offered says."""
        return service_kinds(self.published_at)[self.kind].text


class EngagementQuerySet(models.QuerySet["Engagement"]):
    def visible_to(self, user: Any) -> EngagementQuerySet:
        """What one's own organisation ordered or is asked to do."""
        key = acting_for(user)
        return self.filter(Q(client_id=key) | Q(provider_id=key))


class Engagement(models.Model):
    """One order at the offer's price, which is set aside in the ledger until the report is accepted or the order fails."""

    code = models.CharField(max_length=16, unique=True)
    offer = models.ForeignKey(ServiceOffer, on_delete=models.PROTECT, related_name="engagements")
    provider = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="engagements_done")
    client = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="engagements_ordered")
    about = models.CharField(max_length=20, blank=True, db_index=True, help_text="code of a listing, trade or dispute; '' for none")
    brief = models.TextField(help_text="what the client asks for")
    price_fen = models.BigIntegerField()
    fee_bps = models.PositiveIntegerField(help_text="the venue's share, as it stood at the order")
    status = models.CharField(max_length=10, choices=EngagementStatus, default=EngagementStatus.ORDERED)
    pending = models.UUIDField(help_text="the reserve on the client's account")
    fee_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0, help_text="what the provider received, after the venue's fee")
    transfer_hash = models.CharField(max_length=64, blank=True)
    objection = models.TextField(blank=True)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ordered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it was declined, given up or failed")

    objects = EngagementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=EngagementStatus.values), name="engagement_status_known"),
            models.CheckConstraint(condition=~Q(provider=F("client")), name="engagement_two_parties"),
            models.CheckConstraint(condition=Q(price_fen__gt=0, fee_bps__lte=10_000), name="engagement_price"),
            models.CheckConstraint(condition=Q(fee_fen__gte=0, paid_fen__gte=0, price_fen__gte=F("fee_fen") + F("paid_fen")),
                                   name="engagement_paid_within_price"),
            models.CheckConstraint(condition=Q(status="completed") | Q(paid_fen=0, fee_fen=0), name="engagement_paid_when_completed"),
            models.CheckConstraint(condition=~Q(status__in=["objected", "disputed"]) | ~Q(objection=""), name="engagement_objected_why"),
            models.CheckConstraint(condition=~Q(status="disputed") | Q(dispute__isnull=False), name="engagement_dispute_named"),
            models.CheckConstraint(condition=Q(ended_at__isnull=False, due_at__isnull=True, status__in=[
                "completed", "declined", "withdrawn", "failed"]) | Q(ended_at__isnull=True, status__in=[
                    "ordered", "working", "delivered", "objected", "disputed"]), name="engagement_ended"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="engagement_deadline")]

    def party_ids(self) -> tuple[int, ...]:
        return (self.provider_id, self.client_id)


class EngagementReport(models.Model):
    """A signed report, numbered within its engagement; only its status changes. ``figures`` is what a typed report says."""

    code = models.CharField(max_length=16, unique=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField()
    about = models.CharField(max_length=20, blank=True, db_index=True)
    summary = models.TextField()
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    file_sha256 = models.CharField(max_length=64)
    figures = models.JSONField(default=dict, blank=True)
    content_hash = models.CharField(max_length=64)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=ReportStanding, default=ReportStanding.VALID)
    case_code = models.CharField(max_length=16, blank=True, help_text="conduct case that decides whether it is false")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ReportStanding.values), name="engagement_report_standing_known"),
            models.CheckConstraint(condition=Q(status="valid") | ~Q(case_code=""), name="engagement_report_mark_has_case"),
            models.UniqueConstraint(fields=["engagement", "number"], name="engagement_report_numbered"),
        ]

    def party_ids(self) -> tuple[int, ...]:
        return self.engagement.party_ids()
