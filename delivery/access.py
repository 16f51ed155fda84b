"""Getting at the file: one-time tokens, counted in the database, expiring, every showing of one on record (F5, T38, T63)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet

from delivery.events import GrantExpired, GrantIssued, GrantRefused, GrantResumed, GrantUsed
from delivery.gates import of_fetching, times_used
from delivery.models import AccessGrant, Delivery, FileFetch, GrantUse
from delivery.revoking import OPEN, revoke_grants
from delivery.seats import seated_person
from delivery.states import GRANT, USABLE, GrantStatus
from delivery.using import obstacle_to_use, under_stop
from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from evidence.prepared import prepared
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
from trading.queries import seats_of

__all__ = ["Issued", "Shown", "copy_mark", "expire_grant", "fetch_file", "grant_by", "handed", "issue_grant", "open_fetch", "resume_fetch",
           "show_token", "token_hash"]

#: Answers that one use may take, its resumptions among them.
MOST_RANGES = 200


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
    fetch: FileFetch | None = None


def token_hash(token: str) -> str:
    """This will hash a token the way the database keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


@operation("delivery.grant.issue")
@covers("F5")
def issue_grant(*, delivery: Delivery, actor: Actor, clock: Clock) -> Issued:
    """This will give the buyer a one-time token; a token still unused is revoked by it. The agreement is asked, as at each use."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("trade__venue", "version").get(pk=delivery.pk)
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
def show_token(*, delivery: Delivery, token: str, purpose: str = "", copy: tuple[str, int] | None = None, actor: Actor,
               clock: Clock) -> Shown:
    """This will count one use, or record the refused attempt; never raises for a spent token, so that the attempt stays.

    The agreement judges each use: its state, its term, the purpose named, how often it was fetched before. ``copy``: hash and size of the
    marked copy that is handed over instead of the registered file.
    """
    at = clock.now()
    grant = _by_token.first(delivery.pk, token_hash(token))
    if grant is None:
        raise Rejected("delivery.grant.absent")
    at = clock.now()  # after the lock: two at once are judged one after the other
    require(actor, "delivery.grant.use", subject=grant, at=at)
    outcome, barred = _judged(grant, calls=times_used(grant.delivery) + 1, purpose=purpose, actor=actor, at=at)
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
    sha256, size = copy or (deposit.sha256, deposit.size)
    fetch = FileFetch.objects.create(grant=grant, number=grant.uses, sha256=sha256, size=size, mark=copy_mark(grant),
                                     begun_at=at, until=grant.expires_at)
    record(GrantUsed(subject=grant.code, delivery=grant.delivery.code, use=grant.uses, sha256=deposit.sha256), actor=actor, at=at)
    return Shown("", grant, deposit, fetch=fetch)


@prepared
def _by_token(delivery: int, token: str) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__deposit", "delivery__version__listing", "delivery__trade__state", "delivery__buyer__use_networks").filter(
            delivery=delivery, token_hash=token)


def _judged(grant: AccessGrant, *, calls: int, purpose: str, actor: Actor, at: datetime) -> tuple[str, Rejected | None]:
    """What a showing comes to: ``used``, or the outcome to keep, and the rule in the way if it is not the token's own."""
    one = grant.delivery
    if consent_ended(one.version):
        return "revoked", None
    if not _usable(grant, at):
        return _why(grant), None
    return _licensed(one, calls=calls, purpose=purpose, actor=actor, at=at)


def _licensed(one: Delivery, *, calls: int, purpose: str, actor: Actor, at: datetime) -> tuple[str, Rejected | None]:
    """The same for what the token itself does not say: the person's seat, the monitor's stop, and every gate of a use."""
    if not seated_person(one, actor):
        return "unseated", None
    barred = under_stop(one).refusal or obstacle_to_use(one, at=at, calls=calls, purpose=purpose)
    return ("unlicensed" if barred else "used"), barred


def copy_mark(grant: AccessGrant) -> str:
    """This will return the mark of the copy that a grant hands over: one grant, one mark, however often the fetch is resumed."""
    return hmac.new(settings.REAL_NAME_KEY.encode(), f"copy\n{grant.code}".encode(), hashlib.sha256).hexdigest()[:32]


