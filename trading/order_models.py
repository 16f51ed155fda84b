"""What an order carries for the buyer's books 订单凭据, kept with its registration for a lot or with its trade."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from participants.actors import acting_for
from participants.billing import Papers
from participants.models.billing import TAX_NUMBER

__all__ = ["OrderPaper"]


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
