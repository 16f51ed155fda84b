"""Getting at the file: one-time tokens, counted in the database, expiring, every showing of one on record (F5, T38, T63)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from delivery.events import GrantExpired, GrantIssued, GrantRefused, GrantRevoked, GrantUsed
from delivery.gates import of_fetching, times_used
from delivery.models import AccessGrant, Delivery, GrantUse
from delivery.seats import seated_person
from delivery.states import GRANT, DeliveryStatus, GrantStatus
from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.queries import consent_ended
from participants.gates import pass_all
from participants.permissions import require
from participants.queries import parameter
from trading.agreeing.judging import refusal_for_use
from trading.queries import seats_of

__all__ = ["Issued", "expire_grant", "fetch_file", "issue_grant", "revoke_grants", "show_token", "token_hash"]


@dataclass(frozen=True)
class Issued:
    """A new grant and its token, which is shown this once and kept nowhere."""

    grant: AccessGrant
    token: str


@dataclass(frozen=True)
class Shown:
    """What came of showing a token: '' and the file, or why not."""

    code: str
    grant: AccessGrant
    deposit: Deposit | None = None
    refused: Rejected | None = None


def token_hash(token: str) -> str:
    """This will hash a token the way the database keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


@operation("delivery.grant.issue")
@covers("F5")
def issue_grant(*, delivery: Delivery, actor: Actor, clock: Clock) -> Issued:
    """This will give the buyer a one-time token; a token still unused is revoked by it. The agreement is asked, as at each use."""
    one = Delivery.objects.select_for_update(of=("self",)).select_related("trade__venue", "version").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.grant.issue", subject=one, at=at)
    pass_all(of_fetching(one, actor=actor, at=at))
    number = one.grants.count() + 1
    revoke_grants(one, cause="delivery.grant.replaced", actor=actor, at=at)
    token = secrets.token_urlsafe(32)
    hours = int(parameter("delivery.token_hours", venue=one.trade.venue, at=at))
    uses = int(parameter("delivery.token_uses", venue=one.trade.venue, at=at))
    grant = AccessGrant.objects.create(code=new_code("GRT"), delivery=one, buyer_id=one.buyer_id, token_hash=token_hash(token),
                                       uses_allowed=uses, issued_at=at, expires_at=at + timedelta(hours=hours))
    record(GrantIssued(subject=grant.code, delivery=one.code, number=number, uses_allowed=uses, expires_at=grant.expires_at),
           actor=actor, at=at)
    return Issued(grant, token)


@operation("delivery.grant.use")
@covers("F5", "F6", "T63")
def show_token(*, delivery: Delivery, token: str, purpose: str = "", actor: Actor, clock: Clock) -> Shown:
    """This will count one use, or record the refused attempt; never raises for a spent token, so that the attempt stays.

    The agreement judges each use: its state, its term, the purpose named, how often it was fetched before.
    """
    at = clock.now()
    rows = AccessGrant.objects.select_for_update(of=("self",)).select_related("delivery__deposit", "delivery__version", "delivery__trade")
    grant = rows.filter(delivery=delivery, token_hash=token_hash(token)).first()
    if grant is None:
        raise Rejected("delivery.grant.absent")
    at = clock.now()  # after the lock: two at once are judged one after the other
    require(actor, "delivery.grant.use", subject=grant, at=at)
    ended = consent_ended(grant.delivery.version)
    outcome = ("revoked" if ended else _why(grant) if not _usable(grant, at) else "used" if seated_person(grant.delivery, actor)
               else "unseated")
    barred = None
    if outcome == "used":
        barred = refusal_for_use(grant.delivery.trade, at=at, calls=times_used(grant.delivery) + 1, purpose=purpose)
        outcome = "unlicensed" if barred else outcome
    GrantUse.objects.create(grant=grant, outcome=outcome, person=actor.code, at=at)
    if outcome != "used":
        record(GrantRefused(subject=grant.code, delivery=grant.delivery.code, outcome=outcome), actor=actor, at=at)
        return Shown(f"delivery.grant.{outcome}", grant, refused=barred)
    deposit = grant.delivery.deposit
    assert deposit is not None, "a delivered file is there"
    grant.uses += 1
    if grant.uses == grant.uses_allowed:
        grant.status = _next(grant, "exhaust")
    AccessGrant.objects.filter(pk=grant.pk, uses__lt=F("uses_allowed")).update(uses=F("uses") + 1, status=grant.status)
    record(GrantUsed(subject=grant.code, delivery=grant.delivery.code, use=grant.uses, sha256=deposit.sha256), actor=actor, at=at)
    return Shown("", grant, deposit)


def fetch_file(*, delivery: Delivery, token: str, purpose: str = "", actor: Actor, clock: Clock) -> Deposit:
    """This will show the token and return the file to stream; ``Rejected`` once the refused attempt is on record."""
    shown = show_token(delivery=delivery, token=token, purpose=purpose, actor=actor, clock=clock)
    if shown.refused is not None:
        raise shown.refused
    if shown.deposit is None:
        raise Rejected(shown.code, delivery=delivery.code, seats=seats_of(shown.grant.delivery.trade))
    return shown.deposit


def revoke_grants(delivery: Delivery, *, cause: str, actor: Actor, at: datetime) -> None:
    """This will revoke what is still open of a delivery; part of the caller's act."""
    for grant in delivery.grants.filter(status__in=[GrantStatus.ACTIVE, GrantStatus.SUSPENDED]).select_for_update():
        grant.status = _next(grant, "revoke")
        grant.save(update_fields=["status"])
        record(GrantRevoked(subject=grant.code, delivery=delivery.code, cause=cause), actor=actor, at=at)


@operation("delivery.grant.expire")
def expire_grant(*, grant: AccessGrant, actor: Actor, clock: Clock) -> AccessGrant:
    """This will end a token whose time is over."""
    one = AccessGrant.objects.select_for_update(of=("self",)).select_related("delivery").get(pk=grant.pk)
    at = clock.now()
    require(actor, "delivery.grant.expire", at=at)
    if one.status not in (GrantStatus.ACTIVE, GrantStatus.SUSPENDED) or one.expires_at > at:
        unchanged(at=at)
        return one
    one.status = _next(one, "expire")
    one.save(update_fields=["status"])
    record(GrantExpired(subject=one.code, delivery=one.delivery.code), actor=actor, at=at)
    return one


def _usable(grant: AccessGrant, at: datetime) -> bool:
    open_to = (DeliveryStatus.DELIVERED, DeliveryStatus.PART, DeliveryStatus.ACCEPTED, DeliveryStatus.DISPUTED)
    return grant.status == GrantStatus.ACTIVE and at < grant.expires_at and grant.delivery.status in open_to


def _why(grant: AccessGrant) -> str:
    """The outcome to record: the state's own word; an active token that is not usable is too late."""
    return grant.status if grant.status != GrantStatus.ACTIVE else "expired"


def _next(grant: AccessGrant, action: str) -> GrantStatus:
    return advance(GRANT, GrantStatus(grant.status), action, subject=grant.code, code="delivery.delivery.illegal_move")
