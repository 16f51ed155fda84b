"""What is handed over and how the buyer gets at it: deliveries, one-time access, every use of it, every attempt refused.

``Delivery.mode`` names the delivery kind of the listing version; files go by token here, the clean room will serve the
modes in which data stays in its domain (Data Twenty 4, 可用不可见).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.taxonomy import DeliveryMode
from delivery.access_models import AccessStop, DataKey, DataUse, FileFetch, Voucher
from delivery.compute_models import Algorithm, ComputeJob
from delivery.proof_models import Copy, MarkPlan, PartClaim, ResultCertificate, SampleCheck
from delivery.release_models import Output, OutputLook, OutputOpinion, OutputToken
from delivery.room_models import Cohort, PrivacyBudget, Room, RoomQuery, RunnerKey
from delivery.service_models import Service, ServiceCall, ServiceHold
from delivery.states import DeletionStatus, DeliveryStatus, GrantStatus, RatingStatus, ReferralStatus
from delivery.trace_models import LeakTrace
from evidence.models import Deposit
from listings.models import Consent, ListingVersion
from participants.actors import acting_for
from participants.models import Organization, Person, User
from trading.models import Trade

__all__ = ["SCORED", "AccessGrant", "AccessStop", "Algorithm", "Cohort", "ComputeJob", "Copy", "DataKey", "DataUse", "DeletionTask",
           "Delivery", "FileFetch", "FilePrint", "GrantUse", "LeakCheck", "LeakTrace", "MarkPlan", "Output", "OutputLook", "OutputOpinion",
           "OutputToken", "PartClaim", "PrivacyBudget", "Rating", "Referral", "ResultCertificate", "Room", "RoomQuery", "RunnerKey",
           "SampleCheck", "Seat", "Service", "ServiceCall", "ServiceHold", "UseOutcome", "Voucher"]


class PartyQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> PartyQuerySet:
        """Both sides of the trade; nobody else knows that it exists."""
        own = acting_for(user)
        return self.filter(Q(seller_id=own) | Q(buyer_id=own))


class Delivery(models.Model):
    """One trade's delivery: what must arrive (its hash), by when, what came, and what the buyer says to it."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, related_name="delivery")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="deliveries_owed")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="deliveries_due")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="deliveries")
    mode = models.CharField(max_length=20, choices=DeliveryMode, default=DeliveryMode.DOWNLOAD)
    expected_sha256 = models.CharField(max_length=64, help_text="hash of the registered file; nothing else is taken")
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.OPENED)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often it was delivered, at most three times")
    defects = models.JSONField(default=list, help_text="what the buyer found wrong, one text each")
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when the next act is due; null while the trade is unpaid")
    fails_at = models.DateTimeField(null=True, blank=True, help_text="end of the grace after a missed delivery")
    opened_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    by_default = models.BooleanField(default=False, help_text="accepted by silence")
    cause = models.CharField(max_length=60, blank=True)

    objects = PartyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known"),
            models.CheckConstraint(condition=Q(mode__in=DeliveryMode.values), name="delivery_mode_known"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="delivery_two_parties"),
            models.CheckConstraint(condition=Q(attempts__lte=3), name="delivery_three_attempts"),
            models.CheckConstraint(name="delivery_delivered_has_file", condition=~Q(status__in=["delivered", "part", "accepted"])
                                   | Q(deposit__isnull=False, delivered_at__isnull=False)),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status__in=["opened", "delivered", "part", "rejected"]),
                                name="delivery_due"),
                   models.Index(fields=["seller", "-id"], name="delivery_of_seller"),
                   models.Index(fields=["buyer", "-id"], name="delivery_of_buyer")]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.seller_id, self.buyer_id}


