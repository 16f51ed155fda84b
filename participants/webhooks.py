"""Webhooks 事件推送 (CAP-I6): an organisation's program is told each fact it may read, in the order of the log, at least once.

What is sent names the fact and where to read it, never its secrets; the receiver checks the signature with the secret it was shown
once. A fact that is not taken is tried again after 1, 5, 30 minutes, 2, 6, 12, 24 and 24 hours; then the address is paused and its
organisation told. Nothing is lost by a pause: telling goes on, or begins again, from any place in the log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from evidence.events import rfc3339
from evidence.operations import operation, record, unchanged
from evidence.queries import extent
from evidence.subscriptions import SealedFact
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.outbound import Unreachable, post, target_of
from kit.rejected import Rejected
from kit.states import advance
from participants.events import WEBHOOK_FACTS
from participants.models import Organization, Webhook, WebhookSend, WebhookStatus
from participants.notices import notify
from participants.permissions import require
from participants.states import WEBHOOK

__all__ = ["MOST", "RETRIES", "SECRET_DAYS", "Batch", "Reader", "end_webhook", "pause_webhook", "register_webhook", "resume_webhook",
           "rotate_secret", "send_due", "signature_of"]

#: How long after each failure the same fact is tried again.
RETRIES = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 360, 720, 1440, 1440))
#: How many addresses an organisation may have, and for how many days a former secret signs along.
MOST, SECRET_DAYS = 10, 3
#: How many facts one visit tells an address, and for how many seconds: a slow one does not take the others' turn.
_PER_VISIT, _SECONDS = 100, 15.0
_PREFIX = "whsec_"
_KIND = re.compile(r"[a-z_]+\.([a-z_]+\.([a-z_]+)?)?")
_WHY = {
    "address": ("不是 https 地址，或带有用户名、密码", "it is no https address, or has a user and password in it"),
    "name": ("域名无法解析", "nobody answers to its name"),
    "private": ("指向内部网络", "it leads to a private network"),
}


class Batch(NamedTuple):
    """What an address is told next: the facts, and where to look after them."""

    facts: Sequence[SealedFact]
    next: int


#: (organisation, from which place, which kinds, only its own) -> what it may read from there on
Reader = Callable[[Organization, int, tuple[str, ...], bool], Batch]


@covers("CAP-I6", "T53")
@operation("participants.webhook.register")
def register_webhook(*, organization: Organization, url: str, kinds: Sequence[str] = (), mine: bool = True, actor: Actor, clock: Clock,
                     ) -> tuple[Webhook, str]:
    """This will register an address, telling what happens from now on, and return its secret, which is shown this once."""
    at = clock.now()
    require(actor, "participants.webhook.manage", subject=organization, at=at)
    url = url.strip()
    _look_at(url)
    if unknown := next((one for one in kinds if not _KIND.fullmatch(one)), ""):
        raise Rejected("participants.webhook.kind_unknown", kind=unknown[:80])
    live = Webhook.objects.filter(organization=organization).exclude(status=WebhookStatus.ENDED)
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    if live.count() >= MOST:
        raise Rejected("participants.webhook.too_many", most=MOST)
    secret = _new_secret()
    made = Webhook(code=new_code("WHK"), organization=organization, url=url, kinds=sorted(set(kinds)), mine=mine, secret=secret,
                   position=extent()[0], created_at=at)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as taken:
        raise Rejected("participants.webhook.taken", url=url) from taken
    _tell("registered", made, actor, at)
    return made, secret


def _look_at(url: str) -> None:
    try:
        target_of(url, private=settings.WEBHOOKS_REACH_PRIVATE)
    except Unreachable as no:
        zh, en = _WHY[no.reason]
        raise Rejected("participants.webhook.address", url=url[:120], why_zh=zh, why_en=en) from no


def _new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _tell(word: str, held: Webhook, actor: Actor, at: datetime, reason: str = "") -> None:
    record(WEBHOOK_FACTS[word](subject=held.code, organization=held.organization.code, url=held.url, kinds=held.kinds, mine=held.mine,
                               position=held.position, reason=reason), actor=actor, at=at)


def _move(held: Webhook, action: str) -> None:
    held.status = advance(WEBHOOK, WebhookStatus(held.status), action, subject=held.code, code="participants.webhook.illegal_move")


def _held(webhook: Webhook, actor: Actor, at: datetime) -> Webhook:
    held = Webhook.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=webhook.pk)
    require(actor, "participants.webhook.manage", subject=held.organization, at=at)
    if held.status == WebhookStatus.ENDED:
        raise Rejected("participants.webhook.ended", webhook=held.code)
    return held


@covers("CAP-I6")
@operation("participants.webhook.rotate")
def rotate_secret(*, webhook: Webhook, actor: Actor, clock: Clock) -> str:
    """This will draw a new secret and return it this once; the former one signs along for some days, so that nothing is missed."""
    at = clock.now()
    held = _held(webhook, actor, at)
    held.former_secret, held.former_until = held.secret, at + timedelta(days=SECRET_DAYS)
    held.secret = _new_secret()
    held.save(update_fields=["secret", "former_secret", "former_until"])
    _tell("rotated", held, actor, at)
    return held.secret


@covers("CAP-I6")
@operation("participants.webhook.pause")
def pause_webhook(*, webhook: Webhook, reason: str = "", actor: Actor, clock: Clock) -> Webhook:
    """This will stop telling for now; the place is kept."""
    at = clock.now()
    held = _held(webhook, actor, at)
    _pause(held, reason.strip()[:300], actor, at)
    return held


def _pause(held: Webhook, reason: str, actor: Actor, at: datetime) -> None:
    _move(held, "pause")
    held.status_reason, held.due_at = reason, None
    held.save(update_fields=["status", "status_reason", "due_at"])
    _tell("paused", held, actor, at, reason)


@covers("CAP-I6")
@operation("participants.webhook.resume")
def resume_webhook(*, webhook: Webhook, position: int | None = None, actor: Actor, clock: Clock) -> Webhook:
    """This will go on telling from where it stopped, or replay from another place in the log; the address is looked at again."""
    _look_at(webhook.url)  # a name is asked before the row is locked: it may take its time
    at, head = clock.now(), extent()[0]
    held = _held(webhook, actor, at)
    if position is not None and not 0 <= position <= head:
        raise Rejected("participants.webhook.position", head=head)
    _move(held, "resume")
    held.status_reason, held.tries, held.due_at = "", 0, None
    held.position = held.position if position is None else position
    held.save(update_fields=["status", "status_reason", "tries", "due_at", "position"])
    _tell("resumed", held, actor, at)
    return held


@covers("CAP-I6")
@operation("participants.webhook.end")
def end_webhook(*, webhook: Webhook, actor: Actor, clock: Clock) -> Webhook:
    """This will end an address for good; its secrets are forgotten."""
    at = clock.now()
    held = _held(webhook, actor, at)
    _move(held, "end")
    held.due_at, held.secret, held.former_secret, held.former_until = None, "", "", None
    held.save(update_fields=["status", "due_at", "secret", "former_secret", "former_until"])
    _tell("ended", held, actor, at)
    return held


# ---- telling --------------------------------------------------------------------------------------------------------------------


def signature_of(secret: str, ident: str, timestamp: str, body: bytes) -> str:
    """This will sign one message: ``v1,`` and base64 of HMAC-SHA256 over ``id.timestamp.body`` under the secret's bytes."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, f"{ident}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()


