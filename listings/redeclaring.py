"""A declaration ends when what it declares changes materially 变更后重新声明 (R88; rules, section K: twelve months or until change).

Which statements are material is data. A declaration signed after a version was last edited speaks of that version: whoever signs before
it is published never leaves the floor. One signed before ends with the publication, stays readable, and the listing waits for the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compliance.declarations import end_by_change
from compliance.models import Declaration
from compliance.queries import declaration_in_force
from compliance.states import DeclarationStatus
from kit.actors import SYSTEM
from kit.coverage import covers
from listings.models import Listing, ListingVersion
from participants.operations import notify

__all__ = ["HOLD", "Material", "declare_anew", "foretell", "material_changes", "material_fields"]

_DATA = Path(__file__).resolve().parent / "data" / "material_2026_1.yaml"
#: The reason of the hold that waits for a new declaration.
HOLD = "declaration.changed"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Material:
    """One statement that a declaration stands or falls with: where it stands in a version, and what it is called."""

    field: str
    of: str
    part: str
    text: Pair

    def read(self, version: ListingVersion) -> Any:
        """What a version states of it, in a form that two versions can be compared by."""
        held = getattr(version, self.field)
        if isinstance(held, list):
            return sorted(str(one.get(self.of, "")) for one in held)
        value = held.get(self.of) if self.of else held
        return sorted(map(str, value)) if isinstance(value, list) else value or None


@cache
def material_fields() -> tuple[Material, ...]:
    """This will return what is material, in the order of the file."""
    rows = yaml.safe_load(_DATA.read_text(encoding="utf-8"))["fields"]
    return tuple(Material(row["field"], row.get("of", ""), row["part"], (row["zh"], row["en"])) for row in rows)


@covers("R88")
def material_changes(before: ListingVersion | None, after: ListingVersion) -> list[Material]:
    """This will list what differs materially between the version on sale and the next; a first version changes nothing."""
    return [one for one in material_fields() if one.read(before) != one.read(after)] if before is not None else []


def _named(changed: list[Material]) -> Pair:
    return "、".join(one.text[0] for one in changed), ", ".join(one.text[1] for one in changed)


def foretell(version: ListingVersion, *, at: datetime) -> None:
    """This will tell the seller, with the submit, that the declaration ends when this version is published; inside that act."""
    changed = material_changes(version.listing.version, version)
    if not changed or declaration_in_force(version.organization, version.listing.code, at, since=version.updated_at):
        return
    zh, en = _named(changed)
    notify(organization=version.organization, kind="listings.declaration.anew", tone="wait", subject=version.listing.code,
           due_at=version.due_at, href=f"/desk/listings/{version.listing.code}/edit/#proof", at=at,
           text=(f"这一版改动了{zh}：请在发布前重新声明，否则发布时停牌",
                 f"This version changes {en}: declare anew before it is published, or it goes off sale then"))


@covers("R88", "R4")
def declare_anew(listing: Listing, version: ListingVersion, *, at: datetime) -> None:
    """This will end what was declared of the product before ``version`` changed it, and hold the listing until it is declared anew."""
    from listings.publishing import hold_listing

    changed = material_changes(listing.version, version)
    if not changed:
        return
    since = version.updated_at
    listing.declare_since = since
    listing.save(update_fields=["declare_since"])
    rows = Declaration.objects.filter(organization=listing.organization, subject=listing.code, status=DeclarationStatus.IN_FORCE)
    for one in rows.filter(effective_from__lt=since):
        end_by_change(declaration=one, cause=version.code, at=at)
    if declaration_in_force(listing.organization, listing.code, at, since=since) is None:
        zh, en = _named(changed)
        hold_listing(listing=listing, reason_code=HOLD, cause_code=version.code, actor=SYSTEM, at=at,
                     reason=(f"产品有重大变更（{zh}），原声明承诺不再覆盖",
                             f"The product changed materially ({en}); its declaration no longer covers it"),
                     way_back=("为本产品重新签署声明承诺，签署后自动恢复",
                               "Sign a new declaration for this product; it then returns by itself"))
