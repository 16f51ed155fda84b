"""What people do around a listing 关注与问答 (capability D8): who watches it, what is asked about it and what the seller answers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from listings.models.ground import known
from listings.models.offer import Listing
from listings.states import QuestionStatus
from participants.actors import acting_for
from participants.models import Organization

__all__ = ["Question", "Watch"]


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, user: Any) -> WatchQuerySet:
        """Whom a listing interests is its own matter: nobody else sees it, the seller neither."""
        return self.filter(organization_id=acting_for(user))


class Watch(models.Model):
    """An organisation wants to be told of a listing's new versions, prices, lots, halts; a row is one spell of watching."""

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="watches")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="watches")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "organization"], condition=Q(ended_at__isnull=True), name="watch_once"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("since")), name="watch_ends_after"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="watch_of_organization")]
        verbose_name_plural = "watches"

    def party_ids(self) -> set[int]:
        return {self.organization_id}


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Any) -> QuestionQuerySet:
        """What the user's organisation asked or is asked; the public reads questions on the listing's page."""
        ours = acting_for(user)
        return self.filter(Q(organization_id=ours) | Q(asked_by_id=ours))


class Question(models.Model):
    """One public question about a listing with the seller's answer; who asked is not shown, what is hidden says why."""

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="questions")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", help_text="the seller, who answers")
    asked_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=QuestionStatus, default=QuestionStatus.OPEN)
    text = models.TextField()
    answer = models.TextField(blank=True)
    hidden_reason = models.TextField(blank=True, help_text="why the desk hid it; shown in its place")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", QuestionStatus.values, "question_status_known"),
            models.CheckConstraint(condition=~Q(organization=models.F("asked_by")), name="question_of_another"),
            models.CheckConstraint(condition=~Q(status="answered") | (~Q(answer="") & Q(answered_at__isnull=False)),
                                   name="question_answer_said"),
            models.CheckConstraint(condition=~Q(status="hidden") | ~Q(hidden_reason=""), name="question_hidden_why"),
        ]
        indexes = [models.Index(fields=["listing", "-id"], name="question_of_listing"),
                   models.Index(fields=["organization", "-id"], name="question_of_seller"),
                   models.Index(fields=["asked_by", "-id"], name="question_of_asker")]

    def __str__(self) -> str:
        return self.code
