"""The record book's tables: what was recorded, how it was sealed, who has been told, which commands ran, the market's clock, files.

Records name people and objects by code, never by foreign key, so that every other room may stand on this one. Keeping
verification and transaction records is a duty of trading venues (数据安全法 Art. 33); the seal makes the keeping provable.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

__all__ = ["Command", "Cursor", "Deposit", "DepositErasure", "Entry", "Failure", "GateMove", "MarketClock", "Node", "PublicKey", "Record",
           "Seal", "SubjectKey", "Unsealed"]

models.BinaryField.register_lookup(Length)


class Record(models.Model):
    """One fact, written in the transaction of the act it tells. Never changed, never deleted (I3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=80, help_text="<room>.<model>.<word>")
    kind_version = models.PositiveSmallIntegerField(default=1)
    command = models.UUIDField(db_index=True, help_text="the Command whose act this tells")
    at = models.DateTimeField(db_index=True, help_text="market time of the act")
    actor = models.CharField(max_length=64, help_text="ORG-…/PSN-… or system")
    subject = models.CharField(max_length=64, help_text="code of the object")
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "at"]), models.Index(fields=["kind", "at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Unsealed(models.Model):
    """Recorded, not yet chained: the sealer's queue and the only table here that shrinks."""

    number = models.BigAutoField(primary_key=True)
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="unsealed")
    entered_at = models.DateTimeField(help_text="wall time, for the age alarm (I23)")

    def __str__(self) -> str:
        return str(self.record_id)


class Entry(models.Model):
    """A record's place in the log: positions run gapless from 0; the leaf hashes the record's envelope."""

    position = models.BigIntegerField(primary_key=True)
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="entry")
    payload_hash = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(condition=Q(position__gte=0), name="entry_position_from_zero"),
            models.CheckConstraint(condition=Q(payload_hash__length=32) & Q(leaf_hash__length=32), name="entry_hashes_are_sha256"),
        ]

    def __str__(self) -> str:
        return str(self.position)


class Node(models.Model):
    """The hash of a full subtree of 2^level leaves, kept for every eighth level: proofs read at most 256 rows a level."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Seal(models.Model):
    """A signed checkpoint over entries [0, size). Each names the root before it (I24)."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField()
    previous_root = models.BinaryField(blank=True, help_text="empty for the first")
    at = models.DateTimeField()
    origin = models.CharField(max_length=120)
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="seal_size_above_zero")]

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class PublicKey(models.Model):
    """A key that signs or signed seals; the private half never enters the database."""

    key_id = models.CharField(max_length=32, primary_key=True)
    algorithm = models.CharField(max_length=16, default="Ed25519")
    key = models.BinaryField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key_id


class Cursor(models.Model):
    """How far a subscriber has been told: the next position it has not seen."""

    subscriber = models.CharField(max_length=80, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.subscriber} at {self.position}"


class Failure(models.Model):
    """A record that a subscriber could not take. Below five tries it blocks; then it is parked, its subject behind it."""

    subscriber = models.CharField(max_length=80)
    position = models.BigIntegerField()
    subject = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    parked = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "position"], name="failure_once")]
        indexes = [models.Index(fields=["subscriber", "subject"])]

    def __str__(self) -> str:
        return f"{self.subscriber} {self.position}"


class Command(models.Model):
    """One outermost act. With a client's key it holds the answer given, and keys never expire (I22, T5)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.CharField(max_length=64)
    operation = models.CharField(max_length=80)
    key = models.CharField(max_length=255, null=True, blank=True, help_text="Idempotency-Key; null where none was sent")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the request")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.BinaryField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], condition=Q(key__isnull=False), name="command_key_once")]

    def __str__(self) -> str:
        return f"{self.operation} {self.id}"


class MarketClock(models.Model):
    """The market's clock: market = anchor_market + (wall - anchor_wall) * rate. One row; in production it is the wall."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    anchor_market = models.DateTimeField()
    anchor_wall = models.DateTimeField()
    rate = models.PositiveIntegerField(default=1, help_text="market seconds per wall second; 0 stands still")
    profile = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="market_clock_one_row"),
            models.CheckConstraint(condition=Q(profile__in=["demo", "test", "production"]), name="market_clock_profile_known"),
            models.CheckConstraint(
                condition=~Q(profile="production") | (Q(rate=1) & Q(anchor_market=F("anchor_wall"))),
                name="market_clock_is_the_wall_in_production",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.anchor_market} x{self.rate}"


class Deposit(models.Model):
    """A file handed in: what it was, byte for byte, when it came and from whom. The bytes lie in file storage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    storage_name = models.CharField(max_length=200)
    owner = models.CharField(max_length=64, help_text="code of the organisation")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class DepositErasure(models.Model):
    """That a deposited file was erased: its bytes go once every deposit of the same bytes is erased; the hash stays."""

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="erasure")
    reason = models.CharField(max_length=120)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.deposit_id)


class SubjectKey(models.Model):
    """The key that a subject's personal values are sealed under, itself wrapped by the installation's key; empty once destroyed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=64, help_text="code of the person, application or complaint")
    wrapped = models.BinaryField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject"], condition=Q(destroyed_at__isnull=True), name="subject_key_one_living"),
            models.CheckConstraint(condition=Q(wrapped__isnull=False, destroyed_at__isnull=True)
                                   | Q(wrapped__isnull=True, destroyed_at__isnull=False), name="subject_key_living_or_destroyed"),
        ]

    def __str__(self) -> str:
        return self.subject


class GateMove(models.Model):
    """A transaction that wrote what gates read (``evidence/sql/gates.sql``): an answer kept from before it is asked again."""

    number = models.BigIntegerField(primary_key=True, help_text="the database's own number of the transaction")

    def __str__(self) -> str:
        return str(self.number)
