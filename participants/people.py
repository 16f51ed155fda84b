"""Members: invited, given roles for a period, ended; their sign-ins, and the keys of their programs.

One real person stands here once, however many sign-ins: ``real_name_key`` is a keyed hash of name and identity number, so the
exclusions of roles (I29) and second opinions (I18) hold for the person, and the number itself is kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from evidence.events import Commitment
from evidence.operations import operation, record
from evidence.vault import salt_of
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.events import MemberEnded, MemberInvited, TokenIssued, TokenRevoked
from participants.live import ring_after_commit, user_group
from participants.models import ApiToken, Membership, Organization, Person, User
from participants.names import tidy_name
from participants.permissions import require
from participants.predicates import OVERSIGHT, PARTIES, in_force
from participants.roles import OrganizationKind, Role
from participants.scopes import scope_faults

__all__ = ["FITTING", "TOKEN_SCOPES", "close_sockets", "end_membership", "end_sessions", "invite_member", "issue_token", "joining_path",
           "known_person",
           "name_commitment", "real_name_key", "revoke_token"]

_AUTHORITY = (Role.REGULATOR, Role.SURVEILLANCE, Role.AUDITOR)
_VENUE = (Role.VENUE_OPERATOR, Role.COMPLIANCE_OFFICER, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
_MARKET = (*PARTIES, Role.DATA_SUBJECT, Role.RESEARCHER)
#: kind of organisation -> roles it may give
FITTING: dict[str, tuple[str, ...]] = {
    OrganizationKind.ENTERPRISE: _MARKET, OrganizationKind.FOREIGN: _MARKET, OrganizationKind.PUBLIC_BODY: _MARKET,
    OrganizationKind.VENUE: _VENUE, OrganizationKind.AUTHORITY: _AUTHORITY, OrganizationKind.HOLDING: (),
    OrganizationKind.ASSOCIATION: (Role.ASSOCIATION,),
}
#: what a program's key may be for: ``read`` opens safe requests, the others the acts of their room
TOKEN_SCOPES = ("read", "listings", "trading", "delivery", "settlement", "compliance", "participants", "simulation")


def real_name_key(name: str, identity: str) -> str:
    """This will return the keyed hash that knows one real person again (name and identity number, tidied)."""
    text = f"{tidy_name(name)}\n{tidy_name(identity).upper()}"
    return hmac.new(settings.REAL_NAME_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def known_person(name: str, identity: str, name_en: str = "") -> Person:
    """This will return the row of a real person, made when first met; the identity number itself is kept nowhere."""
    person, _ = Person.objects.get_or_create(
        real_name_key=real_name_key(name, identity),
        defaults={"code": new_code("PSN"), "name": tidy_name(name), "name_en": tidy_name(name_en)})
    return person


def name_commitment(person: Person) -> Commitment | None:
    """This will return what the record book holds of a person's name; None once the person is erased."""
    return None if person.erased_at else Commitment([person.name, person.name_en], salt_of(person.code, "name"))


@covers("I29", "A2", "R81")
@operation("participants.member.invite")
def invite_member(*, organization: Organization, name: str, identity: str, role: str, username: str, name_en: str = "",
                  capabilities: Sequence[str] = (), password: str | None = None, effective_from: datetime | None = None,
                  effective_to: datetime | None = None, sectors: Sequence[str] = (), regions: Sequence[str] = (), actor: Actor, clock: Clock
                  ) -> tuple[Membership, User]:
    """This will give a real person a role for a period, with a sign-in; without ``password`` the person sets one by invitation.

    A known person (same name and identity number) keeps one person row; ``username`` of that person's own sign-in is reused.
    ``sectors`` and ``regions`` bound what a supervisor decides (R81); empty means all.
    """
    at = clock.now()
    require(actor, "participants.member.manage", subject=organization, at=at)
    begin = effective_from or at
    if effective_to is not None and (effective_to <= begin or effective_to <= at):
        raise Rejected("participants.member.period")
    if role not in FITTING[organization.kind]:
        raise Rejected("participants.member.role_unfit", role=Role(role).label)
    if (sectors or regions) and role not in OVERSIGHT:
        raise Rejected("participants.member.scope_unfit", role=Role(role).label)
    if faults := scope_faults(sectors, regions):
        raise Rejected("participants.member.scope_faulty", errors=faults)
    person = known_person(name, identity, name_en)
    user = _sign_in(person, organization, username, password)
    membership = _member(person, organization, role, capabilities, begin, effective_to, sorted(sectors), sorted(regions))
    record(MemberInvited(subject=person.code, name=name_commitment(person), organization=organization.code, role=role,
                         capabilities=sorted(capabilities), sectors=sorted(sectors), regions=sorted(regions), effective_from=begin,
                         effective_to=effective_to), actor=actor, at=at)
    return membership, user


def joining_path(user: User) -> str:
    """This will return the path under which an invited person sets a password, once; whoever has it can."""
    return reverse("participants:join", args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)])


