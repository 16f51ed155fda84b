"""A challenge on a request for quotes 揭榜挂帅, and what each quote's trial answers were worth (Data Twenty 19, White Paper 5.4.2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evidence.events import Commitment
from evidence.models import Deposit
from trading.auctions.challenge import MILLION, percent
from trading.deal_models import Quote, Rfq

__all__ = ["Challenge", "Measure", "TrialEntry"]


class Measure(models.TextChoices):
    """How trial answers are marked; the formulas stand in ``trading.auctions.challenge``."""

    ACCURACY = "accuracy", _("答对的比例")
    MACRO_F1 = "macro_f1", _("各类 F1 的平均")
    SKILL = "skill", _("数值误差（相对一律填中位数的改进）")


class Challenge(models.Model):
    """How a request is decided: questions for all, answers under seal whose hash is public from the first day, weights and the least mark.

    Never changed once published: the criteria are part of the invitation.
    """

    rfq = models.OneToOneField(Rfq, on_delete=models.PROTECT, related_name="challenge")
    measure = models.CharField(max_length=10, choices=Measure)
    weight = models.PositiveSmallIntegerField(help_text="of the mark, in percent; the price has the rest")
    least_ppm = models.PositiveIntegerField(help_text="the least mark that may be awarded, in millionths")
    questions = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", help_text="what every bidder downloads")
    answers = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", help_text="the buyer's alone until the decision")
    items = models.PositiveIntegerField(help_text="how many questions there are")
    salt = models.BinaryField(help_text="of the commitment to the answers: few answers would be guessed from a bare hash")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(measure__in=Measure.values), name="challenge_measure_known"),
            models.CheckConstraint(condition=Q(weight__range=(10, 90)), name="challenge_weight_in_range"),
            models.CheckConstraint(condition=Q(least_ppm__lte=MILLION), name="challenge_least_in_range"),
            models.CheckConstraint(condition=Q(items__gte=10), name="challenge_items_enough"),
        ]

    def __str__(self) -> str:
        return self.rfq.code

    def commitment(self) -> Commitment:
        """What is public of the answers from the first day: their hash, hidden by a salt that the decision tells."""
        return Commitment(self.answers.sha256, bytes(self.salt))

    @property
    def salt_told(self) -> str:
        return bytes(self.salt).hex()


class TrialEntry(models.Model):
    """A quote's answers to the questions; marked once, when the round ends."""

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="trial")
    file = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    mark_ppm = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(mark_ppm__isnull=True) | Q(mark_ppm__lte=MILLION), name="trial_mark_in_range")]

    def __str__(self) -> str:
        return self.quote.code

    @property
    def mark_percent(self) -> str:
        return "" if self.mark_ppm is None else percent(self.mark_ppm)
