"""Telling subscribers: cursor and effect move in one transaction, so an effect in our database happens exactly once.

A record that cannot be taken is tried five times, then parked; later records of the same subject park behind it, others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from evidence.envelope import read_payload
from evidence.prepared import ask
from evidence.subscriptions import SealedFact, Subscriber, subscribers
from kit.clock import Clock

__all__ = ["TRIES", "deliver_all", "deliver_to", "facts_after", "retry_parked"]

log = logging.getLogger(__name__)

TRIES = 5
_BATCH = 200


@dataclass(frozen=True)
class Round:
    """What one visit did: facts told or parked, and whether the same fact is to be tried again."""

    told: int = 0
    again: bool = False


def deliver_all(*, clock: Clock, patient: bool = True, strict: bool = False) -> int:
    """This will tell each subscriber what it has not heard; returns how many facts were told or parked.

    ``patient`` leaves a failing fact for the next visit; otherwise it is tried at once until it is parked. ``strict`` raises
    the handler's own error (tests).
    """
    total = 0
    for one in _with_news():
        while True:
            visit = deliver_to(one, clock=clock, strict=strict)
            total += visit.told
            if not visit.again or patient:
                break
    return total


def _with_news() -> list[Subscriber]:
    """Who has something to hear. Everyone else's cursor moves to the head by one statement: most facts interest few."""
    everyone = subscribers()
    ((head, known),) = ask("SELECT (SELECT COALESCE(max(position) + 1, 0) FROM evidence_entry), "
                           "(SELECT COALESCE(json_object_agg(subscriber, position), '{}') FROM evidence_cursor)", [])
    if missing := sorted(everyone.keys() - known.keys()):
        ask("INSERT INTO evidence_cursor (subscriber, position) SELECT unnest(%s::text[]), 0 ON CONFLICT DO NOTHING RETURNING 1", [missing])
    behind = {name: known.get(name, 0) for name in everyone if known.get(name, 0) < head}
    if not behind:
        return []
    last = dict(ask("SELECT r.kind, max(e.position) FROM evidence_entry e JOIN evidence_record r ON r.id = e.record_id "
                    "WHERE e.position >= %s AND e.position < %s GROUP BY r.kind", [min(behind.values()), head]))
    news = [name for name, seen in behind.items() if any(last.get(kind, -1) >= seen for kind in everyone[name].kinds)]
    _catch_up({name: seen for name, seen in behind.items() if name not in news}, head)
    return [everyone[name] for name in news]


def deliver_to(one: Subscriber, *, clock: Clock, strict: bool = False) -> Round:
    """This will tell one subscriber, record by record, up to the present head."""
    told = 0
    while True:
        head, position = _head_and_cursor(one.name)
        facts = facts_after(position, kinds=one.kinds, before=head, limit=_BATCH)
        for fact in facts:
            outcome = _tell(one, fact, clock, strict)
            if outcome is None:
                return Round(told)
            if not outcome:
                return Round(told, again=True)
            told += 1
        if len(facts) < _BATCH:
            _catch_up({one.name: facts[-1].position + 1 if facts else position}, head)
            return Round(told)


def facts_after(position: int, *, kinds: tuple[str, ...] = (), before: int | None = None, limit: int = 100) -> list[SealedFact]:
    """This will return sealed facts from ``position`` on, in order; all kinds when none is named."""
    rows = ask(
        "SELECT e.position, r.id, r.kind, r.kind_version, r.command, r.at, r.actor, r.subject, r.payload::text "
        "FROM evidence_entry e JOIN evidence_record r ON r.id = e.record_id "
        "WHERE e.position >= %s AND (%s::bigint IS NULL OR e.position < %s) AND (%s::text[] = '{}' OR r.kind = ANY(%s)) "
        "ORDER BY e.position LIMIT %s", [position, before, before, list(kinds), list(kinds), limit])
    return [_fact(row) for row in rows]


def _fact(row: tuple[Any, ...]) -> SealedFact:
    position, record, kind, version, command, at, actor, subject, text = row
    return SealedFact(position, record, kind, version, command, at, actor, subject, read_payload(text))


def _head_and_cursor(name: str) -> tuple[int, int]:
    ((head, position),) = ask("SELECT COALESCE((SELECT max(position) + 1 FROM evidence_entry), 0), position "
                              "FROM evidence_cursor WHERE subscriber = %s", [name])
    return int(head), int(position)


