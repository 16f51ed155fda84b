"""Predicates of the permission map: who may do an act, read from the memberships in force at that instant.

Rooms combine them in their ``permissions.py``: ``own(Role.DATA_MERCHANT) | by_system``. They never look at flags of the
sign-in (superuser, staff), so a shell account or an admin flag opens nothing (lifecycles §2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from evidence.prepared import ask
from kit.actors import Actor
from participants.roles import Role
from participants.scopes import Field, parties_of, takes_in, whole

__all__ = [
    "OVERSIGHT", "PARTIES", "VENUE_DESKS", "Standpoint", "anyone", "by_system", "holds", "nobody", "own", "parties_of", "roles_of",
    "signed_in", "standpoint",
]

#: Roles that read every party's objects; for them a foreign object is not absent.
OVERSIGHT = frozenset({Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE, Role.AUDITOR})
#: Roles of the market's parties.
PARTIES = (Role.DATA_MERCHANT, Role.BUYER, Role.SERVICE_PROVIDER, Role.PUBLIC_DATA_OPERATOR, Role.TRUSTEE)
#: Desks of the venue and of supervision, in the order of the table in lifecycles §2.
VENUE_DESKS = (Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE)
@dataclass(frozen=True)
class Standpoint:
    """The roles and extra capabilities an actor holds for the organisation he acts for, at an instant."""

    roles: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    #: the field of each role that is bounded (R81); a role without one has the whole market
    fields: Mapping[str, Field] = field(default_factory=dict)

    @property
    def oversees(self) -> bool:
        return bool(self.roles & OVERSIGHT)

    @property
    def bounds(self) -> tuple[Field, ...]:
        """What bounds this actor as an overseer; nothing where one of its roles has the whole field."""
        return whole(self.fields, self.roles & OVERSIGHT)


def in_force(at: datetime) -> Q:
    """This will select the memberships in force at ``at``."""
    return Q(effective_from__lte=at) & (Q(effective_to__isnull=True) | Q(effective_to__gt=at))


def standpoint(actor: Actor, at: datetime) -> Standpoint:
    """This will read the actor's roles at ``at``; a disabled sign-in, the system and a visitor hold none."""
    if actor.user_id is None or actor.organization_id is None:
        return Standpoint()
    rows = ask("SELECT m.role, m.capabilities, m.sectors, m.regions FROM participants_user u "
               "JOIN participants_membership m ON m.person_id = u.person_id "
               "WHERE u.id = %s AND u.is_active AND m.organization_id = %s AND m.effective_from <= %s "
               "AND (m.effective_to IS NULL OR m.effective_to > %s)", [actor.user_id, actor.organization_id, at, at])
    fields = {role: Field(tuple(sectors), tuple(regions)) for role, _, sectors, regions in rows if sectors or regions}
    return Standpoint(frozenset(row[0] for row in rows), frozenset(one for row in rows for one in row[1]), fields)


def roles_of(actor: Actor, at: datetime) -> frozenset[str]:
    """This will return the roles the actor holds at ``at`` for the organisation he acts for."""
    return standpoint(actor, at).roles


@dataclass(frozen=True)
class Rule:
    """One row's predicate: callable as (actor, subject, at), readable as text, and joined to another by ``|`` or ``&``."""

    text: str
    decide: Callable[[Actor, Any, datetime], bool]
    #: when True a stranger's object is answered as absent (404), not as forbidden
    owned: bool = False
    #: roles that the rule may let act; used for approvals (who may check) and the printed map
    roles: tuple[str, ...] = ()
    capability: str = ""

    def __call__(self, actor: Any, subject: Any, at: Any) -> bool:
        return self.decide(actor, subject, at)

    def __or__(self, other: Rule) -> Rule:
        return Rule(
            text=f"{self.text} | {other.text}",
            decide=lambda actor, subject, at: self(actor, subject, at) or other(actor, subject, at),
            owned=self.owned or other.owned,
            roles=(*self.roles, *(one for one in other.roles if one not in self.roles)),
            capability=self.capability or other.capability,
        )

    def __and__(self, other: Rule) -> Rule:
        """This will let act whoever both rules let act."""
        return Rule(
            text=f"({self.text}) & ({other.text})",
            decide=lambda actor, subject, at: self(actor, subject, at) and other(actor, subject, at),
            owned=self.owned or other.owned,
            roles=tuple(one for one in self.roles if one in other.roles),
            capability=self.capability or other.capability,
        )


def holds(*roles: str, capability: str = "") -> Rule:
    """This will let act whoever holds one of the roles now (if named, with ``capability``) and whose field takes the object in."""

    def decide(actor: Actor, subject: Any, at: datetime) -> bool:
        now = standpoint(actor, at)
        held = now.roles & set(roles)
        if not held or (capability and capability not in now.capabilities):
            return False
        bounds = whole(now.fields, held)
        return not bounds or takes_in(bounds, subject, organization_id=actor.organization_id, at=at)

    named = ", ".join(sorted(str(one) for one in roles))
    return Rule(f"{named} with {capability}" if capability else named, decide, roles=tuple(str(r) for r in roles), capability=capability)


def own(*roles: str, side: str = "") -> Rule:
    """This will let act whoever holds one of the roles for an organisation the object belongs to.

    ``side`` names the field that must be the actor's (``seller_id``); a stranger's object is absent. With no subject
    (an act that opens an object) holding the role is enough.
    """

    def decide(actor: Actor, subject: Any, at: datetime) -> bool:
        if subject is not None:
            parties = {getattr(subject, side)} if side else parties_of(subject)
            if actor.organization_id not in parties:
                return False
        return bool(roles_of(actor, at) & set(roles))

    named = ", ".join(sorted(str(one) for one in roles))
    text = f"own: {named}" + (f" as {side.removesuffix('_id')}" if side else "")
    return Rule(text, decide, owned=True, roles=tuple(str(r) for r in roles))


#: The market's clock: deadlines, subscribers, tasks.
by_system = Rule("system", lambda actor, subject, at: actor.is_system)
#: Everyone, signed in or not.
anyone = Rule("anyone", lambda actor, subject, at: True)
#: Nobody at all: the act exists so that its absence is a decision.
nobody = Rule("nobody", lambda actor, subject, at: False)
#: Whoever has any role in force.
signed_in = Rule("signed in", lambda actor, subject, at: bool(roles_of(actor, at)))
