"""Finding listings: any two neighbouring characters are found, whole words rank first, facets narrow, pages go by key (never a total).

Recall: ``grams`` (GIN) narrow to candidates, LIKE on the folded text rechecks. Rank: tsvector of rjieba words, titles weighing most.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from kit.coverage import covers
from listings.drafting import SECTORS
from listings.models import Listing, ListingIndex
from listings.words import fold, grams, words

__all__ = ["FACETS", "PAGE", "SORTS", "Found", "index_listing", "search_listings"]

#: facet -> column of the published version.
FACETS: dict[str, str] = {"category": "version__category", "stage": "version__stage", "grade": "version__grade",
                          "sector": "version__sector",
                          "sale": "version__sale_mode", "delivery": "version__delivery_mode"}
#: sort -> the columns of the page key, newest or nearest first; every key ends with the row's id.
SORTS: dict[str, tuple[str, ...]] = {"relevance": ("-whole", "-rank", "-id"), "newest": ("-listed_at", "-id"),
                                     "price": ("price", "id"), "price_desc": ("-price", "-id")}
PAGE = 20
_MOST_TERMS = 8


@dataclass(frozen=True)
class Found:
    """One page: rows with seller and version, the key of the next page, and how many rows each facet value has among what matches."""

    items: list[Listing]
    next: str | None
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    sort: str = "newest"


def index_listing(listing: Listing) -> None:
    """This will make a published listing findable: titles weigh most, then summary and keywords, then the rest."""
    version = listing.version
    assert version is not None, "only a published listing is found"
    seller = listing.organization
    columns = " ".join(str(one.get("name", "")) for one in version.columns)
    heavy = [version.title_zh, version.title_en, listing.code]
    middle = [version.summary_zh, version.summary_en, version.keywords, seller.name, seller.name_en, seller.short_name]
    light = [version.description_zh, version.description_en, columns, *SECTORS.get(version.sector, ())]
    text = fold(" \n ".join([*heavy, *middle, *light]))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO listings_listingindex (listing_id, text, grams, words) VALUES (%s, %s, %s, "
            "setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'B') "
            "|| setweight(to_tsvector('simple', %s), 'C')) "
            "ON CONFLICT (listing_id) DO UPDATE SET text = excluded.text, grams = excluded.grams, words = excluded.words",
            [listing.pk, text, grams(text), *(" ".join(words(" ".join(part))) for part in (heavy, middle, light))])


def matching(query: str) -> QuerySet[ListingIndex]:
    """This will select the index rows that hold every term of the query as a substring, wherever it stands."""
    rows = ListingIndex.objects.all()
    for term in fold(query).split()[:_MOST_TERMS]:
        if len(term) >= 2:
            rows = rows.filter(grams__contains=grams(term))
        rows = rows.filter(text__contains=term)
    return rows


@covers("D1", "R1", "T58")
def search_listings(query: str = "", *, facets: Mapping[str, Sequence[str]] | None = None, sort: str = "", after: str = "",
                    limit: int = PAGE, with_facets: bool = True) -> Found:
    """This will return one page of listings on sale. An unknown facet, sort or a broken key is ignored, never an error."""
    query = query.replace("\0", "")[:200]
    chosen = {FACETS[name]: [one for one in values if one and "\0" not in one]
              for name, values in (facets or {}).items() if name in FACETS and any(values)}
    rows: QuerySet[Any] = Listing.objects.listed().filter(version__isnull=False)
    if fold(query):
        rows = rows.filter(pk__in=matching(query).values("listing_id"))
    for column, values in chosen.items():
        rows = rows.filter(**{f"{column}__in": values})
    counted = _counts(rows) if with_facets else {}
    sort = sort if sort in SORTS and (sort != "relevance" or fold(query)) else "relevance" if fold(query) else "newest"
    page, following = _page(_ranked(rows, query, sort), SORTS[sort], after, max(1, min(limit, 100)))
    return Found(page, following, counted, sort)


def _ranked(rows: QuerySet[Any], query: str, sort: str) -> QuerySet[Any]:
    ranked: QuerySet[Any] = rows.select_related("version", "organization", "product")
    if sort == "relevance":
        asked = SearchQuery(" ".join(words(query)), config="simple", search_type="plain")
        rank = Cast(SearchRank(F("index__words"), asked) * Value(1_000_000), IntegerField())
        ranked = ranked.annotate(rank=rank, whole=Case(When(index__words=asked, then=Value(1)), default=Value(0)))
    elif sort.startswith("price"):
        ranked = ranked.annotate(price=F("version__price_fen")).filter(price__isnull=False)
    return ranked


def _page(rows: QuerySet[Any], order: tuple[str, ...], after: str, limit: int) -> tuple[list[Any], str | None]:
    """Keyset paging: everything strictly after the key of the last row shown."""
    if key := _read_key(after, len(order)):
        further = Q()
        same: dict[str, Any] = {}
        for name, value in zip(order, key, strict=True):
            column = name.removeprefix("-")
            further |= Q(**same, **{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
            same[column] = value
        rows = rows.filter(further)
    page = list(rows.order_by(*order)[: limit + 1])
    if len(page) <= limit:
        return page, None
    last = page[limit - 1]
    return page[:limit], _write_key([getattr(last, name.removeprefix("-")) for name in order])


def _write_key(values: list[Any]) -> str:
    plain = [one.isoformat() if hasattr(one, "isoformat") else one for one in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read_key(text: str, parts: int) -> list[Any] | None:
    if not text or len(text) > 400:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return None
    good = isinstance(values, list) and len(values) == parts and all(
        isinstance(one, str) or (isinstance(one, int) and not isinstance(one, bool) and abs(one) < 2**53) for one in values)
    return values if good and _well_typed(values) else None


def _well_typed(values: list[Any]) -> bool:
    """The only text in a key is an instant."""
    from datetime import datetime

    for one in values:
        if isinstance(one, str):
            try:
                if datetime.fromisoformat(one).tzinfo is None:
                    return False
            except ValueError:
                return False
    return True


def _counts(rows: QuerySet[Any]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for name, column in FACETS.items():
        counted = rows.order_by().values_list(column).annotate(n=Count("id")).order_by("-n", column)
        found[name] = [(value, number) for value, number in counted if value]
    return found
