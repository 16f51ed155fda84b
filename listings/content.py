"""What a version says, as one plain document: hashed at submit, compared between versions, screened, shown (数据二十条 四、十四).

The secret reserve enters only as a salted commitment, so the hash can be public while the figure stays the seller's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from compliance.screening import Profile
from compliance.taxonomy import CirculationMode, Gate
from evidence.canonical import canonical
from evidence.events import Commitment
from listings.anonymity import category_of, counts_as_personal
from listings.models import ListingVersion
from listings.states import RightStatus
from participants.successions import named_first

__all__ = ["Change", "changes_between", "commitment_of", "content_of", "hash_of_content", "profile_of", "salt_for_reserve"]

#: Fields that stand in the content as they are.
PLAIN = ("title_zh", "title_en", "summary_zh", "summary_en", "description_zh", "description_en", "keywords", "sector", "update_frequency",
         "category", "stage", "grade", "facts", "sale_mode", "pricing_mode", "price_fen", "auction_terms", "quota", "use_terms",
         "delivery_mode",
         "file_sha256", "file_name", "file_bytes", "row_count", "columns", "sample", "quality", "hints", "scan", "class_note")


def commitment_of(version: ListingVersion) -> Commitment | None:
    """This will return the reserve as evidence may carry it: hidden behind its salt; None where there is none."""
    if version.reserve_price_fen is None:
        return None
    return Commitment(version.reserve_price_fen, bytes.fromhex(version.reserve_salt))


def salt_for_reserve() -> str:
    """This will draw the 32 bytes that hide a reserve, in hex."""
    return secrets.token_hex(32)


def content_of(version: ListingVersion) -> dict[str, Any]:
    """This will return everything a version says, in a form whose canonical bytes are hashed."""
    commitment = commitment_of(version)
    return {
        "version": version.code, "number": version.number, "listing": version.listing.code,
        "seller": _first("listings_listingversion", version.pk, version.organization.code),
        "product": version.listing.product.code, "kind": version.listing.product.kind,
        "certificate": version.certificate.code if version.certificate else "",
        "reserve_commitment": commitment.digest() if commitment else None,
        "contributors": _shares(version),
        **{name: getattr(version, name) for name in PLAIN},
        **({"authorisation": version.authorisation.code} if version.authorisation else {}),
        **({"scientific": True, "transport_fen": version.transport_fen,
            "kept_until": version.kept_until.isoformat() if version.kept_until else ""} if version.scientific else {}),
        **({"circulation": version.circulation} if version.circulation != CirculationMode.TRADE else {}),
    }


def _first(table: str, key: int | None, now: str) -> str:
    """What was hashed names who offered it then; a succession since does not change what was said."""
    return named_first(table, "organization_id", [key or 0]).get(key or 0, now)


def _shares(version: ListingVersion) -> dict[str, int]:
    rows = list(version.contributors.select_related("organization"))
    first = named_first("listings_contributor", "organization_id", [one.pk for one in rows]) if rows else {}
    return {first.get(one.pk, one.organization.code): one.weight for one in rows}


def hash_of_content(version: ListingVersion) -> str:
    """This will return the SHA-256 of the canonical content."""
    return hashlib.sha256(canonical(content_of(version))).hexdigest()


def profile_of(version: ListingVersion, *, rights: Collection[str] | None = None, personal: bool | None = None) -> Profile:
    """This will state a version to the screening: its classification, rights in force, delivery and the seller's answers.

    ``rights`` are the seller's active ones, and ``personal`` whether a failed test makes it personal information, where the caller has
    read them for many versions at once.
    """
    tested = counts_as_personal(version) if personal is None else personal
    product = version.listing.product
    if rights is None:
        rights = product.rights.filter(organization=version.organization, status=RightStatus.ACTIVE).values_list("right", flat=True)
    facts: dict[str, Any] = {**version.facts, "product_kind": product.kind, "rights_held": sorted(set(rights))}
    for name, field in (("subject_class", "category"), ("processing_stage", "stage"), ("grade", "grade"), ("delivery_mode",
        "delivery_mode")):
        facts[name] = getattr(version, field) or None
    if tested:
        facts |= {"contains_pi": True, "pi_anonymised": False, "subject_class": category_of(version, personal=True) or None}
    return Profile(facts=facts, title=f"{version.title_zh} {version.title_en}".strip(),
                   description="\n".join(filter(None, (version.summary_zh, version.summary_en, version.description_zh,
                                                       version.description_en))),
                   texts={name: text for name, text in (
                       ("keywords", version.keywords), ("file_name", version.file_name),
                       ("update_frequency", version.update_frequency), ("source_statement", product.source_statement),
                       ("use_terms", version.use_terms.get("note", "")), ("interface", version.use_terms.get("interface", "")),
                       ("product", f"{product.title_zh} {product.title_en}".strip()),
                       ("auction_terms", version.auction_terms.get("note", "")), ("class_note", version.class_note)) if text},
                   columns=[one["name"] for one in version.columns], sample=version.sample, gate=Gate.LISTING)


@dataclass(frozen=True)
class Change:
    """One field that differs between two versions; ``weighty`` ones need a full new review."""

    field: str
    before: Any
    after: Any
    weighty: bool


#: Change of grade, rights, delivery or wider use asks for a full new review (lifecycles §1).
WEIGHTY = frozenset({"category", "stage", "grade", "facts", "use_terms", "delivery_mode", "file_sha256", "columns", "certificate", "quota",
                     "pricing_mode", "sale_mode", "scan", "class_note", "authorisation", "circulation", "scientific"})
_NOT_COMPARED = frozenset({"version", "number", "listing", "seller", "product", "reserve_commitment"})


def changes_between(before: ListingVersion | None, after: ListingVersion) -> list[Change]:
    """This will list what differs from an earlier version, weighty fields first; against None everything that is filled."""
    old = content_of(before) if before else {}
    new = content_of(after)
    found = [Change(name, old.get(name), value, name in WEIGHTY) for name, value in new.items()
             if name not in _NOT_COMPARED and old.get(name) != value and (before or value not in ("", None, [], {}))]
    if before and before.reserve_price_fen != after.reserve_price_fen:
        found.append(Change("reserve", "changed", "changed", False))
    return sorted(found, key=lambda one: (not one.weighty, one.field))