class AccessGrant(models.Model):
    """A one-time token for the file: the database keeps its hash only, counts its uses, and never forgets it."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="grants")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="access_grants")
    token_hash = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=10, choices=GrantStatus, default=GrantStatus.ACTIVE)
    uses = models.PositiveSmallIntegerField(default=0)
    uses_allowed = models.PositiveSmallIntegerField(default=1)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=GrantStatus.values), name="grant_status_known"),
            models.CheckConstraint(condition=Q(uses__lte=F("uses_allowed")), name="grant_uses_within_count"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="grant_term_forward"),
            models.UniqueConstraint(fields=["delivery"], condition=Q(status="active"), name="grant_one_active"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(status="active"), name="grant_expiring")]

    def __str__(self) -> str:
        return self.code


class UseOutcome(models.TextChoices):
    USED = "used", _("已取用")
    EXHAUSTED = "exhausted", _("已用过，拒绝")
    EXPIRED = "expired", _("已到期，拒绝")
    REVOKED = "revoked", _("已撤销，拒绝")
    SUSPENDED = "suspended", _("已暂停，拒绝")
    UNSEATED = "unseated", _("不是指定使用人，拒绝")
    UNLICENSED = "unlicensed", _("合同不许可，拒绝")


class GrantUse(models.Model):
    """One time somebody showed a token, and what came of it; append-only."""

    grant = models.ForeignKey(AccessGrant, on_delete=models.PROTECT, related_name="shown")
    outcome = models.CharField(max_length=10, choices=UseOutcome)
    person = models.CharField(max_length=40, help_text="actor code")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(outcome__in=UseOutcome.values), name="use_outcome_known")]


class Seat(models.Model):
    """One of the people who may use what was bought 指定使用人 (R121), as many at once as the agreement says; an end is final."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="seats")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    holder = models.CharField(max_length=16, help_text="the person's code, as tokens and evidence name it")
    named_at = models.DateTimeField()
    named_by = models.CharField(max_length=40, help_text="actor code")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "person"], condition=Q(ended_at__isnull=True), name="seat_once_a_person"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="seat_ended_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery} {self.holder}"


class DeletionTask(models.Model):
    """A recipient's duty after a consent or its own licence ended 删除任务: told by which notice, by when, and the proof it gave."""

    code = models.CharField(max_length=16, unique=True)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="deletions",
                                help_text="empty where the licence ended")
    agreement = models.CharField(max_length=16, blank=True, help_text="the agreement whose licence ended")
    deleted = models.JSONField(default=list, help_text="what was deleted, one place each: copies, derived data, backups")
    signed_by = models.CharField(max_length=40, blank=True, help_text="actor code of who signed the statement")
    reminded_at = models.DateTimeField(null=True, blank=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="deletions")
    recipient = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="deletions")
    status = models.CharField(max_length=8, choices=DeletionStatus, default=DeletionStatus.OPEN)
    notice = models.CharField(max_length=16, help_text="the notice that reached the recipient")
    statement = models.TextField(blank=True)
    proof = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DeletionStatus.values), name="deletion_status_known"),
            models.UniqueConstraint(fields=["consent", "delivery"], name="deletion_once_for_each"),
            models.UniqueConstraint(fields=["agreement", "delivery"], condition=~Q(agreement=""), name="deletion_once_for_a_licence"),
            models.CheckConstraint(condition=Q(consent__isnull=False, agreement="") | Q(consent__isnull=True) & ~Q(agreement=""),
                                   name="deletion_for_one_end"),
            models.CheckConstraint(condition=~Q(status="done") | Q(agreement="") | (~Q(deleted=[]) & ~Q(signed_by="")),
                                   name="deletion_of_a_licence_is_signed"),
            models.CheckConstraint(condition=~Q(status="done") | (~Q(statement="") & Q(done_at__isnull=False)),
                                   name="deletion_done_is_said"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="deletion_due")]

    def party_ids(self) -> set[int]:
        return {self.recipient_id}


#: What a buyer scores from one to five, in the order shown, and what each asks.
SCORED = {"as_described": _("与描述相符"), "quality": _("数据质量"), "timeliness": _("时效"), "documentation": _("说明文档"),
          "support": _("卖方响应")}


def _score() -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField()


