"""Who gets what of a price: cycles, one settlement per trade with its frozen terms, the shares paid, refunds (Data Twenty ch. 4)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression

from ledger.models import Account
from participants.actors import acting_for
from participants.models import Organization, Venue
from settlement.agreed_models import AgreedShares
from settlement.bank_models import BankNotice, Payout, Reconciliation, Suspense
from settlement.contribution_models import Contribution
from settlement.donation_models import Donation, DonationPledge
from settlement.meter_models import Meter
from settlement.pool_models import DividendPool, PoolShare
from settlement.receipt_models import Receipt, ReceiptKind
from settlement.reduction_models import Reduction
from settlement.simulated_bank_models import SimulatedLine, SimulatedNotice, SimulatedOrder
from settlement.states import CycleStatus, RefundStatus, SettlementStatus
from settlement.subsidy_models import Subsidy, SubsidyFund
from settlement.uncollected_models import Uncollected
from trading.models import Trade

__all__ = ["AgreedShares", "BankNotice", "Contribution", "DividendPool", "Donation", "DonationPledge", "Meter", "Payout", "PoolShare",
           "Receipt", "ReceiptKind", "Reconciliation", "Reduction", "Refund", "RefundLine", "RefundRequest", "Settlement",
           "SettlementCycle", "Share", "SimulatedLine", "SimulatedNotice", "SimulatedOrder", "Subsidy", "SubsidyFund", "Suspense",
           "Uncollected"]


class SettlementCycle(models.Model):
    """One day's settling: what it holds is fixed when it is frozen; what comes later goes to the next (G7)."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="settlement_cycles")
    status = models.CharField(max_length=8, choices=CycleStatus, default=CycleStatus.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when it freezes; then, by when it must move on")
    frozen_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    lines = models.PositiveIntegerField(default=0, help_text="settlements taken in at the freeze")
    settled = models.PositiveIntegerField(default=0)
    parked = models.PositiveIntegerField(default=0)
    total_fen = models.BigIntegerField(default=0, help_text="prices settled")
    lines_root = models.CharField(max_length=64, blank=True, help_text="Merkle root over its settled lines")
    differences = models.JSONField(default=list, help_text="what reconciling found")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CycleStatus.values), name="cycle_status_known"),
            models.UniqueConstraint(fields=["venue"], condition=Q(status="open"), name="cycle_one_open"),
            models.CheckConstraint(condition=~Q(status__in=["posted", "closed"]) | Q(lines=F("settled") + F("parked")),
                                   name="cycle_all_lines_accounted_for"),
        ]
        indexes = [models.Index(fields=["status"], condition=~Q(status="closed"), name="cycle_moving")]

    def __str__(self) -> str:
        return self.code


class PartyQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> PartyQuerySet:
        """The seller, the buyer, and whoever has a share in it."""
        own = acting_for(user)
        return self.filter(Q(seller_id=own) | Q(buyer_id=own) | Q(organizations__contains=[own]))


def tax_inside(fen: CombinedExpression, bps: F) -> CombinedExpression:
    """``participants.tax.included`` as the database reckons it."""
    return (fen * 2 * bps + bps + 10_000) / (bps * 2 + 20_000)


