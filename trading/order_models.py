"""Orders of more than one act 订单: what an order carries for the buyer's books, and the cart of licences at list prices."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from kit.money import MAX_FEN
from listings.models import Listing, ListingVersion
from participants.actors import acting_for
from participants.billing import Papers
from participants.models import Organization
from participants.models.billing import TAX_NUMBER
from trading.states import CartStatus

__all__ = ["Cart", "CartLine", "OrderPaper", "TrialUse"]


class OrderPaperQuerySet(models.QuerySet["OrderPaper"]):
    def visible_to(self, user: Any) -> OrderPaperQuerySet:
        """The buyer's own, and the seller's who invoices it."""
        key = acting_for(user)
        return self.filter(Q(trade__buyer_id=key) | Q(trade__seller_id=key) | Q(bidder__organization_id=key))


class OrderPaper(models.Model):
    """Number, cost centre, invoice title and tax number of one order; append-only. The cost centre is the buyer's alone."""

    bidder = models.OneToOneField("trading.Bidder", on_delete=models.PROTECT, null=True, blank=True, related_name="papers")
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, null=True, blank=True, related_name="papers")
    po_number = models.CharField(max_length=40, blank=True)
    cost_centre = models.CharField(max_length=40, blank=True)
    invoice_title = models.CharField(max_length=100, blank=True)
    tax_number = models.CharField(max_length=18, blank=True)
    at = models.DateTimeField()

    objects = OrderPaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bidder__isnull=True) ^ Q(trade__isnull=True), name="order_paper_of_one_thing"),
            models.CheckConstraint(condition=Q(tax_number__regex=TAX_NUMBER), name="order_paper_tax_number"),
            models.CheckConstraint(condition=Q(tax_number="") | ~Q(invoice_title=""), name="order_paper_number_has_a_title"),
            models.CheckConstraint(condition=~Q(po_number="", cost_centre="", invoice_title="", tax_number=""),
                                   name="order_paper_says_something"),
        ]

    @property
    def said(self) -> Papers:
        """What it carries."""
        return Papers(self.po_number, self.cost_centre, self.invoice_title, self.tax_number)


class CartQuerySet(models.QuerySet["Cart"]):
    def visible_to(self, user: Any) -> CartQuerySet:
        """One's own organisation's."""
        return self.filter(buyer_id=acting_for(user))


class Cart(models.Model):
    """Licences a buyer organisation means to order together 购物车; one is open at a time, an ordered one keeps its lines and trades."""

    code = models.CharField(max_length=16, unique=True)
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="carts")
    status = models.CharField(max_length=8, choices=CartStatus, default=CartStatus.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="when an open cart nobody touched lapses")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CartStatus.values), name="cart_status_known"),
            models.UniqueConstraint(fields=["buyer"], condition=Q(status="open"), name="cart_one_open"),
            models.CheckConstraint(condition=Q(status="open", due_at__isnull=False, ended_at__isnull=True)
                                   | ~Q(status="open") & Q(due_at__isnull=True, ended_at__isnull=False), name="cart_open_until"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="open"), name="cart_due")]

    def __str__(self) -> str:
        return self.code


class CartLine(models.Model):
    """One licence in a cart: the version and total as the buyer saw them, so that a price that moved is accepted and not slipped in."""

    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="lines", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40, blank=True)
    total_fen = models.BigIntegerField(help_text="price and buyer's fees as seen")
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, null=True, blank=True, related_name="cart_line")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "listing"], name="cart_line_once"),
            models.CheckConstraint(condition=Q(total_fen__range=(0, MAX_FEN)), name="cart_line_in_range"),
        ]


class TrialUse(models.Model):
    """A listing tried by a buyer organisation 试用; once, whatever version, which the key holds; append-only."""

    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="trials")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="trials")
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="trial")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "listing"], name="trial_once_per_buyer")]
