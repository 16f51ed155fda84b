"""Associations 行业协会 (R93, R116): their covenants by version, who signed them, breaches brought to them, disputes they mediate."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.models.complaints import Dispute
from compliance.states import BreachStatus, SignatureStatus
from participants.models import Organization, User

__all__ = ["MEASURES", "Covenant", "CovenantBreach", "CovenantSignature", "DisputeMediator"]

#: what an association may do to a member (Shanghai credit regulation 27): nothing here touches the market
MEASURES = (("none", "none"), ("warn", "warn"), ("criticise", "criticise"), ("lower", "lower"), ("expel", "expel"))


class Covenant(models.Model):
    """One version of a covenant 自律公约: its text stands as it was published; the next version supersedes it."""

    code = models.CharField(max_length=16, unique=True)
    association = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="covenants")
    key = models.SlugField(max_length=30, help_text="the covenant over its versions")
    version = models.PositiveIntegerField()
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="of the text, which signatures bind to")
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["association", "key", "version"], name="covenant_version_once"),
            models.UniqueConstraint(fields=["association", "key"], condition=Q(superseded_at__isnull=True), name="covenant_one_in_force"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(title_zh=""), name="covenant_has_a_text"),
        ]

    @property
    def titles(self) -> tuple[str, str]:
        return self.title_zh, self.title_en or self.title_zh


class CovenantSignature(models.Model):
    """An organisation signed one version; a newer version is signed anew within its term or the signature lapses."""

    code = models.CharField(max_length=16, unique=True)
    covenant = models.ForeignKey(Covenant, on_delete=models.PROTECT, related_name="signatures")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="covenants_signed")
    status = models.CharField(max_length=10, choices=SignatureStatus, default=SignatureStatus.SIGNED)
    sha256 = models.CharField(max_length=64)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="of a superseded version: until when the new one is signed")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SignatureStatus.values), name="covenant_signature_status_known"),
            models.UniqueConstraint(fields=["covenant", "organization"], condition=Q(status="signed"), name="covenant_signed_once"),
            models.CheckConstraint(condition=Q(status="signed", ended_at__isnull=True) | (~Q(status="signed") & Q(ended_at__isnull=False)),
                                   name="covenant_signature_end_has_a_time"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="signed"), name="covenant_signature_due")]


class CovenantBreach(models.Model):
    """A breach brought to the association: stated, answered, decided by it alone; never a finding, never a credit event."""

    code = models.CharField(max_length=16, unique=True)
    signature = models.ForeignKey(CovenantSignature, on_delete=models.PROTECT, related_name="breaches")
    reporter = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    status = models.CharField(max_length=10, choices=BreachStatus, default=BreachStatus.REPORTED)
    answer = models.TextField(blank=True)
    measure = models.CharField(max_length=10, choices=MEASURES, blank=True)
    reasons = models.TextField(blank=True)
    reported_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when the member answers; then until when it is decided")
    overdue = models.BooleanField(default=False, help_text="an association that is late; the state stays")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=BreachStatus.values), name="covenant_breach_status_known"),
            models.CheckConstraint(condition=Q(measure__in=["", *(key for key, _ in MEASURES)]), name="covenant_measure_known"),
            models.CheckConstraint(
                condition=Q(status__in=["reported", "deciding"], decided_at__isnull=True, measure="")
                | (Q(status="upheld", decided_at__isnull=False) & ~Q(measure__in=["", "none"]) & ~Q(reasons=""))
                | (Q(status="dismissed", decided_at__isnull=False, measure="none") & ~Q(reasons="")), name="covenant_breach_decided"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="covenant_breach_deadline")]


class DisputeMediator(models.Model):
    """An association that both sides of a dispute named to mediate (R93): it proposes, both accept or neither is bound."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="mediator")
    association = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="mediates")
    named_by = ArrayField(models.BigIntegerField(), default=list, help_text="the sides that named it; of both it mediates")
    named_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)
    proposal = models.TextField(blank=True)
    refund_bps = models.PositiveIntegerField(null=True, blank=True)
    accepted = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="the sides that accepted its proposal")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(refund_bps__isnull=True) | Q(refund_bps__lte=10_000), name="mediator_share_in_range"),
            models.CheckConstraint(condition=Q(refund_bps__isnull=True) | Q(agreed_at__isnull=False), name="mediator_agreed_first"),
            models.CheckConstraint(condition=Q(agreed_at__isnull=True) | Q(agreed_at__gte=F("named_at")), name="mediator_times_forward"),
        ]
