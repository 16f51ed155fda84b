"""Pilots of a venue 场所试点 (R99): which selling formats are tried there, in which sector, within which caps, until when."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from kit.money import MAX_FEN
from participants.models import Organization, Venue
from trading.auctions.slips import SEVERAL
from trading.states import VenuePilotStatus

__all__ = ["VenuePilot", "VenuePilotLot", "VenuePilotParty"]


class VenuePilot(models.Model):
    """One trial at a venue, of the whole of it or of one sector. What was taken only counts up; the caps are the table's checks.

    ``reserved_fen`` is what announced lots may still come to, so that no lot can find the turnover gone.
    """

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="pilots")
    sector = models.CharField(max_length=1, blank=True, help_text="section of GB/T 4754; empty: every sector")
    opens = ArrayField(models.CharField(max_length=14), help_text="the selling formats it opens")
    novelty = models.TextField(help_text="what is new, so that the rules have no ready answer")
    safeguards = models.TextField(help_text="what keeps the parties from harm meanwhile")
    status = models.CharField(max_length=10, choices=VenuePilotStatus, default=VenuePilotStatus.ASKED)
    most_fen = models.BigIntegerField(help_text="turnover, all lots together")
    most_lot_fen = models.BigIntegerField(help_text="what one lot may come to, reserved when it is announced")
    most_parties = models.PositiveIntegerField(help_text="sellers and bidders together, each counted once")
    taken_fen = models.BigIntegerField(default=0)
    reserved_fen = models.BigIntegerField(default=0)
    parties = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when it is decided")
    decision = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.TextField(blank=True)
    report = models.JSONField(default=dict, blank=True, help_text="what came of it, written when it ends")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=VenuePilotStatus.values), name="venue_pilot_status_known"),
            models.CheckConstraint(condition=Q(most_lot_fen__gte=1, most_fen__gte=F("most_lot_fen"), most_fen__lte=MAX_FEN,
                                               most_parties__gte=2), name="venue_pilot_has_caps"),
            models.CheckConstraint(condition=Q(taken_fen__gte=0, reserved_fen__gte=0, most_fen__gte=F("taken_fen") + F("reserved_fen")),
                                   name="venue_pilot_turnover_within"),
            models.CheckConstraint(condition=Q(parties__lte=F("most_parties")), name="venue_pilot_parties_within"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("asked_at")), name="venue_pilot_ends"),
            models.CheckConstraint(condition=~Q(opens=[]) & Q(opens__contained_by=list(SEVERAL)), name="venue_pilot_opens_formats"),
            models.CheckConstraint(condition=~Q(novelty="") & ~Q(safeguards=""), name="venue_pilot_says_what"),
            models.CheckConstraint(condition=Q(status__in=["asked", "withdrawn", "lapsed"])
                                   | (~Q(decision="") & Q(decided_at__isnull=False)), name="venue_pilot_decided_with_reasons"),
            models.CheckConstraint(condition=~Q(status="ended") | (Q(ended_at__isnull=False) & ~Q(ended_why="") & ~Q(report={})),
                                   name="venue_pilot_ends_with_a_report"),
            models.UniqueConstraint(fields=["venue", "sector"], condition=Q(status__in=["asked", "running"]),
                                    name="venue_pilot_one_under_way"),
        ]
        indexes = [models.Index(fields=["ends_at"], condition=Q(status="running"), name="venue_pilot_ending")]

    def __str__(self) -> str:
        return self.code

    @property
    def left_fen(self) -> int:
        """What the turnover's cap still leaves to lots that are not announced yet."""
        return self.most_fen - self.taken_fen - self.reserved_fen


class VenuePilotLot(models.Model):
    """A lot announced under a pilot: what it may come to, what it came to."""

    pilot = models.ForeignKey(VenuePilot, on_delete=models.PROTECT, related_name="lots")
    auction = models.OneToOneField("trading.Auction", on_delete=models.PROTECT, related_name="under_pilot")
    reserved_fen = models.BigIntegerField()
    taken_fen = models.BigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(taken_fen__gte=0, reserved_fen__gte=F("taken_fen")),
                                              name="venue_pilot_lot_within")]


class VenuePilotParty(models.Model):
    """A seller or bidder that counts against the cap on parties, once however often it takes part; append-only."""

    pilot = models.ForeignKey(VenuePilot, on_delete=models.PROTECT, related_name="counted")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pilot", "organization"], name="venue_pilot_party_once")]
