"""Organisations become known: a name that cannot be taken for another's, a credit code that is checked and never lost (E.2, T55)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from stdnum import lei as lei_number
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.events import OrganizationRegistered
from participants.models import Organization, PartyProfile, Venue
from participants.names import name_key, tidy_name
from participants.permissions import require
from participants.queries import house_venue
from participants.roles import OrganizationKind

__all__ = ["NOBODY_ABROAD", "Abroad", "check_uscc", "register_organization", "write_organization"]


@dataclass(frozen=True)
class Abroad:
    """How a party from abroad is known: its LEI, or its number in the register of its country (ISO 3166, two letters)."""

    lei: str = ""
    registry_place: str = ""
    registry_number: str = ""

    @covers("A1")
    def checked(self) -> Abroad:
        """This will return the numbers as kept, or refuse: an LEI has its check digits, a register's number has its country."""
        number, place = lei_number.compact(self.lei), self.registry_place.strip().upper()
        kept = " ".join(self.registry_number.split()).upper()
        if number and not lei_number.is_valid(number):
            raise Rejected("participants.organization.lei_invalid", lei=number[:20], errors=[FieldFault(
                "lei", "invalid", ("校验位不符", "the check digits differ"))])
        if bool(place) != bool(kept) or (place and not (len(place) == 2 and place.isascii() and place.isalpha())) or len(kept) > 40:
            raise Rejected("participants.organization.registry_incomplete", errors=[FieldFault("registry_number", "incomplete", (
                "国家或地区代码（两个字母）与登记号须一并填写", "state the country's two letters and the number"))])
        return Abroad(number, place, kept)


NOBODY_ABROAD = Abroad()

#: The longest name that is kept, as typed into the form.
LONGEST_NAME = 120


def write_organization(*, venue: Venue, name: str, name_en: str, kind: str, at: datetime, **fields: Any) -> Organization:
    """This will write an organisation's row, or refuse a name that nobody can read or that looks like one on file."""
    name = tidy_name(name)
    key = name_key(name)
    if not key or len(name) > LONGEST_NAME:
        raise Rejected("participants.organization.name_unreadable", most=LONGEST_NAME)
    if Organization.objects.filter(name_key=key).exists():
        raise Rejected("participants.organization.name_taken", name=name)
    made = Organization.objects.create(**{
        "code": new_code("ORG"), "venue": venue, "name": name, "name_en": tidy_name(name_en), "short_name": name[:40],
        "short_name_en": tidy_name(name_en)[:60], "name_key": key, "kind": kind, "created_at": at, **fields})
    PartyProfile.objects.create(organization=made, region=_region(made.uscc), updated_at=at)
    return made


def _region(uscc: str) -> str:
    """The administrative division that a credit code names (its third to eighth character, GB 32100)."""
    return uscc[2:8] if len(uscc) == 18 and uscc[2:8].isdigit() else ""


@covers("A1")
def check_uscc(number: str) -> tuple[str, bool]:
    """This will return a unified social credit code (GB 32100) as kept, and whether it must be warned about.

    A wrong check character is warned about, not lost: real papers carry misprints, and a person will look.
    """
    number = uscc_number.compact(number)[:18]
    try:
        uscc_number.validate(number)
    except ValidationError:
        return number, True
    return number, False


@covers("W3", "R54")
@operation("participants.organization.register")
def register_organization(*, name: str, name_en: str = "", kind: OrganizationKind = OrganizationKind.ENTERPRISE, uscc: str = "",
                          short_name: str = "", short_name_en: str = "", venue: Venue | None = None,
                          abroad: Abroad = NOBODY_ABROAD, actor: Actor, clock: Clock) -> Organization:
    """This will make an organisation known, in good standing and the newcomer's band; it may do nothing until admitted.

    One from abroad says its LEI, or its number in the register of its country.
    """
    at = clock.now()
    require(actor, "participants.organization.register", at=at)
    number, warning = check_uscc(uscc) if uscc else ("", False)
    if number and Organization.objects.filter(uscc=number).exists():
        raise Rejected("participants.organization.uscc_taken", uscc=number)
    known = abroad.checked()
    if kind == OrganizationKind.FOREIGN and not (number or known.lei or known.registry_number):
        raise Rejected("participants.organization.unidentified", errors=[FieldFault(
            "lei", "required", ("境外机构填写 LEI，或所在地登记号", "a party from abroad states its LEI or its register number"))])
    if (known.lei and Organization.objects.filter(lei=known.lei).exists()) or (known.registry_number and Organization.objects.filter(
            registry_place=known.registry_place, registry_number=known.registry_number).exists()):
        raise Rejected("participants.organization.abroad_taken", number=known.lei or f"{known.registry_place} {known.registry_number}")
    fields = {name: value for name, value in (("short_name", short_name), ("short_name_en", short_name_en)) if value}
    organization = write_organization(venue=venue or house_venue(), name=name, name_en=name_en, kind=kind, at=at, uscc=number,
                                      uscc_warning=warning, **asdict(known), **fields)
    record(OrganizationRegistered(subject=organization.code, venue=organization.venue.code, organization_kind=kind,
                                  name=organization.name, uscc=number, uscc_warning=warning, **asdict(known)), actor=actor, at=at)
    return organization
