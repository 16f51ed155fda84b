"""The public register 登记簿 and its census 普查: what is registered, for whom, for which scenarios, in which sectors (R92, R118).

Only certificates in force are counted; each number is counted anew from the register, none is stored. A holder's inventory
数据清单 is the same register narrowed to one holder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from compliance.taxonomy import DataCategory, Purpose, Right
from kit.coverage import covers
from listings.models import DataProduct, RegistrationCertificate
from listings.sectors import SECTORS, with_fields
from listings.states import CertificateStatus, ListingStatus

__all__ = ["FACETS", "PAGE", "Register", "register"]

PAGE = 50
#: What the register can be narrowed by, with the values that are taken; sectors are whatever is listed.
FACETS: dict[str, frozenset[str]] = {
    "regime": frozenset(DataCategory.values), "right": frozenset(Right.values), "purpose": frozenset(Purpose.values) | {"*"},
    "sector": frozenset(SECTORS),
}


@dataclass(frozen=True)
class Register:
    """One page of the register, how many are in force altogether, and how many of them per value of each facet."""

    rows: list[RegistrationCertificate]
    total: int
    holders: int
    counts: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    next: str = ""


def _narrowed(taken: Mapping[str, str], holder: str, query: str, at: datetime) -> QuerySet[RegistrationCertificate]:
    rows = RegistrationCertificate.objects.filter(status=CertificateStatus.VALID, issued_at__lte=at, effective_to__gt=at)
    rows = rows.exclude(product__in=DataProduct.objects.withheld_from(None))
    if regime := taken.get("regime"):
        rows = rows.filter(registration__regime=regime)
    if right := taken.get("right"):
        rows = rows.filter(content__rights__contains=[{"right": right}])
    if purpose := taken.get("purpose"):
        rows = rows.filter(content__rights__contains=[{"purposes": [purpose]}])
    if sector := taken.get("sector"):
        rows = rows.filter(product__listings__version__sector__in=with_fields([sector]), product__listings__status=ListingStatus.LISTED)
    if holder:
        rows = rows.filter(organization__code=holder)
    if query:
        rows = rows.filter(Q(product__title_zh__icontains=query) | Q(product__title_en__icontains=query) | Q(code__iexact=query)
                           | Q(organization__name__icontains=query))
    return rows


@covers("R92", "R118")
def register(taken: Mapping[str, str], *, holder: str = "", query: str = "", after: str = "", at: datetime) -> Register:
    """This will read a page of the register, newest first, with the census of everything that matches; unknown values are left out."""
    known = {name: value for name, value in taken.items() if value in FACETS.get(name, ())}
    rows = _narrowed(known, holder, query, at)
    keys = list(rows.order_by().values_list("pk", "organization_id").distinct())
    page = rows.distinct().select_related("organization", "product", "registration").order_by("-pk")
    if after.isascii() and after.isdigit() and len(after) < 16:
        page = page.filter(pk__lt=int(after))
    shown = list(page[: PAGE + 1])
    return Register(shown[:PAGE], len(keys), len({holder for _, holder in keys}), _census([key for key, _ in keys]),
                    str(shown[PAGE - 1].pk) if len(shown) > PAGE else "")


_CENSUS = """
SELECT 'regime', g.regime, count(DISTINCT c.id) FROM listings_registrationcertificate c
    JOIN listings_registration g ON g.id = c.registration_id WHERE c.id = ANY(%(keys)s) GROUP BY 2
UNION ALL
SELECT 'right', r ->> 'right', count(DISTINCT c.id) FROM listings_registrationcertificate c,
    jsonb_array_elements(c.content -> 'rights') r WHERE c.id = ANY(%(keys)s) GROUP BY 2
UNION ALL
SELECT 'purpose', p, count(DISTINCT c.id) FROM listings_registrationcertificate c, jsonb_array_elements(c.content -> 'rights') r,
    jsonb_array_elements_text(r -> 'purposes') p WHERE c.id = ANY(%(keys)s) GROUP BY 2
UNION ALL
SELECT 'sector', v.sector, count(DISTINCT c.id) FROM listings_registrationcertificate c
    JOIN listings_listing l ON l.product_id = c.product_id AND l.status = 'listed'
    JOIN listings_listingversion v ON v.id = l.version_id WHERE c.id = ANY(%(keys)s) AND v.sector <> '' GROUP BY 2
"""


def _census(keys: list[int]) -> dict[str, list[tuple[str, int]]]:
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    found: Iterable[tuple[Any, ...]] = ()
    with connection.cursor() as cursor:
        cursor.execute(_CENSUS, {"keys": keys})
        found = cursor.fetchall()
    for name, value, number in found:
        if value in FACETS[name]:  # purposes in free words are read on the certificate
            counted[name].append((value, number))
    return {name: sorted(pairs, key=lambda pair: (-pair[1], pair[0])) for name, pairs in counted.items()}
