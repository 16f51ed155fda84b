"""As which taxpayer an organisation sells 纳税人身份: dated statements, never rewritten."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from participants.models.parties import Organization, User

__all__ = ["TaxStatement", "TaxpayerKind"]


class TaxpayerKind(models.TextChoices):
    """The standings that the rates of ``data/vat.yaml`` are written for."""

    GENERAL = "general", _("一般纳税人")
    SMALL = "small", _("小规模纳税人")
    EXEMPT = "exempt", _("免征增值税")


class TaxStatementQuerySet(models.QuerySet["TaxStatement"]):
    def visible_to(self, user: Any) -> TaxStatementQuerySet:
        """One's own organisation's."""
        from participants.actors import acting_for

        return self.filter(organization_id=acting_for(user))


class TaxStatement(models.Model):
    """The organisation's standing from a day on, as it stated it; the latest that has begun is in force."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tax_statements")
    kind = models.CharField(max_length=8, choices=TaxpayerKind)
    effective_from = models.DateTimeField()
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()

    objects = TaxStatementQuerySet.as_manager()

    class Meta:
        ordering = ("-effective_from", "-pk")
        indexes = [models.Index(fields=["organization", "-effective_from"], name="tax_statement_in_force")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TaxpayerKind.values), name="tax_statement_kind_known"),
            # a trade reads its rate by its own instant: a statement that reached back would change invoices already given
            models.CheckConstraint(condition=Q(effective_from__gt=F("stated_at")), name="tax_statement_never_backdated"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.kind}"