class Settlement(models.Model):
    """One trade's settlement. The terms (charges, parties, weights) are frozen when it falls due; shares come with the posting.

    ``parties``, ``organizations``, ``accounts`` and ``weights`` are parallel: who shares, by code and key, the account paid
    into, and the weight agreed before listing (R9).
    """

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, related_name="settlement")
    cycle = models.ForeignKey(SettlementCycle, on_delete=models.PROTECT, null=True, blank=True, related_name="settlements", db_index=False)
    status = models.CharField(max_length=8, choices=SettlementStatus, default=SettlementStatus.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="settlements_sold")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="settlements_bought")
    subject = models.CharField(max_length=16, help_text="the trade's code, as it stands in the ledger")
    price_fen = models.BigIntegerField()
    charges = models.JSONField(help_text="the schedule it is charged by (participants.charges), as it was quoted")
    seller_fee_fen = models.BigIntegerField(help_text="the venue's charges on the seller")
    buyer_fee_fen = models.BigIntegerField(help_text="the venue's charges on the buyer, paid beside the price")
    levy_fen = models.BigIntegerField()
    shared_fen = models.BigIntegerField(help_text="price less the seller's charges: what the parties share")
    fee_tax_bps = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="the venue's own rate of value-added tax")
    fee_tax_fen = models.BigIntegerField(default=0, db_default=0, help_text="of the venue's charges what is tax: owed to the state")
    holdback_bps = models.PositiveIntegerField(help_text="of the seller's own share, by band at acceptance")
    escrow = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    holdback = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    parties = ArrayField(models.CharField(max_length=16))
    organizations = ArrayField(models.BigIntegerField())
    accounts = ArrayField(models.BigIntegerField())
    weights = ArrayField(models.BigIntegerField())
    grantor_number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="which of the parties granted the public data (R76)")
    pair = models.CharField(max_length=16, blank=True, help_text="the barter it belongs to: settled together with its other trade")
    accepted_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="when parked: by when it is looked at")
    held_fen = models.BigIntegerField(null=True, blank=True, help_text="of it held back for the seller until release_at")
    transfer = models.UUIDField(null=True, blank=True, help_text="null where the price was nothing")
    transfer_hash = models.CharField(max_length=64, blank=True)
    leaf = models.BinaryField(null=True, blank=True, help_text="hash of its line in the batch")
    settled_at = models.DateTimeField(null=True, blank=True)
    release_at = models.DateTimeField(help_text="when what was held back is paid")
    released = models.UUIDField(null=True, blank=True)

    objects = PartyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SettlementStatus.values), name="settlement_status_known"),
            models.CheckConstraint(
                name="settlement_adds_up",
                condition=Q(price_fen=F("seller_fee_fen") + F("levy_fen") + F("shared_fen"), seller_fee_fen__gte=0, buyer_fee_fen__gte=0,
                            levy_fen__gte=0, shared_fen__gte=0)),
            models.CheckConstraint(condition=Q(fee_tax_fen=tax_inside(F("seller_fee_fen") + F("buyer_fee_fen"), F("fee_tax_bps"))),
                                   name="settlement_tax_of_its_fees"),
            models.CheckConstraint(
                name="settlement_settled_is_whole",
                condition=~Q(status="settled") | Q(settled_at__isnull=False, leaf__isnull=False, held_fen__lte=F("shared_fen"))),
            models.CheckConstraint(condition=Q(parties__len__gt=0) & Q(parties__len=F("weights__len"))
                                   & Q(parties__len=F("accounts__len")) & Q(parties__len=F("organizations__len")),
                                   name="settlement_parties_parallel"),
            models.CheckConstraint(condition=Q(pair="") | Q(holdback_bps=0), name="settlement_pair_holds_nothing_back"),
        ]
        # nothing that posting writes stands in an index or its condition: a settled row stays where it is and no index is told (HOT)
        indexes = [models.Index(fields=["cycle", "id"], name="settlement_of_cycle"),
                   models.Index(fields=["release_at"], condition=Q(holdback_bps__gt=0, released__isnull=True), name="settlement_held_back"),
                   models.Index(fields=["pair"], condition=~Q(pair=""), name="settlement_of_pair")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.seller_id, self.buyer_id, *self.organizations}


class Share(models.Model):
    """What one party got of one price; written by the batch function alone, checked per statement like the ledger's legs."""

    pk = models.CompositePrimaryKey("settlement_id", "number")
    settlement = models.ForeignKey(Settlement, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="shares")
    number = models.SmallIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    amount_fen = models.BigIntegerField(help_text="its share of the price after fee and levy")
    held_fen = models.BigIntegerField(help_text="of it held back")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gte=0, held_fen__gte=0, held_fen__lte=F("amount_fen")),
                                              name="share_not_negative")]
        indexes = [models.Index(fields=["organization", "settlement"], name="share_of_party")]


class Refund(models.Model):
    """A price that went back in full because the delivery failed; at most one per trade, never more than was paid (I8)."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField(Trade, on_delete=models.PROTECT, related_name="refund")
    amount_fen = models.BigIntegerField()
    cause = models.CharField(max_length=60)
    transfer = models.UUIDField()
    transfer_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_of_something")]


class RefundRequest(models.Model):
    """A settled price asked back, in whole or in part: it mirrors the split, line by line (G6)."""

    code = models.CharField(max_length=16, unique=True)
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="refund_requests")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField(help_text="of what the buyer paid: price and his charges")
    reason = models.CharField(max_length=400)
    answer = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=9, choices=RefundStatus, default=RefundStatus.REQUESTED)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RefundStatus.values), name="refundrequest_status_known"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refundrequest_of_something"),
        ]
        indexes = [models.Index(fields=["status", "id"], condition=Q(status__in=["requested", "approved"]), name="refundrequest_open")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.seller_id, self.buyer_id}


class RefundLine(models.Model):
    """What one account gives back of a refund; empty ``transfer`` while its owner is short of money: its own debt, nobody else's."""

    pk = models.CompositePrimaryKey("request_id", "number")
    request = models.ForeignKey(RefundRequest, on_delete=models.PROTECT, related_name="lines")
    number = models.SmallIntegerField(help_text="0 charges, -1 levy, -2 tax in the charges, else the party's number in the split")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_fen = models.BigIntegerField()
    held_fen = models.BigIntegerField(default=0, help_text="of it out of what was held back")
    transfer = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0, held_fen__gte=0, held_fen__lte=F("amount_fen")),
                                              name="refundline_of_something")]
