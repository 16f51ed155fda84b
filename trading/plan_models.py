"""Subscriptions 订购: one licence after another of the same listing, each period a trade of its own (R45)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from kit.money import MAX_FEN
from listings.models import Listing
from participants.actors import acting_for
from participants.models import Organization, User
from trading.states import SubscriptionStatus

__all__ = ["Subscription", "SubscriptionPeriod"]


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: Any) -> SubscriptionQuerySet:
        """The subscriber's own, and those of one's own listings."""
        own = acting_for(user)
        return self.filter(Q(buyer_id=own) | Q(listing__organization_id=own))


class Subscription(models.Model):
    """A buyer's standing order for a listing priced by the period, at a total it agreed to and no more."""

    code = models.CharField(max_length=16, unique=True)
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subscriptions")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="subscriptions")
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="on whose authority each period is ordered")
    purpose = models.CharField(max_length=40, blank=True)
    total_fen = models.BigIntegerField(help_text="the most a period may cost with the buyer's fees")
    status = models.CharField(max_length=8, choices=SubscriptionStatus, default=SubscriptionStatus.RUNNING)
    number = models.PositiveIntegerField(default=1, help_text="periods ordered")
    period_to = models.DateTimeField(help_text="when what is paid runs out")
    due_at = models.DateTimeField(null=True, blank=True, help_text="when the next period is ordered and paid")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="when its renewal was announced, for the period that runs")
    cause = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SubscriptionStatus.values), name="subscription_status_known"),
            models.CheckConstraint(condition=Q(total_fen__range=(0, MAX_FEN)), name="subscription_in_range"),
            models.UniqueConstraint(fields=["buyer", "listing"], condition=~Q(status="ended"), name="subscription_one_running"),
            models.CheckConstraint(condition=Q(status="running", due_at__isnull=False) | ~Q(status="running") & Q(due_at__isnull=True),
                                   name="subscription_running_until"),
            models.CheckConstraint(condition=Q(status="ended", ended_at__isnull=False) | ~Q(status="ended") & Q(ended_at__isnull=True),
                                   name="subscription_ends"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="running"), name="subscription_due"),
                   models.Index(fields=["period_to"], condition=Q(status="ending"), name="subscription_ending")]

    def __str__(self) -> str:
        return self.code


class SubscriptionPeriod(models.Model):
    """One period and the trade that paid it; append-only. A period begins where the one before ended, or later, never earlier."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="periods", db_index=False)
    number = models.PositiveIntegerField()
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="period")
    starts = models.DateTimeField()
    ends = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "number"], name="period_number_once"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="period_forward"),
        ]