def _tell(one: Subscriber, fact: SealedFact, clock: Clock, strict: bool) -> bool | None:
    """True: told or parked; False: failed, to be tried again; None: another worker is at it."""
    try:
        with transaction.atomic():
            if not _hold(one.name, fact.position):
                return None
            if _subject_is_parked(one.name, fact.subject):
                _write_failure(one.name, fact, "waits behind a parked record of the same subject", clock, parked=True, tries=0)
                _move(one.name, fact.position + 1)
            else:
                one.handle(fact, clock=clock)
                _move(one.name, fact.position + 1, taken=True)
        return True
    except Exception as fault:
        if strict:
            raise
        log.exception("subscriber %s could not take record %s at %s", one.name, fact.record, fact.position)
        return _after_failure(one, fact, fault, clock)


def _after_failure(one: Subscriber, fact: SealedFact, fault: Exception, clock: Clock) -> bool | None:
    with transaction.atomic():
        if not _hold(one.name, fact.position):
            return None
        tries = _tries(one.name, fact.position) + 1
        parked = tries >= TRIES
        _write_failure(one.name, fact, f"{type(fault).__name__}: {fault}"[:2000], clock, parked=parked, tries=tries)
        if parked:
            _move(one.name, fact.position + 1)
    return parked


def _hold(name: str, position: int) -> bool:
    """Takes the subscriber's cursor for this transaction; False when another worker has it or has moved past."""
    rows = ask("SELECT position FROM evidence_cursor WHERE subscriber = %s FOR NO KEY UPDATE SKIP LOCKED", [name])
    return bool(rows) and int(rows[0][0]) <= position


def _subject_is_parked(name: str, subject: str) -> bool:
    """Asked once the cursor is held, by a statement of its own: one together with the lock would not see what was parked by
    whoever held the cursor just before."""
    return bool(ask("SELECT 1 FROM evidence_failure WHERE subscriber = %s AND subject = %s AND parked LIMIT 1", [name, subject]))


def _move(name: str, position: int, *, taken: bool = False) -> None:
    """Moves the held cursor to ``position``; what failed before and was ``taken`` now is forgotten."""
    ask("WITH gone AS (DELETE FROM evidence_failure WHERE subscriber = %s AND position = %s - 1 AND %s) "
        "UPDATE evidence_cursor SET position = %s WHERE subscriber = %s RETURNING position", [name, position, taken, position, name])


def _catch_up(seen: Mapping[str, int], head: int) -> None:
    """Moves cursors over records of other kinds, but those that somebody moved or holds meanwhile."""
    if behind := {name: position for name, position in seen.items() if position < head}:
        ask("UPDATE evidence_cursor SET position = %s WHERE subscriber IN (SELECT c.subscriber FROM evidence_cursor c "
            "JOIN unnest(%s::text[], %s::bigint[]) AS q(name, seen) ON c.subscriber = q.name AND c.position = q.seen "
            "ORDER BY 1 FOR NO KEY UPDATE OF c SKIP LOCKED) RETURNING subscriber", [head, list(behind), list(behind.values())])


def _tries(name: str, position: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tries FROM evidence_failure WHERE subscriber = %s AND position = %s", [name, position])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _write_failure(name: str, fact: SealedFact, error: str, clock: Clock, *, parked: bool, tries: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_failure (subscriber, position, subject, tries, parked, error, at) VALUES (%s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (subscriber, position) DO UPDATE SET tries = EXCLUDED.tries, parked = EXCLUDED.parked, error = EXCLUDED.error, "
            "at = EXCLUDED.at", [name, fact.position, fact.subject, tries, parked, error, clock.now()])


def _forget_failure(name: str, position: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_failure WHERE subscriber = %s AND position = %s", [name, position])


def retry_parked(*, clock: Clock, name: str | None = None) -> tuple[int, int]:
    """This will hand parked records to their subscribers again, in order; returns (taken, still parked)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT subscriber, position FROM evidence_failure "
                       "WHERE parked AND (%s::text IS NULL OR subscriber = %s) ORDER BY 1, 2", [name, name])
        rows = list(cursor.fetchall())
    blocked: set[tuple[str, str]] = set()
    taken = 0
    for subscriber_name, position in rows:
        taken += _retry(subscriber_name, position, clock, blocked)
    return taken, len(rows) - taken


def _retry(name: str, position: int, clock: Clock, blocked: set[tuple[str, str]]) -> bool:
    one = subscribers().get(name)
    (fact,) = facts_after(position, limit=1)
    if one is None or (name, fact.subject) in blocked:
        return False
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM evidence_failure WHERE subscriber = %s AND position = %s FOR NO KEY UPDATE SKIP LOCKED",
                               [name, position])
                if cursor.fetchone() is None:
                    return False
            one.handle(fact, clock=clock)
            _forget_failure(name, position)
        return True
    except Exception:
        log.exception("subscriber %s still cannot take position %s", name, position)
        blocked.add((name, fact.subject))
        return False
