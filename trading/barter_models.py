"""Right for right 使用权互换: a barter with its offers, and its two legs, each a trade of its own at the declared fair value.

What was offered stays as it was written; values are between the two sides, and the record book holds them as salted commitments.
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
from trading.auctions.bargain import BARTER_SIDES, MOST_ROUNDS, Terms
from trading.auctions.barter import DIFFERENCES, Swap
from trading.states import BarterStatus

__all__ = ["Barter", "BarterLeg", "BarterOffer", "BarterSide", "Difference"]


class BarterSide(models.TextChoices):
    PROPOSER = "proposer", _("提议方")
    PARTNER = "partner", _("相对方")


class Difference(models.TextChoices):
    """What becomes of the difference of the two values."""

    NONE = "none", _("无差额")
    WAIVED = "waived", _("差额放弃")
    PAID = "paid", _("差额以款补足")


def _known(field: str, values: Any, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


def _worth(name: str) -> models.CheckConstraint:
    """Both values are sums of money above zero, and there is a difference to speak of exactly where they differ."""
    values = Q(proposer_fen__range=(1, MAX_FEN), partner_fen__range=(1, MAX_FEN))
    equal = Q(proposer_fen=F("partner_fen"))
    differ = Q(difference="none") & equal | Q(difference__in=["waived", "paid"]) & ~equal
    return models.CheckConstraint(condition=values & differ, name=name)


class BarterQuerySet(models.QuerySet["Barter"]):
    def visible_to(self, user: Any) -> BarterQuerySet:
        """The two sides alone; what they say to each other is nobody else's."""
        own = acting_for(user)
        return self.filter(Q(proposer_id=own) | Q(partner_id=own))


class _Terms(models.Model):
    """What an offer says of both licences; of each the declared value, the people who may use it, for how long and what for."""

    proposer_fen = models.BigIntegerField(help_text="fair value the proposer's licence is declared at")
    proposer_seats = models.PositiveIntegerField(null=True, blank=True)
    proposer_term_days = models.PositiveIntegerField(null=True, blank=True)
    proposer_purpose = models.CharField(max_length=40, blank=True)
    partner_fen = models.BigIntegerField(help_text="fair value the partner's licence is declared at")
    partner_seats = models.PositiveIntegerField(null=True, blank=True)
    partner_term_days = models.PositiveIntegerField(null=True, blank=True)
    partner_purpose = models.CharField(max_length=40, blank=True)
    difference = models.CharField(max_length=6, choices=Difference)

    class Meta:
        abstract = True

    @property
    def swap(self) -> Swap:
        """The terms as the pure rules read them."""
        return Swap(Terms(self.proposer_fen, self.proposer_seats, self.proposer_term_days, self.proposer_purpose),
                    Terms(self.partner_fen, self.partner_seats, self.partner_term_days, self.partner_purpose), str(self.difference))


class Barter(_Terms):
    """A barter 互换 of one licence each of two published versions; the versions are pinned, the newest offer stands in the row."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposer_listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposer_version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    partner_listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    partner_version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=BarterStatus, default=BarterStatus.OFFERED)
    turn = models.CharField(max_length=8, choices=BarterSide, help_text="who must answer")
    round = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=60, blank=True, help_text="of one unwound: which trade fell, and why")

    objects = BarterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("使用权互换")
        constraints = [
            _known("status", BarterStatus.values, "barter_status_known"),
            _known("turn", BARTER_SIDES, "barter_turn_known"),
            _known("difference", DIFFERENCES, "barter_difference_known"),
            _worth("barter_values"),
            models.CheckConstraint(condition=~Q(proposer=F("partner")), name="barter_two_parties"),
            models.CheckConstraint(condition=Q(round__range=(1, MOST_ROUNDS)), name="barter_rounds"),
            models.CheckConstraint(condition=Q(status="offered", due_at__isnull=False) | (~Q(status="offered") & Q(due_at__isnull=True)),
                                   name="barter_waits_until"),
            models.CheckConstraint(condition=Q(status__in=["offered", "agreed"], ended_at__isnull=True)
                                   | (~Q(status__in=["offered", "agreed"]) & Q(ended_at__isnull=False)), name="barter_ends"),
            models.CheckConstraint(condition=Q(status__in=["agreed", "settled", "unwound"], agreed_at__isnull=False)
                                   | (~Q(status__in=["agreed", "settled", "unwound"]) & Q(agreed_at__isnull=True)),
                                   name="barter_agreed_has_its_time"),
            models.UniqueConstraint(fields=["proposer_listing", "partner_listing"], condition=Q(status="offered"), name="barter_one_open"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="offered"), name="barter_due"),
                   models.Index(fields=["proposer", "-id"], name="barter_of_proposer"),
                   models.Index(fields=["partner", "-id"], name="barter_of_partner")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.proposer_id, self.partner_id}

    def party(self, side: str) -> Organization:
        return self.proposer if side == BarterSide.PROPOSER else self.partner

    def listing_of(self, side: str) -> Listing:
        """The listing that a side gives a licence of."""
        return self.proposer_listing if side == BarterSide.PROPOSER else self.partner_listing

    def version_of(self, side: str) -> ListingVersion:
        return self.proposer_version if side == BarterSide.PROPOSER else self.partner_version


class BarterOffer(_Terms):
    """One offer or counter-offer of a barter; append-only."""

    barter = models.ForeignKey(Barter, on_delete=models.PROTECT, related_name="offers", db_index=False)
    seq = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=8, choices=BarterSide)
    note = models.CharField(max_length=1000, blank=True)
    salt = models.BinaryField()
    due_at = models.DateTimeField(help_text="until when it could be answered")
    at = models.DateTimeField()
    command = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["barter", "seq"], name="barter_offer_seq_once"),
                       _known("by", BARTER_SIDES, "barter_offer_by_known"), _known("difference", DIFFERENCES, "barter_offer_difference"),
                       _worth("barter_offer_values"),
                       models.CheckConstraint(condition=Q(at__lt=F("due_at")), name="barter_offer_can_be_answered")]


class BarterLeg(models.Model):
    """One of the two trades of a barter: what its side gave, and what of the value is money that the giver paid when it was agreed.

    Append-only, and there are two of each agreed barter or none. ``partners_fen`` is what the giver owes those who share in its product.
    """

    barter = models.ForeignKey(Barter, on_delete=models.PROTECT, related_name="legs", db_index=False)
    side = models.CharField(max_length=8, choices=BarterSide, help_text="who gave the licence")
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="barter_leg")
    value_fen = models.BigIntegerField()
    buyer_fee_fen = models.BigIntegerField()
    seller_fee_fen = models.BigIntegerField()
    levy_fen = models.BigIntegerField()
    partners_fen = models.BigIntegerField()
    difference_fen = models.BigIntegerField(help_text="what its giver paid of the difference of the values")
    transfer = models.UUIDField(help_text="what moved when it was agreed, both legs at once")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["barter", "side"], name="barter_leg_once"),
            _known("side", BARTER_SIDES, "barter_leg_side_known"),
            models.CheckConstraint(
                condition=Q(value_fen__gt=0, buyer_fee_fen__gte=0, seller_fee_fen__gte=0, levy_fen__gte=0, partners_fen__gte=0,
                            difference_fen__gte=0, value_fen__gte=F("seller_fee_fen") + F("levy_fen") + F("partners_fen")),
                name="barter_leg_adds_up"),
        ]

    @property
    def money_fen(self) -> int:
        """What its giver paid for having given it: charges, levy, the shares of others."""
        return self.seller_fee_fen + self.levy_fen + self.partners_fen