@operation("delivery.grant.resume")
@covers("F5", "F6", "T63")
def resume_fetch(*, grant: AccessGrant, first: int, last: int, actor: Actor, clock: Clock) -> Shown:
    """This will let a fetch that broke off go on from a byte: no further use, the same copy. Everything a use asks is asked again.

    A fetch goes forwards only and ends with its token's time: whoever wants a second copy asks for a second token.
    """
    rows = AccessGrant.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__deposit", "delivery__version__listing", "delivery__trade__state", "delivery__buyer__use_networks")
    held = rows.get(pk=grant.pk)
    at = clock.now()  # after the lock
    require(actor, "delivery.grant.use", subject=held, at=at)
    one, fetch = held.delivery, open_fetch(held, at)
    if fetch is None or one.deposit is None:
        raise Rejected(f"delivery.grant.{_why(held) if held.status != GrantStatus.ACTIVE else 'expired'}", delivery=one.code)
    if first < fetch.furthest or fetch.ranges >= MOST_RANGES:
        raise Rejected("delivery.grant.resume_backwards", delivery=one.code, furthest=fetch.furthest, first=first)
    outcome, barred = ("revoked", None) if consent_ended(one.version) or one.status not in USABLE else _licensed(
        one, calls=max(1, times_used(one)), purpose="", actor=actor, at=at)
    if outcome != "used":
        GrantUse.objects.create(grant=held, outcome=outcome, person=actor.code, at=at)
        record(GrantRefused(subject=held.code, delivery=one.code, outcome=outcome), actor=actor, at=at)
        return Shown(f"delivery.grant.{outcome}", held, refused=barred)
    fetch.furthest, fetch.ranges = first, fetch.ranges + 1
    fetch.save(update_fields=["furthest", "ranges"])
    record(GrantResumed(subject=held.code, delivery=one.code, use=fetch.number, first=first, last=last, sha256=fetch.sha256),
           actor=actor, at=at)
    return Shown("", held, one.deposit, fetch=fetch)


def open_fetch(grant: AccessGrant, at: datetime) -> FileFetch | None:
    """This will return the fetch of a grant that may still be resumed."""
    return grant.fetches.filter(ended_at__isnull=True, until__gt=at).order_by("-number").first()


def grant_by(delivery: Delivery, token: str) -> AccessGrant:
    """This will find the grant of a token; ``delivery.grant.absent`` where there is none."""
    found = AccessGrant.objects.filter(delivery=delivery, token_hash=token_hash(token)).first()
    if found is None:
        raise Rejected("delivery.grant.absent")
    return found


def handed(shown: Shown) -> Deposit:
    """This will return the file of a showing, or raise why there is none; the refused attempt is on record by then."""
    if shown.refused is not None:
        raise shown.refused
    if shown.deposit is None:
        raise Rejected(shown.code, delivery=shown.grant.delivery.code, seats=seats_of(shown.grant.delivery.trade))
    return shown.deposit


def fetch_file(*, delivery: Delivery, token: str, purpose: str = "", actor: Actor, clock: Clock) -> Deposit:
    """This will show the token and return the file to stream; ``Rejected`` once the refused attempt is on record."""
    return handed(show_token(delivery=delivery, token=token, purpose=purpose, actor=actor, clock=clock))


@operation("delivery.grant.expire")
def expire_grant(*, grant: AccessGrant, actor: Actor, clock: Clock) -> AccessGrant:
    """This will end a token whose time is over."""
    one = AccessGrant.objects.select_for_update(of=("self",), no_key=True).select_related("delivery").get(pk=grant.pk)
    at = clock.now()
    require(actor, "delivery.grant.expire", at=at)
    if one.status not in OPEN or one.expires_at > at:
        unchanged(at=at)
        return one
    one.status = _next(one, "expire")
    one.save(update_fields=["status"])
    record(GrantExpired(subject=one.code, delivery=one.delivery.code), actor=actor, at=at)
    return one


def _usable(grant: AccessGrant, at: datetime) -> bool:
    return grant.status == GrantStatus.ACTIVE and at < grant.expires_at and grant.delivery.status in USABLE


def _why(grant: AccessGrant) -> str:
    """The outcome to record: the state's own word; an active token that is not usable is too late."""
    return grant.status if grant.status != GrantStatus.ACTIVE else "expired"


def _next(grant: AccessGrant, action: str) -> GrantStatus:
    return advance(GRANT, GrantStatus(grant.status), action, subject=grant.code, code="delivery.delivery.illegal_move")
