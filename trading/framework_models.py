"""Framework agreements 框架协议: prices, terms and a ceiling agreed once, called off order by order (one deal with calls, not many)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from kit.money import MAX_FEN
from listings.models import Listing, ListingVersion
from participants.actors import acting_for
from participants.models import Organization, Venue
from trading.auctions.bargain import Terms
from trading.states import FrameworkStatus

__all__ = ["CallOff", "Framework", "FrameworkItem", "OfferedBy"]

#: Trades that draw nothing any more.
_UNDONE = ("cancelled", "defaulted", "unwound")


class OfferedBy(models.TextChoices):
    """Whose offer a framework was."""

    BUYER = "buyer", _("买方")
    SELLER = "seller", _("卖方")


class FrameworkQuerySet(models.QuerySet["Framework"]):
    def visible_to(self, user: Any) -> FrameworkQuerySet:
        """Its two sides'."""
        own = acting_for(user)
        return self.filter(Q(seller_id=own) | Q(buyer_id=own))


class Framework(models.Model):
    """What two parties agreed for later orders. What was agreed never changes; what is drawn is the sum of the orders that stand."""

    code = models.CharField(max_length=16, unique=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="frameworks")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="frameworks_sold")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="frameworks_bought")
    offered_by = models.CharField(max_length=6, choices=OfferedBy, default=OfferedBy.BUYER, help_text="the other side answers")
    status = models.CharField(max_length=10, choices=FrameworkStatus, default=FrameworkStatus.OFFERED)
    ceiling_fen = models.BigIntegerField(help_text="all orders together, at their prices")
    note = models.CharField(max_length=1000, blank=True)
    ground = models.CharField(max_length=20, blank=True, help_text="of prices above what equals paid: the exception a seller names")
    terms_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical terms that were offered")
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="when an offer that nobody answered expires")
    effective_to = models.DateTimeField(help_text="no order from then on")
    agreed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=60, blank=True)

    objects = FrameworkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=FrameworkStatus.values), name="framework_status_known"),
            models.CheckConstraint(condition=Q(offered_by__in=OfferedBy.values), name="framework_offered_by_known"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="framework_two_parties"),
            models.CheckConstraint(condition=Q(ground="") | Q(offered_by="seller"), name="framework_ground_is_the_sellers"),
            models.CheckConstraint(condition=Q(ceiling_fen__range=(1, MAX_FEN)), name="framework_ceiling_in_range"),
            models.CheckConstraint(condition=Q(effective_to__gt=F("offered_at")), name="framework_term_forward"),
            models.CheckConstraint(condition=Q(terms_hash__regex=r"^[0-9a-f]{64}$"), name="framework_has_a_hash"),
            models.CheckConstraint(condition=Q(status="offered", due_at__isnull=False) | ~Q(status="offered") & Q(due_at__isnull=True),
                                   name="framework_offered_until"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="offered"), name="framework_due"),
                   models.Index(fields=["effective_to"], condition=Q(status="in_force"), name="framework_over")]

    def __str__(self) -> str:
        return self.code

    @property
    def answered_by(self) -> str:
        """Which side accepts or declines: the one that did not offer it."""
        return str(OfferedBy.BUYER if self.offered_by == OfferedBy.SELLER else OfferedBy.SELLER)

    @property
    def drawn_fen(self) -> int:
        """What the orders that stand come to."""
        rows = self.calls.exclude(trade__state__status__in=_UNDONE)
        return int(rows.aggregate(fen=Sum("price_fen"))["fen"] or 0)

    @property
    def left_fen(self) -> int:
        return self.ceiling_fen - self.drawn_fen


class FrameworkItem(models.Model):
    """One licence that may be called off: the version as it was when it was offered, its price and terms; append-only."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="items", db_index=False)
    number = models.PositiveSmallIntegerField()
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField()
    purpose = models.CharField(max_length=40, blank=True)
    term_days = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["framework", "number"], name="framework_item_once"),
            models.UniqueConstraint(fields=["framework", "listing"], name="framework_listing_once"),
            models.CheckConstraint(condition=Q(price_fen__range=(0, MAX_FEN)), name="framework_item_in_range"),
        ]

    @property
    def terms(self) -> Terms:
        return Terms(self.price_fen, None, self.term_days, self.purpose)


class CallOff(models.Model):
    """One order under a framework 订单; append-only. The database adds the orders up under the framework's lock."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="calls", db_index=False)
    number = models.PositiveIntegerField()
    item = models.ForeignKey(FrameworkItem, on_delete=models.PROTECT, related_name="calls")
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="call_off")
    price_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["framework", "number"], name="call_off_once")]
