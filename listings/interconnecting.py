"""What other exchanges and the national platform keep in step with 互联互通 (R56): registrations, certificates, identities, and
how the holders of certificates stand (CAP-I5).

A page is a stretch of the record book: every move of a certificate in its gapless order, signed with the house's key. Who asks again from
the same place gets the same moves, so taking them in twice changes nothing; who missed some asks from where it stopped. The catalogue is
at ``/api/catalogue``. What is special by law (R30) is not told.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from evidence.canonical import canonical
from evidence.envelope import key_id_of
from evidence.events import rfc3339
from evidence.keys import public_bytes, sign, signing_key
from evidence.models import Entry, Record
from evidence.queries import extent, head
from kit.coverage import covers
from listings.models import DataProduct, RegistrationCertificate
from listings.peer_pages import CERTIFICATES, MOST, STANDINGS
from participants.models import Organization
from participants.roles import Band
from participants.roles import Standing as Conduct

__all__ = ["MOST", "REGISTERS", "Standing", "moves_after", "signed_page", "standing", "standings_after"]

_KIND = "listings.certificate."
_CHANGED, _ISSUED = "participants.standing.changed", "listings.certificate.issued"
Moves = tuple[list[dict[str, Any]], int, bool]


@dataclass(frozen=True)
class Standing:
    """How far the book is: its entries, how many of them move a certificate, when it was sealed last, and the signing key."""

    entries: int
    told: int
    sealed_at: str
    key_id: str


def _stretch(after: int, limit: int, kinds: Q) -> tuple[list[Entry], int, bool]:
    """The sealed entries of the kinds behind a position, up to where they go, and whether more follow."""
    sealed = extent()[1]
    found = Entry.objects.filter(kinds, position__gt=after, position__lt=sealed)
    rows = list(found.select_related("record").order_by("position")[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    return rows, rows[-1].position if more else max(after, sealed - 1), more


def _public() -> QuerySet[RegistrationCertificate]:
    """Certificates that are in the public register."""
    return RegistrationCertificate.objects.exclude(product__in=DataProduct.objects.withheld_from(None))


@covers("R56")
def moves_after(after: int, limit: int = MOST) -> Moves:
    """This will return the moves behind a position, the position up to which they go, and whether more follow."""
    rows, reached, more = _stretch(after, limit, Q(record__kind__startswith=_KIND))
    certificates = {one.code: one for one in _public().filter(code__in=[row.record.subject for row in rows]).select_related(
        "organization", "product", "registration")}
    told = [_told(row, certificates[row.record.subject]) for row in rows if row.record.subject in certificates]
    return told, reached, more


def _told(row: Entry, one: RegistrationCertificate) -> dict[str, Any]:
    fact = row.record
    return {
        "position": row.position, "act": fact.kind.removeprefix(_KIND), "at": rfc3339(fact.at), "state": fact.payload["state"],
        "certificate": one.code, "registration": one.registration.code, "regime": one.registration.regime,
        "product": {"code": one.product.code, "title": {"zh": one.product.title_zh, "en": one.product.title_en}},
        "holder": _holder(one.organization), "content_hash": one.content_hash, "issued_at": rfc3339(one.issued_at),
        "effective_to": rfc3339(one.effective_to)}


def _holder(one: Organization) -> dict[str, str]:
    return {"code": one.code, "name": one.name, "name_en": one.name_en, "uscc": one.uscc}


@covers("CAP-I5", "R56")
def standings_after(after: int, limit: int = MOST) -> Moves:
    """This will return how holders of public certificates stand: as each first certificate was issued, and at every change.

    Who is in no public register is not told of. A reason is never told: it is the case's own, and its parties'.
    """
    rows, reached, more = _stretch(after, limit, Q(record__kind__in=[_CHANGED, _ISSUED]))
    owners = dict(_public().filter(code__in=[row.record.subject for row in rows]).values_list("code", "organization__code"))
    codes = {owners.get(row.record.subject, row.record.subject) for row in rows}
    parties = Organization.objects.filter(code__in=codes, pk__in=_public().values("organization")).exclude(uscc="")
    holders = {one.code: one for one in parties}
    history = [(one.position, one.record) for one in Entry.objects.filter(
        record__kind=_CHANGED, record__subject__in=holders, position__lte=reached).select_related("record").order_by("position")]
    told = []
    for row in rows:
        if (one := holders.get(owners.get(row.record.subject, row.record.subject))) is not None:
            fact = row.record
            standing, band = ((fact.payload["to_standing"], fact.payload["to_band"]) if fact.kind == _CHANGED
                              else _stood(history, one, row.position))
            told.append({"position": row.position, "act": fact.kind.rpartition(".")[2], "at": rfc3339(fact.at), "standing": standing,
                         "band": band, "holder": _holder(one)})
    return told, reached, more


def _stood(history: list[tuple[int, Record]], one: Organization, place: int) -> tuple[str, str]:
    """How it stood at a place in the book: what its last change before it left, else as everybody begins."""
    before = [fact for position, fact in history if fact.subject == one.code and position < place]
    return (before[-1].payload["to_standing"], before[-1].payload["to_band"]) if before else (str(Conduct.GOOD), str(Band.B))


#: name of a register -> how its pages are marked, and what they tell
REGISTERS: dict[str, tuple[str, Callable[[int, int], Moves]]] = {
    "registrations": (CERTIFICATES, moves_after), "standings": (STANDINGS, standings_after)}


@covers("R56")
def signed_page(register: str, after: int, limit: int = MOST) -> dict[str, Any]:
    """This will write one page of a register with its signature over the canonical bytes of its content."""
    form, moves = REGISTERS[register]
    told, reached, more = moves(after, limit)
    newest = head()
    content = {"format": form, "after": after, "next": reached, "more": more, "items": told,
               "origin": newest.origin if newest else ""}
    return {"content": content, "key_id": key_id_of(public_bytes(signing_key())), "algorithm": "ed25519",
            "signature": base64.b64encode(sign(canonical(content))).decode()}


def standing() -> Standing:
    """This will tell how far the book is now."""
    newest, (entries, _sealed) = head(), extent()
    told = Entry.objects.filter(record__kind__startswith=_KIND).count()
    return Standing(entries, told, newest.at if newest else "", key_id_of(public_bytes(signing_key())))
