"""How anything is written in the house: one transaction, one command, at least one record of it.

The record is written by the act's own transaction, so what is told happened and what happened is told. Sealing and telling
others come after commit (``evidence.tasks``); the nudge here is a doorbell only.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import math
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from evidence.events import Event, payload_of
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.rejected import Rejected

__all__ = ["Reply", "acting", "current_command", "drain", "fingerprint_of", "nudge", "once", "operation", "record", "recorded_in_sql",
           "unchanged", "unrung"]

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class _Running:
    """The outermost act under way: its command id and what it has recorded so far."""

    command: UUID
    name: str
    actor: Actor
    records: int = 0
    at: datetime | None = None
    unchanged: bool = False


_RUNNING: ContextVar[_Running | None] = ContextVar("evidence_running", default=None)


def current_command() -> UUID:
    """This will return the command that everything recorded now belongs to; outside an operation it is a programming error."""
    running = _RUNNING.get()
    assert running is not None, "only operations record: decorate with @operation"
    return running.command


def acting() -> bool:
    """This will tell whether an operation is under way that a further act would join."""
    return _RUNNING.get() is not None


def record(event: Event, *, actor: Actor, at: datetime) -> UUID:
    """This will write one fact in the present transaction and return its record's id."""
    assert connection.in_atomic_block, "a fact is recorded in the transaction of its act"
    command = current_command()
    assert event.kind.count(".") == 2, f"a kind is <room>.<model>.<word>, not {event.kind!r}"
    payload = json.dumps(payload_of(event), ensure_ascii=False)
    written: UUID = ask("SELECT evidence_record(%s, %s, %s, %s, %s, %s::jsonb, %s)",
                        [event.kind, event.version, actor.code, event.subject, at, payload, command])[0][0]
    recorded_in_sql(at=at)
    return written


def recorded_in_sql(*, at: datetime | None = None, count: int = 1) -> None:
    """This will tell the running operation that a SQL function recorded for it (spares the look into the table)."""
    running = _RUNNING.get()
    if running is not None:
        running.records += count
        running.at = at or running.at


def unchanged(*, at: datetime | None = None) -> None:
    """This will say that the act found its effect already there, or its time not come, and changed nothing: nothing is recorded."""
    running = _RUNNING.get()
    if running is not None:
        running.unchanged = True
        running.at = at or running.at


