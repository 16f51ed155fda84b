"""Pilots 试点挂牌 (Data Twenty article 14): something new is tried on sale within caps and for a time, with room for honest faults."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kit.money import MAX_FEN
from listings.models.ground import known
from listings.models.offer import Listing
from listings.states import PilotStatus
from participants.models import Organization

__all__ = ["Pilot", "PilotBuyer"]


class Pilot(models.Model):
    """One trial of a listing: what is new, what guards it, how much of it at most, until when. What was taken only counts up.

    The caps are kept by the table's checks under the row's lock (``sql/pilots.sql``): a trade that would pass one cannot be written.
    """

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="pilots")
    status = models.CharField(max_length=10, choices=PilotStatus, default=PilotStatus.ASKED)
    novelty = models.TextField(help_text="what is new, so that the rules have no ready answer")
    safeguards = models.TextField(help_text="what keeps buyers and others from harm meanwhile")
    most_trades = models.PositiveIntegerField()
    most_buyers = models.PositiveIntegerField()
    most_fen = models.BigIntegerField(help_text="turnover, all trades together")
    trades = models.PositiveIntegerField(default=0)
    buyers = models.PositiveIntegerField(default=0)
    taken_fen = models.BigIntegerField(default=0)
    ends_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            known("status", PilotStatus.values, "pilot_status_known"),
            models.CheckConstraint(condition=Q(trades__lte=F("most_trades")), name="pilot_trades_within"),
            models.CheckConstraint(condition=Q(buyers__lte=F("most_buyers")), name="pilot_buyers_within"),
            models.CheckConstraint(condition=Q(taken_fen__lte=F("most_fen"), taken_fen__gte=0), name="pilot_turnover_within"),
            models.CheckConstraint(condition=Q(most_trades__gte=1, most_buyers__gte=1, most_fen__range=(1, MAX_FEN)),
                                   name="pilot_has_caps"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("asked_at")), name="pilot_ends"),
            models.CheckConstraint(condition=~Q(novelty="") & ~Q(safeguards=""), name="pilot_says_what"),
            models.CheckConstraint(condition=Q(status__in=["asked", "withdrawn"]) | (~Q(decision="") & Q(decided_at__isnull=False)),
                                   name="pilot_decided_with_reasons"),
            models.UniqueConstraint(fields=["listing"], condition=Q(status__in=["asked", "running"]), name="pilot_one_under_way"),
        ]
        indexes = [models.Index(fields=["ends_at"], condition=Q(status="running"), name="pilot_ending")]

    def __str__(self) -> str:
        return self.code

    @property
    def left_fen(self) -> int:
        """What the turnover's cap still leaves."""
        return self.most_fen - self.taken_fen


class PilotBuyer(models.Model):
    """A buyer that counts against a pilot's cap, once however often it buys; append-only."""

    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="bought_by")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pilot", "organization"], name="pilot_buyer_once")]
