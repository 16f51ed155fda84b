"""What search reads: one row for each thing that may be found, everything it is found and narrowed by in that row."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from listings.models.ground import known
from listings.models.offer import Listing


class ListingIndex(models.Model):
    """What search reads of a published listing: any two characters are found by ``grams`` and ``text``, whole words rank by ``words``.

    The facets are copied from the version in force; ``on_sale`` and ``card`` follow the listing's status by trigger.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="index")
    text = models.TextField(help_text="folded searchable text; LIKE on it rechecks the grams")
    grams = ArrayField(models.IntegerField(), default=list, help_text="numbers of the pairs of neighbouring characters (``words.gram``)")
    words = SearchVectorField()
    card = models.TextField(null=True, help_text="the version in force as lists for programs tell it: JSON, passed through")
    on_sale = models.BooleanField(default=False, help_text="the listing's status is listed; kept by trigger")
    category = models.CharField(max_length=12, blank=True)
    stage = models.CharField(max_length=14, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    sector = models.CharField(max_length=4, blank=True)
    sale_mode = models.CharField(max_length=12, blank=True)
    delivery_mode = models.CharField(max_length=20, blank=True)
    price_fen = models.BigIntegerField(null=True, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["grams"], name="listing_grams"),
            GinIndex(fields=["words"], name="listing_words"),
            models.Index(F("listed_at").desc(), F("listing").desc(), name="listing_index_newest", condition=Q(on_sale=True)),
            models.Index("price_fen", "listing", name="listing_index_price", condition=Q(on_sale=True, price_fen__isnull=False)),
            models.Index(F("listing").desc(), name="listing_index_on_sale", condition=Q(on_sale=True)),
        ]


class Kind(models.TextChoices):
    """What else is found beside listings."""

    RESOURCE = "resource", _("公开目录")
    ORGANIZATION = "organization", _("机构")
    DECLARATION = "declaration", _("声明承诺")


class Findable(models.Model):
    """What search reads of everything public that is no listing: resources of open catalogues, organisations, declarations in force."""

    kind = models.CharField(max_length=12, choices=Kind)
    code = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=400)
    title_en = models.CharField(max_length=400, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="what stands under the title: who provides it, until when it runs")
    note_en = models.CharField(max_length=300, blank=True)
    href = models.CharField(max_length=200)
    text = models.TextField()
    grams = ArrayField(models.IntegerField(), default=list, help_text="numbers of the pairs of neighbouring characters (``words.gram``)")
    words = SearchVectorField()
    at = models.DateTimeField()

    class Meta:
        constraints = [known("kind", Kind.values, "findable_kind_known")]
        indexes = [GinIndex(fields=["grams"], name="findable_grams"), GinIndex(fields=["words"], name="findable_words"),
                   models.Index(fields=["kind", "-id"], name="findable_newest")]