@covers("CAP-I6", "T26")
def send_due(*, read: Reader, clock: Clock) -> int:
    """This will tell every address what is due; returns how many facts were taken. Two workers never tell one address at once."""
    at, told = clock.now(), 0
    due = Webhook.objects.filter(status=WebhookStatus.ACTIVE).exclude(due_at__gt=at).select_related("organization").order_by("pk")
    for one in due:
        with _Alone(one) as mine:
            if mine:
                told += _tell_all(one, read, clock)
    return told


class _Alone:
    """A lock of this session on one address: it ends with the connection, so a worker that dies holds up nothing."""

    def __init__(self, webhook: Webhook) -> None:
        self.keys = [0x57484B, webhook.pk]

    def __enter__(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", self.keys)
            self.mine = bool(cursor.fetchone()[0])
        return self.mine

    def __exit__(self, *_: object) -> None:
        if self.mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", self.keys)


def _tell_all(webhook: Webhook, read: Reader, clock: Clock) -> int:
    webhook.refresh_from_db()
    if webhook.status != WebhookStatus.ACTIVE:
        return 0
    batch, told = read(webhook.organization, webhook.position, tuple(webhook.kinds), webhook.mine), 0
    begun = time.monotonic()
    for fact in batch.facts[:_PER_VISIT]:
        if time.monotonic() - begun > _SECONDS or not _send(webhook, fact, clock):
            return told
        told += 1
    if len(batch.facts) <= _PER_VISIT:
        _step(webhook, batch.next)
    return told


def _step(webhook: Webhook, position: int) -> bool:
    """Moves on unless somebody moved the place meanwhile: a replay asked for during a call is not overwritten."""
    moved = Webhook.objects.filter(pk=webhook.pk, position=webhook.position, status=WebhookStatus.ACTIVE).update(
        position=position, tries=0, due_at=None)
    webhook.position, webhook.tries = position, 0
    return bool(moved)


def _send(webhook: Webhook, fact: SealedFact, clock: Clock) -> bool:
    status, fault, milliseconds = None, "", None
    body = orjson.dumps({"id": f"{webhook.code}-{fact.position}", "position": fact.position, "kind": fact.kind, "at": rfc3339(fact.at),
                         "subject": fact.subject, "href": f"/api/changes/?after={fact.position}&limit=1"})
    try:
        target = target_of(webhook.url, private=settings.WEBHOOKS_REACH_PRIVATE)
        answer = post(target, body, _headers(webhook, f"{webhook.code}-{fact.position}", body, clock.now()))
        status, milliseconds = answer.status, answer.milliseconds
    except Unreachable as no:
        fault = no.reason
    good = status is not None and 200 <= status < 300
    WebhookSend.objects.create(webhook=webhook, position=fact.position, kind=fact.kind, subject=fact.subject, at=clock.now(), status=status,
                               fault=fault, milliseconds=milliseconds)
    if good:
        return _step(webhook, fact.position + 1)
    _failed(webhook=webhook, said=str(status or fault), actor=SYSTEM, clock=clock)
    return False


def _headers(webhook: Webhook, ident: str, body: bytes, now: datetime) -> dict[str, str]:
    stamp = str(int(time.time()))  # wall clock: the receiver compares it with its own
    signed = [signature_of(webhook.secret, ident, stamp, body)]
    if webhook.former_secret and webhook.former_until and now < webhook.former_until:
        signed.append(signature_of(webhook.former_secret, ident, stamp, body))
    return {"Content-Type": "application/json", "User-Agent": "exchange-webhook/1", "webhook-id": ident, "webhook-timestamp": stamp,
            "webhook-signature": " ".join(signed)}


def _failed(*, webhook: Webhook, said: str, actor: Actor, clock: Clock) -> None:
    if webhook.tries >= len(RETRIES):
        _give_up(webhook=webhook, said=said, actor=actor, clock=clock)
    else:
        Webhook.objects.filter(pk=webhook.pk, position=webhook.position, status=WebhookStatus.ACTIVE).update(
            tries=webhook.tries + 1, due_at=clock.now() + RETRIES[webhook.tries])


@operation("participants.webhook.give_up")
def _give_up(*, webhook: Webhook, said: str, actor: Actor, clock: Clock) -> None:
    at = clock.now()
    held = Webhook.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=webhook.pk)
    if held.status != WebhookStatus.ACTIVE or held.position != webhook.position:  # ended, paused or moved while it was called
        unchanged(at=at)
        return
    _pause(held, f"{len(RETRIES) + 1} × {said}", actor, at)
    notify(organization=held.organization, kind="participants.webhook.paused", tone="bad", subject=held.code, at=at,
           href="/desk/organisation/webhooks/", text=(
               f"推送地址 {held.url} 连续未应答（{said}），已暂停；修好后从断点继续，不会遗漏。",
               f"Your address {held.url} did not take what it was told ({said}) and is paused; resume it and nothing is missed."))
