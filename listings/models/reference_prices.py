"""Published reference prices 成交参考价 (R109): a dated series, written once a day and never again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kit.money import MAX_FEN
from listings.models.ground import CATEGORIES, known
from listings.models.offer import SaleMode
from participants.models import Venue

__all__ = ["PriceBulletin", "PriceEffect", "ReferencePrice", "Withheld"]


class Withheld(models.TextChoices):
    """Why a group's prices are not told: they would speak of single parties."""

    FEW_TRADES = "few_trades", _("成交笔数不足")
    FEW_PARTIES = "few_parties", _("卖方或买方不足")
    ONE_PARTY = "one_party", _("一方占比超过上限")


class PriceBulletin(models.Model):
    """One day's reference prices with the method they were found by: the period looked at, what was left out, the floors in force."""

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="price_bulletins")
    day = models.DateField(help_text="market day of publishing; the period ends as it begins")
    since = models.DateField(help_text="first market day of the period")
    trades = models.PositiveIntegerField(help_text="settled trades of the period that were counted")
    related = models.PositiveIntegerField(help_text="left out: parties tied to each other")
    pilots = models.PositiveIntegerField(help_text="left out: sold as a pilot")
    least_trades = models.PositiveIntegerField()
    least_parties = models.PositiveIntegerField()
    most_share_bps = models.PositiveIntegerField()
    lines_root = models.CharField(max_length=64, help_text="Merkle root over its lines, as the record book holds it")
    effects_deals = models.PositiveIntegerField(null=True, help_text="deals that the effects of features rest on; none where too few")
    effects_r2_ppm = models.PositiveIntegerField(null=True, help_text="share of the variance of log prices explained, in millionths")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue", "day"], name="price_bulletin_once_a_day"),
                       models.CheckConstraint(condition=Q(since__lt=F("day")), name="price_bulletin_period")]


class ReferencePrice(models.Model):
    """One group's prices: a category in a sector, over every way of selling ('') or one. What is withheld holds no figure at all."""

    bulletin = models.ForeignKey(PriceBulletin, on_delete=models.PROTECT, related_name="prices")
    category = models.CharField(max_length=12)
    sector = models.CharField(max_length=4)
    mode = models.CharField(max_length=12, blank=True)
    withheld = models.CharField(max_length=12, blank=True, choices=Withheld)
    trades = models.PositiveIntegerField(null=True)
    sellers = models.PositiveIntegerField(null=True)
    buyers = models.PositiveIntegerField(null=True)
    low_fen = models.BigIntegerField(null=True, help_text="first quartile")
    median_fen = models.BigIntegerField(null=True)
    high_fen = models.BigIntegerField(null=True, help_text="third quartile")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "category", "sector", "mode"], name="reference_price_once"),
            known("category", CATEGORIES, "reference_price_category"),
            known("mode", ("", *SaleMode.values), "reference_price_mode"),
            known("withheld", ("", *Withheld.values), "reference_price_withheld"),
            models.CheckConstraint(
                name="reference_price_told_or_withheld",
                condition=Q(withheld="", trades__isnull=False, sellers__isnull=False, buyers__isnull=False, low_fen__isnull=False,
                            median_fen__isnull=False, high_fen__isnull=False, low_fen__gte=1, median_fen__gte=F("low_fen"),
                            high_fen__gte=F("median_fen"), high_fen__lte=MAX_FEN)
                | (~Q(withheld="") & Q(trades__isnull=True, sellers__isnull=True, buyers__isnull=True, low_fen__isnull=True,
                                       median_fen__isnull=True, high_fen__isnull=True))),
        ]
        indexes = [models.Index(fields=["sector", "category", "mode", "-bulletin"], name="reference_price_series")]


class PriceEffect(models.Model):
    """What one feature of a licence added to its price in a bulletin's period, like for like; see ``listings.hedonic``."""

    bulletin = models.ForeignKey(PriceBulletin, on_delete=models.PROTECT, related_name="effects")
    feature = models.CharField(max_length=12)
    level = models.CharField(max_length=12, blank=True, help_text="'' for an amount: per doubling")
    beside = models.CharField(max_length=12, blank=True, help_text="the most frequent level, which it is held against")
    deals = models.PositiveIntegerField()
    effect_bps = models.IntegerField()
    low_bps = models.IntegerField()
    high_bps = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "feature", "level"], name="price_effect_once"),
            models.CheckConstraint(condition=Q(low_bps__lte=F("effect_bps"), high_bps__gte=F("effect_bps"), low_bps__gte=-10_000),
                                   name="price_effect_in_order"),
        ]
