"""Funds that bear a share of what small firms pay for third parties' services 专项补贴 (Data Twenty 13; white paper 3.1 (4); R75, R122)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from compliance.models import Engagement
from kit.money import MAX_FEN
from ledger.models import Account
from participants.actors import acting_for
from participants.models import Organization, Venue
from settlement.states import FundStatus, SubsidyStatus

__all__ = ["Subsidy", "SubsidyFund"]


class SubsidyFund(models.Model):
    """A fund with its published rule: how much there is, who may have it, what share of a price it bears, and up to what.

    Its money stands on an account of its own, taken from the venue's public-interest account when the fund opens; what is left
    when it closes goes back there. The terms never change; another rule is another fund.
    """

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="subsidy_funds")
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    basis = models.CharField(max_length=200, help_text="the document it rests on")
    budget_fen = models.BigIntegerField()
    share_bps = models.PositiveIntegerField(help_text="of an order's price")
    order_cap_fen = models.BigIntegerField(help_text="at most for one order")
    year_cap_fen = models.BigIntegerField(help_text="at most for one firm in a calendar year, from this fund")
    criteria = models.JSONField(default=dict, help_text="sizes, services, sectors, regions; an empty list admits all")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=8, choices=FundStatus, default=FundStatus.PROPOSED)
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField()
    proposed_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=FundStatus.values), name="subsidy_fund_status_known"),
            models.CheckConstraint(condition=Q(budget_fen__range=(1, MAX_FEN), order_cap_fen__range=(1, MAX_FEN),
                                               year_cap_fen__range=(1, MAX_FEN)), name="subsidy_fund_amounts"),
            models.CheckConstraint(condition=Q(share_bps__range=(1, 10_000)), name="subsidy_fund_share"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("effective_from")), name="subsidy_fund_term_forward"),
        ]

    def __str__(self) -> str:
        return self.code


class SubsidyQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> SubsidyQuerySet:
        """The firm's own; the desk and the public read sums."""
        return self.filter(organization_id=acting_for(user))


class Subsidy(models.Model):
    """One order's subsidy: set aside on the fund when it is granted, paid to the client once the provider is paid, else free again."""

    code = models.CharField(max_length=16, unique=True)
    fund = models.ForeignKey(SubsidyFund, on_delete=models.PROTECT, related_name="subsidies")
    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="subsidy")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the firm it was granted to")
    year = models.PositiveSmallIntegerField(help_text="the calendar year it counts in")
    price_fen = models.BigIntegerField(help_text="the order's")
    amount_fen = models.BigIntegerField()
    pending = models.UUIDField(help_text="the reserve on the fund's account")
    status = models.CharField(max_length=8, choices=SubsidyStatus, default=SubsidyStatus.RESERVED)
    paid_fen = models.BigIntegerField(default=0)
    transfer_hash = models.CharField(max_length=64, blank=True)
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SubsidyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SubsidyStatus.values), name="subsidy_status_known"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0, paid_fen__gte=0, amount_fen__gte=F("paid_fen")), name="subsidy_amounts"),
            models.CheckConstraint(condition=Q(status="paid", paid_fen__gt=0) | ~Q(status="paid") & Q(paid_fen=0),
                                   name="subsidy_paid_is_paid"),
            models.CheckConstraint(condition=Q(status="reserved", ended_at__isnull=True)
                                   | ~Q(status="reserved") & Q(ended_at__isnull=False), name="subsidy_ended"),
        ]
        indexes = [models.Index(fields=["fund", "organization", "year"], name="subsidy_of_year"),
                   models.Index(fields=["status"], condition=Q(status="reserved"), name="subsidy_open")]

    def __str__(self) -> str:
        return self.code
