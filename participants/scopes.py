"""Fields of supervision 监管范围 (R81): which objects a supervisor's sectors and regions take in, asked in one place by acts and lists.

An object lies in the sector of the data it is about, else in its parties' own; in the regions its parties stand in. What no bounded field
takes in is left to those whose field is the whole market. A joint case lets one authority into one object beyond its field, for a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from kit.rejected import FieldFault
from participants.models import FieldExtension, Organization, PartyProfile

__all__ = ["Field", "extended", "in_field", "parties_of", "scope_faults", "takes_in", "whole", "within"]

M = TypeVar("M", bound=Model)

#: Names under which an object keeps its party's key.
_PARTY_FIELDS = ("organization_id", "seller_id", "buyer_id", "merchant_id", "holder_id", "bidder_id", "reporter_id",
                 "counterparty_id", "applicant_id", "owner_id")
#: Names under which an object keeps what it is about.
_ABOUT = ("version", "listing", "registration", "certificate")


def parties_of(subject: Any) -> set[int]:
    """This will return the keys of the organisations an object belongs to (``party_ids`` if it says so itself)."""
    if subject is None:
        return set()
    if isinstance(subject, Organization):
        return {subject.pk}
    if callable(own_answer := getattr(subject, "party_ids", None)):
        return set(own_answer())
    return {key for name in _PARTY_FIELDS if isinstance(key := getattr(subject, name, None), int)}


@dataclass(frozen=True)
class Field:
    """Sectors (sections of GB/T 4754) and regions (codes of divisions); an empty half leaves that half open."""

    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def prefixes(self) -> tuple[str, ...]:
        """A code of a province or city stands for all below it: 310000 takes in 310115."""
        return tuple(_prefix(one) for one in self.regions)


def _prefix(region: str) -> str:
    kept = region
    while len(kept) > 2 and kept.endswith("00"):
        kept = kept[:-2]
    return kept


def scope_faults(sectors: Iterable[str], regions: Iterable[str]) -> list[FieldFault]:
    """This will name what is no section letter and no code of a division."""
    faults = [FieldFault("sectors", "unknown", (f"行业须为门类字母 A–T：{one}", f"A sector is a section letter, A to T: {one}"))
              for one in sectors if not (len(one) == 1 and "A" <= one <= "T")]
    return faults + [FieldFault("regions", "unknown", (f"地区须为 2、4 或 6 位行政区划代码：{one}",
                                                       f"A region is a code of 2, 4 or 6 digits: {one}"))
                     for one in regions if not (len(one) in (2, 4, 6) and one.isascii() and one.isdigit())]


def _about(subject: Any) -> Any:
    """What an object without parties of its own is about (a review: its version)."""
    return next((under for name in _ABOUT if isinstance(under := getattr(subject, name, None), Model)), None)


def _sector(subject: Any) -> str:
    for one in (subject, _about(subject)):
        if isinstance(found := getattr(one, "sector", ""), str) and found:
            return found
    return ""


def extended(organization_id: int | None, at: datetime) -> QuerySet[FieldExtension]:
    """This will return the objects into which a joint case lets an authority now."""
    rows = FieldExtension.objects.filter(organization_id=organization_id or 0, effective_from__lte=at)
    return rows.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=at))


def takes_in(bounds: Sequence[Field], subject: Any, *, organization_id: int | None, at: datetime) -> bool:
    """This will tell whether one of these fields takes an object in, or a joint case does; nothing is unknown to the whole field."""
    if subject is None or not bounds:
        return True
    parties = parties_of(subject) or parties_of(_about(subject))
    told = list(PartyProfile.objects.filter(organization_id__in=parties).values_list("region", "sector")) if parties else []
    own = _sector(subject)
    if any(_fits(one, own, told) for one in bounds):
        return True
    codes = [code for one in (subject, _about(subject)) if isinstance(code := getattr(one, "code", ""), str) and code]
    return extended(organization_id, at).filter(subject__in=codes).exists()


def _fits(bound: Field, sector: str, told: Iterable[tuple[str, str]]) -> bool:
    told = list(told)
    sectors = {sector} if sector else {of for _, of in told}
    return (not bound.sectors or any(one[:1] in bound.sectors for one in sectors)) and (
        not bound.prefixes or any(region.startswith(bound.prefixes) for region, _ in told))


def in_field(bounds: Sequence[Field], *, parties: Sequence[str], sector: str = "") -> Q:
    """This will say the same as ``takes_in`` as a condition on rows: paths to their parties ('' = the row itself), and to their sector."""
    wanted = Q(pk__in=[])
    for bound in bounds:
        regions, own, theirs = Q(), Q(), Q()
        for party in parties:
            profile = f"{party}__profile" if party else "profile"
            for prefix in bound.prefixes:
                regions |= Q(**{f"{profile}__region__startswith": prefix})
            theirs |= Q(**{f"{profile}__sector__in": bound.sectors})
        for one in bound.sectors if sector else ():
            own |= Q(**{f"{sector}__startswith": one})
        if bound.sectors and sector:
            theirs &= Q(**{sector: ""}) | Q(**{f"{sector}__isnull": True})
        wanted |= regions & ((own | theirs) if bound.sectors and sector else theirs if bound.sectors else Q())
    return wanted


def within(rows: QuerySet[M], bounds: Sequence[Field], *, organization_id: int | None, at: datetime, parties: Sequence[str],
           sector: str = "", code: str = "code") -> QuerySet[M]:
    """This will keep the rows that a supervisor's fields take in; no bounds keep all. One row stays one row; rows without a
    ``code`` are let in by no joint case."""
    if not bounds:
        return rows
    joined = Q(**{f"{code}__in": extended(organization_id, at).values("subject")}) if code else Q(pk__in=[])
    return rows.filter(in_field(bounds, parties=parties, sector=sector) | joined)


def whole(fields: Mapping[str, Field], roles: Iterable[str]) -> tuple[Field, ...]:
    """This will return the bounds that hold over several roles: none where one of them has the whole field."""
    held = list(roles)
    return tuple(fields[one] for one in held) if held and all(one in fields for one in held) else ()
