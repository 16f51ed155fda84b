"""Deputies 代理 and further powers for a time: a duty handed to a colleague, a power given to a supervisor, day to day (I18, I29).

What is given is a membership with an end, so every gate that reads memberships reads it and it ends by itself. A deputy stays himself: he
is barred by his own side and his own ties, and by those of whoever he stands in for: neither checks what the other made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.deputy_events import GrantEnded, GrantGiven
from participants.models import Membership, Organization, Person, TimedGrant, User
from participants.people import close_sockets
from participants.permissions import require
from participants.predicates import OVERSIGHT, in_force
from participants.roles import OrganizationKind, Role

__all__ = ["POWERS", "end_grant", "give_power", "grants", "name_deputy", "principals_of", "stands_between"]

#: Capabilities that are given for a time beside the role they belong to.
POWERS = ("review_first", "review_second")
#: Organisations a supervisor's or an officer's deputy may belong to beside his desk.
_OFFICES = (OrganizationKind.VENUE, OrganizationKind.AUTHORITY)
_LEAST = 4


def grants(at: datetime | None = None) -> QuerySet[TimedGrant]:
    """This will list the grants, the newest first; with ``at`` those in force then."""
    rows = TimedGrant.objects.select_related("person", "principal", "organization", "granted_by__person", "ended_by__person")
    if at is not None:
        rows = rows.filter(effective_from__lte=at, effective_to__gt=at).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    return rows.order_by("-granted_at", "-id")


def principals_of(person: int | None, at: datetime) -> set[int]:
    """This will return the keys of the persons somebody stands in for at ``at``."""
    if not person:
        return set()
    return {key for key in grants(at).filter(person_id=person).values_list("principal_id", flat=True) if key}


def stands_between(one: int | None, other: int | None, at: datetime) -> bool:
    """This will tell whether one of two persons stands in for the other: for a second pair of eyes they are one."""
    return bool(one and other) and (other in principals_of(one, at) or one in principals_of(other, at))


# ---- giving ------------------------------------------------------------------------------------------------------------------


@covers("I18", "I29", "A2")
@operation("participants.deputy.name")
def name_deputy(*, deputy: User, role: str, effective_from: datetime, effective_to: datetime, reason: str, actor: Actor, clock: Clock
                ) -> TimedGrant:
    """This will hand one's own duty to a colleague for a period; what one holds only for a time is not handed on."""
    at = clock.now()
    require(actor, "participants.deputy.name", at=at)
    home, me = _desk(actor)
    held = Membership.objects.select_for_update(no_key=True).filter(in_force(
        effective_from), person=me, organization=home, role=role).first()
    if held is None or TimedGrant.objects.filter(membership=held).exists():
        raise Rejected("participants.deputy.not_yours")
    if held.effective_to is not None and held.effective_to < effective_to:
        raise Rejected("participants.deputy.period", days=TimedGrant.LONGEST_DEPUTY.days)
    return _give(person=_colleague(deputy, home, me, at), principal=me, home=home, pattern=held, capabilities=held.capabilities,
                 begin=max(at, effective_from), end=effective_to, longest=TimedGrant.LONGEST_DEPUTY, reason=reason, actor=actor, at=at)


@covers("I18", "I29", "R81")
@operation("participants.power.give")
def give_power(*, to: User, capabilities: Sequence[str], effective_from: datetime, effective_to: datetime, reason: str, actor: Actor,
               clock: Clock) -> TimedGrant:
    """This will give a supervisor a further power for at most a month; by another supervisor, for a stated reason."""
    at = clock.now()
    require(actor, "participants.power.give", at=at)
    home, me = _desk(actor)
    person = _colleague(to, home, me, at)
    held = Membership.objects.select_for_update(no_key=True).filter(in_force(max(at, effective_from)), person=person, organization=home,
                                                         role=Role.REGULATOR).first()
    if held is None or not capabilities or not set(capabilities) <= set(POWERS):
        raise Rejected("participants.deputy.no_power")
    return _give(person=person, principal=None, home=home, pattern=held, capabilities=sorted(set(capabilities)),
                 begin=max(at, effective_from), end=effective_to, longest=TimedGrant.LONGEST_POWER, reason=reason, actor=actor, at=at)


def _desk(actor: Actor) -> tuple[Organization, Person]:
    me = User.objects.select_related("person").get(pk=actor.user_id or 0).person
    home = Organization.objects.get(pk=actor.organization_id or 0)
    assert me is not None, "who holds a role is a person"
    return home, me


def _colleague(user: User, home: Organization, me: Person, at: datetime) -> Person:
    person = user.person
    if person is None or not user.is_active or not Membership.objects.filter(in_force(at), person=person, organization=home).exists():
        raise Rejected("participants.deputy.no_colleague")
    if person.pk == me.pk:
        raise Rejected("participants.deputy.oneself")
    return person


