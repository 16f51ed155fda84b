"""A buyer's keys to the rows of a delivery by API 数据密钥: made, shown once, kept as a hash, replaced, revoked, ended (R42, F5, T46)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from delivery.gates import times_used
from delivery.kinds import Way, adapter_for
from delivery.models import DataKey, Delivery
from delivery.revoking import end_key, note_key
from delivery.rows import columns_of
from delivery.seats import seated
from delivery.states import USABLE, KeyStatus
from delivery.using import of_using, under_stop
from evidence.operations import operation, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.gates import pass_all
from participants.models import User
from participants.permissions import require
from trading.queries import seats_of

__all__ = ["MOST_KEYS", "MadeKey", "expire_key", "key_hash", "make_key", "revoke_key"]

#: Keys in force at once, and how long one lives at most.
MOST_KEYS, DAYS = 5, 180
_PREFIX = "dk_"


@dataclass(frozen=True)
class MadeKey:
    """A new key and its secret, which is shown this once and kept nowhere."""

    key: DataKey
    secret: str


def key_hash(secret: str) -> str:
    """This will hash a secret the way the database keeps it."""
    return hashlib.sha256(secret.encode()).hexdigest()


@operation("delivery.key.make")
@covers("F5", "R42", "T46")
def make_key(*, delivery: Delivery, name: str, replaces: DataKey | None = None, actor: Actor, clock: Clock) -> MadeKey:
    """This will make a key for one of the buyer's programs; a key it replaces is revoked by it. Everything a call asks is asked here."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__state", "version__listing", "version__deposit", "buyer", "deposit").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.key.make", subject=one, at=at)
    if adapter_for(one.mode).way != Way.CALL or one.status not in USABLE:
        raise Rejected("delivery.key.not_called", delivery=one.code)
    if not columns_of(one):
        raise Rejected("delivery.key.no_table", delivery=one.code)
    called = " ".join(name.split())
    if not 2 <= len(called) <= 60:
        raise Rejected("delivery.key.name_missing", delivery=one.code)
    pass_all([under_stop(one), *of_using(one, at=at, calls=times_used(one) + 1)])
    if seats_of(one.trade) is not None:
        pass_all([seated(one, actor)])
    if replaces is not None:
        held = DataKey.objects.select_for_update(no_key=True).get(pk=replaces.pk, delivery=one)
        end_key(held, "revoke", "delivery.key.replaced", actor=actor, at=at)
    if one.keys.filter(status=KeyStatus.ACTIVE).count() >= MOST_KEYS:
        raise Rejected("delivery.key.too_many", delivery=one.code, most=MOST_KEYS)
    secret = _PREFIX + secrets.token_urlsafe(32)
    key = DataKey.objects.create(code=new_code("DKY"), delivery=one, name=called, secret_hash=key_hash(secret),
                                 maker=User.objects.get(pk=actor.user_id or 0), made_at=at, expires_at=at + timedelta(days=DAYS))
    note_key("made", key, one, actor=actor, at=at)
    return MadeKey(key, secret)


@operation("delivery.key.revoke")
@covers("F5", "T46")
def revoke_key(*, key: DataKey, actor: Actor, clock: Clock) -> DataKey:
    """This will end a key: the next call with it is refused."""
    held = DataKey.objects.select_for_update(of=("self",), no_key=True).select_related("delivery__buyer").get(pk=key.pk)
    at = clock.now()
    require(actor, "delivery.key.revoke", subject=held.delivery, at=at)
    return end_key(held, "revoke", "delivery.key.given_back", actor=actor, at=at)


@operation("delivery.key.expire")
def expire_key(*, key: DataKey, actor: Actor, clock: Clock) -> DataKey:
    """This will end a key whose time is over."""
    held = DataKey.objects.select_for_update(of=("self",), no_key=True).select_related("delivery__buyer").get(pk=key.pk)
    at = clock.now()
    require(actor, "delivery.key.expire", at=at)
    if held.status != KeyStatus.ACTIVE or held.expires_at > at:
        unchanged(at=at)
        return held
    return end_key(held, "expire", "delivery.key.term", actor=actor, at=at)
