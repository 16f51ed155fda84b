"""The books: accounts, transfers (header and legs) and the cached balance of each account.

Rows of transfers and postings are written only by the functions of ``ledger/sql`` and never change: a reserve, its
posting, its release and its expiry are four kinds of rows, not four values of a column (lifecycles, *Transfer*).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.accounts import CURRENCY, AccountKind

__all__ = ["Account", "Balance", "Closing", "Phase", "Posting", "Transfer"]


class Account(models.Model):
    """One owner's account of one kind in one currency; opened at first use, never closed."""

    owner = models.CharField(max_length=20, help_text="a code: ORG-…, TRD-…")
    kind = models.CharField(max_length=16, choices=AccountKind)
    currency = models.CharField(max_length=3, default=CURRENCY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "currency"], name="account_once"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency_code"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.kind}"


class Phase(models.TextChoices):
    """What a transfer's row is: money moved at once, reserved, or the one row that closes a reserve."""

    SINGLE = "single", "划转"
    PENDING = "pending", "冻结"
    POSTED = "posted", "过账"
    VOIDED = "voided", "释放"
    EXPIRED = "expired", "过期释放"


class Transfer(models.Model):
    """The header of a movement of money. ``hash`` is SHA-256 over header and legs and stands in the caller's fact."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    phase = models.CharField(max_length=8, choices=Phase)
    kind = models.CharField(max_length=40, help_text="what for, in the caller's words, e.g. trade_payment")
    subject = models.CharField(max_length=40, help_text="the code of the trade, lot or reference it belongs to")
    legs = models.PositiveSmallIntegerField(help_text="how many postings belong to it; the guard counts them")
    pending = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="closing")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
                                help_text="whose money a pending transfer reserves")
    amount_fen = models.BigIntegerField(null=True, blank=True, help_text="how much a pending transfer reserves")
    expires_at = models.DateTimeField(null=True, blank=True)
    command = models.UUIDField(help_text="the command that moved it")
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="transfer_phase_known"),
            models.CheckConstraint(
                condition=(Q(phase="pending", account__isnull=False, amount_fen__gt=0, pending__isnull=True, legs=0)
                           | Q(phase="single", account__isnull=True, amount_fen__isnull=True, pending__isnull=True, legs__gte=2)
                           | Q(phase="posted", account__isnull=True, amount_fen__isnull=True, pending__isnull=False, legs__gte=2)
                           | Q(phase__in=["voided", "expired"], account__isnull=True, amount_fen__isnull=True,
                               pending__isnull=False, legs=0)),
                name="transfer_columns_fit_phase"),
            models.UniqueConstraint(fields=["subject"], condition=Q(kind="funding"), name="transfer_bank_reference_once"),
            models.UniqueConstraint(fields=["subject"], condition=Q(kind="tax_opening"), name="transfer_tax_opened_once"),
        ]
        indexes = [
            models.Index(fields=["subject"], name="transfer_subject"),
            models.Index(fields=["expires_at"], condition=Q(phase="pending", expires_at__isnull=False), name="transfer_expiring"),
            models.Index(fields=["account"], condition=Q(phase="pending"), name="transfer_pending_of"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Posting(models.Model):
    """One leg of a transfer: plus adds to the account, minus takes from it.

    No foreign keys in the database: the statement-level guard checks accounts, transfers and sums of a whole insert at
    once, which costs a tenth of what row triggers cost in a batch.
    """

    pk = models.CompositePrimaryKey("transfer_id", "leg")
    transfer = models.ForeignKey(Transfer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="postings")
    leg = models.SmallIntegerField()
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="postings")
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0) & Q(leg__gt=0), name="posting_moves_something")]
        indexes = [models.Index(fields=["account", "transfer"], name="posting_of_account")]


class Balance(models.Model):
    """What an account holds (posted) and how much of it is reserved; written by the ledger's functions alone."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    posted_fen = models.BigIntegerField(default=0)
    reserved_fen = models.BigIntegerField(default=0)
    may_overdraw = models.BooleanField(help_text="from the account's kind; false for every customer account (I4)")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reserved_fen__gte=0), name="balance_reserved_not_negative"),
            models.CheckConstraint(condition=Q(may_overdraw=True) | Q(posted_fen__gte=F("reserved_fen")),
                                   name="balance_available_not_negative"),
        ]


class Closing(models.Model):
    """The end of a period: nothing is posted at or before ``until`` any more; its totals as they were then."""

    until = models.DateTimeField(unique=True)
    at = models.DateTimeField()
    totals = models.JSONField()
    totals_hash = models.CharField(max_length=64)
