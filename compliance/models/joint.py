"""Joint cases 联合办理 (R81): two authorities on one case, the lead named, each with an opinion of its own that never changes."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from compliance.models.cases import Case
from compliance.states import JointStatus
from participants.models import Organization, User

__all__ = ["JointCase", "JointOpinion"]


class JointCase(models.Model):
    """One case worked by two authorities: who leads, who was asked to join, until when it answers or gives its opinion."""

    code = models.CharField(max_length=16, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="joints")
    lead = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="joints_led")
    partner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="joints_joined")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asker = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the authority that asked")
    reason = models.TextField(help_text="why the case lies in both fields")
    status = models.CharField(max_length=10, choices=JointStatus, default=JointStatus.INVITED)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="until when the other one answers; then until when both give opinions")
    ended_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=JointStatus.values), name="joint_status_known"),
            models.CheckConstraint(condition=~Q(lead=F("partner")), name="joint_two_authorities"),
            models.CheckConstraint(condition=~Q(reason=""), name="joint_has_a_reason"),
            models.CheckConstraint(condition=Q(status__in=["invited", "running", "late"], ended_at__isnull=True, conclusion="")
                                   | Q(status__in=["declined", "lapsed"], ended_at__isnull=False)
                                   | (Q(status="concluded", ended_at__isnull=False) & ~Q(conclusion="")), name="joint_end_has_a_time"),
            models.UniqueConstraint(fields=["case"], condition=Q(status__in=["invited", "running", "late"]), name="joint_one_under_way"),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="joint_deadline")]

    @property
    def asked(self) -> Organization:
        """The authority that answers the question to join."""
        return self.partner if self.asker_id == self.lead_id else self.lead

    def authorities(self) -> tuple[Organization, Organization]:
        return self.lead, self.partner


class JointOpinion(models.Model):
    """What one authority holds about a joint case: once, reasoned, never changed."""

    joint = models.ForeignKey(JointCase, on_delete=models.PROTECT, related_name="opinions")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    view = models.CharField(max_length=12, choices=(("in_order", "in_order"), ("finding", "finding"), ("refer", "refer")))
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["joint", "organization"], name="joint_opinion_once"),
            models.CheckConstraint(condition=Q(view__in=["in_order", "finding", "refer"]), name="joint_view_known"),
            models.CheckConstraint(condition=~Q(text=""), name="joint_opinion_reasoned"),
        ]
