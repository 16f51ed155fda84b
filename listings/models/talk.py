"""What buyers say and ask beside a listing 关注、问答、评价: watched listings, public questions, ratings of real purchases."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from listings.models.ground import TenantQuerySet, known
from listings.models.offer import Listing, ListingVersion
from listings.states import QuestionStatus
from participants.models import Organization, User


class Watch(models.Model):
    """An organisation watches a listing 关注: it is told of new versions, prices and stops."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="watches")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="watches")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "listing"], condition=Q(ended_at__isnull=True), name="watch_once"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="watch_term_forward"),
        ]
        indexes = [models.Index(fields=["listing", "organization"], condition=Q(ended_at__isnull=True), name="watch_of_listing")]


class Question(models.Model):
    """A question on a listing's page 提问 and the seller's answer, both public; who asked is not shown."""

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="questions")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="questions", help_text="who asks")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=QuestionStatus, default=QuestionStatus.OPEN)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="the seller answers by then")
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=400, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            known("status", QuestionStatus.values, "question_status_known"),
            models.CheckConstraint(condition=Q(status="open", answer="") | Q(status="hidden") | (Q(status="answered") & ~Q(answer="")),
                                   name="question_answered_has_answer"),
            models.CheckConstraint(condition=~Q(status="hidden") | ~Q(hidden_reason=""), name="question_hidden_has_reason"),
        ]
        indexes = [models.Index(fields=["listing", "-id"], name="question_of_listing"),
                   models.Index(fields=["due_at"], condition=Q(status="open"), name="question_due")]


class Rating(models.Model):
    """What a buyer says after accepting what was bought 评价: one for each purchase, never changed; the seller may reply once."""

    code = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="ratings")
    version = models.ForeignKey(ListingVersion, on_delete=models.PROTECT, related_name="ratings", help_text="what was bought")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ratings", help_text="the buyer")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    purchase = models.CharField(max_length=16, unique=True, help_text="code of the trade that was delivered and accepted")
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=1000, blank=True)
    given_at = models.DateTimeField()
    reply = models.CharField(max_length=1000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=400, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="rating_one_to_five"),
            models.CheckConstraint(condition=Q(hidden_at__isnull=True) | ~Q(hidden_reason=""), name="rating_hidden_has_reason"),
        ]
        indexes = [models.Index(fields=["listing", "-id"], name="rating_of_listing")]
