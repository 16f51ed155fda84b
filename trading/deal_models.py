"""Deals that are talked about: bargains of two parties with their offers, requests for quotes and what was quoted (协商、询价).

What was offered stays as it was written; prices are between the two sides, and the record book holds them as salted commitments.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kit.money import MAX_FEN
from listings.models import Listing, ListingVersion
from participants.actors import acting_for
from participants.models import Organization, Venue
from trading.auctions.bargain import MOST_ROUNDS, SIDES, Terms
from trading.sides import Side
from trading.states import NegotiationStatus, QuoteStatus, RfqStatus

__all__ = ["Negotiation", "NegotiationKind", "NegotiationOffer", "Quote", "Rfq", "RfqInvitation"]


class NegotiationKind(models.TextChoices):
    """How it came about; it moves alike, save that a held quote and a second chance are taken or left."""

    BARGAIN = "bargain", _("双方议价")
    PRIVATE = "private", _("定向报价")
    HELD = "held", _("保价")
    SECOND_CHANCE = "second_chance", _("二次机会")


def _known(field: str, values: Any, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


def _price(field: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (0, MAX_FEN)}), name=name)


class NegotiationQuerySet(models.QuerySet["Negotiation"]):
    def visible_to(self, user: Any) -> NegotiationQuerySet:
        """The two sides alone; what is said between them is nobody else's."""
        own = acting_for(user)
        return self.filter(Q(seller_id=own) | Q(buyer_id=own))


