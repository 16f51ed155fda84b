"""Small worlds for tests: a venue, organisations with their admissions, real persons and their sign-ins.

They write rows directly (never in the product): a test states its world in one line and then uses the real operations.
Everything is in force from 2020, so any test instant will do; ``NOW`` is a working Monday morning in Shanghai.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from kit.actors import Actor
from kit.clock import MovingClock
from kit.ids import new_code
from participants.actors import actor_of
from participants.checklists import checklist_at
from participants.defaults import EPOCH
from participants.models import Admission, Membership, Organization, Parameter, Person, Proof, SizeStatement, User, Venue
from participants.names import name_key
from participants.operations import hand_in_proof
from participants.predicates import PARTIES
from participants.queries import house_venue, venue_organization
from participants.roles import OrganizationKind, Role

__all__ = ["NOW", "PDF", "clock", "figure", "hand_in", "make_actor", "make_organization", "make_person", "make_user", "sized", "venue"]

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
_number = count(1)
_AUTHORITY = {Role.REGULATOR, Role.SURVEILLANCE, Role.AUDITOR}
_VENUE = {Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}


def clock(at: datetime = NOW) -> MovingClock:
    """A clock the test moves."""
    return MovingClock(at)


def venue() -> Venue:
    """The venue every installation opens with, its figures and its calendar."""
    return house_venue()


def figure(of: Venue, key: str, value: Any, *, at: datetime = EPOCH, name: tuple[str, str] = ("", ""),
           scope: str = "") -> Parameter:
    """A figure that holds from ``at``; what held then ends there, or is replaced if it began there. Keeps its name."""
    before = Parameter.objects.filter(venue=of, key=key, scope=scope, effective_to__isnull=True).first()
    name = name if any(name) else (before.name_zh, before.name_en) if before else ("项目", "Item")
    if before is not None and before.effective_from == at:
        before.value, before.name_zh, before.name_en = value, *name
        before.save()
        return before
    if before is not None:
        Parameter.objects.filter(pk=before.pk).update(effective_to=at)
    return Parameter.objects.create(venue=of, key=key, scope=scope, value=value, unit="bps", source="test", name_zh=name[0],
                                    name_en=name[1], effective_from=at)


def make_organization(*roles: str, name: str = "", **fields: Any) -> Organization:
    """An organisation admitted in ``roles`` (data merchant unless named), or in none with ``admitted=False``."""
    admitted = fields.pop("admitted", True)
    number = next(_number)
    name = name or f"第{number}数据有限公司"
    organization = Organization.objects.create(**{
        "code": new_code("ORG"), "venue": venue(), "name": name, "name_en": f"Data Company {number}", "short_name": name[:12],
        "short_name_en": f"Company {number}", "name_key": f"{name_key(name)}{number}", "kind": OrganizationKind.ENTERPRISE,
        "created_at": EPOCH, **fields,
    })
    if admitted:
        for role in roles or (Role.DATA_MERCHANT,):
            Admission.objects.create(code=new_code("ADM"), organization=organization, role=role, status="admitted",
                                     effective_from=EPOCH, created_at=EPOCH)
    return organization


def make_person(name: str = "") -> Person:
    """A real person, known once by a key."""
    number = next(_number)
    return Person.objects.create(code=new_code("PSN"), name=name or f"测试人{number}", real_name_key=f"test-person-{number}")


def _home(role: str) -> Organization:
    if role in _VENUE:
        return venue_organization(venue())
    if role in _AUTHORITY:
        return make_organization(kind=OrganizationKind.AUTHORITY, admitted=False)
    return make_organization(role) if role in PARTIES else make_organization(admitted=False)


def make_user(role: str, *, organization: Organization | None = None, person: Person | None = None, username: str = "",
              capabilities: tuple[str, ...] = (), effective_from: datetime = EPOCH, effective_to: datetime | None = None) -> User:
    """A sign-in (password ``demo``) of a person who holds ``role`` for an organisation; both are made unless given."""
    organization = organization or _home(role)
    person = person or make_person()
    if not Membership.objects.filter(person=person, organization=organization, role=role).exists():
        Membership.objects.create(person=person, organization=organization, role=role, capabilities=list(capabilities),
                                  effective_from=effective_from, effective_to=effective_to)
    user = User(username=username or f"user{next(_number)}", person=person, acting_for=organization)
    user.set_password("demo")
    user.save()
    return user


def make_actor(role: str, **fields: Any) -> Actor:
    """The actor of a fresh ``make_user(role, …)``."""
    return actor_of(make_user(role, **fields))


#: A document as short as one can be.
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def sized(organization: Organization, size: str, *, at: datetime = EPOCH) -> SizeStatement:
    """A statement of a firm's size that counts from ``at`` for good."""
    return SizeStatement.objects.create(organization=organization, size=size, industry="other", year=at.year, staff=1, basis="测试",
                                        standard="test", stated_at=at, effective_to=at + timedelta(days=36_500))


def hand_in(organization: Organization, actor: Actor, *items: str, at: datetime = NOW, days: int = 400, level: int = 3) -> list[Proof]:
    """Hands in documents of an organisation, good for ``days``: those named, or all that a data merchant of supply needs."""
    kinds = checklist_at(at)
    wanted = items or kinds.classes["merchant_supply"].required
    return [hand_in_proof(
        organization=organization, item=item, stream=io.BytesIO(PDF), name="scan.pdf", number="No. 1",
        level=level if kinds.items[item].levels else None,
        effective_to=at + timedelta(days=days) if kinds.items[item].term != "none" else None, actor=actor,
        clock=clock(at)) for item in wanted]