class Rating(models.Model):
    """What the buyer of an accepted delivery says of it 买方评价: five scores and a text; one for a trade, by its buyer only (trigger)."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="rating")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ratings_given")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ratings_received")
    status = models.CharField(max_length=10, choices=RatingStatus, default=RatingStatus.GIVEN)
    as_described = _score()
    quality = _score()
    timeliness = _score()
    documentation = _score()
    support = _score()
    text = models.TextField()
    reply = models.TextField(blank=True, help_text="the seller's answer")
    hidden_reason = models.TextField(blank=True, help_text="why the desk hid it; shown in its place")
    cause = models.CharField(max_length=60, blank=True, help_text="the fact that took it down")
    given_at = models.DateTimeField()
    replied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RatingStatus.values), name="rating_status_known"),
            models.CheckConstraint(name="rating_one_to_five", condition=Q(**{f"{name}__range": (1, 5) for name in SCORED})),
            models.CheckConstraint(condition=~Q(text=""), name="rating_says_something"),
            models.CheckConstraint(condition=~Q(status="hidden") | ~Q(hidden_reason=""), name="rating_hidden_why"),
            models.CheckConstraint(condition=~Q(status="withdrawn") | ~Q(cause=""), name="rating_withdrawn_why"),
            models.CheckConstraint(condition=Q(replied_at__isnull=True) | ~Q(reply=""), name="rating_reply_said"),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="rating_of_seller")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.seller_id, self.buyer_id}


class FilePrint(models.Model):
    """The fingerprint of one file that was on sale (R47): keyed hashes of its rows, the smallest kept; nobody is read from them."""

    file_sha256 = models.CharField(max_length=64, unique=True)
    rows = models.PositiveIntegerField()
    exact = models.BinaryField(help_text="eight bytes a row, in order")
    near = models.BinaryField(help_text="eight bytes a row and cell left out, in order")
    whole = models.BooleanField(help_text="every row is in it")
    made_at = models.DateTimeField()


class LeakCheck(models.Model):
    """A sample found outside, and what it shared with which listings when it was compared; append-only."""

    code = models.CharField(max_length=16, unique=True)
    sample = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    found_where = models.CharField(max_length=400)
    rows = models.PositiveIntegerField(help_text="distinct rows compared")
    files = models.PositiveIntegerField(help_text="fingerprints it was compared with")
    matches = models.JSONField(default=list)
    persons = models.PositiveIntegerField(default=0, help_text="distinct records of persons in the sample")
    gain_fen = models.BigIntegerField(default=0, help_text="what is known to have been earned with it")
    line = models.CharField(max_length=12, blank=True, help_text="the class of records that decides from how many it is serious")
    traces = models.JSONField(default=list, help_text="whose marked copies it holds, file by file, with the chance of error")
    left_out = models.PositiveIntegerField(default=0, help_text="marked files that were not read for their number")
    asked_by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("泄露比对")

    def __str__(self) -> str:
        return self.code

    @property
    def traced(self) -> list[Any]:
        """What marked copies showed: of the trace that follows the check, or, before there were any, of the check itself."""
        trace = getattr(self, "trace", None)
        found: list[Any] = trace.traces if trace is not None else self.traces
        return found


class Referral(models.Model):
    """A matter referred to the authority (R47): its grounds and papers are fixed when it is prepared; another person sends it."""

    code = models.CharField(max_length=16, unique=True)
    about = models.CharField(max_length=20, help_text="code of the check, listing or complaint")
    authority = models.CharField(max_length=120)
    grounds = models.TextField()
    papers = models.JSONField(default=list, help_text="name and hash of each deposit")
    status = models.CharField(max_length=14, choices=ReferralStatus, default=ReferralStatus.PREPARED)
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=80, blank=True, help_text="the authority's number")
    outcome = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("移送")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ReferralStatus.values), name="referral_status_known"),
            models.CheckConstraint(condition=~Q(grounds="") & ~Q(papers=[]), name="referral_has_its_papers"),
            models.CheckConstraint(condition=Q(status__in=["prepared", "withdrawn"]) | Q(sent_by__isnull=False, sent_at__isnull=False),
                                   name="referral_sent_by_somebody"),
            models.CheckConstraint(condition=Q(sent_by__isnull=True) | ~Q(sent_by=F("prepared_by")), name="referral_by_two"),
            models.CheckConstraint(condition=~Q(status__in=["closed", "withdrawn"]) | ~Q(outcome=""), name="referral_end_is_told"),
        ]

    def __str__(self) -> str:
        return self.code
