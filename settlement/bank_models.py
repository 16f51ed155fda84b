"""Money in and out: payouts as orders to the bank, the bank's notices, money whose owner is not known, reconciliations (G6, G8, G9)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from participants.models import Organization
from settlement.states import PayoutStatus, ReconciliationStatus, SuspenseStatus

__all__ = ["BankNotice", "Payout", "Reconciliation", "Suspense"]

_CLEARED = ["approved", "sent", "paid", "returned", "reversed"]


class Payout(models.Model):
    """A party takes money out: reserved at once, ordered from the bank after its hold, gone only by the bank's word."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payouts")
    amount_fen = models.BigIntegerField()
    to_account = models.CharField(max_length=30, help_text="the party's own account elsewhere, digits only")
    status = models.CharField(max_length=10, choices=PayoutStatus, default=PayoutStatus.REQUESTED)
    requested_at = models.DateTimeField()
    payable_at = models.DateTimeField(help_text="end of the hold: no order before it")
    due_at = models.DateTimeField(null=True, blank=True, help_text="by when the next step is made")
    pending = models.UUIDField(help_text="the reserve in the ledger")
    second_person = models.BooleanField(help_text="above the limit: a second person of the party, then one of the venue")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="by the party's second person")
    cleared_at = models.DateTimeField(null=True, blank=True, help_text="by the venue")
    held_by = models.CharField(max_length=16, blank=True, help_text="the organisation that holds it")
    hold_basis = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="when the bank took the order")
    recall_at = models.DateTimeField(null=True, blank=True, help_text="when it was asked back")
    ended_at = models.DateTimeField(null=True, blank=True)
    transfer = models.UUIDField(null=True, blank=True)
    reversal = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PayoutStatus.values), name="payout_status_known"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payout_of_something"),
            models.CheckConstraint(condition=Q(to_account__regex=r"^[0-9]{8,30}$"), name="payout_account_digits"),
            models.CheckConstraint(name="payout_four_eyes", condition=~Q(status__in=_CLEARED) | Q(second_person=False)
                                   | Q(confirmed_at__isnull=False, cleared_at__isnull=False)),
            models.CheckConstraint(condition=~Q(status__in=["paid", "reversed"]) | Q(transfer__isnull=False),
                                   name="payout_paid_is_a_transfer"),
            models.CheckConstraint(condition=~Q(status="reversed") | Q(reversal__isnull=False), name="payout_reversed_is_a_transfer"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="payout_of_party"),
                   models.Index(fields=["status", "id"], condition=Q(status__in=["requested", "held", "approved", "sent"]),
                                name="payout_moving")]

    def __str__(self) -> str:
        return self.code


class BankNotice(models.Model):
    """One message of the bank, taken once: what it said, and whether it was booked or its money waits for its owner."""

    ident = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, help_text="credit, paid, returned, reversed, recalled")
    reference = models.CharField(max_length=40)
    party = models.CharField(max_length=40, blank=True, help_text="whose money the bank says it is")
    amount_fen = models.BigIntegerField()
    body_hash = models.CharField(max_length=64)
    booked = models.BooleanField(help_text="false: it went to the suspense account")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "reference", "booked"], condition=Q(booked=True),
                                               name="bank_notice_effect_once")]


class Suspense(models.Model):
    """Money at the bank whose owner is not known yet; plus came in, minus went out. Cleared by naming the owner."""

    code = models.CharField(max_length=16, unique=True)
    notice = models.OneToOneField(BankNotice, on_delete=models.PROTECT, related_name="suspense")
    amount_fen = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=SuspenseStatus, default=SuspenseStatus.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True, help_text="when a case was opened for its waiting")
    proposed_to = models.CharField(max_length=16, blank=True, help_text="the party that the first person named")
    basis = models.CharField(max_length=200, blank=True, help_text="why it is that party's")
    cleared_to = models.CharField(max_length=16, blank=True, help_text="the party it was booked to")
    cleared_at = models.DateTimeField(null=True, blank=True)
    transfer = models.UUIDField(null=True, blank=True)
    matched_with = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                        help_text="the item it cancels out with: money in, and its recall by the payer's bank")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SuspenseStatus.values), name="suspense_status_known"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="suspense_of_something"),
            models.CheckConstraint(condition=Q(status="open", transfer__isnull=True) | Q(status="cleared", transfer__isnull=False)
                                   | Q(status="matched", transfer__isnull=True),
                                   name="suspense_cleared_is_a_transfer"),
            models.CheckConstraint(condition=Q(status="matched", matched_with__isnull=False)
                                   | ~Q(status="matched") & Q(matched_with__isnull=True), name="suspense_matched_names_the_other"),
        ]
        indexes = [models.Index(fields=["status", "id"], condition=Q(status="open"), name="suspense_open")]

    def __str__(self) -> str:
        return self.code


class Reconciliation(models.Model):
    """One comparison of the books: with themselves, with the bank, with what is still to be told. A failed one stops payouts."""

    code = models.CharField(max_length=16, unique=True)
    at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=ReconciliationStatus)
    checks = models.JSONField(help_text="check -> what differs")
    due_at = models.DateTimeField(null=True, blank=True, help_text="by when a failed one is mended")
    mended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(status__in=ReconciliationStatus.values), name="reconciliation_status_known")]
        indexes = [models.Index(fields=["status"], condition=Q(status="failed"), name="reconciliation_failed")]

    def __str__(self) -> str:
        return self.code
