"""Agreements 合同: one for each trade made on the exchange, its typed terms, its signatures, and how it ends (F1–F4).

The parties are the trade's own: they pass on with it. The terms never change; who signed them and when are rows of their own.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listings.licensing import AgreementTemplate
from participants.actors import acting_for
from trading.sides import Side
from trading.states import AgreementStatus

__all__ = ["Agreement", "Ground", "Manner", "Signature"]


class Ground(models.TextChoices):
    """Why a party ends an agreement before its time (Civil Code 562, 563)."""

    BREACH = "breach", _("对方违约")
    LAW = "law", _("依法不能继续")
    AGREED = "agreed", _("协商解除")


class Manner(models.TextChoices):
    """How a side bound itself: by signing, by an offer or order at the list price (Civil Code 491), by offer and acceptance
    between the two (479 to 483), or by performing (490)."""

    SIGNED = "signed", _("签署")
    OFFER = "offer", _("公开要约")
    ORDER = "order", _("下单")
    ACCEPTED = "accepted", _("要约与承诺")
    PAYMENT = "payment", _("付款")
    DELIVERY = "delivery", _("交付")


#: What an end may be called.
CAUSES = ("term", "notice", "agreed", "rescission")


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, user: Any) -> AgreementQuerySet:
        """A party's own."""
        own = acting_for(user)
        return self.filter(Q(trade__seller_id=own) | Q(trade__buyer_id=own))


class Agreement(models.Model):
    """One agreement; terms, hash and term are frozen by a trigger, its status moves along the table."""

    code = models.CharField(max_length=16, unique=True)
    trade = models.OneToOneField("trading.Trade", on_delete=models.PROTECT, related_name="deed")
    renews = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewed_by")
    template = models.CharField(max_length=12, choices=AgreementTemplate)
    terms = models.JSONField(help_text="the typed terms; text and policy are rendered from them")
    terms_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical terms: what is signed")
    term_from = models.DateTimeField()
    term_to = models.DateTimeField(null=True, blank=True, help_text="null where the term has no end")
    status = models.CharField(max_length=12, choices=AgreementStatus, default=AgreementStatus.DRAFTED)
    due_at = models.DateTimeField(null=True, blank=True, help_text="signature, end of a notice, review of a suspension")
    drafted_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=12, blank=True)
    ground = models.CharField(max_length=8, choices=Ground, blank=True)
    notice_by = models.CharField(max_length=6, choices=Side, blank=True)
    notice_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="of a notice or a suspension, in the words of who gave it")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AgreementStatus.values), name="agreement_status_known"),
            models.CheckConstraint(condition=Q(template__in=AgreementTemplate.values), name="agreement_template_known"),
            models.CheckConstraint(condition=Q(terms_hash__regex=r"^[0-9a-f]{64}$"), name="agreement_terms_hashed"),
            models.CheckConstraint(condition=Q(term_to__isnull=True) | Q(term_to__gt=models.F("term_from")), name="agreement_term_forward"),
            models.CheckConstraint(condition=~Q(status__in=["drafted", "suspended", "terminating"]) | Q(due_at__isnull=False),
                                   name="agreement_waits_until"),
            models.CheckConstraint(condition=~Q(status="terminating") | (
                Q(ground__in=Ground.values) & Q(notice_by__in=Side.values) & Q(notice_at__isnull=False) & ~Q(reason="")),
                name="agreement_notice_is_said"),
            models.CheckConstraint(condition=~Q(status="ended") | (Q(cause__in=CAUSES) & Q(ended_at__isnull=False)),
                                   name="agreement_end_has_cause"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="agreement_due"),
                   models.Index(fields=["term_to"], condition=Q(status__in=["in_force", "suspended", "terminating"]),
                                name="agreement_term_end")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return self.trade.party_ids()

    def side_of(self, organization_id: int | None) -> Side | None:
        """Which side an organisation is; None for anybody else."""
        return {self.trade.seller_id: Side.SELLER, self.trade.buyer_id: Side.BUYER}.get(organization_id or 0)


class Signature(models.Model):
    """One side bound itself to the hash of the terms; append-only, one a side, and never to another hash (trigger)."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=6, choices=Side)
    manner = models.CharField(max_length=8, choices=Manner)
    organization = models.CharField(max_length=16, help_text="code of the party as it was")
    person = models.CharField(max_length=40, help_text="actor code")
    terms_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "side"], name="signature_once_a_side"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="signature_side_known"),
            models.CheckConstraint(condition=Q(manner__in=Manner.values), name="signature_manner_known"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.side}"
