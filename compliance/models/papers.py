"""Papers of a matter 案卷材料: what either side and the desk hand in to a conduct case, a question, a restoration, a dispute (H6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from evidence.models import Deposit
from participants.models import Organization, User

__all__ = ["CasePaper"]


class CasePaper(models.Model):
    """One file, or one written statement, in a matter's file; append-only. Without an organisation it is the desk's own."""

    subject = models.CharField(max_length=16, help_text="code of the conduct case, question, restoration, dispute, report or complaint")
    number = models.PositiveSmallIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    act = models.CharField(max_length=16, help_text="with which step it came")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    statement = models.TextField(blank=True)
    shared = models.BooleanField(default=True, help_text="whether the other side reads it")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
                           help_text="nobody with a complaint: its reporter stands sealed there")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="case_paper_numbered"),
            models.CheckConstraint(condition=Q(by__isnull=False) | Q(subject__startswith="CMP-"), name="case_paper_by_a_person"),
            models.CheckConstraint(condition=~Q(subject__startswith="CMP-") | Q(shared=False, organization__isnull=True, by__isnull=True),
                                   name="case_paper_hides_the_reporter"),
            models.CheckConstraint(condition=Q(deposit__isnull=False) | ~Q(statement=""), name="case_paper_file_or_words"),
        ]
