"""Finding listings: any two neighbouring characters are found, whole words rank first, facets narrow, pages go by key (never a total).

Recall: ``grams`` (GIN) narrow to candidates, LIKE on the folded text rechecks. Rank: whole words in titles, whole words anywhere,
characters anywhere, words of the same meaning; within a rank the newest first. A page costs what it shows, not what it found:
each rank is asked only for the rows still wanted, and facets are counted over the first few thousand.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from kit.coverage import covers
from listings.common_pairs import COMMON
from listings.matching import Asked, Condition, Newest, asked, both, pairs_of, ranked, tiers
from listings.models import Listing
from listings.sectors import SECTORS, with_fields
from listings.words import fold, grams, vector

__all__ = ["COUNTED", "FACETS", "PAGE", "SORTS", "Found", "Page", "index_listing", "next_key", "page_of", "read_key", "rows_of",
           "search_listings", "write_key"]

#: facet -> column of the search row.
FACETS: dict[str, str] = {"category": "category", "stage": "stage", "grade": "grade", "sector": "sector", "sale": "sale_mode",
                          "delivery": "delivery_mode"}
#: sort -> (columns of the page key, order, what else must hold); every key ends with the row's id.
SORTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "relevance": (("rank", "listing_id"), "listing_id DESC", ""),
    "newest": (("listed_at", "listing_id"), "listed_at DESC, listing_id DESC", "listed_at IS NOT NULL"),
    "price": (("price_fen", "listing_id"), "price_fen, listing_id", "price_fen IS NOT NULL"),
    "price_desc": (("price_fen", "listing_id"), "price_fen DESC, listing_id DESC", "price_fen IS NOT NULL"),
}
PAGE = 20
#: How many rows a facet counts at most; a larger crowd is told as "more than".
COUNTED = 5000
#: What a page tells of each row besides its id and rank; the instant goes into a key as it is written, under a name no order means.
_TOLD = "price_fen, listed_at::text AS listed, card"
#: The largest page there is.
_LARGEST = 100


@dataclass(frozen=True)
class Page:
    """The statement that selects one page: (listing_id, rank, price_fen, listed_at, card) in order, one row more than shown."""

    sql: str
    values: tuple[Any, ...]
    sort: str
    limit: int
    matching: Condition


@dataclass(frozen=True)
class Found:
    """One page: rows with seller and version, the key of the next page, and how many rows each facet value has among what matches.

    ``crowded``: more matched than facets count. ``guessed``: nothing held what was asked; these differ from it by one character.
    """

    items: list[Listing]
    next: str | None
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    sort: str = "newest"
    crowded: bool = False
    guessed: bool = False


def index_listing(listing: Listing) -> None:
    """This will make a published listing findable: titles weigh most, then summary and keywords, then the rest."""
    version = listing.version
    assert version is not None, "only a published listing is found"
    seller = listing.organization
    columns = " ".join(str(one.get("name", "")) for one in version.columns)
    heavy = [version.title_zh, version.title_en, listing.code]
    middle = [version.summary_zh, version.summary_en, version.keywords, seller.name, seller.name_en, seller.short_name, seller.code]
    light = [version.description_zh, version.description_en, columns, *SECTORS.get(version.sector, ())]
    text = fold(" \n ".join([*heavy, *middle, *light]))
    row: dict[str, Any] = {
        "listing_id": listing.pk, "text": text, "grams": grams(text),
        "words": vector([("A", " ".join(heavy)), ("B", " ".join(middle)), ("C", " ".join(light))]),
        "on_sale": listing.status == "listed" and not listing.closed, "category": version.category, "stage": version.stage,
        "grade": version.grade,
        "sector": version.sector, "sale_mode": version.sale_mode, "delivery_mode": version.delivery_mode, "price_fen": version.price_fen,
        "listed_at": listing.listed_at,
    }
    taken = ", ".join(f"{name} = excluded.{name}" for name in row if name != "listing_id")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO listings_listingindex ({', '.join(row)}, card) "  # noqa: S608 (own names)
                       f"VALUES ({', '.join(['%s'] * len(row))}, listings_card(%s, %s)) "
                       f"ON CONFLICT (listing_id) DO UPDATE SET {taken}, card = excluded.card", [*row.values(), listing.pk, seller.code])


def page_of(query: str = "", *, facets: Mapping[str, Sequence[str]] | None = None, sort: str = "", after: str = "", limit: int = PAGE,
            guess: bool = False) -> Page:
    """This will compose one page's statement. An unknown facet, sort or a broken key is ignored, never an error."""
    one = asked(query)
    sort = sort if sort in SORTS and (sort != "relevance" or one) else "relevance" if one else "newest"
    base = both([Condition("on_sale"), *_narrowed(facets or {})])
    limit = max(1, min(limit, _LARGEST))
    key = read_key(after, len(SORTS[sort][0]), instant=sort == "newest")
    if sort == "relevance":
        return _by_rank(one, base, key, limit, guess)
    ranks, last_resort = tiers(one)
    matching = both([base, last_resort if guess else both(ranks, " OR ") if one else Condition("TRUE")])
    columns, order, also = SORTS[sort]
    wanted = [matching, Condition(also)]
    if key:
        sign = "<" if "DESC" in order else ">"
        wanted.append(Condition(f"({', '.join(columns)}) {sign} (%s, %s)", tuple(key)))
    where = both(wanted)
    return Page(f"SELECT listing_id, 0 AS rank, {_TOLD} FROM listings_listingindex WHERE {where.sql} ORDER BY {order} "  # noqa: S608
                f"LIMIT {limit + 1}", where.values, sort, limit, matching)