def _give(*, person: Person, principal: Person | None, home: Organization, pattern: Membership, capabilities: Sequence[str],
          begin: datetime, end: datetime, longest: timedelta, reason: str, actor: Actor, at: datetime) -> TimedGrant:
    if end <= begin or end - begin > longest:
        raise Rejected("participants.deputy.period", days=longest.days)
    if len(reason.strip()) < _LEAST:
        raise Rejected("participants.deputy.unreasoned")
    if pattern.role in OVERSIGHT:
        _refuse_tied(person, home, begin, end)
    made = _carved(person, home, pattern, sorted(capabilities), begin, end)
    assert actor.user_id is not None
    grant = TimedGrant.objects.create(
        code=new_code("GNT"), person=person, principal=principal, organization=home, role=pattern.role, capabilities=sorted(capabilities),
        membership=made, reason=reason.strip()[:1000], granted_by_id=actor.user_id, granted_at=at, effective_from=begin, effective_to=end)
    record(GrantGiven(subject=grant.code, person=person.code, principal=principal.code if principal else "", organization=home.code,
                      role=pattern.role, capabilities=grant.capabilities, effective_from=begin, effective_to=end), actor=actor, at=at)
    return grant


def _refuse_tied(person: Person, home: Organization, begin: datetime, end: datetime) -> None:
    """A desk's deputy belongs to no party, by whatever role, nor to a body that holds one or is held by one."""
    overlaps = Q(effective_from__lt=end) & (Q(effective_to__isnull=True) | Q(effective_to__gt=begin))
    for row in Membership.objects.filter(overlaps, person=person).exclude(organization=home).select_related("organization"):
        body = row.organization
        stakes = body.holdings.filter(in_force(begin)).exists() or body.owners.filter(in_force(begin)).exists()
        if body.kind not in _OFFICES or stakes:
            raise Rejected("participants.deputy.tied", organization=body.short_name or body.name)


def _carved(person: Person, home: Organization, pattern: Membership, capabilities: list[str], begin: datetime, end: datetime
            ) -> Membership:
    """The period's membership: new where the person has none of this role then, else cut out of his own, which goes on after."""
    overlaps = Q(effective_from__lt=end) & (Q(effective_to__isnull=True) | Q(effective_to__gt=begin))
    rows = list(Membership.objects.select_for_update(no_key=True).filter(overlaps, person=person, organization=home, role=pattern.role))
    if not rows:
        return _member(person, home, pattern.role, capabilities, pattern.sectors, pattern.regions, begin, end)
    own = rows[0]
    whole = len(rows) == 1 and own.effective_from < begin and (own.effective_to is None or own.effective_to >= end)
    if not whole or TimedGrant.objects.filter(membership=own).exists():
        raise Rejected("participants.deputy.overlaps")
    both = sorted({*own.capabilities, *capabilities})
    if both == sorted(own.capabilities):
        raise Rejected("participants.deputy.nothing_new")
    after = own.effective_to
    own.effective_to = begin
    own.save(update_fields=["effective_to"])
    made = _member(person, home, own.role, both, _wider(own.sectors, pattern.sectors), _wider(own.regions, pattern.regions), begin, end)
    if after is None or after > end:
        _member(person, home, own.role, own.capabilities, own.sectors, own.regions, end, after)
    return made


def _wider(one: list[str], other: list[str]) -> list[str]:
    """A scope that holds both; an empty one is everything."""
    return sorted({*one, *other}) if one and other else []


def _member(person: Person, home: Organization, role: str, capabilities: Sequence[str], sectors: Sequence[str], regions: Sequence[str],
            begin: datetime, end: datetime | None) -> Membership:
    try:
        with transaction.atomic():
            return Membership.objects.create(person=person, organization=home, role=role, capabilities=list(capabilities),
                                             sectors=list(sectors), regions=list(regions), effective_from=begin, effective_to=end)
    except IntegrityError as refused:
        if "membership_one_side_only" in str(refused):
            raise Rejected("participants.member.conflict") from refused
        if "membership_once_at_a_time" in str(refused):
            raise Rejected("participants.deputy.overlaps") from refused
        raise


# ---- ending ------------------------------------------------------------------------------------------------------------------


@covers("A2", "T43")
@operation("participants.deputy.end")
def end_grant(*, grant: TimedGrant, actor: Actor, clock: Clock) -> TimedGrant:
    """This will take a grant back early: by whoever gave it, whose duty it is, or who holds it. The person's own role goes on."""
    held = TimedGrant.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "person").get(pk=grant.pk)
    at = clock.now()
    require(actor, "participants.deputy.end", at=at)
    _home, me = _desk(actor)
    if held.ended_at is not None or at >= held.effective_to:
        raise Rejected("participants.deputy.over", grant=held.code)
    if me.pk not in {held.person_id, held.principal_id} and actor.user_id != held.granted_by_id:
        raise Rejected("participants.permission.denied", act="participants.deputy.end")
    row = Membership.objects.select_for_update(no_key=True).get(pk=held.membership_id)
    until = max(at, row.effective_from + timedelta(microseconds=1))
    row.effective_to = until
    row.save(update_fields=["effective_to"])
    before = Membership.objects.filter(person=held.person, organization=held.organization, role=held.role,
                                       effective_to=row.effective_from).first()
    if before is not None:
        _member(held.person, held.organization, held.role, before.capabilities, before.sectors, before.regions, until, held.effective_to)
    held.ended_at, held.ended_by_id = at, actor.user_id
    held.save(update_fields=["ended_at", "ended_by"])
    for user in User.objects.filter(person=held.person):
        close_sockets(user)
    record(GrantEnded(subject=held.code, person=held.person.code, organization=held.organization.code, role=held.role), actor=actor, at=at)
    return held
