"""Outputs that leave only by review (F9): a file, what the gate found in it, two opinions that do not see each other, every look at it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from delivery.compute_models import ComputeJob
from delivery.states import OutputStatus
from evidence.models import Deposit
from participants.actors import acting_for
from participants.models import Organization, Person, User

__all__ = ["OUTPUT_OPEN", "Output", "OutputKind", "OutputLook", "OutputOpinion", "OutputToken", "ReviewSeat", "Verdict"]

#: States in which somebody still has to say something.
OUTPUT_OPEN = (OutputStatus.IN_REVIEW, OutputStatus.ESCALATED, OutputStatus.DIFFERING)


class OutputKind(models.TextChoices):
    REPORT = "report", _("报告")
    TABLE = "table", _("结果表")
    MODEL = "model", _("模型")


class ReviewSeat(models.TextChoices):
    """Whose eyes: the holder's, who knows the data, and the venue's, who has no part in it."""

    HOLDER = "holder", _("持有方审核")
    VENUE = "venue", _("本所审核")


class Verdict(models.TextChoices):
    RELEASE = "release", _("放行")
    WITHHOLD = "withhold", _("不予放行")


class OutputQuerySet(models.QuerySet["Output"]):
    def visible_to(self, user: Any) -> OutputQuerySet:
        """Its author's side and the two sides of its delivery; the desks ask their own permission."""
        key = acting_for(user)
        return self.filter(Q(organization_id=key) | Q(delivery__buyer_id=key) | Q(delivery__seller_id=key))


class Output(models.Model):
    """One file that somebody wants out of where the data lies: what it is never changes, another file is another output."""

    code = models.CharField(max_length=16, unique=True)
    delivery = models.ForeignKey("delivery.Delivery", on_delete=models.PROTECT, related_name="outputs")
    job = models.OneToOneField(ComputeJob, on_delete=models.PROTECT, null=True, blank=True, related_name="output",
                               help_text="the training it came out of")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="outputs", help_text="its author's")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=OutputKind)
    title = models.CharField(max_length=80)
    checklist = models.JSONField(default=list, help_text="what its author confirmed")
    gate = models.JSONField(default=list, help_text="check, limit, found, ok: what the automatic gate measured")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
                                help_text="none where the gate stopped it: the file was not kept")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    status = models.CharField(max_length=9, choices=OutputStatus)
    reason = models.TextField(blank=True, help_text="why it is withheld")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
                                   help_text="the third, where two differed")
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OutputQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OutputStatus.values), name="output_status_known"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="output_is_pinned"),
            models.CheckConstraint(condition=Q(status="stopped", deposit__isnull=True) | ~Q(status="stopped") & Q(deposit__isnull=False),
                                   name="output_stopped_is_not_kept"),
            models.CheckConstraint(condition=~Q(status="withheld") | ~Q(reason=""), name="output_withheld_why"),
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("author")), name="output_not_by_its_author"),
            models.CheckConstraint(
                condition=Q(status__in=["in_review", "escalated", "differing"], due_at__isnull=False, ended_at__isnull=True)
                | ~Q(status__in=["in_review", "escalated", "differing"]) & Q(due_at__isnull=True, ended_at__isnull=False),
                name="output_open_until"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="output_due")]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        return {self.organization_id, *self.delivery.party_ids()}


class OutputOpinion(models.Model):
    """What one of the two said; append-only, and shown to nobody before the other has spoken."""

    output = models.ForeignKey(Output, on_delete=models.PROTECT, related_name="opinions")
    seat = models.CharField(max_length=6, choices=ReviewSeat)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the reviewer's")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values) & Q(seat__in=ReviewSeat.values), name="opinion_words_known"),
            models.UniqueConstraint(fields=["output", "seat"], name="opinion_one_a_seat"),
            models.UniqueConstraint(fields=["output", "person"], name="opinion_one_a_person"),
            models.CheckConstraint(condition=~Q(reason=""), name="opinion_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.output} {self.seat}"


class OutputLook(models.Model):
    """One time somebody was given the file to see, before its first byte left; append-only."""

    output = models.ForeignKey(Output, on_delete=models.PROTECT, related_name="looks")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=6, choices=[("review", _("审核")), ("fetch", _("取用"))])
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=["review", "fetch"]), name="look_role_known")]

    def __str__(self) -> str:
        return f"{self.output} {self.role}"


class OutputToken(models.Model):
    """A one-time token of the buyer's for a released file; only its hash is kept."""

    output = models.ForeignKey(Output, on_delete=models.PROTECT, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    issued_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="another was asked for before it was used")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="output_token_forward"),
                       models.CheckConstraint(condition=Q(used_at__isnull=True) | Q(replaced_at__isnull=True), name="output_token_one_end")]

    def __str__(self) -> str:
        return f"{self.output} {self.issued_at:%Y-%m-%d}"