def _sign_in(person: Person, organization: Organization, username: str, password: str | None) -> User:
    known = User.objects.filter(username=username).first()
    if known is not None:
        if known.person_id != person.pk:
            raise Rejected("participants.member.username_taken")
        return known
    user = User(username=username, person=person, acting_for=organization)
    user.set_password(password)
    user.save()
    return user


def _member(person: Person, organization: Organization, role: str, capabilities: Sequence[str], begin: datetime,
            end: datetime | None, sectors: list[str], regions: list[str]) -> Membership:
    try:
        with transaction.atomic():
            membership = Membership.objects.create(person=person, organization=organization, role=role, effective_from=begin,
                                                   effective_to=end, capabilities=sorted(capabilities), sectors=sectors, regions=regions)
            membership.refresh_from_db(fields=["role_group"])
            return membership
    except IntegrityError as refused:
        if "membership_one_side_only" in str(refused):
            raise Rejected("participants.member.conflict") from refused
        if "membership_once_at_a_time" in str(refused):
            raise Rejected("participants.member.overlap") from refused
        raise


@covers("T43", "A2")
def end_membership(*, membership: Membership, reason: str, actor: Actor, clock: Clock) -> Membership:
    """This will end a role now; ending it again changes nothing. Sessions end at their next request, sockets at once."""
    at = clock.now()
    membership.refresh_from_db()
    if membership.effective_to is not None and membership.effective_to <= at:
        return membership
    return _end(membership=membership, reason=reason, actor=actor, at=at)


@operation("participants.member.end")
def _end(*, membership: Membership, reason: str, actor: Actor, at: datetime) -> Membership:
    held = Membership.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "person").get(pk=membership.pk)
    require(actor, "participants.member.manage", subject=held.organization, at=at)
    if not actor.is_system and not _others_remain(held, at):
        raise Rejected("participants.member.last_one")
    held.effective_to = max(at, held.effective_from + timedelta(microseconds=1))
    held.save(update_fields=["effective_to"])
    end_sessions(held.person)
    ApiToken.objects.filter(user__person=held.person, organization=held.organization, revoked_at__isnull=True).update(revoked_at=at)
    record(MemberEnded(subject=held.person.code, organization=held.organization.code, role=held.role, reason=reason), actor=actor, at=at)
    return held


def _others_remain(held: Membership, at: datetime) -> bool:
    return Membership.objects.filter(in_force(at), organization=held.organization).exclude(pk=held.pk).exists()


def end_sessions(person: Person) -> None:
    """This will end every session of a person's sign-ins: web at the next request, sockets by a private bell."""
    for user in User.objects.select_for_update(no_key=True).filter(person=person).order_by("pk"):
        user.session_epoch += 1
        user.save(update_fields=["session_epoch"])
        close_sockets(user)


def close_sockets(user: User) -> None:
    """This will close every open socket of a sign-in after commit; a page still signed in opens a new one."""
    ring_after_commit(user_group(user.pk), {"type": "rights.changed"})


@covers("T46")
@operation("participants.token.issue")
def issue_token(*, user: User, organization: Organization, name: str, scopes: Sequence[str], days: int, actor: Actor,
                clock: Clock) -> tuple[ApiToken, str]:
    """This will make a program's key and return it with its clear text, which is shown this once and kept nowhere."""
    at = clock.now()
    require(actor, "participants.token.manage", at=at)
    if actor.user_id != user.pk or actor.organization_id != organization.pk:
        raise Rejected("participants.object.absent")
    if not scopes or set(scopes) - set(TOKEN_SCOPES):
        raise Rejected("participants.token.scope_unknown")
    keys: Any = ApiToken.objects  # knox's manager draws the key, keeps its hash and hands back both
    token, clear = keys.create(user, expiry=timedelta(days=min(max(days, 1), 365)), code=new_code("KEY"),
                                           name=tidy_name(name)[:60] or "API", organization=organization, scopes=sorted(set(scopes)))
    record(TokenIssued(subject=actor.person, organization=organization.code, token=token.code, scopes=token.scopes), actor=actor, at=at)
    return token, clear


@covers("T46")
def revoke_token(*, token: ApiToken, actor: Actor, clock: Clock) -> ApiToken:
    """This will close a key for good; it is refused from the next request on. Closing it again changes nothing."""
    token.refresh_from_db()
    return token if token.revoked_at else _revoke(token=token, actor=actor, at=clock.now())


@operation("participants.token.revoke")
def _revoke(*, token: ApiToken, actor: Actor, at: datetime) -> ApiToken:
    require(actor, "participants.token.manage", at=at)
    held = ApiToken.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "user__person").get(pk=token.pk)
    if actor.organization_id != held.organization_id:
        raise Rejected("participants.object.absent")
    held.revoked_at = at
    held.save(update_fields=["revoked_at"])
    record(TokenRevoked(subject=actor.person, organization=held.organization.code, token=held.code), actor=actor, at=at)
    return held