class Negotiation(models.Model):
    """A bargain 协商 about one licence of a published version; the version is pinned, the newest offer stands in the row."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="negotiations", db_index=False)
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="negotiations")
    kind = models.CharField(max_length=14, choices=NegotiationKind)
    ground = models.CharField(max_length=20, blank=True, help_text="of a price unlike what equals are asked: the statutory exception")
    status = models.CharField(max_length=10, choices=NegotiationStatus, default=NegotiationStatus.OFFERED)
    turn = models.CharField(max_length=6, choices=Side, help_text="who must answer")
    round = models.PositiveSmallIntegerField(default=1)
    price_fen = models.BigIntegerField()
    seats = models.PositiveIntegerField(null=True, blank=True)
    term_days = models.PositiveIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, null=True, blank=True, related_name="negotiation")

    objects = NegotiationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议价")
        constraints = [
            _known("status", NegotiationStatus.values, "negotiation_status_known"),
            _known("kind", NegotiationKind.values, "negotiation_kind_known"),
            _known("turn", SIDES, "negotiation_turn_known"),
            _price("price_fen", "negotiation_price_in_range"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="negotiation_two_parties"),
            models.CheckConstraint(condition=Q(round__range=(1, MOST_ROUNDS)), name="negotiation_rounds"),
            models.CheckConstraint(condition=Q(status="offered", due_at__isnull=False, ended_at__isnull=True)
                                   | (~Q(status="offered") & Q(due_at__isnull=True, ended_at__isnull=False)),
                                   name="negotiation_waits_until"),
            models.CheckConstraint(condition=Q(status="accepted", trade__isnull=False) | (~Q(status="accepted") & Q(trade__isnull=True)),
                                   name="negotiation_accepted_is_a_trade"),
            models.UniqueConstraint(fields=["listing", "buyer"], condition=Q(status="offered"), name="negotiation_one_open"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="offered"), name="negotiation_due"),
                   models.Index(fields=["seller", "-id"], name="negotiation_of_seller"),
                   models.Index(fields=["buyer", "-id"], name="negotiation_of_buyer")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.seller_id, self.buyer_id}

    @property
    def fixed(self) -> bool:
        """To take or leave: nobody counters it."""
        return self.kind in (NegotiationKind.HELD, NegotiationKind.SECOND_CHANCE)

    @property
    def terms(self) -> Terms:
        return Terms(self.price_fen, self.seats, self.term_days, self.purpose)


class NegotiationOffer(models.Model):
    """One offer or counter-offer 报价、还价; append-only."""

    negotiation = models.ForeignKey(Negotiation, on_delete=models.PROTECT, related_name="offers", db_index=False)
    seq = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=6, choices=Side)
    price_fen = models.BigIntegerField()
    seats = models.PositiveIntegerField(null=True, blank=True)
    term_days = models.PositiveIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    salt = models.BinaryField()
    due_at = models.DateTimeField(help_text="until when it could be answered")
    at = models.DateTimeField()
    command = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["negotiation", "seq"], name="offer_seq_once"),
                       _known("by", SIDES, "offer_by_known"), _price("price_fen", "offer_price_in_range"),
                       models.CheckConstraint(condition=Q(at__lt=F("due_at")), name="offer_can_be_answered")]


class RfqQuerySet(models.QuerySet["Rfq"]):
    def visible_to(self, user: Any) -> RfqQuerySet:
        """Public demands are everyone's; others the buyer's and whom it invited."""
        own = acting_for(user)
        if not own:
            return self.filter(public=True)
        return self.filter(Q(public=True) | Q(buyer_id=own) | Q(pk__in=RfqInvitation.objects.filter(organization_id=own).values("rfq")))


class Rfq(models.Model):
    """A request for quotes 询价; a public one is a demand on the board 需求. Quotes stay unseen until the round's end."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    public = models.BooleanField(default=True)
    title = models.CharField(max_length=200)
    need = models.TextField()
    sector = models.CharField(max_length=24, blank=True)
    purpose = models.CharField(max_length=40)
    seats = models.PositiveIntegerField(null=True, blank=True)
    term_days = models.PositiveIntegerField(null=True, blank=True)
    budget_fen = models.BigIntegerField(null=True, blank=True)
    budget_hidden = models.BooleanField(default=False, help_text="only the buyer itself sees what it would spend")
    status = models.CharField(max_length=10, choices=RfqStatus, default=RfqStatus.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    target_fen = models.BigIntegerField(null=True, blank=True, help_text="of a further round: what the buyer counters with")
    message = models.CharField(max_length=1000, blank=True, help_text="of a further round: what the buyer asks to mend")
    closes_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when the buyer decides")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, null=True, blank=True, related_name="rfq")

    objects = RfqQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("询价")
        constraints = [
            _known("status", RfqStatus.values, "rfq_status_known"),
            _price("budget_fen", "rfq_budget_in_range"),
            _price("target_fen", "rfq_target_in_range"),
            models.CheckConstraint(condition=Q(round__range=(1, 5)), name="rfq_rounds"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opened_at")), name="rfq_times_in_order"),
            models.CheckConstraint(condition=Q(status="evaluating", due_at__isnull=False)
                                   | (~Q(status="evaluating") & Q(due_at__isnull=True)), name="rfq_waits_until"),
            models.CheckConstraint(condition=Q(status__in=["open", "evaluating"], ended_at__isnull=True)
                                   | (~Q(status__in=["open", "evaluating"]) & Q(ended_at__isnull=False)), name="rfq_ends"),
            models.CheckConstraint(condition=Q(status="awarded", trade__isnull=False) | (~Q(status="awarded") & Q(trade__isnull=True)),
                                   name="rfq_awarded_is_a_trade"),
        ]
        indexes = [models.Index(fields=["closes_at"], condition=Q(status="open"), name="rfq_closing"),
                   models.Index(fields=["due_at"], condition=Q(status="evaluating"), name="rfq_due"),
                   models.Index(fields=["buyer", "-id"], name="rfq_of_buyer")]

    def __str__(self) -> str:
        return self.code


class RfqInvitation(models.Model):
    """A seller asked to quote; append-only."""

    rfq = models.ForeignKey(Rfq, on_delete=models.PROTECT, related_name="invitations", db_index=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rfq", "organization"], name="rfq_invited_once")]


class Quote(models.Model):
    """What a seller quoted 报价: a listing of its own at a price. Replacing it withdraws the row and writes another."""

    code = models.CharField(max_length=16, unique=True)
    rfq = models.ForeignKey(Rfq, on_delete=models.PROTECT, related_name="quotes", db_index=False)
    round = models.PositiveSmallIntegerField()
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="quotes")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField(help_text="sealed until the round ends")
    note = models.CharField(max_length=1000, blank=True)
    salt = models.BinaryField()
    status = models.CharField(max_length=10, choices=QuoteStatus, default=QuoteStatus.STANDING)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    command = models.UUIDField()

    class Meta:
        verbose_name = verbose_name_plural = _("报价")
        constraints = [
            _known("status", QuoteStatus.values, "quote_status_known"),
            _price("price_fen", "quote_price_in_range"),
            models.UniqueConstraint(fields=["rfq", "seller"], condition=Q(status="standing"), name="quote_one_standing"),
            models.UniqueConstraint(fields=["rfq"], condition=Q(status="won"), name="quote_one_winner"),
        ]
        indexes = [models.Index(fields=["rfq", "price_fen"], name="quote_of_rfq")]

    def __str__(self) -> str:
        return self.code