def _narrowed(facets: Mapping[str, Sequence[str]]) -> list[Condition]:
    """Facets by name from the list above; what is chosen enters as values."""
    known = {FACETS[name]: [one[:40] for one in values if one and "\0" not in one] for name, values in facets.items() if name in FACETS}
    known |= {"sector": with_fields(known["sector"])} if "sector" in known else {}
    return [Condition(f"{column} = ANY(%s)", (values,)) for column, values in known.items() if values]


def _by_rank(one: Asked, base: Condition, key: list[Any] | None, limit: int, guess: bool) -> Page:
    ranks, last_resort = tiers(one)
    ranks = [last_resort] if guess else ranks
    rows = 0 if guess else COMMON.window(pairs_of(one))
    read = tiers(one, read=True)[0]
    newest = Newest(rows, "on_sale", read) if rows else None
    if rows and one.words:  # the words' index finds the rows of the first two ranks; what half of all rows hold narrows nothing
        ranks = [*read[:2], *ranks[2:]]
    sql, values = ranked("listings_listingindex", "listing_id", _TOLD, base, ranks, key, limit + 1, newest)
    return Page(sql, values, "relevance", limit, both([base, both(ranks, " OR ")]))


@covers("D1", "R1", "T58")
def search_listings(query: str = "", *, facets: Mapping[str, Sequence[str]] | None = None, sort: str = "", after: str = "",
                    limit: int = PAGE, with_facets: bool = True) -> Found:
    """This will return one page of listings on sale. An unknown facet, sort or a broken key is ignored, never an error."""
    page = page_of(query, facets=facets, sort=sort, after=after, limit=limit)
    rows = rows_of(page)
    guessed = not rows and not after and bool(asked(query))
    if guessed:
        page = page_of(query, facets=facets, sort=sort, limit=limit, guess=True)
        rows = rows_of(page)
    counted, crowded = _counts(page.matching) if with_facets else ({}, False)
    found = Listing.objects.select_related("version", "organization", "product").in_bulk([row[0] for row in rows[: page.limit]])
    return Found([found[row[0]] for row in rows[: page.limit] if row[0] in found], next_key(page, rows), counted, page.sort, crowded,
                 guessed and bool(rows))


def rows_of(page: Page) -> list[tuple[Any, ...]]:
    """This will read a page: (listing_id, rank, price_fen, listed_at, card), at most one row more than shown."""
    with connection.cursor() as cursor:
        cursor.execute(page.sql, page.values)
        return list(cursor.fetchall())


def next_key(page: Page, rows: Sequence[tuple[Any, ...]]) -> str | None:
    """This will return the key behind the last row shown, or None on the last page."""
    if len(rows) <= page.limit:
        return None
    listing_id, rank, price, listed, _ = rows[page.limit - 1]
    by_name = {"listing_id": listing_id, "rank": rank, "price_fen": price, "listed_at": listed}
    return write_key([by_name[name] for name in SORTS[page.sort][0]])


def write_key(values: Sequence[Any]) -> str:
    """This will write the key of a page: instants, whole numbers."""
    plain = [one.isoformat() if hasattr(one, "isoformat") else one for one in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read_key(text: str, parts: int, *, instant: bool = False) -> list[Any] | None:
    """This will read a page key: whole numbers, the first an instant where the order says so; None for anything else."""
    if not text or len(text) > 400:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != parts:
            return None
        if instant:
            if not isinstance(values[0], str) or datetime.fromisoformat(values[0]).tzinfo is None:
                return None
            values[0] = datetime.fromisoformat(values[0])
    except (ValueError, RecursionError):
        return None
    numbers = values[1:] if instant else values
    return values if all(isinstance(one, int) and not isinstance(one, bool) and abs(one) < 2**53 for one in numbers) else None


def _counts(matching: Condition) -> tuple[dict[str, list[tuple[str, int]]], bool]:
    """How many rows each facet value has among the first few thousand that match, in one pass over them."""
    columns = ", ".join(FACETS.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT grouping({columns}), {columns}, count(*) FROM (SELECT {columns} FROM listings_listingindex WHERE {matching.sql} "  # noqa: S608
            f"LIMIT {COUNTED + 1}) crowd GROUP BY GROUPING SETS ((), {', '.join(f'({one})' for one in FACETS.values())})", matching.values)
        rows = cursor.fetchall()
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    names, total = list(FACETS), 0
    everything = (1 << len(names)) - 1
    for mask, *values, number in rows:
        if mask == everything:
            total = number
            continue
        place = next(n for n in range(len(names)) if not mask & (1 << (len(names) - 1 - n)))
        if values[place]:
            found[names[place]].append((values[place], number))
    return {name: sorted(pairs, key=lambda pair: (-pair[1], pair[0])) for name, pairs in found.items()}, total > COUNTED
