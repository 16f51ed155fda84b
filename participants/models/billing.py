"""What an organisation's orders carry unless they say otherwise 开票信息: cost centre, invoice title and its tax number."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from participants.models.parties import Organization, User

__all__ = ["TAX_NUMBER", "Billing"]

#: A unified social credit code's alphabet (GB 32100); its check character is judged by the operation.
TAX_NUMBER = r"^([0-9A-HJ-NP-RTUWXY]{18})?$"


class BillingQuerySet(models.QuerySet["Billing"]):
    def visible_to(self, user: Any) -> BillingQuerySet:
        """One's own organisation's."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))


class Billing(models.Model):
    """The defaults of one organisation's orders; an order keeps what it was given, whatever these become."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="billing")
    cost_centre = models.CharField(max_length=40, blank=True)
    invoice_title = models.CharField(max_length=100, blank=True)
    tax_number = models.CharField(max_length=18, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = BillingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tax_number__regex=TAX_NUMBER), name="billing_tax_number"),
            models.CheckConstraint(condition=Q(tax_number="") | ~Q(invoice_title=""), name="billing_number_has_a_title"),
        ]
