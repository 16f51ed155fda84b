"""What is held and done under a delivery besides its tokens: stops by the monitor, fetches under way, keys, calls, vouchers (R42)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from delivery.states import KeyStatus
from participants.actors import acting_for
from participants.models import User

__all__ = ["AccessStop", "DataKey", "DataUse", "FileFetch", "Voucher"]


class SidesQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> SidesQuerySet:
        """The two sides of the delivery."""
        own = acting_for(user)
        return self.filter(Q(delivery__seller_id=own) | Q(delivery__buyer_id=own))


class AccessStop(models.Model):
    """From when to when nothing of a delivery could be used, and why: the monitor's (F6). One stands open at once; a final one stays."""

    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="stops")
    cause = models.CharField(max_length=60, help_text="refusal code")
    reason_zh = models.TextField()
    reason_en = models.TextField()
    way_zh = models.TextField(blank=True)
    way_en = models.TextField(blank=True)
    final = models.BooleanField(help_text="what was open was shut and does not open again")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SidesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery"], condition=Q(ended_at__isnull=True), name="stop_one_open"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="stop_ends_after_it_began"),
            models.CheckConstraint(condition=Q(final=False) | Q(ended_at__isnull=True), name="stop_final_stays"),
            models.CheckConstraint(condition=~Q(cause="") & ~Q(reason_zh="") & ~Q(reason_en=""), name="stop_says_why"),
        ]
        indexes = [models.Index(fields=["-began_at", "-id"], name="stop_newest")]

    def __str__(self) -> str:
        return f"{self.delivery} {self.cause}"

    @property
    def reason(self) -> tuple[str, str]:
        return self.reason_zh, self.reason_en

    @property
    def way(self) -> tuple[str, str]:
        return self.way_zh, self.way_en


class FileFetch(models.Model):
    """One use of a token: the file may be resumed from where it broke off, never begun again; it stays the same copy and the same use."""

    grant = models.ForeignKey("delivery.AccessGrant", on_delete=models.PROTECT, related_name="fetches")
    number = models.PositiveSmallIntegerField(help_text="which use of its grant")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    mark = models.CharField(max_length=32, help_text="this copy's mark: the same for a grant however often it is resumed")
    furthest = models.BigIntegerField(default=0, help_text="the furthest first byte asked for")
    ranges = models.PositiveSmallIntegerField(default=1, help_text="answers given")
    begun_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="shut before its time")

    class Meta:
        verbose_name_plural = "file fetches"
        constraints = [
            models.UniqueConstraint(fields=["grant", "number"], name="fetch_one_a_use"),
            models.CheckConstraint(condition=Q(furthest__gte=0, furthest__lte=F("size")), name="fetch_within_the_file"),
            models.CheckConstraint(condition=Q(ranges__gte=1, ranges__lte=200), name="fetch_resumed_so_often"),
            models.CheckConstraint(condition=Q(until__gt=F("begun_at")), name="fetch_term_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.grant} {self.number}"


class DataKey(models.Model):
    """A buyer's key to the rows of one delivery: the database keeps its hash only; calls of the running minute are counted on it."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=60)
    secret_hash = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=8, choices=KeyStatus, default=KeyStatus.ACTIVE)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="in whose name its calls are made")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    minute = models.DateTimeField(null=True, blank=True)
    minute_calls = models.PositiveIntegerField(default=0)

    objects = SidesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=KeyStatus.values), name="key_status_known"),
            models.CheckConstraint(condition=Q(status="active", ended_at__isnull=True) | ~Q(status="active") & Q(ended_at__isnull=False),
                                   name="key_ended_when"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="key_term_forward"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(status="active"), name="key_expiring")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return self.delivery.party_ids()


class DataUse(models.Model):
    """One call for rows and what came of it; append-only. Served (``refused`` empty) once for each request, however often repeated."""

    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="calls")
    key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="calls")
    request = models.CharField(max_length=64, help_text="the caller's own name of the request")
    asked_sha256 = models.CharField(max_length=64, help_text="of columns, filters, place and size asked for")
    refused = models.CharField(max_length=60, blank=True, help_text="refusal code")
    number = models.PositiveIntegerField(null=True, blank=True, help_text="which served call of its delivery it is: 1, 2, 3 …")
    rows_total = models.PositiveBigIntegerField(default=0, help_text="rows served up to and with this call")
    purpose = models.CharField(max_length=40, blank=True)
    rows = models.PositiveIntegerField(default=0)
    prints = models.BinaryField(default=bytes, help_text="eight bytes a row that went out, in order: by them a leak is traced")
    took_us = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    objects = SidesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "request"], condition=Q(refused=""), name="use_metered_once"),
            models.UniqueConstraint(fields=["delivery", "number"], condition=Q(refused=""), name="use_numbered_once"),
            models.CheckConstraint(name="use_refused_gives_nothing", condition=Q(refused="", number__gte=1, rows_total__gte=F("rows"))
                                   | ~Q(refused="") & Q(rows=0, prints=b"", number__isnull=True, rows_total=0)),
        ]
        indexes = [models.Index(fields=["delivery", "-at"], name="use_of_delivery"), models.Index(fields=["-at", "-id"], name="use_newest")]


class Voucher(models.Model):
    """The electronic voucher of one handing-over 交付凭证 (Civil Code 512): who, what, when, by which hash and licence; append-only."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="vouchers")
    attempt = models.PositiveSmallIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()

    objects = SidesQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "attempt"], name="voucher_one_a_handover")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return self.delivery.party_ids()
