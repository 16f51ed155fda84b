"""What proves a delivery afterwards: certificates of answers (F10), marks in copies and whose they are (F13), sample checks (F11)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from delivery.compute_models import ComputeJob
from delivery.room_models import RoomQuery
from listings.models import ListingVersion
from participants.actors import acting_for

__all__ = ["Copy", "MarkPlan", "PartClaim", "ResultCertificate", "SampleCheck"]

_HASH = r"^[0-9a-f]{64}$"


class ResultCertificate(models.Model):
    """The certificate of one answer or one deletion; append-only. ``content`` is public, by hash alone; ``salt`` is the two sides'."""

    code = models.CharField(max_length=16, unique=True)
    query = models.OneToOneField(RoomQuery, on_delete=models.PROTECT, null=True, blank=True, related_name="certificate")
    job = models.OneToOneField(ComputeJob, on_delete=models.PROTECT, null=True, blank=True, related_name="certificate")
    deletion = models.OneToOneField("delivery.DeletionTask", on_delete=models.PROTECT, null=True, blank=True, related_name="certificate")
    content = models.JSONField(help_text="what is public: the answer, the question, the data and the policy by hash, the epsilon")
    content_hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128, help_text="Ed25519 over the content, by the key that signs the seals")
    key_id = models.CharField(max_length=16)
    salt = models.CharField(max_length=64, help_text="with it, whoever has the answer shows that it is the one certified")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(query__isnull=False, job__isnull=True, deletion__isnull=True)
                                   | Q(query__isnull=True, job__isnull=False, deletion__isnull=True)
                                   | Q(query__isnull=True, job__isnull=True, deletion__isnull=False), name="result_of_one_thing"),
            models.CheckConstraint(condition=Q(content_hash__regex=_HASH, salt__regex=_HASH, signature__regex=r"^[0-9a-f]{128}$"),
                                   name="result_is_signed"),
        ]

    def __str__(self) -> str:
        return self.code


class MarkPlan(models.Model):
    """How copies of a version's file are marked 副本标记: which columns may move by how much; every other column stays untouched.

    Declared by the seller before anybody buys; append-only.
    """

    code = models.CharField(max_length=16, unique=True)
    version = models.OneToOneField(ListingVersion, on_delete=models.PROTECT, related_name="mark_plan")
    file_sha256 = models.CharField(max_length=64, help_text="the registered file the copies come from")
    columns = models.JSONField(help_text="name of a column of numbers -> the most a mark moves it, as a decimal")
    declared_by = models.CharField(max_length=40, help_text="actor code")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(file_sha256__regex=_HASH) & ~Q(columns={}), name="mark_plan_says_where")]

    def __str__(self) -> str:
        return self.code


class Copy(models.Model):
    """One marked copy 副本: derived from the registered file for one token. Its hash is registered when it is handed out; append-only."""

    code = models.CharField(max_length=16, unique=True)
    plan = models.ForeignKey(MarkPlan, on_delete=models.PROTECT, related_name="copies")
    grant = models.ForeignKey("delivery.AccessGrant", on_delete=models.PROTECT, related_name="copies")
    buyer = models.CharField(max_length=16, help_text="the buyer's code when it was handed out")
    nonce = models.CharField(max_length=32, unique=True, help_text="its marks follow from it under a key of the house")
    sha256 = models.CharField(max_length=64, help_text="of the copy as it was handed out")
    registered_sha256 = models.CharField(max_length=64, help_text="of the file it comes from: what was registered and delivered")
    size = models.BigIntegerField()
    marks = models.PositiveIntegerField(help_text="cells that carry a mark")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "copies"
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=_HASH, registered_sha256__regex=_HASH), name="copy_hashes"),
            models.CheckConstraint(condition=Q(marks=0) | ~Q(sha256=F("registered_sha256")), name="copy_marked_differs"),
        ]
        indexes = [models.Index(fields=["plan", "id"], name="copy_of_plan")]

    def __str__(self) -> str:
        return self.code


class SampleCheck(models.Model):
    """A buyer's offer to keep a part 部分验收: so many of so many conform, the price falls in proportion."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="samples")
    seed = models.CharField(max_length=64)
    rows = models.JSONField(help_text="numbers of the rows drawn, the first row of data being 1")
    of_rows = models.PositiveIntegerField()
    report = models.CharField(max_length=16, blank=True, help_text="the quality report it was held against")
    figures = models.JSONField(help_text="each dimension: found, reported, the margin of so small a sample, whether it fits")
    fits = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(rows=[]) & ~Q(seed=""), name="sample_of_something")]

    def __str__(self) -> str:
        return self.code


class PartClaimQuerySet(models.QuerySet["PartClaim"]):
    def visible_to(self, user: Any) -> PartClaimQuerySet:
        """The two sides of the delivery."""
        own = acting_for(user)
        return self.filter(Q(delivery__seller_id=own) | Q(delivery__buyer_id=own))


class PartClaim(models.Model):
    """A buyer's offer to keep a part 部分验收: so many of so many conform, the price falls with it (Civil Code 582)."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="claims")
    unit = models.CharField(max_length=5, help_text="rows, files, or the share of the price an outcome left")
    accepted = models.PositiveBigIntegerField()
    promised = models.PositiveBigIntegerField()
    price_fen = models.BigIntegerField(help_text="the trade's price")
    due_fen = models.BigIntegerField(help_text="what stays due of it")
    outcome = models.CharField(max_length=9, default="open", help_text="open, agreed, refused, silent, or stopped with the trade")
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = PartClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(unit__in=["rows", "files", "share"], accepted__gt=0, accepted__lt=F("promised")),
                                   name="part_is_a_part"),
            models.CheckConstraint(condition=Q(due_fen__gte=0, due_fen__lte=F("price_fen")), name="part_within_price"),
            models.CheckConstraint(condition=Q(outcome="open", answered_at__isnull=True)
                                   | Q(outcome__in=["agreed", "refused", "silent", "stopped"], answered_at__isnull=False),
                                   name="part_answered_once"),
            models.UniqueConstraint(fields=["delivery"], condition=Q(outcome__in=["open", "agreed"]), name="part_one_open"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return self.delivery.party_ids()
