"""The second review of a conduct case: who stood back, who differed and to which third it went; checklists kept by parties (R82, R102)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from compliance.models.conduct import ConductCase
from participants.models import Organization, User

__all__ = ["DiligenceRecord", "Disagreement", "Recusal"]


class Recusal(models.Model):
    """Somebody of the desk stood back from a conduct case, for a stated reason; append-only."""

    case = models.ForeignKey(ConductCase, on_delete=models.PROTECT, related_name="recusals")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="recusal_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="recusal_has_a_reason"),
        ]


class Disagreement(models.Model):
    """Two regulators differ over a serious finding: a third, named, decides between them. ``asked`` is the first one's opinion."""

    SIDES = (("first", "first"), ("second", "second"), ("lapsed", "lapsed"))

    case = models.ForeignKey(ConductCase, on_delete=models.PROTECT, related_name="disagreements")
    first = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    third = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked = models.JSONField()
    reason = models.TextField(blank=True, help_text="why the second one differs")
    named_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    sided = models.CharField(max_length=8, blank=True, choices=SIDES)
    reasons = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(sided=""), name="disagreement_one_open"),
            models.CheckConstraint(condition=~Q(third=F("first")) & ~Q(third=F("second")) & ~Q(first=F("second")),
                                   name="disagreement_three_persons"),
            models.CheckConstraint(condition=Q(sided__in=["", "first", "second", "lapsed"]), name="disagreement_side_known"),
            models.CheckConstraint(condition=Q(sided="", decided_at__isnull=True) | (~Q(sided="") & Q(decided_at__isnull=False)),
                                   name="disagreement_end_has_a_time"),
        ]
        indexes = [models.Index(fields=["sided", "due_at"], name="disagreement_deadline")]


class DiligenceRecord(models.Model):
    """A checklist of due diligence followed and put on record by a party before anything was alleged; append-only."""

    code = models.CharField(max_length=16, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="diligence_records")
    subject_code = models.CharField(max_length=20)
    checklist = models.CharField(max_length=20)
    version_hash = models.CharField(max_length=64, help_text="of the checklist as it was worded then")
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "subject_code"], name="diligence_about")]
