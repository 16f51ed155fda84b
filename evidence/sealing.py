"""Sealing: what waits in ``Unsealed`` gets gapless positions, enters the tree, and a signed checkpoint covers it.

There is one writer at a time (advisory lock). Positions are given here, after commit, so a reader who follows them never misses
a row that committed late; between commit and seal, milliseconds, a fact is recorded but not yet chained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from evidence import keys
from evidence.canonical import canonical
from evidence.events import rfc3339
from evidence.merkle import Frontier, frontier_of, leaf_hash, node_hash
from kit.clock import Clock

__all__ = ["BATCH", "ENVELOPE_COLUMNS", "NODE_STEP", "checkpoint_bytes", "database_subtree", "envelope_of", "leaf_of", "payload_hash_of",
           "read_payload", "seal_batch"]

BATCH = 2000
#: Every eighth level of the tree is kept in ``Node``.
NODE_STEP = 8
_LOCK = 0x5EA1

ENVELOPE_COLUMNS = "r.id, r.kind, r.kind_version, r.command, r.at, r.actor, r.subject, r.payload::text"


def read_payload(text: str) -> dict[str, Any]:
    """This will read a stored payload; a whole number written with decimals (1.0) is the whole number."""
    payload: dict[str, Any] = json.loads(text, parse_float=lambda digits: int(Decimal(digits)))
    return payload


def payload_hash_of(payload: dict[str, Any]) -> bytes:
    """This will return SHA-256(JCS(payload))."""
    return hashlib.sha256(canonical(payload)).digest()


def envelope_of(record: UUID, kind: str, kind_version: int, command: UUID, at: datetime, actor: str, subject: str,
                payload_hash: bytes) -> dict[str, Any]:
    """This will return what a leaf hashes. The position is not in it: the sealer gives it."""
    return {"v": 1, "kind": kind, "kind_version": kind_version, "record": str(record), "command": str(command), "at": rfc3339(at),
            "actor": actor, "subject": subject, "payload_hash": payload_hash.hex()}


def leaf_of(envelope: dict[str, Any]) -> bytes:
    """This will return SHA-256(0x00 ‖ JCS(envelope))."""
    return leaf_hash(canonical(envelope))


def checkpoint_bytes(*, origin: str, size: int, root: bytes, previous_root: bytes, at: datetime, key_id: str) -> bytes:
    """This will return the bytes a seal's signature covers: JCS of the checkpoint without ``signature``."""
    return canonical({"origin": origin, "size": size, "root": root.hex(), "previous_root": previous_root.hex(), "at": rfc3339(at),
                      "key_id": key_id})


def database_subtree(level: int, index: int) -> bytes:
    """This will return the hash of a full subtree from the stored nodes and leaves (at most 256 rows are read)."""
    base = level - level % NODE_STEP
    with connection.cursor() as cursor:
        if base:
            cursor.execute('SELECT hash FROM evidence_node WHERE level = %s AND "index" >= %s AND "index" < %s ORDER BY "index"',
                           [base, *_span(level - base, index)])
        else:
            cursor.execute("SELECT leaf_hash FROM evidence_entry WHERE position >= %s AND position < %s ORDER BY position",
                           [*_span(level, index)])
        row = [bytes(one) for (one,) in cursor.fetchall()]
    assert len(row) == 1 << (level - base), f"subtree {level}/{index} is not complete"
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def _span(height: int, index: int) -> tuple[int, int]:
    return index << height, (index + 1) << height


@dataclass(frozen=True)
class _Head:
    size: int
    root: bytes


def _head() -> _Head:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root FROM evidence_seal ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
    return _Head(row[0], bytes(row[1])) if row else _Head(0, b"")


def seal_batch(*, clock: Clock, limit: int = BATCH, wait: bool = True) -> int:
    """This will seal up to ``limit`` waiting records and return how many; 0 also when another sealer is at work and not ``wait``."""
    with transaction.atomic():
        if not _alone(wait):
            return 0
        waiting = _waiting(limit)
        if not waiting:
            return 0
        head = _head()
        frontier = frontier_of(database_subtree, head.size)
        entries, nodes = _chain(waiting, frontier)
        _write(entries, nodes)
        _sign(head, frontier, clock.now())
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM evidence_unsealed WHERE number = ANY(%s)", [[row[0] for row in waiting]])
        return len(entries)


def _alone(wait: bool) -> bool:
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _waiting(limit: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.number, {ENVELOPE_COLUMNS} FROM evidence_unsealed u JOIN evidence_record r ON r.id = u.record_id "  # noqa: S608 (a constant)
            "ORDER BY u.number LIMIT %s", [limit])
        return list(cursor.fetchall())


Entries = list[tuple[int, UUID, bytes, bytes]]
Nodes = list[tuple[int, int, bytes]]


def _chain(waiting: Sequence[tuple[Any, ...]], frontier: Frontier) -> tuple[Entries, Nodes]:
    entries: Entries = []
    nodes: Nodes = []
    for _, record, kind, version, command, at, actor, subject, text in waiting:
        digest = payload_hash_of(read_payload(text))
        leaf = leaf_of(envelope_of(record, kind, version, command, at, actor, subject, digest))
        entries.append((frontier.size, record, digest, leaf))
        nodes.extend(node for node in frontier.append(leaf) if node[0] % NODE_STEP == 0)
    return entries, nodes


def _write(entries: Entries, nodes: Nodes) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY evidence_entry (position, record_id, payload_hash, leaf_hash) FROM STDIN") as sink:
            for entry in entries:
                sink.write_row(entry)
        if nodes:
            cursor.executemany('INSERT INTO evidence_node (level, "index", hash) VALUES (%s, %s, %s)', nodes)




def _sign(head: _Head, frontier: Frontier, at: datetime) -> None:
    root = frontier.root()
    public = keys.public_bytes(keys.signing_key())
    key_id = keys.key_id_of(public)
    message = checkpoint_bytes(origin=settings.EVIDENCE_ORIGIN, size=frontier.size, root=root, previous_root=head.root, at=at,
                               key_id=key_id)
    _, signature = keys.sign(message)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO evidence_publickey (key_id, algorithm, key, valid_from) VALUES (%s, 'Ed25519', %s, %s) "
                       "ON CONFLICT DO NOTHING", [key_id, public, at])
        cursor.execute(
            "INSERT INTO evidence_seal (size, root, previous_root, at, origin, key_id, signature) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [frontier.size, root, head.root, at, settings.EVIDENCE_ORIGIN, key_id, signature])
