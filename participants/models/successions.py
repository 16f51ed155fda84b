"""Succession 承继 (R39): who takes over the rights and duties of an organisation that merges, splits, dissolves or goes bankrupt."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evidence.models import Deposit
from participants.models.parties import Organization

__all__ = ["Succession", "SuccessionHeir", "SuccessionKind", "SuccessionMove", "SuccessionPart", "SuccessionStatus"]


class SuccessionKind(models.TextChoices):
    MERGER = "merger", _("合并")
    SPLIT = "split", _("分立")
    DISSOLUTION = "dissolution", _("解散")
    BANKRUPTCY = "bankruptcy", _("破产")
    LEAVING = "leaving", _("自愿退出")


class SuccessionStatus(models.TextChoices):
    FILED = "filed", _("待决定")
    MOVING = "moving", _("移转中")
    DONE = "done", _("已完成")
    REFUSED = "refused", _("不予承继")
    WITHDRAWN = "withdrawn", _("已撤回")


class SuccessionQuerySet(models.QuerySet["Succession"]):
    def visible_to(self, user: Any) -> SuccessionQuerySet:
        """The organisation that ends, whoever takes over, and whoever filed it."""
        ours = user.acting_for_id or 0
        return self.filter(Q(predecessor_id=ours) | Q(heirs__organization_id=ours) | Q(filed_for_id=ours)).distinct()


class Succession(models.Model):
    """One case: an organisation ends, and everything it holds and owes passes to its heirs, or is wound up where there are none.

    ``moving`` stands only inside the transaction that carries it out (deferred trigger), and only an approved case gets there.
    """

    code = models.CharField(max_length=16, unique=True)
    predecessor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="successions")
    kind = models.CharField(max_length=12, choices=SuccessionKind)
    status = models.CharField(max_length=10, choices=SuccessionStatus, default=SuccessionStatus.FILED)
    note = models.TextField(blank=True, help_text="what is agreed or decided, in words")
    agreement = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", help_text="agreement, resolution or court ruling")
    extract = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+", help_text="extract from the register")
    disposal_plan = models.TextField(blank=True, help_text="what becomes of important data where nobody takes over (DSR 34)")
    filed_by = models.CharField(max_length=40)
    filed_for = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    filed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("承继")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SuccessionStatus.values), name="succession_status_known"),
            models.CheckConstraint(condition=Q(kind__in=SuccessionKind.values), name="succession_kind_known"),
            models.CheckConstraint(condition=~Q(status__in=["done", "refused"]) | (Q(decided_at__isnull=False) & ~Q(decided_by="")),
                                   name="succession_end_has_a_person"),
            models.UniqueConstraint(fields=["predecessor"], condition=Q(status__in=["filed", "moving", "done"]),
                                    name="succession_one_for_each"),
        ]

    def __str__(self) -> str:
        return self.code

    def party_ids(self) -> set[int]:
        heirs = self.heirs.values_list("organization_id", flat=True)
        return {self.predecessor_id, *heirs, *([self.filed_for_id] if self.filed_for_id else [])}


class SuccessionHeir(models.Model):
    """An organisation that takes over, alone or its part; never the one that ends (trigger)."""

    succession = models.ForeignKey(Succession, on_delete=models.PROTECT, related_name="heirs")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="inheritances")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["succession", "organization"], name="heir_once")]


class SuccessionPart(models.Model):
    """One line of a split's table: what hangs together under ``unit`` goes to exactly one heir."""

    succession = models.ForeignKey(Succession, on_delete=models.PROTECT, related_name="parts")
    unit = models.CharField(max_length=20)
    heir = models.ForeignKey(SuccessionHeir, on_delete=models.PROTECT, related_name="parts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["succession", "unit"], name="succession_part_once")]


class SuccessionMove(models.Model):
    """That one owner column of one row passed from one organisation to another; append-only, written by ``participants_hand_over`` alone.

    No row's owner changes without one: the owner guards of all rooms ask for it.
    """

    succession = models.ForeignKey(Succession, on_delete=models.PROTECT, related_name="moves")
    table = models.CharField(max_length=63)
    column = models.CharField(max_length=63)
    row = models.BigIntegerField()
    before = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "row", "column", "succession"], name="succession_move_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="succession_move_passes"),
        ]
