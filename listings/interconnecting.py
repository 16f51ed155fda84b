"""What other exchanges and the national platform keep in step with 互联互通 (R56): registrations, certificates, identities.

A page is a stretch of the record book: every move of a certificate in its gapless order, signed with the house's key. Who asks again from
the same place gets the same moves, so taking them in twice changes nothing; who missed some asks from where it stopped. The catalogue is
at ``/api/catalogue``. What is special by law (R30) is not told.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from evidence.canonical import canonical
from evidence.envelope import key_id_of
from evidence.events import rfc3339
from evidence.keys import public_bytes, sign, signing_key
from evidence.models import Entry
from evidence.queries import extent, head
from kit.coverage import covers
from listings.models import DataProduct, RegistrationCertificate

__all__ = ["MOST", "Standing", "moves_after", "signed_page", "standing"]

#: Moves of one page at most.
MOST = 500
_KIND = "listings.certificate."


@dataclass(frozen=True)
class Standing:
    """How far the book is: its entries, how many of them move a certificate, when it was sealed last, and the signing key."""

    entries: int
    told: int
    sealed_at: str
    key_id: str


@covers("R56")
def moves_after(after: int, limit: int = MOST) -> tuple[list[dict[str, Any]], int, bool]:
    """This will return the moves behind a position, the position up to which they go, and whether more follow."""
    sealed = extent()[1]
    found = Entry.objects.filter(position__gt=after, position__lt=sealed, record__kind__startswith=_KIND)
    rows = list(found.select_related("record").order_by("position")[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    certificates = {one.code: one for one in RegistrationCertificate.objects.filter(
        code__in=[row.record.subject for row in rows]).exclude(product__in=DataProduct.objects.withheld_from(None)).select_related(
            "organization", "product", "registration")}
    told = [_told(row, certificates[row.record.subject]) for row in rows if row.record.subject in certificates]
    reached = rows[-1].position if more else max(after, sealed - 1)
    return told, reached, more


def _told(row: Entry, one: RegistrationCertificate) -> dict[str, Any]:
    fact = row.record
    return {
        "position": row.position, "act": fact.kind.removeprefix(_KIND), "at": rfc3339(fact.at), "state": fact.payload["state"],
        "certificate": one.code, "registration": one.registration.code, "regime": one.registration.regime,
        "product": {"code": one.product.code, "title": {"zh": one.product.title_zh, "en": one.product.title_en}},
        "holder": {"code": one.organization.code, "name": one.organization.name, "name_en": one.organization.name_en,
                   "uscc": one.organization.uscc},
        "content_hash": one.content_hash, "issued_at": rfc3339(one.issued_at), "effective_to": rfc3339(one.effective_to)}


@covers("R56")
def signed_page(after: int, limit: int = MOST) -> dict[str, Any]:
    """This will write one page with its signature over the canonical bytes of its content."""
    told, reached, more = moves_after(after, limit)
    newest = head()
    content = {"format": "registrations/1", "after": after, "next": reached, "more": more, "items": told,
               "origin": newest.origin if newest else ""}
    return {"content": content, "key_id": key_id_of(public_bytes(signing_key())), "algorithm": "ed25519",
            "signature": base64.b64encode(sign(canonical(content))).decode()}


def standing() -> Standing:
    """This will tell how far the book is now."""
    newest, (entries, _sealed) = head(), extent()
    told = Entry.objects.filter(record__kind__startswith=_KIND).count()
    return Standing(entries, told, newest.at if newest else "", key_id_of(public_bytes(signing_key())))
