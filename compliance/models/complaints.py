"""Complaints 举报投诉 (anyone, also without a name) and disputes 争议 between two parties (item 16, R95)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.states import ComplaintStatus, DisputeStatus
from evidence.vault import SealedTextField
from participants.actors import acting_for
from participants.models import Organization, User

__all__ = ["Complaint", "ComplaintKind", "Dispute"]


class ComplaintKind(models.TextChoices):
    UNLAWFUL_DATA = "unlawful_data", _("数据来源或内容违法")
    PRIVACY = "privacy", _("侵害个人信息权益")
    FALSE_DECLARATION = "false_declaration", _("声明不实")
    UNFAIR_TRADE = "unfair_trade", _("不公平交易、串通、操纵")
    RIGHTS = "rights", _("权属或登记有误")
    SERVICE = "service", _("场所服务与工作人员")
    OTHER = "other", _("其他")


class Complaint(models.Model):
    """One complaint; the reporter's name and contact stand sealed under its own key and never leave this table.

    ``key_hash`` lets a nameless reporter follow it.
    """

    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=20, choices=ComplaintKind)
    subject_code = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    reporter_name = SealedTextField(blank=True)
    contact = SealedTextField(blank=True)
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="complaints_made", null=True, blank=True)
    key_hash = models.CharField(max_length=64)
    may_show = models.BooleanField(default=False, help_text="the reporter lets the desk show the papers to whoever it is about")
    queue = models.CharField(max_length=16, default="compliance", help_text="the desk it was routed to by its kind")
    status = models.CharField(max_length=12, choices=ComplaintStatus, default=ComplaintStatus.RECEIVED)
    answer = models.TextField(blank=True)
    transferred_to = models.CharField(max_length=60, blank=True, help_text="code of the conduct case or dispute, or the authority's name")
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(default=False)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    objection = models.TextField(blank=True, help_text="of its reporter against the answer; once")
    objected_at = models.DateTimeField(null=True, blank=True)
    objection_answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(objected_at__isnull=True) | ~Q(objection=""), name="complaint_objection_has_a_text"),
            models.CheckConstraint(condition=Q(status__in=ComplaintStatus.values), name="complaint_status_known"),
            models.CheckConstraint(condition=~Q(status__in=["closed", "declined"]) | ~Q(answer=""), name="complaint_end_has_an_answer"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="complaint_deadline")]

    def sealed_for(self) -> str:
        return self.code

    @property
    def real_name(self) -> bool:
        return bool(self.reporter_name and self.contact) or self.reporter_id is not None


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: Any) -> DisputeQuerySet:
        """Disputes of one's own organisation, as opener, respondent or arbitrator."""
        key = acting_for(user)
        return self.filter(Q(opener_id=key) | Q(respondent_id=key) | Q(arbitrator_id=key)
                           | Q(mediator__association_id=key, mediator__agreed_at__isnull=False))


class Dispute(models.Model):
    """A dispute between two parties about one object (a trade, a delivery). ``refund_bps``: the share of the price given back."""

    code = models.CharField(max_length=16, unique=True)
    subject_code = models.CharField(max_length=20)
    opener = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="disputes_opened")
    respondent = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="disputes_answered")
    arbitrator = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="disputes_arbitrated", null=True, blank=True)
    claim = models.TextField()
    status = models.CharField(max_length=12, choices=DisputeStatus, default=DisputeStatus.NEGOTIATING)
    proposal = models.TextField(blank=True)
    proposal_bps = models.PositiveIntegerField(null=True, blank=True)
    proposed_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    agreed = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="who agreed to arbitration")
    award_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="working days for the award, as both agreed")
    taken_in_at = models.DateTimeField(null=True, blank=True, help_text="when the arbitrator took the case in")
    refund_bps = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    mediation_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(default=False, help_text="an arbitrator who is late; the state stays")

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DisputeStatus.values), name="dispute_status_known"),
            models.CheckConstraint(condition=~Q(opener=F("respondent")), name="dispute_two_parties"),
            models.CheckConstraint(condition=Q(refund_bps__isnull=True) | Q(refund_bps__lte=10000), name="dispute_refund_in_range"),
            models.CheckConstraint(condition=~Q(status__in=["settled", "awarded"]) | Q(refund_bps__isnull=False),
                                   name="dispute_outcome_has_a_share"),
            models.CheckConstraint(condition=~Q(status="arbitrating") | Q(arbitrator__isnull=False), name="dispute_has_its_arbitrator"),
            models.UniqueConstraint(fields=["subject_code"], condition=Q(status__in=["negotiating", "mediating", "arbitrating"]),
                                    name="dispute_one_open"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="dispute_deadline")]

    def party_ids(self) -> tuple[int, ...]:
        return (self.opener_id, self.respondent_id)
