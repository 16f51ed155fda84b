"""What a bid moves of a lot, one narrow row, so that it writes no terms (``trading/sql/standing.sql``); and what it tells everybody."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kit.money import MAX_FEN
from trading.states import AuctionStatus

__all__ = ["Standing", "Tick", "TickKind"]


class Standing(models.Model):
    """How a lot stands 现况: price, leader, counters. One row per lot, made with it; written under the lot's lock alone.

    ``top_fen`` and ``second_fen`` are secret; ``price_fen`` is what everybody sees. Nothing refers to this row and it has no index but
    its key, so a bid's new version of it enters none.
    """

    auction = models.OneToOneField("trading.Auction", on_delete=models.PROTECT, primary_key=True, related_name="standing")
    seq = models.IntegerField(default=0, help_text="number of the last bid")
    tick_seq = models.IntegerField(default=0, help_text="number of the last public tick")
    voids = models.IntegerField(default=0, help_text="how often bids were voided; only then may the price fall")
    price_fen = models.BigIntegerField(null=True, blank=True)
    #: a bidder of the lot, as each bid's own key says; no key of its own, which every change of leader would pay for
    leader = models.ForeignKey("trading.Bidder", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
                               db_constraint=False)
    top_fen = models.BigIntegerField(null=True, blank=True, help_text="secret: the leader's maximum")
    second_fen = models.BigIntegerField(null=True, blank=True, help_text="secret: the best maximum of anybody else")
    reserve_met = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(leader__isnull=True, price_fen__isnull=True, top_fen__isnull=True)
                                   | Q(leader__isnull=False, price_fen__range=(0, MAX_FEN), top_fen__isnull=False),
                                   name="standing_leader_has_price"),
        ]

    def __str__(self) -> str:
        return f"{self.price_fen} {self.seq}"


class TickKind(models.TextChoices):
    PRICE = "price", _("价格")
    EXTENDED = "extended", _("顺延")
    HALTED = "halted", _("中止")
    RESUMED = "resumed", _("恢复")
    CLOSED = "closed", _("截标")
    PHASE = "phase", _("阶段")


class Tick(models.Model):
    """One public fact of a lot, numbered without gaps; what the live feed sends and a client fetches after a gap."""

    auction = models.ForeignKey("trading.Auction", on_delete=models.PROTECT, related_name="ticks", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=TickKind)
    at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=AuctionStatus)
    price_fen = models.BigIntegerField(null=True, blank=True)
    leader = models.PositiveSmallIntegerField(null=True, blank=True)
    bids = models.PositiveIntegerField(default=0)
    closes_at = models.DateTimeField()
    reserve_met = models.BooleanField(default=False)
    extensions = models.PositiveIntegerField(default=0)
    next_min_fen = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "seq"], name="tick_seq_once"),
                       models.CheckConstraint(condition=Q(kind__in=TickKind.values), name="tick_kind_known")]
