"""Finding what is public and no listing: resources of open catalogues, organisations, declarations in force (D1).

One row each in one table, kept by subscribers; a new subscriber hears the log from its start, so an old installation fills itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from compliance.catalogue import templates
from compliance.models import Declaration
from compliance.states import DeclarationStatus
from kit.coverage import covers
from listings.matching import Condition, asked, ranked, tiers
from listings.models import DataProduct, DataResource, Findable, Kind, Listing
from listings.search import read_key, write_key
from listings.states import ShelfStatus
from listings.words import fold, grams, vector
from participants.models import Organization
from participants.queries import LOCAL

__all__ = ["Thing", "Things", "declaration_thing", "drop", "find_things", "keep", "organization_thing", "resource_things"]

PAGE = 20
_BATCH = 500
_COLUMNS = ("kind", "code", "title", "title_en", "note", "note_en", "href", "text", "grams", "words", "at")


@dataclass(frozen=True)
class Thing:
    """One thing to be found; ``more`` is searched and not shown."""

    kind: Kind
    code: str
    title: str
    href: str
    at: datetime
    title_en: str = ""
    note: str = ""
    note_en: str = ""
    more: str = ""


@dataclass(frozen=True)
class Things:
    """One page of what was found, the key of the next, and whether it is a guess (one character differs)."""

    items: list[Findable]
    next: str | None
    guessed: bool = False


def keep(things: Iterable[Thing]) -> None:
    """This will make things findable; what is known by its code is written anew."""
    rows = [_row(one) for one in things]
    changed = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "code")
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            places = ", ".join([f"({', '.join(['%s'] * len(_COLUMNS))})"] * len(part))
            cursor.execute(
                f"INSERT INTO listings_findable ({', '.join(_COLUMNS)}) VALUES {places} "  # noqa: S608 (own names)
                f"ON CONFLICT (code) DO UPDATE SET {changed}",
                [value for row in part for value in row],
            )


def _row(one: Thing) -> tuple[Any, ...]:
    text = fold(" \n ".join([one.title, one.title_en, one.code, one.note, one.note_en, one.more]))
    weighed = vector([("A", f"{one.title} {one.title_en} {one.code}"), ("B", f"{one.note} {one.note_en}"), ("C", one.more)])
    return (
        str(one.kind), one.code, one.title[:400], one.title_en[:400], one.note[:300], one.note_en[:300], one.href, text, grams(text),
        weighed, one.at,
    )  # fmt: skip


def drop(codes: Iterable[str]) -> None:
    """This will make things no longer findable."""
    Findable.objects.filter(code__in=list(codes)).delete()


@covers("D1", "T58")
def find_things(query: str, kind: str, *, after: str = "", limit: int = PAGE) -> Things:
    """This will return one page of a kind, whole words first; with nothing asked, the newest. A broken key is the first page."""
    one, base = asked(query), Condition("kind = %s AND code <> ALL (%s)", (kind, _withheld() if kind == Kind.DECLARATION else []))
    limit = max(1, min(limit, 100))
    key = read_key(after, 2)
    ranks, last_resort = tiers(one) if one else ([Condition("TRUE")], Condition("FALSE"))
    rows = _ids(base, ranks, key, limit + 1)
    guessed = not rows and not key and bool(one)
    if guessed:
        rows = _ids(base, [last_resort], None, limit + 1)
    found = Findable.objects.defer("text", "grams", "words").in_bulk([row[0] for row in rows[:limit]])
    following = write_key([rows[limit - 1][1], rows[limit - 1][0]]) if len(rows) > limit and not guessed else None
    return Things([found[row[0]] for row in rows[:limit] if row[0] in found], following, guessed and bool(rows))


@covers("R30")
def _withheld() -> list[str]:
    """What was declared of something that only admitted units know of; asked at each search, so that it follows at once."""
    listings = Listing.objects.filter(product__in=DataProduct.objects.withheld_from(None))
    return list(Declaration.objects.filter(subject__in=listings.values("code")).values_list("code", flat=True))


def _ids(base: Condition, ranks: list[Condition], key: list[Any] | None, limit: int) -> list[tuple[int, int]]:
    sql, values = ranked("listings_findable", "id", "kind", base, ranks, key, limit)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(row[0], row[1]) for row in cursor.fetchall()]


# ---- what there is to find -------------------------------------------------------------------------------------------------


def resource_things(resources: Iterable[DataResource]) -> Iterator[Thing]:
    """This will describe resources of the holding organisation, which came from public catalogues; a merchant's own are its own matter."""
    for one in resources:
        if one.title and one.status == ShelfStatus.ACTIVE:
            english = str((one.details.get("titles") or {}).get("en", ""))
            yield Thing(Kind.RESOURCE, one.code, one.title, f"/listings/resources/{one.code}/", one.created_at, title_en=english,
                        note=one.provider or one.region, more=" ".join([one.description[:2000], one.keywords, one.theme, one.industry]))


def organization_thing(one: Organization) -> Thing:
    """This will describe an organisation by its public names; it leads to what it has on sale."""
    with_code = f"{one.get_kind_display()} · {one.code}"
    return Thing(Kind.ORGANIZATION, one.code, one.name, f"/listings/?q={one.code}", one.created_at, title_en=one.name_en, note=with_code,
                 note_en=f"{one.kind.replace('_', ' ')} · {one.code}", more=f"{one.short_name} {one.short_name_en}")


def declaration_thing(one: Declaration) -> Thing | None:
    """This will describe a declaration in force by its extract: who declared what, until when; None for any other."""
    if one.status != DeclarationStatus.IN_FORCE or one.effective_to is None or one.signed_at is None:
        return None
    form = templates().get(one.template)
    zh, en = form.text if form else (one.template, one.template)
    until = one.effective_to.astimezone(LOCAL).date().isoformat()
    return Thing(Kind.DECLARATION, one.code, f"{one.organization.name}：{zh}", f"/rules/declarations/{one.code}/", one.signed_at,
                 title_en=f"{one.organization.name_en or one.organization.name}: {en}", note=f"有效至 {until} · {one.code}",
                 note_en=f"in force until {until} · {one.code}", more=f"{one.subject} {one.rule_set} {one.organization.code}")
