"""The change feed (CAP-I6): sealed facts in the order of the log, each as this reader may see it, and where to look after them.

The sealer gives places one after the other in one transaction, so what is read up to the head is whole: nothing visible is skipped
however many write at once. Who may read which kind stands in ``feed.yaml``; what it does not name is the desks' alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from django.db.models import Model

from compliance.models import Declaration, Dispute, Engagement, Filing, Restoration, Sanction
from delivery.models import AccessGrant, DeletionTask, Delivery, Rating
from evidence.queries import extent, facts_after
from evidence.subscriptions import SealedFact
from kit.coverage import covers
from listings.models import (
    Consent,
    DataProduct,
    DataResource,
    Listing,
    ListingVersion,
    PropertyRight,
    Registration,
    RegistrationCertificate,
)
from participants.models import Admission, Organization, Proof, Succession, Webhook
from participants.webhooks import Batch
from settlement.models import Refund, Settlement, Subsidy
from trading.models import Agreement, Auction, Barter, Negotiation, Quote, Rfq, Trade, TradeReport

__all__ = ["LARGEST", "Audiences", "Page", "Reader", "audiences", "desks_only_of", "page", "public_kind", "read_for_webhook"]

#: The most items of one page, and how many places of the log one page looks at before it answers with what it has.
LARGEST, _LOOKED_AT = 100, 2000

#: Audiences that take in whoever a fact concerns.
_OF_PARTIES = {"public", "parties"}
#: subject's letters -> (the rows, the fields that name organisations)
_OWNERS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "LOT": (Auction, ("seller",)), "TRD": (Trade, ("seller", "buyer")), "TRR": (TradeReport, ("reporter", "counterparty")),
    "NEG": (Negotiation, ("seller", "buyer")), "BRT": (Barter, ("proposer", "partner")), "RFQ": (Rfq, ("buyer",)),
    "QTE": (Quote, ("seller",)),
    "AGR": (Agreement, ("trade__seller", "trade__buyer")), "DLV": (Delivery, ("seller", "buyer")),
    "GRT": (AccessGrant, ("buyer",)), "DEL": (DeletionTask, ("recipient",)),
    "RTG": (Rating, ("seller", "buyer")), "SET": (Settlement, ("seller", "buyer")), "RFD": (Refund, ("trade__seller", "trade__buyer")),
    "SBS": (Subsidy, ("organization",)), "FIL": (Filing, ("reporter", "counterparty")), "DCL": (Declaration, ("organization",)),
    "DSP": (Dispute, ("opener", "respondent")), "ENG": (Engagement, ("client", "provider")), "SAN": (Sanction, ("organization",)),
    "RST": (Restoration, ("organization",)), "LST": (Listing, ("organization",)), "LSV": (ListingVersion, ("organization",)),
    "REG": (Registration, ("organization",)), "CRT": (RegistrationCertificate, ("organization",)),
    "PRD": (DataProduct, ("organization",)), "RES": (DataResource, ("organization",)), "RGT": (PropertyRight, ("organization",)),
    "CNS": (Consent, ("organization", "trustee")), "ADM": (Admission, ("organization",)), "PRF": (Proof, ("organization",)),
    "SUC": (Succession, ("predecessor",)), "WHK": (Webhook, ("organization",)),
}
#: subject's letters -> how the product it shows is reached: what is withheld from a reader is withheld here too
_SHOWS = {"LOT": "listings__lots__code__in", "LST": "listings__code__in", "LSV": "listings__versions__code__in",
          "REG": "registrations__code__in", "CRT": "certificates__code__in", "PRD": "code__in"}


class Reader(NamedTuple):
    """Who reads: an organisation, a desk that oversees, or (neither) the public."""

    organization: Organization | None = None
    oversees: bool = False


@dataclass(frozen=True)
class Audiences:
    """``feed.yaml`` as read."""

    kinds: dict[str, str]
    names: tuple[str, ...]
    belongs_to: tuple[str, ...]
    left_out: frozenset[str]

    def of(self, kind: str) -> str:
        """This will say who may read a kind: the longest beginning that fits."""
        best = max((one for one in self.kinds if kind.startswith(one)), key=len, default="")
        return self.kinds[best] if best else "desks"


@lru_cache(maxsize=1)
def audiences() -> Audiences:
    """This will read the table, once for each process."""
    told: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "feed.yaml").read_text(encoding="utf-8"))
    return Audiences(told["kinds"], tuple(told["names"]), tuple(told["belongs_to"]), frozenset(told["left_out"]))


def public_kind(kind: str) -> bool:
    """This will tell whether everybody may read facts of the kind."""
    return audiences().of(kind) == "public"


@dataclass(frozen=True)
class Page:
    """Facts in order, the place to go on from, and the end of the log when it was read."""

    items: list[SealedFact]
    next: int
    head: int


@covers("CAP-I6", "T37")
def page(*, after: int, reader: Reader, kinds: Sequence[str] = (), limit: int = LARGEST, mine: bool = False) -> Page:
    """This will return what the reader may see from place ``after`` on. ``kinds`` are beginnings; ``mine`` leaves out what concerns others.

    Looks at a few thousand places at most: ``next`` moves past what cannot be seen, so that whoever asks on arrives.
    """
    head = extent()[0]
    place, found = max(0, after), list[SealedFact]()
    end = min(head, place + _LOOKED_AT)
    while place < end and len(found) < limit:
        facts = facts_after(place, before=end, limit=200)
        seen = _seen([one for one in facts if not kinds or one.kind.startswith(tuple(kinds))], reader, mine)
        wanted = limit - len(found)
        if len(seen) > wanted:
            found += seen[:wanted]
            place = found[-1].position + 1
        else:
            found += seen
            place = facts[-1].position + 1 if len(facts) == 200 else end
    return Page(found, place, head)


def read_for_webhook(organization: Organization, position: int, kinds: tuple[str, ...], mine: bool) -> Batch:
    """This will read for an address of the organisation: what its feed shows."""
    told = page(after=position, reader=Reader(organization), kinds=kinds, mine=mine)
    return Batch(told.items, told.next)


def _seen(facts: list[SealedFact], reader: Reader, mine: bool) -> list[SealedFact]:
    """The facts the reader may see, whose payload and actor are cut to what is his to know."""
    table, ours = audiences(), reader.organization.code if reader.organization else ""
    if reader.oversees and not mine:
        return [one for one in facts if table.of(one.kind) != "pages"]
    owners = _owners(facts, table) if ours else {}
    kept = []
    for fact in facts:
        concerned = bool(ours) and ours in _parties(fact, owners, table)
        audience = table.of(fact.kind)
        if (audience == "public" and not mine) or (concerned and (audience in _OF_PARTIES or (audience == "own" and _acts(fact, ours)))):
            kept.append((fact, concerned))
    hidden = _withheld([fact for fact, concerned in kept if not concerned], reader)
    return [_cut(fact, ours, table) for fact, _concerned in kept if fact.subject not in hidden]


@covers("R121")
def desks_only_of(facts: Sequence[SealedFact]) -> list[Organization]:
    """This will name the organisations whose own affairs are among the facts: what a desk reads of them is noted."""
    table = audiences()
    closed = [one for one in facts if table.of(one.kind) != "public"]
    owners = _owners(closed, table)
    codes = set[str]().union(*(_parties(one, owners, table) for one in closed))
    return list(Organization.objects.filter(code__in=codes).order_by("pk"))


def _acts(fact: SealedFact, ours: str) -> bool:
    return fact.actor.partition("/")[0] == ours


def _cut(fact: SealedFact, ours: str, table: Audiences) -> SealedFact:
    """Another organisation's people stay behind its name; who examined stays the desks' affair."""
    payload = {name: value for name, value in fact.payload.items() if name not in table.left_out}
    return replace(fact, actor=fact.actor if _acts(fact, ours) else fact.actor.partition("/")[0], payload=payload)


def _belongings(fact: SealedFact, table: Audiences) -> list[str]:
    return [fact.subject, *(str(fact.payload[name]) for name in table.belongs_to if fact.payload.get(name))]


def _parties(fact: SealedFact, owners: dict[str, set[str]], table: Audiences) -> set[str]:
    named = {str(fact.payload[name]) for name in table.names if isinstance(fact.payload.get(name), str)}
    return {fact.subject, fact.actor.partition("/")[0]}.union(named, *(owners.get(code, ()) for code in _belongings(fact, table)))


def _owners(facts: Iterable[SealedFact], table: Audiences) -> dict[str, set[str]]:
    """code -> the organisations it belongs to: one question for each kind of object on the page."""
    asked: dict[str, set[str]] = {}
    for fact in facts:
        for code in _belongings(fact, table):
            asked.setdefault(code.partition("-")[0], set()).add(code)
    found: dict[str, set[str]] = {}
    for letters, codes in asked.items():
        if letters in _OWNERS:
            model, fields = _OWNERS[letters]
            rows: Any = model._default_manager.filter(code__in=codes)
            for code, *organizations in rows.values_list("code", *(f"{one}__code" for one in fields)):
                found.setdefault(code, set()).update(one for one in organizations if one)
    return found


def _withheld(facts: Iterable[SealedFact], reader: Reader) -> set[str]:
    """Subjects whose product does not exist for the reader (R30)."""
    asked: dict[str, list[str]] = {}
    for fact in facts:
        asked.setdefault(fact.subject.partition("-")[0], []).append(fact.subject)
    rows = DataProduct.objects.withheld_from_party(reader.organization.pk if reader.organization else None)
    hidden: set[str] = set()
    for letters, codes in asked.items():
        if path := _SHOWS.get(letters):
            hidden |= set(rows.filter(**{path: codes}).values_list(path.removesuffix("__in"), flat=True))
    return hidden