def operation(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """This will make the function an operation called ``name`` (``<room>.<model>.<act>``): keyword-only, one transaction,
    one command. An operation called by another joins its transaction and command.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        kinds = {parameter.kind for parameter in parameters.values()}
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}, f"{name} takes keywords only"

        default = parameters["actor"].default if "actor" in parameters else SYSTEM

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            assert not args, f"{name} takes keywords only"
            actor = kwargs.get("actor", default)
            with _act(name, actor if isinstance(actor, Actor) else SYSTEM):
                return function(*args, **kwargs)

        run.operation_name = name  # type: ignore[attr-defined]
        return run

    return decorate


@contextmanager
def _act(name: str, actor: Actor) -> Iterator[_Running]:
    """Runs the body inside the act under way, or as a new outermost act that ends with its command row."""
    outer = _RUNNING.get()
    if outer is not None:
        outer.name = outer.name or name
        with transaction.atomic():
            yield outer
        return
    running = _Running(uuid.uuid4(), name, actor)
    token = _RUNNING.set(running)
    try:
        with transaction.atomic(savepoint=_stands_alone()):
            yield running
            _close(running)
    finally:
        _RUNNING.reset(token)


def _stands_alone() -> bool:
    """An outermost act inside a task's or a subscriber's transaction succeeds or fails with it, so it needs no savepoint.
    A test's own transaction is not such a one: there each act is undone by itself, as in life."""
    blocks: list[Any] = connection.atomic_blocks
    return not blocks or bool(blocks[-1]._from_testcase)


def _close(running: _Running, *, key: str | None = None, fingerprint: str = "") -> None:
    if not (running.records or running.unchanged or settings.PRODUCTION):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM evidence_record WHERE command = %s LIMIT 1", [running.command])
            assert cursor.fetchone(), f"{running.name} changed something and recorded nothing"
    ask("SELECT evidence_command(%s, %s, %s, %s, %s, %s)",
        [running.command, running.actor.code, running.name, key, fingerprint, running.at])
    transaction.on_commit(_nudge)


# ---- idempotency ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """An answer as it went over the wire; ``replayed`` when it is the stored answer of an earlier call."""

    status: int
    body: bytes
    replayed: bool = False


def fingerprint_of(*parts: str | bytes) -> str:
    """This will return the SHA-256 that stands for a request: method, path and body, each length-prefixed."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def once(*, actor: Actor, key: str, fingerprint: str, act: Callable[[], Reply]) -> Reply:
    """This will run ``act`` at most once under the actor's key, and give every later call the same bytes.

    The answer is stored in the act's own transaction. ``Rejected``: ``evidence.command.key_reused`` when the key stands for
    another request, ``evidence.command.running`` while the first call has not ended. A refused act leaves no trace, so the
    same key may try again after the cause is gone.
    """
    assert key, "a key is not empty"
    assert _RUNNING.get() is None, "once belongs to the edge, outside every operation"
    with transaction.atomic():
        if (stored := _held(actor, key, fingerprint)) is not None:
            return stored
        running = _Running(uuid.uuid4(), "", actor)
        token = _RUNNING.set(running)
        try:
            reply = act()
        finally:
            _RUNNING.reset(token)
        _close(running, key=key, fingerprint=fingerprint)
        _store(running.command, key, fingerprint, reply)
        return reply


def _held(actor: Actor, key: str, fingerprint: str) -> Reply | None:
    """The first call holds the key until its transaction ends; a second one does not wait. What is stored under it, if anything is.

    The unique key is the last word.
    """
    digest = hashlib.sha256(f"command\n{actor.code}\n{key}".encode()).digest()
    ((held, known, status, body),) = ask("SELECT held, fingerprint, status, body FROM evidence_hold_key(%s, %s, %s)",
                                         [int.from_bytes(digest[:8], "big", signed=True), actor.code, key])
    if not held:
        raise Rejected("evidence.command.running", key=key)
    if known is None:
        return None
    if known != fingerprint:
        raise Rejected("evidence.command.key_reused", key=key)
    return Reply(int(status), bytes(body), replayed=True)


def _store(command: UUID, key: str, fingerprint: str, reply: Reply) -> None:
    stored = ask("UPDATE evidence_command SET key = %s, fingerprint = %s, status = %s, body = %s WHERE id = %s AND status IS NULL "
                 "RETURNING 1", [key, fingerprint, reply.status, reply.body, command])
    assert len(stored) == 1


# ---- after commit --------------------------------------------------------------------------------------------------------

_NUDGE_EVERY = 0.1
_quiet_until = 0.0


def _nudge() -> None:
    """Rings the worker's bell, at most ten times a second per process; a broken bell delays by a beat, it never fails an act."""
    global _quiet_until
    wall = time.monotonic()
    if wall < _quiet_until:
        return
    _quiet_until = wall + _NUDGE_EVERY
    try:
        from evidence.tasks import seal_and_deliver

        seal_and_deliver.apply_async(retry=False)
    except Exception:
        _quiet_until = wall + 5
        log.warning("the worker's bell does not ring; the beat will find the work")


@contextmanager
def unrung() -> Iterator[None]:
    """This will keep the bell still: no worker is there to hear it, and the caller drains."""
    global _quiet_until
    before, _quiet_until = _quiet_until, math.inf
    try:
        yield
    finally:
        _quiet_until = before


def nudge() -> None:
    """This will ring the sealer's bell after an act that ran wholly in SQL."""
    _nudge()


def drain(*, clock: Clock | None = None, strict: bool | None = None) -> int:
    """This will seal all that is recorded and tell every subscriber, until nothing is left; returns how many were told.

    ``strict`` (the default in tests) raises a handler's error instead of counting its tries.
    """
    from evidence.clock import MARKET_CLOCK
    from evidence.delivery import deliver_all
    from evidence.sealing import seal_batch

    told, clock = 0, clock or MARKET_CLOCK
    strict = settings.PROFILE == "test" if strict is None else strict
    while True:
        sealed = seal_batch(clock=clock)
        delivered = deliver_all(clock=clock, patient=False, strict=strict)
        told += delivered
        if not sealed and not delivered:
            return told
